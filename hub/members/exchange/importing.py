"""An import: first a plan that shows what would change, then all of it in one transaction, or nothing."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import Connection

from devices.errors import AlcolabError
from hub.members import people, trainings
from hub.members.details import BadDetails, Details, changes, searchable
from hub.members.exchange.reading import Read, read
from hub.members.exchange.table import Row, rows
from hub.members.model import Member

PROGRESS_EVERY = 20

Progress = Callable[[int, int], None]
"""Called with how many rows are done, and how many there are; from another thread than the caller's."""


class Change(StrEnum):
    """What a row does."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class Step:
    """What one row would do. `changed` names the details; `trainings` are those that would be granted."""

    line: int
    change: Change
    member: Member | None
    details: Details
    changed: tuple[str, ...]
    trainings: Mapping[str, date | None]


@dataclass(frozen=True, slots=True)
class Wrong:
    """Why a row cannot be imported."""

    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What an import would do. With anything wrong in it, it does nothing."""

    steps: tuple[Step, ...]
    wrong: tuple[Wrong, ...]

    def count(self, change: Change) -> int:
        return sum(step.change is change for step in self.steps)


class BadImport(AlcolabError, ValueError):
    """Some rows cannot be imported, and so none was; each line says which and why."""

    def __init__(self, wrong: tuple[Wrong, ...]) -> None:
        super().__init__("nothing was imported:\n" + "\n".join(f"line {each.line}: {each.message}" for each in wrong))
        self.wrong = wrong


def plan(connection: Connection, content: bytes) -> Plan:
    """What importing this file would change now.

    Raises:
        BadTable: it is no table of members.
    """
    known = _Known(connection)
    steps: list[Step] = []
    wrong: list[Wrong] = []
    for row in rows(content):
        try:
            steps.append(_step(row, known))
        except BadDetails as error:
            wrong.append(Wrong(row.line, str(error)))
    return Plan(tuple(steps), (*wrong, *_twice(steps)))


def carry_out(connection: Connection, content: bytes, *, by: str, progress: Progress | None = None) -> Plan:
    """Import the file, and say what that changed. Planned again, so that what has changed since the preview counts.

    Raises:
        BadTable: it is no table of members.
        BadImport: something in it is wrong.
        Refused: `by` may not say that somebody is trained.
    """
    planned = plan(connection, content)
    if planned.wrong:
        raise BadImport(planned.wrong)
    for number, step in enumerate(planned.steps):
        if progress and number % PROGRESS_EVERY == 0:
            progress(number, len(planned.steps))
        _carry_out(connection, step, by)
    if progress:
        progress(len(planned.steps), len(planned.steps))
    return planned


def _carry_out(connection: Connection, step: Step, by: str) -> None:
    if step.change is Change.SAME:
        return
    if step.member is None:
        member = people.create(connection, step.details, by=by)
    else:
        member = people.change(connection, step.member.id, step.details, by=by)
    for name, until in step.trainings.items():
        trainings.grant(connection, member.id, name, by=by, expires=until)


class _Known:
    """The members who are there already, by what a row may know of them."""

    def __init__(self, connection: Connection) -> None:
        self.by_id = {member.id: member for member in people.everyone(connection)}
        self.by_email = _grouped((member.email.casefold(), member) for member in self.by_id.values() if member.email)
        self.by_name = _grouped((searchable(member.name), member) for member in self.by_id.values())
        held: defaultdict[str, dict[str, date | None]] = defaultdict(dict)
        for training in trainings.everyones(connection):
            held[training.member][training.name] = training.expires
        self.trainings: Mapping[str, Mapping[str, date | None]] = held

    def whom(self, said: Read) -> Member | None:
        """Who is meant: by pseudonym; else by e-mail address; else by name, unless birth dates say otherwise.

        Raises:
            BadDetails: nobody has this pseudonym, or several may be meant.
        """
        if said.id:
            if said.id not in self.by_id:
                raise BadDetails("id", f"there is no member {said.id!r}: leave the cell empty for a new one")
            return self.by_id[said.id]
        named = self.by_name.get(searchable(said.details.name), [])
        meant = self.by_email.get(said.details.email.casefold(), []) if said.details.email else []
        meant = meant or [each for each in named if not _different(each, said.details)]
        if len(meant) > 1:
            raise BadDetails("id", f"{len(meant)} members could be meant: say which in a column id")
        return meant[0] if meant else None


def _different(member: Member, said: Details) -> bool:
    """Two people of one name."""
    births = member.born is not None and said.born is not None and member.born != said.born
    return births or bool(member.email and said.email and member.email.casefold() != said.email.casefold())


def _grouped(pairs: Iterator[tuple[str, Member]]) -> Mapping[str, list[Member]]:
    found: defaultdict[str, list[Member]] = defaultdict(list)
    for key, member in pairs:
        found[key].append(member)
    return found


def _step(row: Row, known: _Known) -> Step:
    member = known.by_id.get(row.cells.get("id", ""))
    if member is None:
        member = known.whom(read(row, None))
    said = read(row, member)
    has = known.trainings.get(member.id, {}) if member is not None else {}
    granted = {name: until for name, until in said.trainings.items() if name not in has or has[name] != until}
    if member is None:
        return Step(row.line, Change.NEW, None, said.details, (), granted)
    changed = changes(member, said.details)
    change = Change.CHANGED if changed or granted else Change.SAME
    return Step(row.line, change, member, said.details, changed, granted)


def _twice(steps: list[Step]) -> Iterator[Wrong]:
    """Rows that mean the same member, of whom the last would win unseen."""
    first: dict[tuple[str, ...], int] = {}
    for step in steps:
        details = step.details
        new = searchable(details.name), details.email.casefold(), str(details.born)
        key = (step.member.id,) if step.member is not None else new
        if key in first:
            yield Wrong(step.line, f"the same member as in line {first[key]}")
        first.setdefault(key, step.line)
