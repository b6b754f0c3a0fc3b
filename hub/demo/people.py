"""The demo's members, who have the cards that its simulated visitors hold to the readers."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection

from devices.access.scene import MEMBERS
from devices.access.site_key import SiteKey
from devices.policy.rules import MachineRules, Role
from hub.lab import Lab
from hub.members import accounts, badges, people, trainings
from hub.members.details import Details
from hub.members.model import CONSOLE, AccountRole
from hub.members.passwords import hash_password

ACCOUNT = "demo"
PASSWORD_BYTES = 9
A_YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Person:
    """`trained`: for every machine of the lab."""

    details: Details
    trained: bool


def everybody(today: date) -> Iterable[Person]:
    """In the order of the cards."""
    since = today - A_YEAR
    yield Person(Details(name="Aïcha Diallo", since=since, roles=frozenset({Role.MAINTAINER})), trained=True)
    yield Person(Details(name="Bruno Lefèvre", since=since, roles=frozenset({Role.TRAINER})), trained=True)
    yield Person(Details(name="Olena Kovalenko", since=since, language="uk"), trained=True)
    yield Person(Details(name="Yusuf Aydın", since=since, language="tr"), trained=False)
    yield Person(Details(name="Inês Carvalho", since=since, language="pt", born=today - 15 * A_YEAR), trained=True)
    yield Person(
        Details(name="Samir Haddad", since=since, until=today - timedelta(days=1), language="ar"), trained=False
    )


def move_in(connection: Connection, lab: Lab, key: SiteKey, today: date) -> str:
    """Write them all, and the account `ACCOUNT` of an administrator, whose password is given back."""
    for card, person in zip(MEMBERS, everybody(today), strict=True):
        member = people.create(connection, person.details, by=CONSOLE)
        badges.enrol(connection, member.id, key.credential(card), label="demo", by=CONSOLE)
        for training in machine_trainings(lab) if person.trained else ():
            trainings.grant(connection, member.id, training, by=CONSOLE)
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    accounts.create(connection, ACCOUNT, hash_password(password), AccountRole.ADMINISTRATOR, by=CONSOLE)
    return password


def machine_trainings(lab: Lab) -> Iterable[str]:
    """What the lab's machines ask for."""
    for name, device in lab.devices.items():
        rules = getattr(device.options, "rules", None)
        if isinstance(rules, MachineRules) and not rules.untrained:
            yield rules.training or name
