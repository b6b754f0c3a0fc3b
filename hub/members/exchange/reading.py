"""A row of a table as a member's details."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from devices.policy.rules import Role
from hub.members.details import BadDetails, Details, name_of
from hub.members.exchange.table import Row

FRENCH_DAY = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})")
BETWEEN = re.compile(r"[\s,;|]+")


@dataclass(frozen=True, slots=True)
class Read:
    """What a row says; `trainings` by name, with the last day of each."""

    line: int
    id: str
    details: Details
    trainings: Mapping[str, date | None]


def read(row: Row, before: Details | None) -> Read:
    """The details of `before`, a member who is there already, with what the row says in their place.

    A column that the table does not have says nothing; an empty cell says that there is nothing.

    Raises:
        BadDetails: a cell cannot be right.
    """
    said = {name: _cell(name, cell) for name, cell in row.cells.items() if name in CELLS}
    if first := row.cells.get("first_name"):
        said["name"] = f"{first} {said.get('name', '')}".strip()
    known = {each.name: getattr(before, each.name) for each in fields(Details)} if before is not None else {}
    details = Details(**{"name": ""} | known | said)
    return Read(row.line, row.cells.get("id", ""), details, _trainings(row.cells.get("trainings", "")))


def day(field: str, cell: str) -> date | None:
    """2010-05-31 or 31/05/2010.

    Raises:
        BadDetails: neither.
    """
    if not cell:
        return None
    french = FRENCH_DAY.fullmatch(cell)
    try:
        return date(int(french[3]), int(french[2]), int(french[1])) if french else date.fromisoformat(cell)
    except ValueError:
        raise BadDetails(field, f"{field}: {cell!r} is no day; write 2010-05-31 or 31/05/2010") from None


def _cell(name: str, cell: str) -> Any:
    return CELLS[name](name, cell)


def _as_it_is(_: str, cell: str) -> str:
    return cell


def _language(_: str, cell: str) -> str:
    return cell.casefold() or "fr"


def _names(cell: str) -> list[str]:
    return [each for each in BETWEEN.split(cell) if each]


def _groups(field: str, cell: str) -> frozenset[str]:
    return frozenset(name_of(field, each) for each in _names(cell))


def _roles(field: str, cell: str) -> frozenset[Role]:
    wrong = [each for each in _names(cell) if each not in set(Role)]
    if wrong:
        raise BadDetails(field, f"{field}: {wrong[0]!r} is no role; there are {', '.join(Role)}")
    return frozenset(map(Role, _names(cell)))


def _trainings(cell: str) -> Mapping[str, date | None]:
    """Names with or without a last day: laser-cutter=2027-06-30 sewing-machine."""
    parts = (each.partition("=") for each in _names(cell))
    return {name_of("trainings", name): day("trainings", until) for name, _, until in parts}


CELLS: Mapping[str, Callable[[str, str], Any]] = {
    "name": _as_it_is,
    "email": _as_it_is,
    "phone": _as_it_is,
    "born": day,
    "language": _language,
    "since": day,
    "until": day,
    "roles": _roles,
    "groups": _groups,
}
