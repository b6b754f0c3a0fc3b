"""A member's details as a form gives them: text, until it is found good."""

import re
from collections.abc import Iterable
from datetime import date
from typing import Annotated

from pydantic import Field

from devices.policy.rules import Role
from hub.members.details import BadDetails, Details, searchable
from hub.members.model import Member
from hub.web.login.roles import SignedForm

Line = Annotated[str, Field(max_length=300)]


class MemberForm(SignedForm):
    """What was typed in. Roles are rights: only an administrator's form counts for them."""

    name: Line = ""
    email: Line = ""
    phone: Line = ""
    born: Line = ""
    language: Line = "fr"
    since: Line = ""
    until: Line = ""
    roles: Annotated[list[Role], Field(max_length=len(Role))] = Field(default_factory=list)
    groups: Line = ""

    def details(self, *, roles: Iterable[Role]) -> Details:
        """What it says.

        Raises:
            BadDetails: one of the details cannot be right.
        """
        return Details(
            name=self.name,
            email=self.email,
            phone=self.phone,
            born=day("born", self.born),
            language=self.language,
            since=day("since", self.since),
            until=day("until", self.until),
            roles=frozenset(roles),
            groups=frozenset(_names(self.groups)),
        )

    @classmethod
    def of(cls, member: Member, csrf: str) -> "MemberForm":
        """The form filled in with what is known."""
        return cls(
            csrf=csrf,
            name=member.name,
            email=member.email,
            phone=member.phone,
            born=_written(member.born),
            language=member.language,
            since=_written(member.since),
            until=_written(member.until),
            roles=sorted(member.roles),
            groups=", ".join(sorted(member.groups)),
        )


def day(field: str, typed: str) -> date | None:
    """A day as browsers send it; None for an empty field.

    Raises:
        BadDetails: this is no day.
    """
    try:
        return date.fromisoformat(typed) if typed else None
    except ValueError:
        raise BadDetails(field, f"{field}: {typed!r} is no day such as 2026-09-01") from None


def as_name(typed: str) -> str:
    """A group or training as a person types it, in the form of names: `Club Couture` → `club-couture`."""
    return re.sub(r"[\s_-]+", "-", searchable(typed).strip())


def _names(typed: str) -> list[str]:
    return [as_name(each) for each in re.split(r"[,;]", typed) if each.strip()]


def _written(known: date | None) -> str:
    return known.isoformat() if known else ""
