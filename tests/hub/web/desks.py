"""A lab with a door, machines and a reader that say and do what a test writes for them, and the people of its desk."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import httpx

from devices.access.door.options import DoorOptions, Strike
from devices.access.options import BadgeReaderOptions, Rdm6300Reader
from devices.board.clock import SystemClock
from devices.device import Command, Event, Json, Reply, State
from devices.machines.options import Kind, MachineOptions, RelayOptions
from devices.opening_hours import Day, Hours
from devices.policy.decision import Reason
from devices.policy.rules import DoorRules, MachineRules, Role, Strength
from hub.lab import BoardKind, DeviceEntry, Lab, Node, ServiceName
from hub.members import accounts, badges, passwords, people, trainings
from hub.members.details import Details
from hub.members.members import Members
from hub.members.model import CONSOLE, Account, AccountRole, Member
from hub.web.login.cookie import ON_THIS_MACHINE
from hub.web.server import Web
from tests.hub.web.served import Served, now, serving, small_lab

PASSWORD = "three words apart"  # noqa: S105 - of people who do not exist
HASHED = passwords.HASHER.hash(PASSWORD)
DOOR, MACHINE, READER = "front-door", "3d-printer", "door-reader"
AFTERNOONS = Hours(days=(Day.TUE, Day.WED, Day.THU, Day.SAT), since=time(14), until=time(18, 30))
OPEN_HOUSE = Hours(days=(Day.WED,), since=time(14), until=time(17))
CREDENTIAL = "a1" * 32


def access_lab() -> Lab:
    """One door, two machines, a reader; all of it at the Pi `entrance`, the pages and the members at the hub."""
    reader = BadgeReaderOptions(reader=Rdm6300Reader(type="rdm6300", port="/dev/badges"))
    door = DoorOptions(
        badges=READER,
        strike=Strike(line="GPIO17"),
        rules=DoorRules(hours=(AFTERNOONS,), free=(OPEN_HOUSE,), capacity=20),
    )
    printer = MachineOptions(
        kind=Kind.PRINTER_3D, badges=READER, relay=RelayOptions(line="GPIO18"), maintenance={"nozzle": 200.0}
    )
    sewing = MachineOptions(
        kind=Kind.SEWING_MACHINE,
        badges=READER,
        relay=RelayOptions(line="GPIO19"),
        rules=MachineRules(untrained=True),
    )
    lab = small_lab(devices={})
    entries = {
        READER: DeviceEntry(READER, "badge-reader", "entrance", reader),
        DOOR: DeviceEntry(DOOR, "door", "entrance", door),
        MACHINE: DeviceEntry(MACHINE, "machine", "entrance", printer),
        "sewing-machine": DeviceEntry("sewing-machine", "machine", "entrance", sewing),
    }
    nodes = {"hub": Node(services=(ServiceName.WEB, ServiceName.MEMBERS)), "entrance": Node(board=BoardKind.PI)}
    return replace(lab, nodes={**lab.nodes, **nodes}, devices={**lab.devices, **entries})


@dataclass(slots=True)
class Desk(Served):
    """A served lab with members."""

    folder: Path = field(kw_only=True)
    lab: Lab = field(default_factory=access_lab)
    commands: list[Command] = field(default_factory=list)
    refuses: str = ""
    """Why doors and machines refuse everything, when they do."""
    members: Members = field(init=False)

    def __post_init__(self) -> None:
        self.members = Members(self.bus, self.lab, self.folder, SystemClock())

    def web(self) -> Web:
        return Web(self.bus, self.lab, lambda: self.health, self.worlds, SystemClock(), members=self.members)

    @contextmanager
    def answering(self) -> Iterator[None]:
        """While inside, commands reach doors and machines."""
        with self.bus.reaching(self.answer):
            yield

    async def answer(self, command: Command) -> Reply:
        self.commands.append(command)
        return Reply(ok=not self.refuses, error=self.refuses or None)

    def say(self, device: str, state: str, value: Json) -> None:
        self.bus.publish(device, State(state, value, now()))

    def decided(self, reason: Reason, member: str | None, device: str = DOOR) -> None:
        told: Mapping[str, Json] = {"granted": reason is Reason.GRANTED, "reason": reason, "member": member}
        self.bus.publish(device, Event("access", told, now()))

    def badge_shown(self, credential: str = CREDENTIAL, strength: Strength = Strength.UID) -> None:
        self.bus.publish(READER, Event("badge", {"credential": credential, "strength": strength}, now()))

    def as_on_a_common_day(self) -> None:
        """The door is locked, one machine is used, the other one was stopped."""
        for device in (READER, DOOR, MACHINE, "sewing-machine"):
            self.online(device)
        self.say(DOOR, "door", {"locked": True, "open": False, "mode": "normal", "alarm": None})
        self.say(DOOR, "people", {"inside": 3, "capacity": 20})
        self.say(DOOR, "display", {"reason": None, "language": None})
        ends = (datetime.now(UTC) + timedelta(minutes=34)).isoformat()
        running: dict[str, Json] = {"phase": "running", "member": "f" * 16, "since": None, "ends": ends}
        self.say(MACHINE, "session", {**running, "remaining_s": 34 * 60})
        maintenance: Json = [{"task": "nozzle", "every_h": 200, "due_in_h": -3.5}]
        self.say(MACHINE, "counters", {"hours": 203.5, "sessions": 41, "maintenance": maintenance})
        self.say("sewing-machine", "session", {"phase": "stopped", "member": None, "remaining_s": None})

    async def account(self, role: AccountRole, name: str | None = None, member: str | None = None) -> Account:
        """Somebody who may sign in with `PASSWORD`, by default under the name of the role."""
        given = name or role.value
        return await self.members.store.write(accounts.create, given, HASHED, role, member=member, by=CONSOLE)

    async def member(self, name: str = "Aïcha Diallo", **details: object) -> Member:
        known = Details(name=name, **details)  # type: ignore[arg-type]  # they are a Details' own
        return await self.members.store.write(people.create, known, by=CONSOLE)

    async def inhabited(self) -> Member:
        """An account for each role, and a few members; one of them has badges and trainings."""
        for role in AccountRole:
            await self.account(role)
        write = self.members.store.write
        known = await self.member(email="aicha@example.org", born=date(2011, 5, 4), groups=frozenset({"sewing-club"}))
        await write(badges.enrol, known.id, "b2" * 32, label="porte-clés bleu", by=CONSOLE)
        await write(badges.enrol, known.id, "c3" * 32, strength=Strength.CRYPTO, by=CONSOLE)
        await write(trainings.grant, known.id, "3d-printer", expires=date(2099, 1, 1), by=CONSOLE)
        await self.member("Олена Коваль", language="uk", roles=frozenset({Role.MAINTAINER}))
        paused = await self.member("Zoé Martin", until=date(2020, 1, 1))
        await write(people.suspend, paused.id, by=CONSOLE)
        return known


@asynccontextmanager
async def desk(folder: Path, lab: Lab | None = None) -> AsyncIterator[tuple[Desk, httpx.AsyncClient]]:
    """A served lab with accounts and members, and somebody with a browser at the hub itself, not yet signed in."""
    made = Desk(folder=folder, lab=lab or access_lab())
    await made.members.store.open()
    running = asyncio.create_task(made.members.run(), name="members")
    try:
        async with serving(made), httpx.AsyncClient(base_url=made.url, headers={"origin": made.url}) as client:
            with made.answering():
                yield made, client
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def sign_in(
    client: httpx.AsyncClient, name: str = AccountRole.ADMINISTRATOR.value, password: str = PASSWORD
) -> httpx.Response:
    return await client.post("/login", data={"name": name, "password": password})


async def csrf(client: httpx.AsyncClient) -> str:
    """What the forms of this session carry."""
    page = (await client.get("/")).text
    return page.partition('name="csrf" value="')[2].partition('"')[0]


async def send(client: httpx.AsyncClient, path: str, **fields: str | list[str]) -> httpx.Response:
    """A form, as a page of this session sends it."""
    return await client.post(path, data={"csrf": await csrf(client), **fields})


def session_of(client: httpx.AsyncClient) -> str | None:
    token: str | None = client.cookies.get(ON_THIS_MACHINE)
    return token
