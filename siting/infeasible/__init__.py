"""Infeasibility diagnosis: the limits in conflict, and bounds that no placement can meet."""
