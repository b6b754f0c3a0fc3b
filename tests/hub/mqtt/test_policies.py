"""Policies between real Pis and a real broker: they arrive soon, and nothing else is believed."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from devices.board.clock import Clock, Moment, SystemClock
from devices.policy.policy import BadgeState, Policy
from hub.bus import SignedPolicy
from hub.lab import Lab, Members, ServiceName
from hub.mqtt.connection.client import Filter
from hub.mqtt.subscriptions import subscriptions
from hub.mqtt.topics import Topics
from hub.policy.cache import Cache
from hub.policy.keys import policy_key
from hub.policy.service import NodePolicy
from tests.brokers import Mosquitto
from tests.hub.mqtt.nodes import Pi, ProbeDevice, at, lab_of, outsider
from tests.hub.policy.policies import BADGE, POLICY, Keys
from tests.waiting import until

TOPIC = "node/entrance/policy"
SOON_S = 2.0

POLICY_1 = replace(POLICY, site="test", version=1)
POLICY_2 = replace(
    POLICY_1, version=2, badges={**POLICY.badges, BADGE: replace(POLICY.badges[BADGE], state=BadgeState.REVOKED)}
)


class In1970(SystemClock):
    """A Pi that has no time yet."""

    def now(self) -> Moment:
        return Moment(datetime(1970, 1, 1, 0, 1, tzinfo=UTC), trusted=False)


@pytest.fixture(autouse=True)
def doors_need_policies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ProbeDevice, "needs_policy", True)
    monkeypatch.setattr("hub.mqtt.link.INFO_EVERY_S", 0.1)


class Site:
    """A broker, a hub that signs, and an entrance that obeys; its state outlives its process."""

    def __init__(self, broker: Mosquitto, folder: Path) -> None:
        self.folder = folder
        (folder / "state").mkdir()
        self.keys = Keys(node=policy_key(folder / "state"))
        self.lab = self._lab(broker)
        self.hub: Pi
        self.entrance: Pi

    def _lab(self, broker: Mosquitto) -> Lab:
        members = Members(signing_key=self.keys.signer.hex())
        return replace(lab_of(at(broker), hub=(ServiceName.HISTORY, ServiceName.MEMBERS)), members=members)

    @asynccontextmanager
    async def hub_runs(self) -> AsyncIterator[None]:
        async with Pi("hub", self.lab, self.folder) as self.hub:
            await self.hub.connected()
            yield

    @asynccontextmanager
    async def entrance_runs(self, clock: Clock | None = None) -> AsyncIterator[None]:
        async with Pi("entrance", self.lab, self.folder, clock) as self.entrance:
            service = NodePolicy(self.entrance.bus, self.lab, "entrance", self.folder / "state")
            obeying = asyncio.create_task(service.run(), name="policy")
            await self.entrance.connected()
            yield
            obeying.cancel()
            await asyncio.wait([obeying])

    def publish(self, policy: Policy) -> bytes:
        payload = self.keys.seal(policy)
        self.hub.bus.policies.emit(SignedPolicy(policy.node, payload))
        return payload

    async def obeyed(self, policy: Policy, within_s: float = 20.0) -> None:
        there = replace(policy, signer=self.keys.signer)
        await until(lambda: self.entrance.bus.latest.policy == there, within_s=within_s)

    def said_by_the_entrance(self) -> Any:
        """What the hub knows of the entrance's policy."""
        status = self.hub.bus.latest.nodes.get("entrance")
        return status.info.get("policy", {}) if status else {}


@pytest.fixture
def site(mosquitto: Mosquitto, tmp_path: Path) -> Site:
    return Site(mosquitto, tmp_path)


@pytest.mark.alone
async def test_a_revocation_reaches_a_node_within_two_seconds(site: Site) -> None:
    async with site.hub_runs(), site.entrance_runs():
        site.publish(POLICY_1)
        await site.obeyed(POLICY_1)
        begun = time.monotonic()
        site.publish(POLICY_2)
        await site.obeyed(POLICY_2, within_s=SOON_S)
        assert time.monotonic() - begun < SOON_S


async def test_a_node_that_comes_later_finds_its_policy_at_the_broker(site: Site) -> None:
    async with site.hub_runs():
        site.publish(POLICY_1)
        async with site.entrance_runs():
            await site.obeyed(POLICY_1)


async def test_a_broker_that_was_killed_and_has_forgotten_is_told_again(site: Site, mosquitto: Mosquitto) -> None:
    async with site.hub_runs():
        site.publish(POLICY_1)
        async with outsider(mosquitto, "alcolab/test/node/entrance/policy") as someone:
            await someone.hear(TOPIC)
        mosquitto.kill()
        await until(lambda: not site.hub.link.status.connected)
        site.publish(POLICY_2)
        mosquitto.start()
        async with site.entrance_runs():
            await site.obeyed(POLICY_2)


async def test_with_broker_and_hub_away_the_node_goes_by_what_it_has_kept(site: Site, mosquitto: Mosquitto) -> None:
    async with site.hub_runs(), site.entrance_runs():
        site.publish(POLICY_1)
        await site.obeyed(POLICY_1)
        await until(lambda: Cache(site.folder / "state").highest(site.keys.signer) == 1)
    mosquitto.kill()
    async with Pi("entrance", site.lab, site.folder) as site.entrance:
        service = NodePolicy(site.entrance.bus, site.lab, "entrance", site.folder / "state")
        obeying = asyncio.create_task(service.run(), name="policy")
        await site.obeyed(POLICY_1)
        obeying.cancel()
        await asyncio.wait([obeying])


async def test_the_hub_sees_what_each_node_has(site: Site) -> None:
    async with site.hub_runs(), site.entrance_runs():
        site.publish(POLICY_1)
        await until(lambda: site.said_by_the_entrance() == {"version": 1, "issued": "2026-03-02T09:30:00.000Z"})


async def test_a_spoofed_policy_is_refused_told_to_the_hub_and_replaced_by_the_right_one(
    site: Site, mosquitto: Mosquitto
) -> None:
    async with site.hub_runs(), site.entrance_runs(), outsider(mosquitto) as someone:
        right = site.publish(POLICY_1)
        await site.obeyed(POLICY_1)
        await someone.say(TOPIC, Keys(node=site.keys.node).seal(replace(POLICY_2, version=99)), retain=True)
        await until(lambda: [heard.payload for heard in someone.on(TOPIC)].count(right) == 2)
        await until(lambda: site.said_by_the_entrance().get("version") == 1)
        await until(lambda: "refused" not in site.said_by_the_entrance())
        await site.obeyed(POLICY_1)


async def test_an_old_one_that_somebody_has_kept_and_says_again_brings_no_revoked_badge_back(
    site: Site, mosquitto: Mosquitto
) -> None:
    async with site.hub_runs(), outsider(mosquitto) as someone:
        async with site.entrance_runs():
            old = site.publish(POLICY_1)
            await site.obeyed(POLICY_1)
            site.publish(POLICY_2)
            await site.obeyed(POLICY_2)
            await until(lambda: Cache(site.folder / "state").highest(site.keys.signer) == 2)
        await someone.say(TOPIC, old, retain=True)
        async with site.entrance_runs():
            await until(lambda: "older than 2" in site.said_by_the_entrance().get("refused", ""))
            await site.obeyed(POLICY_2)
            await until(lambda: "refused" not in site.said_by_the_entrance())


async def test_neither_a_clock_in_1970_nor_one_that_jumps_keeps_a_policy_out(site: Site) -> None:
    """Versions are compared, never times."""
    async with site.hub_runs(), site.entrance_runs(In1970()):
        for version, year in enumerate((2026, 1970, 2099, 2020), start=3):
            policy = replace(POLICY_1, version=version, issued=datetime(year, 1, 2, tzinfo=UTC))
            site.publish(policy)
            await site.obeyed(policy)


async def test_the_hubs_own_policy_stays_in_the_hub_and_nobody_else_brings_it_one(
    site: Site, mosquitto: Mosquitto
) -> None:
    async with site.hub_runs(), outsider(mosquitto) as someone:
        own = site.publish(replace(POLICY_1, node="hub"))
        await someone.say("node/hub/policy", b"spoofed", retain=True)
        site.publish(POLICY_1)
        await someone.hear(TOPIC)
        assert [heard.payload for heard in someone.on("node/hub/policy")] == [b"spoofed"]
        assert site.hub.bus.latest.policies["hub"].payload == own


async def test_the_policy_of_a_node_that_was_taken_out_is_cleared_at_the_broker(
    site: Site, mosquitto: Mosquitto
) -> None:
    async with outsider(mosquitto) as someone:
        await someone.say("node/shed/info", {}, retain=True)
        await someone.say("node/shed/policy", b"of old", retain=True)
        async with site.hub_runs():
            await until(lambda: [heard.payload for heard in someone.on("node/shed/policy")] == [b"of old", b""])


def test_a_node_hears_its_own_policy_alone_and_only_if_it_needs_one(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def heard(node: str) -> list[Filter]:
        return [each for each in subscriptions(site.lab, node, Topics("test")) if "policy" in each.topic]

    assert heard("entrance") == [Filter("alcolab/test/node/entrance/policy", 1)]
    assert heard("hub") == []
    monkeypatch.setattr(ProbeDevice, "needs_policy", False)
    assert heard("entrance") == []
