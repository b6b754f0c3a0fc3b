"""A policy of ten thousand members on its way: compiled, sealed, sent through a broker, opened, counting."""

import asyncio
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bench.access.crowd import HUB, NODE, SITE, Crowd, Keys, lab_of
from bench.broker import mosquitto
from bench.measure import MB, Goal, Measurement
from devices.policy.policy import Policy
from hub.bus import SignedPolicy
from hub.lab import Broker
from hub.policy.keys import policy_key
from hub.policy.sealed import open_sealed, seal
from hub.policy.service import NodePolicy
from tests.hub.mqtt.nodes import Pi
from tests.waiting import until

TIMES = 10
ARRIVES_WITHIN = Goal(most=2.0)
FITS = Goal(most=4.19)
"""MB that the broker takes in one message."""


def measure() -> Iterator[Measurement]:
    with TemporaryDirectory() as folder:
        keys = Keys(Ed25519PrivateKey.generate(), policy_key(Path(folder)))
    crowd = Crowd()
    policy, payload = crowd.policy, _sealed(crowd.policy, keys)
    yield _timed("a policy of 10,000 members: compile", lambda: crowd.compiled(1))
    yield _timed("a policy of 10,000 members: seal and sign", lambda: _sealed(policy, keys))
    yield _timed("a policy of 10,000 members: verify and open", lambda: _opened(payload, keys))
    yield Measurement("a policy of 10,000 members: size", "MB", [len(payload) / MB], goal=FITS)
    with TemporaryDirectory() as folder, mosquitto(Path(folder)) as port:
        took = asyncio.run(_changes(Path(folder), Broker(host="127.0.0.1", port=port), crowd))
    yield Measurement("a change, from the hub's compiling to a node's obeying it", "s", took, goal=ARRIVES_WITHIN)


def _timed(what: str, work: Callable[[], object]) -> Measurement:
    took = []
    for _ in range(TIMES):
        begun = time.perf_counter()
        work()
        took.append((time.perf_counter() - begun) * 1e3)
    return Measurement(what, "ms", took)


def _sealed(policy: Policy, keys: Keys) -> bytes:
    return seal(policy, signing_key=keys.hub, node_key=keys.node_public)


def _opened(payload: bytes, keys: Keys) -> Policy:
    return open_sealed(payload, site=SITE, node=NODE, signer=keys.signer, private_key=keys.node)


def _compiled_and_sealed(crowd: Crowd, version: int, keys: Keys) -> bytes:
    return _sealed(crowd.compiled(version), keys)


def _goes_by(node: Pi, version: int) -> bool:
    policy = node.bus.latest.policy
    return policy is not None and policy.version == version


async def _changes(folder: Path, broker: Broker, crowd: Crowd) -> list[float]:
    """Hub and node in one process, through a real broker; each change is on the node's disk before the next comes."""
    keys = Keys(Ed25519PrivateKey.generate(), policy_key(folder))
    lab, took = lab_of(broker, keys), []
    async with Pi(HUB, lab, folder) as hub, Pi(NODE, lab, folder) as node:
        obeying = asyncio.create_task(NodePolicy(node.bus, lab, NODE, folder).run(), name="policy")
        await hub.connected()
        await node.connected()
        for version in range(1, TIMES + 1):
            begun = time.perf_counter()
            payload = await asyncio.to_thread(_compiled_and_sealed, crowd, version, keys)
            hub.bus.policies.emit(SignedPolicy(NODE, payload))
            await until(partial(_goes_by, node, version))
            took.append(time.perf_counter() - begun)
        obeying.cancel()
        await asyncio.wait([obeying])
    return took
