"""The steps from one shape of the history's tables to the next, run by Alembic when the history is opened."""
