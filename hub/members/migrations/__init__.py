"""How the members' tables came to be what they are; Alembic runs what is missing, in order."""
