"""A policy as bytes, the same ones for the same policy, and back.

    length of the table (4 bytes, big-endian) | table: JSON, zlib | pseudonyms, 8 bytes each
    | credentials, 32 bytes each

What is random stands beside the table as it is, since no compression makes it smaller. Members are in the order of
their pseudonyms, badges in that of their credentials. Nothing unknown is passed over: it could be a restriction that
a newer hub asks for.
"""

import json
import re
import struct
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from datetime import date, time
from functools import lru_cache
from typing import Any, TypeAlias, TypeVar

from devices.board.clock import parse_rfc3339
from devices.errors import AlcolabError
from devices.opening_hours import Day, Hours, local_zone
from devices.policy.policy import Badge, BadgeState, Member, Policy
from devices.policy.rules import AntiPassback, DoorRules, MachineRules, Minors, Role, Rules, Strength

PSEUDONYM_BYTES = 8
CREDENTIAL_BYTES = 32
TABLE_MOST = 32 * 1024 * 1024
"""Unpacked; 10,000 members with five trainings each need a tenth of it."""
COMPRESSION = 6

HEX = re.compile(r"(?:[0-9a-f]{2})*")
LENGTH = struct.Struct(">I")
KINDS: Mapping[str, type[Rules]] = {"door": DoorRules, "machine": MachineRules, "place": Rules}
NAMES = {kind: name for name, kind in KINDS.items()}

MALFORMED = (ValueError, TypeError, AttributeError, LookupError, RecursionError, struct.error, zlib.error, AlcolabError)

Row: TypeAlias = Sequence[Any]
Value = TypeVar("Value")


class BadPolicy(AlcolabError, ValueError):
    """What should be a policy for this node is none; the message says why, and what to do."""


def encode(policy: Policy) -> bytes:
    """Raises:
    BadPolicy: it contradicts itself, such as a badge of somebody who does not stand in it.
    """
    members = sorted(policy.members.values(), key=lambda member: member.id)
    numbers = {member.id: number for number, member in enumerate(members)}
    badges = sorted(policy.badges.items())
    if any(badge.member not in numbers for _, badge in badges):
        raise BadPolicy("a badge is of a member who does not stand in the policy")
    pseudonyms = b"".join(_raw(pseudonym, PSEUDONYM_BYTES) for pseudonym in numbers)
    credentials = b"".join(_raw(credential, CREDENTIAL_BYTES) for credential, _ in badges)
    table = {
        "site": policy.site,
        "node": policy.node,
        "version": policy.version,
        "issued": policy.issued.isoformat(),
        "timezone": policy.timezone,
        "members": [_member_row(member) for member in members],
        "owners": [numbers[badge.member] for _, badge in badges],
        "lost": _which(badges, BadgeState.LOST),
        "revoked": _which(badges, BadgeState.REVOKED),
        "places": {name: _rules_table(rules) for name, rules in policy.places.items()},
    }
    packed = zlib.compress(_json(table), COMPRESSION)
    return LENGTH.pack(len(packed)) + packed + pseudonyms + credentials


def decode(content: bytes) -> Policy:
    """Raises:
    BadPolicy: it is not what `encode` makes.
    """
    try:
        (length,) = LENGTH.unpack_from(content)
        table = json.loads(_unpacked(content[LENGTH.size : LENGTH.size + length]))
        return _policy(table, content[LENGTH.size + length :])
    except BadPolicy:
        raise
    except MALFORMED as error:
        raise BadPolicy(
            f"it cannot be read ({error}): do this Pi and the hub run the same release of alcolab?"
        ) from error


def _raw(text: str, size: int) -> bytes:
    raw = bytes.fromhex(text) if HEX.fullmatch(text) else b""
    if len(raw) != size:
        raise BadPolicy("a pseudonym has 16 hex digits, a credential 64")
    return raw


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_plain).encode()


def _plain(value: object) -> object:
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, Hours):
        return {"days": value.days, "since": value.since, "until": value.until}
    raise TypeError(f"a {type(value).__name__} does not stand in policies")


def _unpacked(packed: bytes) -> bytes:
    unpacking = zlib.decompressobj()
    table = unpacking.decompress(packed, TABLE_MOST)
    if not unpacking.eof or unpacking.unused_data:
        raise BadPolicy("its table is larger than any lab's, or cut off")
    return table


# Members and badges.


def _member_row(member: Member) -> Row:
    return (
        member.since,
        member.until,
        member.suspended,
        member.roles,
        member.groups,
        member.trainings,
        member.adult_since,
        member.language,
    )


def _which(badges: Sequence[tuple[str, Badge]], state: BadgeState) -> list[int]:
    return [number for number, (_, badge) in enumerate(badges) if badge.state is state]


def _policy(table: dict[str, Any], random: bytes) -> Policy:
    rows, owners = table.pop("members"), table.pop("owners")
    split = PSEUDONYM_BYTES * len(rows)
    if len(random) != split + CREDENTIAL_BYTES * len(owners):
        raise BadPolicy("it is cut off, or longer than it says")
    pseudonyms = _cut(random[:split], PSEUDONYM_BYTES)
    states = dict.fromkeys(table.pop("lost"), BadgeState.LOST)
    states |= dict.fromkeys(table.pop("revoked"), BadgeState.REVOKED)
    badges = (
        Badge(pseudonyms[_count(owner)], states.get(number, BadgeState.ACTIVE)) for number, owner in enumerate(owners)
    )
    policy = Policy(
        site=_text(table.pop("site")),
        node=_text(table.pop("node")),
        version=_count(table.pop("version")),
        issued=parse_rfc3339(_text(table.pop("issued"))),
        timezone=str(local_zone(_text(table.pop("timezone")))),
        members={each: _member(each, row) for each, row in zip(pseudonyms, rows, strict=True)},
        badges=dict(zip(_cut(random[split:], CREDENTIAL_BYTES), badges, strict=True)),
        places={_text(name): _rules(rules) for name, rules in table.pop("places").items()},
    )
    _all_taken(table)
    return policy


def _cut(random: bytes, size: int) -> list[str]:
    return [random[start : start + size].hex() for start in range(0, len(random), size)]


def _member(pseudonym: str, row: Row) -> Member:
    since, until, suspended, roles, groups, trainings, adult_since, language = row
    return Member(
        id=pseudonym,
        since=_day_or_none(since),
        until=_day_or_none(until),
        suspended=_flag(suspended),
        roles=_roles(tuple(roles)),
        groups=_texts(tuple(groups)),
        trainings={_text(name): _day_or_none(until) for name, until in trainings.items()},
        adult_since=_day_or_none(adult_since),
        language=_text(language),
    )


# Rules.


def _rules_table(rules: Rules) -> dict[str, object]:
    return {"kind": NAMES[type(rules)], **{each.name: getattr(rules, each.name) for each in fields(rules)}}


def _rules(table: dict[str, Any]) -> Rules:
    kind = KINDS[table.pop("kind")]
    rules = kind(**{each.name: OPTIONS[each.name](table.pop(each.name)) for each in fields(kind)})
    _all_taken(table)
    return rules


def _all_taken(table: Mapping[str, object]) -> None:
    if table:
        raise BadPolicy(f"it says more than this release of alcolab knows ({', '.join(sorted(table))}): update this Pi")


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not text")
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{value!r} is neither true nor false")
    return value


def _count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise TypeError(f"{value!r} is not a count")
    return value


@lru_cache(4096)
def _day(value: str) -> date:
    return date.fromisoformat(value)


def _day_or_none(value: str | None) -> date | None:
    return None if value is None else _day(value)


@lru_cache(256)
def _roles(values: tuple[str, ...]) -> frozenset[Role]:
    return frozenset(map(Role, values))


@lru_cache(1024)
def _texts(values: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(_text, values))


def _hours(value: dict[str, Any]) -> Hours:
    days = tuple(map(Day, value.pop("days")))
    hours = Hours(days=days, since=time.fromisoformat(value.pop("since")), until=time.fromisoformat(value.pop("until")))
    _all_taken(value)
    return hours


def _or_none(read: Callable[[Any], Value]) -> Callable[[Any], Value | None]:
    return lambda value: None if value is None else read(value)


def _each(read: Callable[[Any], Value]) -> Callable[[Any], tuple[Value, ...]]:
    return lambda values: tuple(map(read, values))


OPTIONS: Mapping[str, Callable[[Any], Any]] = {
    "roles": _each(Role),
    "groups": _each(_text),
    "hours": _each(_hours),
    "closed": _each(_day),
    "requires": Strength,
    "training": _or_none(_text),
    "minors": Minors,
    "supervised": _flag,
    "two_persons": _flag,
    "free": _each(_hours),
    "anti_passback": AntiPassback,
    "capacity": _or_none(_count),
    "untrained": _flag,
}
"""How each option of `devices/policy/rules.py` is read."""
