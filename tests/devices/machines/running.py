"""A machine on a simulated board and a real bus, for tests that play its members and its outside."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from devices.board.board import Board
from devices.board.clock import Clock, SystemClock
from devices.board.simulated import SimulatedBoard
from devices.board.world import World
from devices.device import Event, Json
from devices.machines.machine import Machine
from devices.machines.options import CurrentLine, Kind, MachineOptions, OopsOptions, RelayOptions, SessionRules
from devices.policy.permit import sign_permit
from devices.policy.policy import Badge, BadgeState, Member, Policy
from devices.policy.rules import MachineRules, Role
from hub.bus import Availability, Bus, Entry, UnkeptJournal
from hub.port import DevicePort
from tests.waiting import until

MILL = "mill"
READER = "mill-badges"
DOOR = "workshop-door"
RELAY, JOB, BUTTON = "GPIO5", "GPIO6", "GPIO13"
WITHIN_S = 20.0

OPTIONS = MachineOptions(
    kind=Kind.CNC_MILL,
    badges=READER,
    relay=RelayOptions(line=RELAY),
    current=CurrentLine(type="line", line=JOB, rest=0.2),
    oops=OopsOptions(line=BUTTON),
    room=DOOR,
    maintenance={"spindle": 100.0},
)
HUB = Ed25519PrivateKey.generate()
PEOPLE = {
    "amina": Member("a" * 16, trainings={MILL: None}),
    "bruno": Member("b" * 16, trainings={MILL: None}, language="pt"),
    "chloe": Member("c" * 16),
    "denis": Member("d" * 16, roles=frozenset({Role.MAINTAINER})),
    "elise": Member("e" * 16, roles=frozenset({Role.SUPERVISOR})),
}
"""Two who are trained, one who is not, a maintainer and a supervisor."""


def badge_of(name: str) -> str:
    """The credential of somebody's badge."""
    return name.encode().hex().ljust(64, "0")


def policy(rules: MachineRules | None = None, **changed: Any) -> Policy:
    """What the hub says."""
    plain = Policy(
        site="alco",
        node="workshop",
        version=7,
        issued=datetime.now(UTC),
        badges={badge_of(name): Badge(member.id) for name, member in PEOPLE.items()}
        | {badge_of("amina-lost"): Badge(PEOPLE["amina"].id, BadgeState.LOST)},
        members={member.id: member for member in PEOPLE.values()},
        places={MILL: rules or MachineRules(training=MILL)},
        signer=HUB.public_key().public_bytes_raw(),
    )
    return replace(plain, **changed)


class Played:
    """A machine that runs, its members, and what it says."""

    def __init__(self, port: DevicePort, bus: Bus) -> None:
        self.port = port
        self.bus = bus
        self.events: list[Event] = []

    def heard(self, entry: Entry) -> None:
        if entry.device == MILL and isinstance(entry.message, Event):
            self.events.append(entry.message)

    def state(self, name: str) -> Any:
        entry = self.bus.latest.states.get((MILL, name))
        return None if entry is None else getattr(entry.message, "value", None)

    @property
    def phase(self) -> str:
        return str((self.state("session") or {}).get("phase"))

    @property
    def online(self) -> bool:
        entry = self.bus.latest.availability.get(MILL)
        return entry is not None and isinstance(entry.message, Availability) and entry.message.online

    def of(self, kind: str) -> list[Mapping[str, Json]]:
        """The data of all events of one kind."""
        return [event.data for event in self.events if event.kind == kind]

    async def badge(self, name: str) -> Mapping[str, Json]:
        """Somebody shows a badge; what comes of it."""
        count = len(self.of("access"))
        self.show(name)
        await self.until(lambda: len(self.of("access")) > count)
        return self.of("access")[-1]

    def show(self, name: str, *, local: bool = True) -> None:
        """The same without waiting for an answer; `local`: not by MQTT."""
        event = Event("badge", {"credential": badge_of(name), "strength": "uid"}, self.port.now())
        if local:
            self.bus.publish(READER, event)
        else:
            self.bus.relay(Entry(READER, event, "elsewhere", 1, local=False))

    def pass_door(self, name: str, direction: str = "in") -> None:
        data: Mapping[str, Json] = {"member": PEOPLE[name].id, "direction": direction}
        self.bus.publish(DOOR, Event("passed", data, self.port.now()))

    async def ask(self, action: str, *, by: str = "denis", detail: str | None = None) -> Mapping[str, Json]:
        """A page's order, with a permit."""
        permit = sign_permit(HUB, device=MILL, action=action, by=PEOPLE[by].id, now=self.port.now().utc, detail=detail)
        return await self.port.handlers[action](permit)

    async def until(self, condition: Any) -> None:
        await until(condition, within_s=WITHIN_S)

    async def a_while(self, seconds: float = 0.6) -> None:
        """Long enough for what must not happen."""
        since = time.monotonic()
        await until(lambda: time.monotonic() - since > seconds)


class PlayedOutside(Played):
    """The same with a simulated outside."""

    def __init__(self, world: World, port: DevicePort, bus: Bus) -> None:
        super().__init__(port, bus)
        self.world = world

    @property
    def powered(self) -> bool:
        """Whether the relay's wire is high."""
        return self.world.pin(RELAY).level

    def work(self, works: bool) -> None:
        """The machine begins a job, or ends it."""
        self.world.pin(JOB).drive(not works)

    def press(self, pressed: bool = True) -> None:
        """The button for when something is wrong."""
        self.world.pin(BUTTON).drive(not pressed)


@asynccontextmanager
async def running(
    folder: Path,
    options: MachineOptions = OPTIONS,
    *,
    known: Policy | None = None,
    clock: Clock | None = None,
    world: World | None = None,
    board: Board | None = None,
) -> AsyncIterator[PlayedOutside]:
    """A machine that is online, or has failed to be, until the test leaves the context."""
    world = world or World(folder / "world")
    for line in (JOB, BUTTON):
        world.pin(line).drive(True)
    bus = Bus(UnkeptJournal())
    bus.latest.policy = known or policy()
    port = DevicePort(MILL, bus, clock or SystemClock())
    machine = Machine(options, board or SimulatedBoard(world, folder / "state", clock))
    played = PlayedOutside(world, port, bus)
    with bus.entries.heard_by(played.heard):
        task = asyncio.create_task(machine.run(port), name="machine")
        try:
            await until(lambda: played.online or task.done(), within_s=WITHIN_S)
            if task.done():
                await task
            yield played
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


def with_session(**rules: Any) -> MachineOptions:
    """The mill with other rules for sessions."""
    return replace(OPTIONS, session=SessionRules(**rules))
