"""A door with its reader on a simulated board and a real bus, for tests that play its outside."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from devices.access.badge_reader import BadgeReader
from devices.access.card import Card
from devices.access.door.door import Door
from devices.access.door.options import Contact, DoorOptions, Exit, Fire, Strike
from devices.access.options import BadgeReaderOptions, Rdm6300Reader
from devices.access.readers.serial_frame import FrameFormat, frame_of
from devices.access.site_key import SiteKey
from devices.board.clock import Clock, Moment, SystemClock
from devices.board.pin import Pin
from devices.board.simulated import SimulatedBoard
from devices.board.world import World
from devices.device import Device, Event, Json, State
from devices.policy.policy import Badge, Member, Policy
from devices.policy.rules import DoorRules
from hub.bus import Availability, Bus, Entry, UnkeptJournal
from hub.port import DevicePort
from tests.waiting import until

PORT, INSIDE_PORT = "/dev/alcolab/front", "/dev/alcolab/front-inside"
STRIKE, CONTACT, EXIT, FIRE = "GPIO17", "GPIO27", "GPIO22", "GPIO23"
WIRING = DoorOptions(
    badges="front-badges",
    exit_badges="inside-badges",
    strike=Strike(line=STRIKE, unlock=0.6),
    contact=Contact(line=CONTACT, debounce=0.0),
    exit=Exit(line=EXIT, debounce=0.0),
    fire=Fire(line=FIRE, debounce=0.0),
)
ADA, BOB, EVE = Card.numbered(0x62E3086CED), Card.numbered(0x62E3086CEE), Card.numbered(0x0000000001)
ADA_ID, BOB_ID = "a" * 16, "b" * 16
SITE_KEY = SiteKey(bytes(32))
HUB = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def policy(rules: DoorRules | None = None, **changes: Any) -> Policy:
    """Ada and Bob are members; Eve is not."""
    badges = {SITE_KEY.credential(ADA): Badge(ADA_ID), SITE_KEY.credential(BOB): Badge(BOB_ID)}
    given: dict[str, Any] = {
        "site": "alco",
        "node": "entrance",
        "version": 7,
        "issued": datetime.now(UTC),
        "badges": badges,
        "members": {ADA_ID: Member(ADA_ID), BOB_ID: Member(BOB_ID, language="en")},
        "places": {"front-door": rules or DoorRules()},
        "signer": HUB.public_key().public_bytes_raw(),
    }
    return Policy(**{**given, **changes})


class SettableClock(Clock):
    """Knows the time, until a test says otherwise."""

    boot = "test"

    def __init__(self) -> None:
        self.trusted = True
        self.ahead = timedelta()

    def now(self) -> Moment:
        return Moment(datetime.now(UTC) + self.ahead, self.trusted)

    def correction(self) -> timedelta | None:
        return timedelta() if self.trusted else None


@dataclass
class RunningDoor:
    """What somebody before it does and sees, and what the lab hears."""

    world: World
    bus: Bus
    port: DevicePort
    clock: Clock
    heard: list[Entry] = field(default_factory=list)

    def pin(self, line: str) -> Pin:
        return self.world.pin(line)

    @property
    def unlocked(self) -> bool:
        """By the strike's relay."""
        return self.pin(STRIKE).level

    def show(self, card: Card, *, inside: bool = False) -> None:
        self.world.serial(INSIDE_PORT if inside else PORT).send(frame_of(card, FrameFormat.RDM6300))

    def opens(self) -> None:
        self.pin(CONTACT).drive(True)

    def closes(self) -> None:
        self.pin(CONTACT).drive(False)

    def presses_exit(self) -> None:
        self.pin(EXIT).drive(False)
        self.pin(EXIT).drive(True)

    def events(self, kind: str, device: str = "front-door") -> list[Mapping[str, Json]]:
        return [
            entry.message.data
            for entry in self.heard
            if entry.device == device and isinstance(entry.message, Event) and entry.message.kind == kind
        ]

    def kinds(self) -> list[str]:
        """The kinds of the door's events, in order."""
        of_door = [entry.message for entry in self.heard if entry.device == "front-door"]
        return [message.kind for message in of_door if isinstance(message, Event)]

    async def event(self, kind: str, count: int = 1) -> Mapping[str, Json]:
        """The `count`th of this kind, as soon as there is one."""
        await until(lambda: len(self.events(kind)) >= count)
        return self.events(kind)[count - 1]

    def state(self, name: str) -> Any:
        entry = self.bus.latest.states.get(("front-door", name))
        return entry.message.value if entry and isinstance(entry.message, State) else None

    async def until_state(self, name: str, holds: Callable[[Any], object]) -> Any:
        await until(lambda: (state := self.state(name)) is not None and holds(state))
        return self.state(name)

    def online(self, device: str = "front-door") -> bool:
        entry = self.bus.latest.availability.get(device)
        return bool(entry and isinstance(entry.message, Availability) and entry.message.online)


async def _keep(device: Device[Any], port: DevicePort) -> None:
    await device.run(port)


@asynccontextmanager
async def running(
    folder: Path,
    options: DoorOptions = WIRING,
    *,
    known: Policy | None = None,
    world: World | None = None,
    clock: Clock | None = None,
    bus: Bus | None = None,
) -> AsyncIterator[RunningDoor]:
    """Run a door and its readers, closed and at peace, until the test leaves the context."""
    world = world or World(folder / "world")
    clock = clock or SystemClock()
    bus = bus or Bus(UnkeptJournal())
    bus.latest.policy = known
    (folder / "site.key").write_text("00" * 32)
    world.pin(CONTACT).drive(False)
    world.pin(EXIT).drive(True)
    world.pin(FIRE).drive(False)
    board = SimulatedBoard(world, folder / "state", clock)
    port = DevicePort("front-door", bus, clock)
    door = RunningDoor(world, bus, port, clock)
    devices: list[tuple[Device[Any], DevicePort]] = [(Door(options, board), port)]
    for name, serial in ((options.badges, PORT), (options.exit_badges, INSIDE_PORT)):
        if name is not None:
            world.serial(serial)
            reader = BadgeReaderOptions(
                reader=Rdm6300Reader(type="rdm6300", port=serial, away=0.3), key_file=str(folder / "site.key")
            )
            devices.append((BadgeReader(reader, board), DevicePort(name, bus, clock)))
    with bus.entries.heard_by(door.heard.append):
        tasks = [asyncio.create_task(_keep(*each), name=each[1].device) for each in devices]
        try:
            await until(lambda: all(door.online(each.device) for _, each in devices) or any(t.done() for t in tasks))
            if options.contact is not None:
                await until(lambda: (door.state("door") or {}).get("open") is not None or any(t.done() for t in tasks))
            yield door
        finally:
            for task in tasks:
                task.cancel()
            for ended in await asyncio.gather(*tasks, return_exceptions=True):
                if isinstance(ended, Exception):
                    raise ended
