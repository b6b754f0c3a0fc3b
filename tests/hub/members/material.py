"""A lab with doors and machines, and its members, for the tests of this folder."""

import asyncio
import resource
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from devices.board.clock import Clock, Moment
from devices.policy.policy import Policy
from devices.policy.rules import DoorRules, MachineRules, Rules
from hub.bus import Bus, SignedPolicy, UnkeptJournal
from hub.lab import Broker, DeviceEntry, Lab, Node, Web
from hub.members import badges, people
from hub.members.details import Details
from hub.members.members import Members
from hub.members.model import CONSOLE, Member
from hub.members.store import DATABASE, FOLDER, Store, in_file
from hub.policy.keys import signing_key
from hub.policy.sealed import open_sealed
from tests.waiting import until

SITE = "alco"
ENTRY = X25519PrivateKey.generate()
"""The key of the node at the entrance."""
NAME = "Aïcha Diallo"


@dataclass(frozen=True, slots=True)
class Options:
    """As far as the members are concerned, a door or machine is its rules."""

    rules: Rules


def lab(places: Mapping[str, Rules] | None = None, *, more: Mapping[str, DeviceEntry] | None = None) -> Lab:
    """A hub, an entrance with a key, and a workshop without one."""
    here = {"front-door": DoorRules(), "laser": MachineRules()} if places is None else places
    devices = {name: DeviceEntry(name, "door", "entrance", Options(rules)) for name, rules in here.items()}
    devices["badges"] = DeviceEntry("badges", "badge-reader", "entrance", None)
    key = ENTRY.public_key().public_bytes_raw().hex()
    nodes = {"hub": Node(), "entrance": Node(policy_key=key), "workshop": Node()}
    return Lab(SITE, Broker(), Web(), nodes, {**devices, **(more or {})}, "")


def credential(number: int) -> str:
    return f"{number:064x}"


@asynccontextmanager
async def opened(state: Path) -> AsyncIterator[Store]:
    store = Store(partial(in_file, state / FOLDER / DATABASE))
    await store.open()
    yield store


async def member(store: Store, name: str = NAME, *, badge: int | None = None, **details: Any) -> Member:
    """Somebody new, with a badge where its number is given."""
    made = await store.write(people.create, Details(name=name, **details), by=CONSOLE)
    if badge is not None:
        await store.write(badges.enrol, made.id, credential(badge), by=CONSOLE)
    return made


class FakeClock(Clock):
    """It is whatever time a test says."""

    boot = "test"

    def __init__(self, utc: datetime | None = None, *, trusted: bool = True) -> None:
        self.moment = Moment(utc or datetime.now(UTC), trusted)

    def now(self) -> Moment:
        return self.moment

    def correction(self) -> timedelta | None:
        return timedelta() if self.moment.trusted else None


@dataclass(slots=True)
class Running:
    """The members at work, and what they published."""

    bus: Bus
    members: Members
    state: Path
    published: list[SignedPolicy] = field(default_factory=list)

    @property
    def store(self) -> Store:
        return self.members.store

    @property
    def policy(self) -> Policy | None:
        """The last one of the entrance, as its Pi reads it."""
        if not self.published:
            return None
        signer = signing_key(self.state).public_key().public_bytes_raw()
        return open_sealed(self.published[-1].payload, site=SITE, node="entrance", signer=signer, private_key=ENTRY)

    async def quiet(self) -> Policy:
        """The policy, once nothing more is published for a moment."""
        await until(lambda: self.published)
        seen = -1
        while seen != len(self.published):
            seen = len(self.published)
            await asyncio.sleep(0.25)
        assert self.policy is not None
        return self.policy


@asynccontextmanager
async def running(state: Path, of: Lab | None = None, clock: Clock | None = None) -> AsyncIterator[Running]:
    bus = Bus(UnkeptJournal())
    here = Running(bus, Members(bus, of or lab(), state, clock or FakeClock()), state)
    with bus.policies.heard_by(here.published.append):
        task = asyncio.create_task(here.members.run(), name="members")
        try:
            await until(lambda: here.published or task.done())
            yield here
        finally:
            task.cancel()
            await asyncio.wait([task])
            if not task.cancelled() and (error := task.exception()):
                raise error


@contextmanager
def full_disk(room: int) -> Iterator[None]:
    """No file of this process may grow beyond `room` bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
