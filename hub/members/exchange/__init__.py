"""Members from a spreadsheet and into one, and everything about one of them for themselves."""
