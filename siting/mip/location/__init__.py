"""Opening sites: separation, primal heuristics and fixing by reduced costs."""
