"""Policies for tests: a small one, any one, and the keys of a hub and a node."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import strategies as st

from devices.opening_hours import Day, Hours
from devices.policy.policy import Badge, BadgeState, Member, Policy
from devices.policy.rules import AntiPassback, DoorRules, MachineRules, Minors, Role, Rules, Strength
from hub.policy.sealed import open_sealed, seal

SITE, NODE = "alco", "entrance"
AMINATA, JULES = "00000000000000a1", "00000000000000b2"
BADGE, LOST_BADGE = "ab" * 32, "cd" * 32

POLICY = Policy(
    site=SITE,
    node=NODE,
    version=7,
    issued=datetime(2026, 3, 2, 9, 30, tzinfo=UTC),
    badges={BADGE: Badge(AMINATA), LOST_BADGE: Badge(JULES, BadgeState.LOST)},
    members={
        AMINATA: Member(AMINATA, roles=frozenset({Role.TRAINER}), trainings={"laser": date(2027, 1, 31), "cnc": None}),
        JULES: Member(JULES, until=date(2026, 12, 31), adult_since=date(2027, 5, 4), language="uk"),
    },
    places={
        "front-door": DoorRules(hours=(Hours(days=(Day.TUE,), since=time(14), until=time(18)),), capacity=12),
        "laser": MachineRules(requires=Strength.CRYPTO, closed=(date(2026, 5, 1),)),
    },
)


@dataclass(frozen=True, slots=True)
class Keys:
    """Those of a hub and of one node."""

    hub: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    node: X25519PrivateKey = field(default_factory=X25519PrivateKey.generate)

    @property
    def signer(self) -> bytes:
        return self.hub.public_key().public_bytes_raw()

    @property
    def node_public(self) -> bytes:
        return self.node.public_key().public_bytes_raw()

    def seal(self, policy: Policy) -> bytes:
        return seal(policy, signing_key=self.hub, node_key=self.node_public)

    def open(self, payload: bytes, *, site: str = SITE, node: str = NODE) -> Policy:
        return open_sealed(payload, site=site, node=node, signer=self.signer, private_key=self.node)


def numbered(version: int) -> Policy:
    return replace(POLICY, version=version)


pseudonyms = st.binary(min_size=8, max_size=8).map(bytes.hex)
credentials = st.binary(min_size=32, max_size=32).map(bytes.hex)
names = st.from_regex(r"[a-z0-9-]{1,20}", fullmatch=True)
days = st.none() | st.dates()
spans = st.tuples(st.times(), st.times()).filter(lambda pair: pair[0] != pair[1])
hours = st.builds(
    lambda weekdays, span: Hours(days=tuple(weekdays), since=span[0], until=span[1]),
    st.sets(st.sampled_from(Day)),
    spans,
)


def rules_of(kind: type[Rules], **more: st.SearchStrategy[object]) -> st.SearchStrategy[Rules]:
    return st.builds(
        kind,
        roles=st.lists(st.sampled_from(Role), max_size=3).map(tuple),
        groups=st.lists(names, max_size=3).map(tuple),
        hours=st.lists(hours, max_size=3).map(tuple),
        closed=st.lists(st.dates(), max_size=3).map(tuple),
        requires=st.sampled_from(Strength),
        training=st.none() | names,
        minors=st.sampled_from(Minors),
        supervised=st.booleans(),
        two_persons=st.booleans(),
        **more,
    )


all_rules = (
    rules_of(Rules)
    | rules_of(MachineRules, untrained=st.booleans())
    | rules_of(
        DoorRules,
        free=st.lists(hours, max_size=2).map(tuple),
        anti_passback=st.sampled_from(AntiPassback),
        capacity=st.none() | st.integers(1, 10_000),
    )
)


def member_of(pseudonym: str) -> st.SearchStrategy[Member]:
    return st.builds(
        Member,
        id=st.just(pseudonym),
        since=days,
        until=days,
        suspended=st.booleans(),
        roles=st.frozensets(st.sampled_from(Role)),
        groups=st.frozensets(names, max_size=3),
        trainings=st.dictionaries(names, days, max_size=3),
        adult_since=days,
        language=st.sampled_from(["fr", "en", "ar", "tr", "pt", "uk"]),
    )


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    members = {pseudonym: draw(member_of(pseudonym)) for pseudonym in draw(st.sets(pseudonyms, max_size=4))}
    badge = st.builds(Badge, st.sampled_from(sorted(members)), st.sampled_from(BadgeState)) if members else st.nothing()
    return Policy(
        site=draw(names),
        node=draw(names),
        version=draw(st.integers(0, 2**53)),
        issued=draw(st.datetimes(min_value=datetime(1970, 1, 1), timezones=st.just(UTC))),  # noqa: DTZ001 - given aware
        timezone=draw(st.sampled_from(["Europe/Paris", "UTC", "America/Cayenne"])),
        members=members,
        badges=draw(st.dictionaries(credentials, badge, max_size=5)) if members else {},
        places=draw(st.dictionaries(names, all_rules, max_size=3)),
    )
