"""A lab with ten thousand members and a Pi full of doors, each asking for something else."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from devices.access.door.options import DoorOptions, Strike
from devices.board.clock import Moment
from devices.opening_hours import Day, Hours
from devices.policy.decision import Presence, Presented, decide
from devices.policy.policy import BadgeState, Policy
from devices.policy.rules import AntiPassback, DoorRules, Minors, Role, Strength
from hub import lab
from hub.lab import Broker, DeviceEntry, Lab, ServiceName, Web
from hub.members.compile import Register, policy_for
from hub.members.model import Badge, Member, Training

SITE, HUB, NODE = "alco", "hub", "entrance"
MEMBERS = 10_000
DOORS = 20
"""As many as fit a Pi's header, with their contacts on an expander."""
SWIPES_PER_S = 100
GROUPS = ("sewing", "arcade", "garden")
TRAININGS = ("laser", "cnc", "printer", "sewing-machines")
WEEK = tuple(
    Hours(days=(day,), since=since, until=until)
    for day in Day
    for since, until in ((time(9), time(12, 30)), (time(14), time(23, 59)), (time(23, 59), time(9)))
)
"""Open nearly always, and still to be reckoned."""
HOLIDAYS = tuple(date(2026, 1, 1) + timedelta(days=30 * n) for n in range(11))
ASKED = (
    DoorRules(),
    DoorRules(hours=WEEK, closed=HOLIDAYS),
    DoorRules(groups=GROUPS[:2], minors=Minors.WITH_ADULT, capacity=200),
    DoorRules(training="laser", supervised=True),
    DoorRules(roles=(Role.TRAINER, Role.SUPERVISOR), anti_passback=AntiPassback.SOFT, hours=WEEK),
)


@dataclass(frozen=True)
class Crowd:
    """The same one for the same seed."""

    seed: int = 1

    @cached_property
    def register(self) -> Register:
        """As the hub's database gives it."""
        rolling = random.Random(self.seed)  # noqa: S311 - people that do not exist
        members, badges, trainings = [], [], []
        today = datetime.now(UTC).date()
        for n in range(MEMBERS):
            who = rolling.randbytes(8).hex()
            members.append(_member(rolling, who, n, today))
            badges.append(_badge(rolling, who, n))
            trainings += [
                Training(member=who, name=name, granted=today, expires=today + timedelta(days=rolling.randrange(900)))
                for name in rolling.sample(TRAININGS, 2)
            ]
        return Register(tuple(members), tuple(badges), tuple(trainings))

    @cached_property
    def policy(self) -> Policy:
        return self.compiled(1)

    def compiled(self, version: int) -> Policy:
        now = datetime.now(UTC)
        return policy_for(NODE, lab_of(), self.register, version=version, issued=now, today=now.date())

    @cached_property
    def lost(self) -> list[str]:
        """Credentials that open nothing."""
        return [each for each, badge in self.policy.badges.items() if badge.state is BadgeState.LOST]

    def let_in(self, place: str) -> list[str]:
        """The credentials that open it now, with nobody there."""
        now = Moment(datetime.now(UTC))
        return [
            credential
            for credential in self.policy.badges
            if decide(self.policy, Presented(credential, Strength.UID), place, now, Presence()).granted
        ]


@dataclass(frozen=True)
class Keys:
    """Of the hub and of the node."""

    hub: Ed25519PrivateKey
    node: X25519PrivateKey

    @property
    def signer(self) -> bytes:
        return self.hub.public_key().public_bytes_raw()

    @property
    def node_public(self) -> bytes:
        return self.node.public_key().public_bytes_raw()


def lab_of(broker: Broker | None = None, keys: Keys | None = None) -> Lab:
    """`door-0` … at one node, each with a reader that others play, and a hub."""
    nodes = {NODE: lab.Node(policy_key=keys.node_public.hex() if keys else None)}
    nodes[HUB] = lab.Node(services=(ServiceName.MEMBERS,))
    members = lab.Members(signing_key=keys.signer.hex() if keys else None)
    return Lab(SITE, broker or Broker(), Web(), nodes, doors(), "", members)


def doors() -> Mapping[str, DeviceEntry]:
    return {name: DeviceEntry(name, "door", NODE, _door(n)) for n, name in enumerate(map(door, range(DOORS)))}


def door(number: int) -> str:
    return f"door-{number}"


def reader(number: int) -> str:
    return f"badges-{number}"


def line(number: int) -> str:
    return f"GPIO{number}"


def _door(number: int) -> DoorOptions:
    return DoorOptions(
        badges=reader(number), strike=Strike(line=line(number), unlock=0.5), rules=ASKED[number % len(ASKED)]
    )


def _member(rolling: random.Random, who: str, number: int, today: date) -> Member:
    minor = number % 6 == 0
    return Member(
        id=who,
        name=f"Member {number}",
        born=today - timedelta(days=rolling.randrange(14 * 365, 18 * 365)) if minor else None,
        until=today + timedelta(days=rolling.randrange(-30, 365)),
        suspended=number % 200 == 0,
        roles=frozenset({Role.TRAINER} if number % 50 == 0 else ()),
        groups=frozenset(rolling.sample(GROUPS, 2)),
        created=today,
        active=today.replace(day=1),
    )


def _badge(rolling: random.Random, who: str, number: int) -> Badge:
    state = BadgeState.LOST if number % 100 == 1 else BadgeState.ACTIVE
    enrolled = datetime.now(UTC)
    return Badge(id=f"{number}", member=who, credential=rolling.randbytes(32).hex(), state=state, enrolled=enrolled)
