"""Files: what may be read, folders that are written whole or not at all, spreadsheets."""
