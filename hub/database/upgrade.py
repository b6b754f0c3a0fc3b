"""Brings the tables of an older database up to date, and refuses one that is newer than this program."""

import logging

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from devices.errors import AlcolabError

logging.getLogger("alembic").setLevel(logging.WARNING)  # it would say at each start which engine it met


class NewerDatabase(AlcolabError):
    """The database was written by a newer version of the program, and is left untouched."""


def upgrade(connection: Connection, migrations: str, *, named: str) -> None:
    """Bring the tables to the last revision in `migrations` (`package:folder`), in one transaction.

    `named` is what a person calls the database, such as `the history`.

    Raises:
        NewerDatabase: they are beyond it.
    """
    config = Config()
    config.set_main_option("script_location", migrations)
    config.attributes["connection"] = connection
    with connection.begin():
        here = MigrationContext.configure(connection).get_current_revision()
        scripts = ScriptDirectory.from_config(config)
        if here == scripts.get_current_head():
            return
        if here is not None and here not in {script.revision for script in scripts.walk_revisions()}:
            raise NewerDatabase(
                f"{named} was written by a newer ALCOLAB (its tables are at {here!r}, this one knows up to "
                f"{scripts.get_current_head()!r}): install that version again, or restore a backup"
            )
        command.upgrade(config, "head")
