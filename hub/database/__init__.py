"""What the hub's databases have in common: how SQLite is opened, and how tables are brought up to date."""
