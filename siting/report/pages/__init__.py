"""Interactive pages, each one self-contained HTML file."""
