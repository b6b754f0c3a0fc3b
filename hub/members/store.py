"""The members' database: transactions in threads of their own, bounded and with a deadline.

What can be done in one is a function of its connection, in `people.py`, `badges.py`, `trainings.py`, `accounts.py`:

member = await store.write(people.create, Details(name="Aïcha Diallo"), by=account.id)
found = await store.read(people.search, "diallo", limit=20)

The command line may write while the hub runs: SQLite lets one transaction write at a time.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from devices.board.blocking import BlockingCalls
from devices.errors import AlcolabError, NoReply
from hub.database.sqlite import FOREIGN_KEYS, is_corrupt, reading_engine, writing_engine
from hub.database.upgrade import upgrade

log = logging.getLogger(__name__)

FOLDER = "members"
"""In the state folder."""
DATABASE = "members.db"
MIGRATIONS = "hub.members:migrations"
FORGET = "PRAGMA secure_delete = ON"
"""What is deleted is overwritten in the file: an erased name must not be found in it."""
AT_ONCE = 4
WITHIN_S = 15.0
MUCH_WITHIN_S = 600.0

Given = ParamSpec("Given")
Result = TypeVar("Result")


class Unavailable(AlcolabError, OSError):
    """The members' database cannot be used now; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Engines:
    """How the database is written, and how it is read."""

    writing: Engine
    reading: Engine


def in_file(path: Path) -> Engines:
    """A database in SQLite; the file is made where missing."""
    return Engines(writing_engine(path, more=(FOREIGN_KEYS, FORGET)), reading_engine(path))


class Store:
    """Reads and writes the members, once it is open. `written` is set whenever this process has written."""

    def __init__(self, engines: Callable[[], Engines]) -> None:
        self.written = asyncio.Event()
        self._make_engines = engines
        self._engines: Engines | None = None
        self._calls = BlockingCalls()
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def open(self) -> None:
        """Make the tables, or bring them up to date. Opened twice, it stays open.

        Raises:
            NewerDatabase: they were written by a newer program.
            Unavailable: the file or its disk does not let us.
        """
        self._engines = await self._run("opening the members' database", self._prepare, MUCH_WITHIN_S)

    async def read(
        self, work: Callable[Concatenate[Connection, Given], Result], *args: Given.args, **more: Given.kwargs
    ) -> Result:
        """What `work` finds; it sees the state of one moment.

        Raises:
            Unavailable: the database cannot be read.
        """
        engine = self._opened().reading
        return await self._run("reading the members", partial(_transaction, engine, work, *args, **more), WITHIN_S)

    async def write(
        self, work: Callable[Concatenate[Connection, Given], Result], *args: Given.args, **more: Given.kwargs
    ) -> Result:
        """What `work` gives back, once all that it did is on disk; an error that it raises undoes all of it.

        Raises:
            Unavailable: the database cannot be written.
        """
        engine = self._opened().writing
        done = await self._run("writing the members", partial(_transaction, engine, work, *args, **more), WITHIN_S)
        self.written.set()
        return done

    async def write_much(
        self, work: Callable[Concatenate[Connection, Given], Result], *args: Given.args, **more: Given.kwargs
    ) -> Result:
        """As `write`, for what takes minutes on a small Pi, such as a list of thousands.

        Raises:
            Unavailable: the database cannot be written.
        """
        working = partial(_transaction, self._opened().writing, work, *args, **more)
        done = await self._run("writing many members", working, MUCH_WITHIN_S)
        self.written.set()
        return done

    def _prepare(self) -> Engines:
        engines = self._make_engines()
        with engines.writing.connect() as connection:
            upgrade(connection, MIGRATIONS, named="the members' database")
        return engines

    def _opened(self) -> Engines:
        if self._engines is None:
            raise Unavailable("the members' database is not open yet: try again in a moment")
        return self._engines

    async def _run(self, what: str, work: Callable[[], Result], within_s: float) -> Result:
        try:
            async with asyncio.timeout(within_s), self._turns:
                return await self._calls.run(what, work, deadline_s=within_s)
        except (TimeoutError, NoReply):
            raise Unavailable(f"{what} takes too long: is the disk very busy, full or failing?") from None
        except DBAPIError as error:
            raise Unavailable(_explained(error)) from None  # it would show the statement, and there are names in it
        except AlcolabError:
            raise  # a refusal is an OSError, too
        except OSError as error:
            raise Unavailable(f"{what} failed: {error}") from error


def _transaction(
    engine: Engine, work: Callable[Concatenate[Connection, Given], Result], *args: Given.args, **more: Given.kwargs
) -> Result:
    with engine.connect() as connection, connection.begin():
        return work(connection, *args, **more)


def _explained(error: DBAPIError) -> str:
    if is_corrupt(error):
        return "the members' database is damaged: stop alcolab and restore a backup with `alcolab restore FILE`"
    return f"the members' database cannot be used: {error.orig}; is the disk full, and are you the user that runs it?"
