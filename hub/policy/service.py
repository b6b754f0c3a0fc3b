"""A node's own policy: heard, verified, kept over a loss of power.

A new policy counts as soon as it is found good, and is then written to the disk: a revocation waits for no SD card. A
power cut before it is written leaves the old policy, and the broker says the new one again.
"""

import asyncio
import logging
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from devices.board.blocking import BlockingCalls
from devices.policy.policy import Policy
from hub.bus import Bus, SignedPolicy
from hub.lab import Lab
from hub.policy.cache import Cache
from hub.policy.encoding import BadPolicy

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

log = logging.getLogger(__name__)

WAITING_MOST = 16
"""Garbage that somebody sends in between does not push out what the hub has said."""
WITHIN_S = 30.0
HEARD, DISK = "heard", "disk"
KEEP_AGAIN_S = 60.0


class NodePolicy:
    """Sets `bus.latest.policy` to the newest policy that was found good. `state` is this Pi's state folder."""

    def __init__(self, bus: Bus, lab: Lab, node: str, state: Path) -> None:
        self._latest = bus.latest
        self._policies = bus.policies
        self._lab = lab
        self._node = node
        self._state = state
        self._cache = Cache(state)
        self._calls = BlockingCalls()
        self._waiting: deque[bytes] = deque(maxlen=WAITING_MOST)
        self._came = asyncio.Event()
        self._changed = asyncio.Event()
        self._highest = 0
        self._unkept: tuple[bytes, Policy] | None = None
        """What counts, and is not on the disk."""
        self._troubles: dict[str, str] = {}
        """About what is heard, and about the disk."""

    async def run(self) -> None:
        """Hear `bus.policies` until cancelled.

        Raises:
            BadKey, StorageFull: this Pi's own key cannot be used or made; the message says what to do.
        """
        from hub.policy.keys import policy_key

        state, self._latest.policy_trouble = self._state, ""
        private_key = await self._calls.run("reading this Pi's key", lambda: policy_key(state), deadline_s=WITHIN_S)
        self._compare(private_key)
        signing_key = self._lab.members.signing_key
        if signing_key is None:
            self._latest.policy = None
            self._say(
                HEARD,
                "no badge opens anything here: put `members: {signing_key: …}` into config.yaml, as `alcolab keys` "
                "prints it on the hub",
            )
            await asyncio.Event().wait()
            return
        await self._obey(bytes.fromhex(signing_key), private_key)

    async def _obey(self, signer: bytes, private_key: "X25519PrivateKey") -> None:
        with self._policies.heard_by(self._hear):
            await self._remember(signer, private_key)
            if (last := self._latest.policies.get(self._node)) is not None:
                self._hear(last)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._consider_all(signer, private_key), name="policy: heard")
                tasks.create_task(self._keep_all(), name="policy: disk")

    def _hear(self, signed: SignedPolicy) -> None:
        if signed.node == self._node:
            self._waiting.append(signed.payload)
            self._came.set()

    async def _consider_all(self, signer: bytes, private_key: "X25519PrivateKey") -> None:
        while True:
            await self._came.wait()
            self._came.clear()
            while self._waiting:
                await self._consider(self._waiting.popleft(), signer, private_key)

    async def _remember(self, signer: bytes, private_key: "X25519PrivateKey") -> None:
        """What was kept when this Pi last ran."""
        cache = self._cache
        policy: Policy | None = None
        try:
            self._highest = await self._calls.run(
                "reading the policy's mark", lambda: cache.highest(signer), deadline_s=WITHIN_S
            )
            payload = await self._calls.run("reading the policy", cache.read, deadline_s=WITHIN_S)
            if payload is not None:
                policy = await self._opened(payload, signer, private_key)
                self._refuse_older(policy)
        except BadPolicy as error:
            policy = None
            self._say(DISK, f"the policy on this Pi's disk is not used: {error}")
        self._latest.policy = policy
        if policy is not None:
            self._highest = policy.version

    async def _consider(self, payload: bytes, signer: bytes, private_key: "X25519PrivateKey") -> None:
        current = self._latest.policy
        try:
            policy = await self._opened(payload, signer, private_key)
            self._refuse_older(policy)
            if current is not None and current.version == policy.version and current != policy:
                raise BadPolicy(f"it differs from the one in use, but has the same version {policy.version}")  # noqa: TRY301 - refused as the others are
        except (BadPolicy, TimeoutError) as error:
            self._say(HEARD, f"a policy was refused: {error}")
            return
        self._say(HEARD, "")
        if policy != current:
            self._latest.policy = policy
            self._highest = policy.version
            self._unkept = payload, policy
            self._changed.set()
            log.info("policy %d of %s counts", policy.version, policy.issued.isoformat(timespec="seconds"))

    async def _opened(self, payload: bytes, signer: bytes, private_key: "X25519PrivateKey") -> Policy:
        """In a thread: a policy of ten thousand members takes a small Pi a while."""
        from hub.policy.sealed import open_sealed

        site, node = self._lab.site, self._node
        return await self._calls.run(
            "opening the policy",
            lambda: open_sealed(payload, site=site, node=node, signer=signer, private_key=private_key),
            deadline_s=WITHIN_S,
        )

    def _refuse_older(self, policy: Policy) -> None:
        if policy.version < self._highest:
            raise BadPolicy(f"its version {policy.version} is older than {self._highest}, which this Pi has had")

    async def _keep_all(self) -> None:
        """Whenever one counts that is not yet on the disk; a disk that was full is tried again."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(None if self._unkept is None else KEEP_AGAIN_S):
                    await self._changed.wait()
            self._changed.clear()
            if self._unkept is not None:
                await self._keep(self._unkept)

    async def _keep(self, unkept: tuple[bytes, Policy]) -> None:
        payload, policy = unkept
        try:
            await self._calls.run("keeping the policy", lambda: self._cache.keep(payload, policy), deadline_s=WITHIN_S)
        except OSError as error:  # and NoReply, which is one
            self._say(
                DISK,
                f"policy {policy.version} counts, but only until this Pi restarts, since it cannot be kept "
                f"({error.strerror or error}): free some space, check the SD card",
            )
            return
        self._say(DISK, "")
        if self._unkept is unkept:
            self._unkept = None

    def _compare(self, private_key: "X25519PrivateKey") -> None:
        """The public half in `config.yaml`, with which the hub seals, must be this Pi's."""
        from hub.policy.keys import public_half

        own = public_half(private_key)
        if self._lab.nodes[self._node].policy_key != own:
            log.error(
                "the hub cannot seal a policy for %s: its policy_key in config.yaml should be %s", self._node, own
            )

    def _say(self, about: str, trouble: str) -> None:
        """Once in the log, and in this Pi's info for as long as it is so; an empty one is over."""
        if trouble and self._troubles.get(about) != trouble:
            log.warning("%s", trouble)
        self._troubles[about] = trouble
        self._latest.policy_trouble = "; ".join(filter(None, self._troubles.values()))
