"""How a report becomes a file: each renderer takes head, sections and rows in turn."""
