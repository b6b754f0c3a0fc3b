"""What a social centre may report of its cabinet: sessions, hours, players without names, waiting.

Sessions that ended while the clock was not trusted are kept apart until it is: those of the same boot then get their
exact time, those of earlier boots count as of that moment (the report wants their number, and the error is small).
"""

import errno
import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from devices.arcade.turns import periods
from devices.arcade.turns.effects import SessionEnded
from devices.arcade.turns.pseudonyms import Pseudonyms
from devices.arcade.turns.sessions import Row, Sessions, Sums
from devices.board.blocking import BlockingCalls
from devices.board.clock import Clock, Moment
from devices.board.sqlite_file import PRIMARY_CODE, DamagedFile
from devices.device import Json
from devices.errors import AlcolabError, StorageFull
from devices.opening_hours import local_zone

log = logging.getLogger(__name__)

FILE = "sessions.sqlite"
WITHIN_S = 30.0
"""An SD card can take seconds for a commit; longer means that it hangs."""
SHORTEST_S = 5.0
"""Somebody bumped against a switch: that is no session."""

Result = TypeVar("Result")


class DiskTrouble(AlcolabError, OSError):
    """The statistics cannot be read or written; the message says what to check."""


def since_boot_s() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Statistics:
    """The sessions of one cabinet, in its `folder`; `alarm` hears of what a technician should know.

    Every method raises:
        StorageFull: the disk is full; nothing was counted, try again later.
        DiskTrouble: the file can be neither read nor written.
        NoReply: the disk hangs.
    """

    def __init__(
        self,
        folder: Path,
        clock: Clock,
        alarm: Callable[[str], object],
        *,
        since_boot_s: Callable[[], float] = since_boot_s,
    ) -> None:
        self._clock = clock
        self._alarm = alarm
        self._since_boot_s = since_boot_s
        self._zone = local_zone()
        self._sessions = Sessions(folder / FILE)
        self._pseudonyms = Pseudonyms(folder)
        self._calls = BlockingCalls()
        self._one_at_a_time = threading.Lock()
        """Held in the threads: a call goes on there when its caller is cancelled."""

    async def record(self, session: SessionEnded) -> None:
        """Count a session that ends now, on disk when this returns; one that is counted already changes nothing."""
        now = self._clock.now()
        if session.seconds >= SHORTEST_S:
            await self._call(lambda: self._add(session, now))

    async def sums(self) -> Mapping[str, Json]:
        """The state `statistics`: this week, month and year. Without a trusted clock, those of its last belief."""
        now = self._clock.now()
        found = await self._call(lambda: self._sums(now))
        return {name: sums.state() for name, sums in found.items()}

    async def year(self, year: int) -> Sums:
        """All of a year, also one whose sessions have been rolled up."""
        return await self._call(lambda: self._sessions.sums_of_year(year, periods.of_year(year, self._zone)))

    async def close(self) -> None:
        """Let the file go."""
        await self._call(self._sessions.close)

    def _add(self, session: SessionEnded, now: Moment) -> None:
        year = self._local(now).year if now.trusted else None
        self._sessions.add(
            Row(
                id=session.id,
                ended_s=now.utc.timestamp() if now.trusted else None,
                boot=self._clock.boot,
                since_boot_s=self._since_boot_s(),
                seconds=session.seconds,
                players=session.players,
                waited_s=session.waited_s,
                player=None if session.credential is None else self._pseudonyms.of(session.credential, year),
            )
        )

    def _sums(self, now: Moment) -> Mapping[str, Sums]:
        if now.trusted:
            self._sessions.place(now.utc.timestamp(), self._clock.boot, self._since_boot_s())
            self._roll_up(self._local(now).year)
        return {name: self._sessions.sums(period) for name, period in periods.current(now.utc, self._zone).items()}

    def _roll_up(self, this_year: int) -> None:
        """The sessions of this year and the one before stay, so that a report can still be asked for."""
        before_s = periods.of_year(this_year - 1, self._zone).since_s
        oldest_s = self._sessions.oldest_s()
        if oldest_s is not None and oldest_s < before_s:
            oldest = datetime.fromtimestamp(oldest_s, self._zone).year
            years = {year: periods.of_year(year, self._zone) for year in range(oldest, this_year - 1)}
            self._sessions.roll_up(before_s, years)

    def _local(self, now: Moment) -> datetime:
        return now.utc.astimezone(self._zone)

    async def _call(self, work: Callable[[], Result]) -> Result:
        try:
            try:
                return await self._in_thread(work)
            except DamagedFile as error:
                log.warning("the statistics are damaged and begin anew: %s", error)
                self._alarm(f"the statistics were damaged and begin anew, check the SD card: {error}")
                return await self._in_thread(work)
        except (sqlite3.Error, OSError) as error:
            raise _trouble(error) from None

    async def _in_thread(self, work: Callable[[], Result]) -> Result:
        return await self._calls.run("the statistics' disk", lambda: self._alone(work), deadline_s=WITHIN_S)

    def _alone(self, work: Callable[[], Result]) -> Result:
        with self._one_at_a_time:
            return work()


def _trouble(error: Exception) -> AlcolabError:
    if isinstance(error, AlcolabError):
        return error
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK) & PRIMARY_CODE
    if code == sqlite3.SQLITE_FULL or getattr(error, "errno", None) == errno.ENOSPC:
        return StorageFull("the disk is full and sessions are not counted: free some space")
    return DiskTrouble(f"the statistics cannot be used ({error}): check the disk and its rights")
