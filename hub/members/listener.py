"""What the hub learns of members from the bus: badges in two places, audit logs that shrink, who was here."""

import asyncio
import re
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from devices.board.clock import Clock, rfc3339
from devices.device import Event, Json, State
from devices.policy.rules import Strength
from hub.bus import Backlog, Bus, Entry
from hub.members import acts, badges, people, published
from hub.members.clones import Sighting, Sightings
from hub.members.model import HUB, AuditHead, Problem
from hub.members.rows import this_month
from hub.members.store import Store

WRITE_EVERY_S = 5.0
"""What is heard waits so long for others, so that a busy door does not wear the disk out."""
WAITING_MOST = 1_000
PROBLEMS_MOST = 100
ENTRIES_MOST = 2**53
"""What JSON carries exactly."""
HASH = re.compile(r"[0-9a-f]{64}")
PROBLEM_LASTS = timedelta(days=1)
"""So long pages show what has happened; the audit log keeps it."""

Work = Callable[[Connection], object]


class Listener:
    """Hears doors, machines and readers, and keeps what must be kept."""

    def __init__(self, bus: Bus, store: Store, clock: Clock) -> None:
        self._bus = bus
        self._store = store
        self._clock = clock
        self._sightings = Sightings()
        self._problems: deque[Problem] = deque(maxlen=PROBLEMS_MOST)
        self._heads: dict[str, AuditHead] = {}
        self._last_heads: dict[str, AuditHead] = {}
        self._members: OrderedDict[str, date] = OrderedDict()
        """Who was here in this month, and is noted."""
        self._work: deque[Work] = deque()
        self._filled = asyncio.Event()

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What has happened lately that somebody should look after, the newest first."""
        since = self._clock.now().utc - PROBLEM_LASTS
        return tuple(problem for problem in reversed(self._problems) if problem.at > since)

    async def run(self) -> None:
        """Hear and keep, until cancelled."""
        self._last_heads = {head.log: head for head in await self._store.read(published.last_heads)}
        with self._bus.entries.heard_by(self._hear), self._bus.backlogs.heard_by(self._hear_backlog):
            for entry in tuple(self._bus.latest.states.values()):
                self._hear(entry)
            self._filled.set()
            while True:
                await self._filled.wait()
                await asyncio.sleep(WRITE_EVERY_S)
                await self._keep()

    async def _keep(self) -> None:
        """In one transaction; what cannot be written now waits for the next attempt."""
        self._filled.clear()
        heads, work = dict(self._heads), tuple(self._work)

        def keep(connection: Connection) -> None:
            published.note_heads(connection, heads.values())
            for each in work:
                each(connection)

        await self._store.write(keep)
        for log in [log for log, head in heads.items() if self._heads[log] is head]:
            del self._heads[log]
        for _ in work:
            self._work.popleft()

    def _hear_backlog(self, backlog: Backlog) -> None:
        for entry in backlog.entries:
            self._hear(entry)

    def _hear(self, entry: Entry) -> None:
        match entry.message:
            case Event("badge", data, at) if at.trusted:
                self._hear_badge(entry.device, data, at.utc)
            case Event("access", data, _):
                self._hear_access(data)
            case State("audit", value, at) if isinstance(value, Mapping):
                self._hear_head(entry.device, value, at.utc)

    def _hear_badge(self, reader: str, data: Mapping[str, object], at: datetime) -> None:
        credential = data.get("credential")
        if not isinstance(credential, str) or data.get("strength") != Strength.UID.value:
            return  # a copy of a tag that knows its key is betrayed by its counter
        here = Sighting(reader, at)
        if (there := self._sightings.seen(credential, here)) is not None:
            first, second = sorted((there, here), key=lambda each: each.at)
            self._later(lambda connection: self._note_clone(connection, credential, first, second))

    def _note_clone(self, connection: Connection, credential: str, first: Sighting, second: Sighting) -> None:
        """In the thread of the database."""
        if (badge := badges.with_credential(connection, credential)) is None:
            return
        seconds = round((second.at - first.at).total_seconds(), 1)
        data: dict[str, Json] = {"badge": badge.id, "readers": [first.reader, second.reader], "seconds": seconds}
        acts.done(connection, HUB, "badge-in-two-places", member=badge.member, **data)
        self._problems.append(Problem("badge-in-two-places", badge.member, second.at, data))

    def _hear_access(self, data: Mapping[str, object]) -> None:
        member, month = data.get("member"), this_month(self._clock.now().utc.date())
        if not isinstance(member, str) or data.get("granted") is not True or self._members.get(member) == month:
            return
        self._members[member] = month
        while len(self._members) > WAITING_MOST:
            self._members.popitem(last=False)
        self._later(lambda connection: people.was_here(connection, member))

    def _hear_head(self, device: str, value: Mapping[str, object], at: datetime) -> None:
        entries, digest = value.get("entries"), value.get("head")
        if type(entries) is not int or not 0 <= entries < ENTRIES_MOST or not HASH.fullmatch(str(digest)):
            return
        head, last = AuditHead(device, entries, str(digest), at), self._last_heads.get(device)
        if last is not None and (last.entries, last.hash) == (head.entries, head.hash):
            return
        self._last_heads[device] = self._heads[device] = head
        self._filled.set()
        if last is not None and entries <= last.entries:
            said: dict[str, Json] = {"log": device, "entries": entries, "before": last.entries}
            self._problems.append(Problem("audit-log-shorter", device, at, said))
            since = rfc3339(last.at)
            self._later(lambda connection: acts.done(connection, HUB, "audit-log-shorter", **said, since=since))

    def _later(self, work: Work) -> None:
        if len(self._work) < WAITING_MOST:
            self._work.append(work)
        self._filled.set()
