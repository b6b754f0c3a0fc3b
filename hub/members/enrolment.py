"""Enrolling by presenting: the next badge that is shown at a chosen reader."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from devices.device import Event
from devices.errors import NoReply
from devices.policy.decision import Presented
from devices.policy.rules import Strength
from hub.bus import Bus, Entry
from hub.lab import Lab
from hub.members import acts
from hub.members.badges import CREDENTIAL
from hub.members.model import NoSuch
from hub.members.rows import milliseconds, moment, new_pseudonym, now
from hub.members.schema import awaited_badge
from hub.members.store import Store

READER = "badge-reader"
LOOK_EVERY_S = 0.3

NextBadge = Callable[[str, float], Awaitable[Presented]]


async def next_badge(bus: Bus, lab: Lab, reader: str, within_s: float) -> Presented:
    """The next badge that is shown at this reader.

    Raises:
        NoReply: none was, within the time.
        NoSuch: the lab has no such reader.
    """
    readers = [name for name, device in lab.devices.items() if device.type == READER]
    if reader not in readers:
        raise NoSuch(f"the lab has no reader {reader!r}; it has {', '.join(readers) or 'none'}")
    shown: asyncio.Future[Presented] = asyncio.get_running_loop().create_future()

    def hear(entry: Entry) -> None:
        if entry.device == reader and (presented := _presented(entry)) is not None and not shown.done():
            shown.set_result(presented)

    with bus.entries.heard_by(hear):
        try:
            async with asyncio.timeout(within_s):
                return await shown
        except TimeoutError:
            raise NoReply(f"no badge was shown at {reader} within {within_s:.0f} s") from None


def _presented(entry: Entry) -> Presented | None:
    match entry.message:
        case Event("badge", {"credential": str(credential), "strength": str(strength)}, _):
            if CREDENTIAL.fullmatch(credential) and strength in set(Strength):
                return Presented(credential, Strength(strength))
    return None


class Enrolment:
    """Waits for badges on behalf of other processes, which cannot hear the bus: they ask in the database."""

    def __init__(self, store: Store, next_badge: NextBadge) -> None:
        self.wake = asyncio.Event()
        """Set it when the database has changed."""
        self._store = store
        self._next_badge = next_badge

    async def run(self) -> None:
        """Answer, until cancelled."""
        served: set[str] = set()
        async with asyncio.TaskGroup() as tasks:
            while True:
                await self.wake.wait()
                self.wake.clear()
                for wanted in await self._store.read(_unanswered):
                    if wanted.id not in served:
                        served.add(wanted.id)
                        tasks.create_task(self._serve(wanted), name=f"members: a badge at {wanted.reader}")

    async def _serve(self, wanted: "_Wanted") -> None:
        within_s = (wanted.until - now()).total_seconds()
        with suppress(NoReply, NoSuch):
            presented = await self._next_badge(wanted.reader, max(0.0, within_s))
            await self._store.write(_fill_in, wanted.id, presented)


async def ask_for_badge(store: Store, reader: str, within_s: float) -> Presented:
    """As `next_badge`, for a process beside the hub's.

    Raises:
        NoReply: none was shown within the time, or the hub does not run.
    """
    number = await store.write(_ask, reader, within_s)
    try:
        async with asyncio.timeout(within_s):
            while (presented := await store.read(_answer, number)) is None:  # noqa: ASYNC110 - another process answers
                await asyncio.sleep(LOOK_EVERY_S)
            return presented
    except TimeoutError:
        raise NoReply(f"no badge was shown at {reader} within {within_s:.0f} s; does the hub run?") from None
    finally:
        await asyncio.shield(store.write(_forget, number))


def _ask(connection: Connection, reader: str, within_s: float) -> str:
    number = new_pseudonym()
    until = milliseconds(now() + timedelta(seconds=within_s))
    connection.execute(insert(awaited_badge).values(id=number, reader=reader, until=until))
    acts.changed(connection)
    return number


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A badge that another process waits for."""

    id: str
    reader: str
    until: datetime


def _unanswered(connection: Connection) -> tuple[_Wanted, ...]:
    waiting = awaited_badge.c.credential.is_(None), awaited_badge.c.until > milliseconds(now())
    rows = connection.execute(select(awaited_badge).where(*waiting))
    return tuple(_Wanted(row.id, row.reader, moment(row.until)) for row in rows)


def _fill_in(connection: Connection, number: str, presented: Presented) -> None:
    shown = {"credential": presented.credential, "strength": presented.strength.value}
    connection.execute(update(awaited_badge).where(awaited_badge.c.id == number).values(**shown))


def _answer(connection: Connection, number: str) -> Presented | None:
    row = connection.execute(select(awaited_badge).where(awaited_badge.c.id == number)).one()
    return None if row.credential is None else Presented(row.credential, Strength(row.strength))


def _forget(connection: Connection, number: str) -> None:
    """Nobody waits for it any more; nor for those of processes that were killed."""
    gone = (awaited_badge.c.id == number) | (awaited_badge.c.until <= milliseconds(now()))
    connection.execute(delete(awaited_badge).where(gone))
