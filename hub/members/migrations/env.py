"""Alembic's entry point; `hub/database/upgrade.py` hands it the open connection."""

from alembic import context

from hub.members.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite can alter a table only by copying it
)
with context.begin_transaction():
    context.run_migrations()
