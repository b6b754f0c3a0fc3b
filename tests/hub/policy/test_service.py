"""A node's policy in one process: what counts, what is refused, what is still there after a restart."""

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from devices.policy.policy import BadgeState, Policy
from hub import lab
from hub.bus import Bus, Latest, SignedPolicy, UnkeptJournal
from hub.lab import Broker, Lab, Members, Web
from hub.policy.cache import Cache
from hub.policy.keys import policy_key, public_half
from hub.policy.service import NodePolicy
from tests.faults.small_disk import small_disk
from tests.hub.policy.policies import BADGE, NODE, POLICY, SITE, Keys, numbered
from tests.waiting import until


class Node:
    """A Pi's state folder, the keys that belong to it, and the service, started as often as a test likes."""

    def __init__(self, state: Path, *, signing_key: str | None = "the hub's") -> None:
        self.state = state
        self.keys = Keys(node=policy_key(state))
        self.signing_key = self.keys.signer.hex() if signing_key == "the hub's" else signing_key
        self.latest = Latest()

    @property
    def lab(self) -> Lab:
        node = lab.Node(policy_key=public_half(self.keys.node))
        return Lab(SITE, Broker(), Web(), {NODE: node}, {}, "", Members(signing_key=self.signing_key))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Bus]:
        bus = Bus(UnkeptJournal())
        self.latest = bus.latest
        service = asyncio.create_task(NodePolicy(bus, self.lab, NODE, self.state).run(), name="policy")
        if self.signing_key is not None:
            await until(lambda: len(bus.policies._listeners) > 1)
        try:
            yield bus
        finally:
            service.cancel()
            await asyncio.wait([service])

    def say(self, bus: Bus, payload: bytes) -> None:
        bus.policies.emit(SignedPolicy(NODE, payload, local=False))

    async def has(self, policy: Policy) -> None:
        await until(lambda: self.latest.policy == replace(policy, signer=self.keys.signer))

    async def has_kept(self, policy: Policy) -> None:
        await until(lambda: Cache(self.state).highest(self.keys.signer) == policy.version)

    async def complains(self, words: str) -> None:
        await until(lambda: words in self.latest.policy_trouble)


@pytest.fixture
def node(tmp_path: Path) -> Node:
    return Node(tmp_path)


async def test_what_the_hub_says_counts_and_is_there_after_a_restart_without_any_network(node: Node) -> None:
    async with node.running() as bus:
        node.say(bus, node.keys.seal(POLICY))
        await node.has(POLICY)
        await node.has_kept(POLICY)
    async with node.running():
        await node.has(POLICY)
        assert node.latest.policy_trouble == ""


async def test_a_revocation_counts_before_it_is_written_to_the_disk(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    def finds_it_counting(*_: object) -> None:
        assert node.latest.policy is not None
        assert node.latest.policy.badges[BADGE].state is BadgeState.REVOKED
        raise OSError(28, "No space left on device")

    revoked = {**POLICY.badges, BADGE: replace(POLICY.badges[BADGE], state=BadgeState.REVOKED)}
    monkeypatch.setattr(Cache, "keep", finds_it_counting)
    async with node.running() as bus:
        node.say(bus, node.keys.seal(replace(POLICY, badges=revoked)))
        await node.complains("counts, but only until this Pi restarts")


async def test_a_disk_that_hangs_over_one_policy_does_not_hold_up_the_next(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = threading.Event()
    keep = Cache.keep

    def keep_later(cache: Cache, payload: bytes, policy: Policy) -> None:
        answers.wait(20.0)
        keep(cache, payload, policy)

    monkeypatch.setattr(Cache, "keep", keep_later)
    async with node.running() as bus:
        node.say(bus, node.keys.seal(numbered(7)))
        await node.has(numbered(7))
        node.say(bus, node.keys.seal(numbered(8)))
        await node.has(numbered(8))
        answers.set()
        await node.has_kept(numbered(8))


async def test_a_kept_one_that_cannot_be_read_is_said(node: Node) -> None:
    (node.state / "policy" / "sealed").mkdir(parents=True)
    async with node.running():
        await node.complains("check the SD card")
        assert node.latest.policy is None


async def test_what_came_before_the_service_ran_is_not_missed(node: Node) -> None:
    bus = Bus(UnkeptJournal())
    bus.policies.emit(SignedPolicy(NODE, node.keys.seal(POLICY)))
    node.latest = bus.latest
    service = asyncio.create_task(NodePolicy(bus, node.lab, NODE, node.state).run(), name="policy")
    await node.has(POLICY)
    service.cancel()
    await asyncio.wait([service])


async def test_the_policy_of_another_node_is_not_listened_to(node: Node) -> None:
    async with node.running() as bus:
        bus.policies.emit(SignedPolicy("workshop", b"garbage", local=False))
        node.say(bus, node.keys.seal(POLICY))
        await node.has(POLICY)
        assert node.latest.policy_trouble == ""


async def test_an_older_one_is_refused_and_the_newer_goes_on_counting(node: Node) -> None:
    async with node.running() as bus:
        node.say(bus, node.keys.seal(numbered(7)))
        node.say(bus, node.keys.seal(numbered(6)))
        await node.complains("version 6 is older than 7")
        await node.has(numbered(7))


async def test_an_older_one_is_refused_after_a_restart_as_well(node: Node) -> None:
    async with node.running() as bus:
        node.say(bus, node.keys.seal(numbered(7)))
        await node.has_kept(numbered(7))
    async with node.running() as bus:
        node.say(bus, node.keys.seal(numbered(6)))
        await node.complains("older")
        await node.has(numbered(7))


async def test_an_older_one_that_was_put_on_the_disk_is_refused(node: Node) -> None:
    async with node.running() as bus:
        node.say(bus, node.keys.seal(numbered(7)))
        await node.has_kept(numbered(7))
    (node.state / "policy" / "sealed").write_bytes(node.keys.seal(numbered(6)))
    async with node.running():
        await node.complains("on this Pi's disk is not used")
        assert node.latest.policy is None


async def test_with_the_kept_one_damaged_an_older_one_is_still_refused_and_the_same_one_taken(node: Node) -> None:
    async with node.running() as bus:
        node.say(bus, node.keys.seal(numbered(7)))
        await node.has_kept(numbered(7))
    (node.state / "policy" / "sealed").write_bytes(b"\0" * 500)
    async with node.running() as bus:
        await node.complains("on this Pi's disk is not used")
        node.say(bus, node.keys.seal(numbered(6)))
        await node.complains("version 6 is older than 7")
        node.say(bus, node.keys.seal(numbered(7)))
        await node.has(numbered(7))
        await until(lambda: node.latest.policy_trouble == "")


async def test_the_same_one_sealed_again_is_no_news(node: Node) -> None:
    async with node.running() as bus:
        node.say(bus, node.keys.seal(POLICY))
        await node.has_kept(POLICY)
        kept = (node.state / "policy" / "sealed").read_bytes()
        node.say(bus, node.keys.seal(POLICY))
        node.say(bus, b"and then this")
        await node.complains("refused")
        assert (node.state / "policy" / "sealed").read_bytes() == kept


async def test_another_one_with_the_same_version_is_refused(node: Node) -> None:
    async with node.running() as bus:
        node.say(bus, node.keys.seal(POLICY))
        node.say(bus, node.keys.seal(replace(POLICY, badges={})))
        await node.complains("same version 7")
        await node.has(POLICY)


@pytest.mark.parametrize(
    ("policy", "words"),
    [(replace(POLICY, site="other"), "of other"), (replace(POLICY, node="workshop"), "for workshop")],
    ids=["another site's", "another node's"],
)
async def test_what_is_for_somebody_else_is_refused(policy: Policy, words: str, node: Node) -> None:
    async with node.running() as bus:
        node.say(bus, node.keys.seal(POLICY))
        node.say(bus, node.keys.seal(replace(policy, version=8)))
        await node.complains(words)
        await node.has(POLICY)


async def test_a_flood_of_garbage_does_not_keep_the_right_one_out(node: Node) -> None:
    async with node.running() as bus:
        for n in range(100):
            node.say(bus, b"garbage %d" % n)
            await asyncio.sleep(0)
        node.say(bus, node.keys.seal(POLICY))
        for n in range(10):
            node.say(bus, b"more %d" % n)
        await node.has(POLICY)


async def test_whoever_signs_with_another_key_is_refused_and_the_log_says_so_once(
    node: Node, caplog: pytest.LogCaptureFixture
) -> None:
    forged = Keys(node=node.keys.node).seal(POLICY)
    async with node.running() as bus:
        node.say(bus, forged)
        node.say(bus, forged)
        node.say(bus, node.keys.seal(POLICY))
        await node.has(POLICY)
        await until(lambda: node.latest.policy_trouble == "")
    assert caplog.text.count("members.signing_key") == 1


async def test_a_hub_with_a_new_key_begins_its_versions_anew(node: Node) -> None:
    async with node.running() as bus:
        node.say(bus, node.keys.seal(numbered(900)))
        await node.has_kept(numbered(900))
    node.keys = Keys(node=node.keys.node)
    node.signing_key = node.keys.signer.hex()
    async with node.running() as bus:
        await node.complains("on this Pi's disk is not used")
        assert node.latest.policy is None
        node.say(bus, node.keys.seal(numbered(1)))
        await node.has(numbered(1))


async def test_without_a_key_to_believe_nothing_counts_and_the_log_says_what_to_put_where(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    node = Node(tmp_path, signing_key=None)
    async with node.running() as bus:
        node.say(bus, node.keys.seal(POLICY))
        await node.complains("put `members: {signing_key: …}` into config.yaml")
        assert node.latest.policy is None
    assert caplog.text.count("alcolab keys") == 1


async def test_a_policy_key_that_is_not_this_pis_is_said(node: Node, caplog: pytest.LogCaptureFixture) -> None:
    own = public_half(node.keys.node)
    node.keys = Keys(hub=node.keys.hub, node=X25519PrivateKey.generate())
    async with node.running() as bus:
        node.say(bus, node.keys.seal(POLICY))
        await node.complains("sealed for another key")
    assert f"should be {own}" in caplog.text


@pytest.mark.fault
async def test_on_a_full_disk_it_counts_and_is_said_and_kept_as_soon_as_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.policy.service.KEEP_AGAIN_S", 0.05)
    with small_disk(tmp_path / "disk", "1m") as disk:
        node = Node(tmp_path / "disk")
        async with node.running() as bus:
            node.say(bus, node.keys.seal(numbered(7)))
            await node.has_kept(numbered(7))
            disk.fill()
            node.say(bus, node.keys.seal(numbered(8)))
            await node.has(numbered(8))
            await node.complains("free some space")
        async with node.running():
            await node.has(numbered(7))
        async with node.running() as bus:
            node.say(bus, node.keys.seal(numbered(8)))
            await node.complains("free some space")
            disk.free()
            await node.has_kept(numbered(8))
            await until(lambda: node.latest.policy_trouble == "")


DIES_AT_A_STEP = """
import os, signal, sys
from pathlib import Path
from devices.policy.policy import Policy
from hub.policy.cache import Cache
from datetime import datetime, UTC

state, step, signer = Path(sys.argv[1]), int(sys.argv[2]), bytes.fromhex(sys.argv[3])
def dies(call):
    def instead(*args, **kwargs):
        global step
        if step == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        step -= 1
        return call(*args, **kwargs)
    return instead
for name in ("open", "fdopen", "fsync", "close", "replace", "rename"):
    setattr(os, name, dies(getattr(os, name)))
Path.replace = dies(Path.replace)
Cache(state).keep(sys.stdin.buffer.read(), Policy("alco", "entrance", 8, datetime.now(UTC), signer=signer))
"""


@pytest.mark.fault
async def test_killed_at_any_step_of_an_update_the_old_or_the_new_policy_is_there(node: Node) -> None:
    async with node.running() as bus:
        node.say(bus, node.keys.seal(numbered(7)))
        await node.has_kept(numbered(7))
    new = node.keys.seal(numbered(8))
    versions = []
    for step in range(100):
        arguments = [sys.executable, "-c", DIES_AT_A_STEP, str(node.state), str(step), node.keys.signer.hex()]
        ended = await asyncio.to_thread(subprocess.run, arguments, input=new, check=False)
        async with node.running():
            await until(lambda: node.latest.policy)
            assert node.latest.policy is not None
            assert node.latest.policy_trouble == ""
            versions.append(node.latest.policy.version)
        if ended.returncode == 0:
            break
    assert versions[0] == 7
    assert versions[-1] == 8
    assert versions == sorted(versions)
    assert len(versions) > 10


def test_content_is_on_the_disk_before_its_name_and_the_name_before_the_next_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a power cut leaves is what was synchronised: a file under its name is whole, and the mark never leads."""
    steps: list[str] = []
    fsync, rename = os.fsync, Path.replace

    def noting_fsync(descriptor: int) -> None:
        steps.append("fsync")
        fsync(descriptor)

    def noting_rename(file: Path, to: Path) -> Path:
        steps.append(to.name)
        return rename(file, to)

    monkeypatch.setattr(os, "fsync", noting_fsync)
    monkeypatch.setattr(Path, "replace", noting_rename)
    Cache(tmp_path).keep(b"sealed", POLICY)
    assert steps == ["fsync", "sealed", "fsync", "fsync", "highest", "fsync"]
