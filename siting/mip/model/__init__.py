"""The model: variables, rows, metrics and their assembly."""
