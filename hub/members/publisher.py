"""Publishes who may do what: to each node with doors or machines, signed, sealed, and soon after each change."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from devices.board.blocking import BlockingCalls
from devices.board.clock import Clock
from devices.opening_hours import local_zone
from devices.policy.policy import Policy
from hub.bus import Bus, NodeStatus, SignedPolicy
from hub.lab import Lab
from hub.members import published
from hub.members.compile import Register, places, policy_for
from hub.members.published import Published
from hub.members.store import Store
from hub.policy.keys import signing_key
from hub.policy.sealed import BadPolicy, seal
from hub.policy.versions import MOST, next_version

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

log = logging.getLogger(__name__)

LOOK_AT_CLOCK_EVERY_S = 10.0
GATHER_S = 0.1
"""Changes that come in a row share one policy."""
AGAIN_EVERY = timedelta(hours=6)
"""A policy says how old it is, and doors may refuse an old one: it is published again, even if nothing has changed."""
WITHIN_S = 60.0
UNDATED = datetime.fromtimestamp(0, UTC)

Result = TypeVar("Result")


class Publisher:
    """Compiles, signs and emits the policies of the lab's nodes on `bus.policies`."""

    def __init__(self, bus: Bus, lab: Lab, store: Store, state: Path, clock: Clock) -> None:
        self.lab = lab
        self.wake = asyncio.Event()
        """Set it when something has changed that policies are made of."""
        self.troubles: dict[str, str] = {}
        """Nodes that can get no policy, and why."""
        self._bus = bus
        self._store = store
        self._state = state
        self._clock = clock
        self._calls = BlockingCalls()
        self._said: dict[str, tuple[Policy, str | None]] = {}
        """What each node was told last by this process, without version and date, and sealed with which key."""
        self._last: dict[str, Published] = {}

    def reload(self, lab: Lab) -> None:
        """Other doors, machines, rules or keys."""
        self.lab = lab
        self.troubles.clear()
        self.wake.set()

    async def key(self) -> "Ed25519PrivateKey":
        """The key with which the hub signs."""
        return await self._calls.run("reading the hub's key", lambda: signing_key(self._state), deadline_s=10.0)

    async def run(self) -> None:
        """Publish at first, and whenever something is new, until cancelled."""
        key = await self.key()
        self._last = dict(await self._store.read(published.last_published))
        self._said.clear()
        with self._bus.nodes.heard_by(self._hear):
            while True:
                self.wake.clear()
                await self._publish(key)
                await self._something_new()
                await asyncio.sleep(GATHER_S)

    async def _something_new(self) -> None:
        """Wait for a change, for midnight, or until policies are getting old; the clock may jump meanwhile."""
        due = self._due()
        while not self.wake.is_set() and self._clock.now().utc < due:
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_AT_CLOCK_EVERY_S):
                    await self.wake.wait()

    def _due(self) -> datetime:
        now = self._clock.now().utc
        local = now.astimezone(local_zone())
        midnight = datetime.combine(local.date() + timedelta(days=1), time(), local.tzinfo).astimezone(UTC)
        return min([midnight, *(self._last[node].issued + AGAIN_EVERY for node in self._said)])

    def _hear(self, status: NodeStatus) -> None:
        if status.node in self._said and self._is_ahead(status.node):
            log.warning(
                "%s has a newer policy than this hub made: was a backup restored? It gets one anew", status.node
            )
            self.wake.set()

    def _is_ahead(self, node: str) -> bool:
        """A node that has a newer policy than we know of got it before a restore: it obeys only a newer one."""
        last, heard = self._last.get(node), self._heard(node)
        return last is not None and heard is not None and heard > last.version

    def _heard(self, node: str) -> int | None:
        status = self._bus.latest.nodes.get(node)
        return None if status is None else heard_version(status.info)

    async def _publish(self, key: "Ed25519PrivateKey") -> None:
        lab = self.lab
        register = await self._store.read(published.register)
        compiled = await self._in_thread(lambda: self._compiled(lab, register))
        wanted = {node: (policy, lab.nodes[node].policy_key) for node, policy in compiled.items()}
        wanted = {node: each for node, each in wanted.items() if self._is_news(node, each)}
        numbered = {node: self._numbered(node, policy) for node, (policy, _) in wanted.items()}
        sealed = await self._in_thread(lambda: _sealed(numbered, lab, key))
        done = [node for node, payload in sealed.items() if isinstance(payload, bytes)]
        if done:  # noted before anybody hears of it: no version is ever given twice
            issued = {node: Published(numbered[node].version, numbered[node].issued) for node in done}
            await self._store.write(published.note_published, issued)
            self._last |= issued
            self._said |= {node: wanted[node] for node in done}
        self._emit(sealed)

    async def _in_thread(self, work: Callable[[], Result]) -> Result:
        return await self._calls.run("making policies", work, deadline_s=WITHIN_S)

    def _compiled(self, lab: Lab, register: Register) -> Mapping[str, Policy]:
        """For each node with doors or machines."""
        today = self._clock.now().utc.astimezone(local_zone()).date()
        return {
            node: policy_for(node, lab, register, version=0, issued=UNDATED, today=today)
            for node in lab.nodes
            if places(lab, node)
        }

    def _is_news(self, node: str, wanted: tuple[Policy, str | None]) -> bool:
        last = self._last.get(node)
        is_old = last is None or self._clock.now().utc - last.issued >= AGAIN_EVERY
        return is_old or self._is_ahead(node) or self._said.get(node) != wanted

    def _numbered(self, node: str, policy: Policy) -> Policy:
        now = self._clock.now()
        last, heard = self._last.get(node), self._heard(node)
        version = next_version(last.version if last else None, [] if heard is None else [heard], now)
        return replace(policy, version=version, issued=now.utc)

    def _emit(self, sealed: Mapping[str, bytes | BadPolicy]) -> None:
        for node, payload in sealed.items():
            before = self.troubles.pop(node, "")
            if isinstance(payload, bytes):
                self._bus.policies.emit(SignedPolicy(node, payload))
                continue
            self.troubles[node] = str(payload)
            if str(payload) != before:
                log.error("%s gets no policy: %s", node, payload)


def heard_version(info: Mapping[str, object]) -> int | None:
    """The version of the policy that a node says it has; None for none, and for nonsense."""
    said = info.get("policy")
    version = said.get("version") if isinstance(said, Mapping) else None
    return version if type(version) is int and 0 <= version < MOST else None


def _sealed(policies: Mapping[str, Policy], lab: Lab, key: "Ed25519PrivateKey") -> Mapping[str, bytes | BadPolicy]:
    """Each policy as its node can read it, or why not."""
    sealed: dict[str, bytes | BadPolicy] = {}
    for node, policy in policies.items():
        try:
            sealed[node] = seal(policy, signing_key=key, node_key=_key_of(lab, node))
        except BadPolicy as error:
            sealed[node] = error
    return sealed


def _key_of(lab: Lab, node: str) -> bytes:
    if (key := lab.nodes[node].policy_key) is None:
        raise BadPolicy(f"nodes.{node}.policy_key is missing in config.yaml: `alcolab keys` prints it there")
    return bytes.fromhex(key)
