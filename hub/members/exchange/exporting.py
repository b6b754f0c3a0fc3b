"""All members for a spreadsheet, and everything about one for themselves (RGPD, articles 15 and 20)."""

import csv
import io
from collections import defaultdict
from dataclasses import fields

from sqlalchemy import Connection

from devices.board.clock import rfc3339
from devices.device import Json
from hub.members import accounts, badges, people, trainings
from hub.members.details import Details
from hub.members.model import Account, Badge, Member, Training
from hub.spreadsheet import as_text

BOM = "\ufeff"
"""Excel takes a CSV file for UTF-8 only with it."""
COLUMNS = ("id", *(each.name for each in fields(Details)), "trainings")


def as_csv(connection: Connection) -> str:
    """All members with their trainings, by name, as `importing` reads them; badges are left out."""
    held: defaultdict[str, list[Training]] = defaultdict(list)
    for training in trainings.everyones(connection):
        held[training.member].append(training)
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for member in people.everyone(connection):
        cells = (_cell(getattr(member, name)) for name in COLUMNS[:-1])
        writer.writerow(as_text(cell) for cell in (*cells, " ".join(map(_training, held[member.id]))))
    return BOM + out.getvalue()


def about(connection: Connection, id: str) -> dict[str, Json]:  # noqa: A002 - what it is called everywhere
    """Everything that the hub's database has of one member, as JSON. What happened at doors is in the history.

    Raises:
        NoSuch: nobody has this pseudonym.
    """
    member = people.get(connection, id)
    return {
        "member": _member(member),
        "badges": [_badge(each) for each in badges.of(connection, id)],
        "trainings": [
            {"training": each.name, "granted": each.granted.isoformat(), "by": each.by, "expires": _cell(each.expires)}
            for each in trainings.of(connection, id)
        ],
        "accounts": [_account(each) for each in accounts.of_member(connection, id)],
    }


def _member(member: Member) -> dict[str, Json]:
    plain: dict[str, Json] = {each.name: _cell(getattr(member, each.name)) for each in fields(Details)}
    sets: dict[str, Json] = {"roles": sorted(member.roles), "groups": sorted(member.groups)}
    dates: dict[str, Json] = {"created": member.created.isoformat(), "active": member.active.isoformat()}
    return {"pseudonym": member.id} | plain | sets | {"suspended": member.suspended} | dates


def _badge(badge: Badge) -> dict[str, Json]:
    ended = rfc3339(badge.ended) if badge.ended else None
    said: dict[str, Json] = {"label": badge.label, "credential": badge.credential, "strength": badge.strength.value}
    return said | {"state": badge.state.value, "enrolled": rfc3339(badge.enrolled), "ended": ended}


def _account(account: Account) -> dict[str, Json]:
    said: dict[str, Json] = {"name": account.name, "role": account.role.value, "created": rfc3339(account.created)}
    return said | {"disabled": account.disabled}


def _training(training: Training) -> str:
    return training.name if training.expires is None else f"{training.name}={training.expires.isoformat()}"


def _cell(value: object) -> str:
    if value is None:
        return ""
    return " ".join(sorted(map(str, value))) if isinstance(value, frozenset) else str(value)
