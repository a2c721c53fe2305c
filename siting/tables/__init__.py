"""Tables of a placement, from the arrays of the optimizer and the catalogue."""
