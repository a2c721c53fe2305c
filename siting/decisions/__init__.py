"""Studies of many solves: fronts, alternatives, robustness, explanations."""
