"""Static maps, drawn by matplotlib."""
