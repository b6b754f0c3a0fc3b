"""From a change in the office to the door's own Pi, over a real broker."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

import devices
from devices.policy.decision import Presence, Presented, Reason, decide
from devices.policy.rules import DoorRules, Strength
from hub.lab import DeviceEntry, Lab, ServiceName
from hub.lab import Members as Trusted
from hub.members import badges
from hub.members.erasure import erase
from hub.members.members import Members
from hub.members.model import CONSOLE
from hub.policy.keys import policy_key, public_half, signing_key
from hub.policy.service import NodePolicy
from tests.brokers import Mosquitto
from tests.hub.members.material import NAME, credential, member
from tests.hub.mqtt.nodes import DOOR, PROBE, Outsider, Pi, ProbeDevice, ProbeOptions, at, lab_of, outsider
from tests.waiting import until

WITHIN_S = 2.0


@dataclass(frozen=True, slots=True)
class ProbeDoorOptions(ProbeOptions):
    rules: DoorRules = field(default_factory=DoorRules)


@pytest.fixture(autouse=True)
def doors_need_policies(monkeypatch: pytest.MonkeyPatch) -> None:
    catalogue = {**devices.CATALOGUE, "probe": PROBE}
    monkeypatch.setattr(devices, "CATALOGUE", catalogue)
    for module in ("hub.lab", "hub.mqtt.subscriptions", "hub.mqtt.discovery"):
        monkeypatch.setattr(f"{module}.CATALOGUE", catalogue)
    monkeypatch.setattr(ProbeDevice, "needs_policy", True)
    monkeypatch.setattr("hub.mqtt.link.INFO_EVERY_S", 0.1)


@dataclass(frozen=True, slots=True)
class House:
    """A hub with members, a door's Pi, and somebody who listens to everything between them."""

    members: Members
    entrance: Pi
    spy: Outsider

    def answer(self, number: int) -> Reason:
        """What the door would say to a badge now."""
        policy = self.entrance.bus.latest.policy
        shown = Presented(credential(number), Strength.UID)
        return decide(policy, shown, DOOR, self.entrance.clock.now(), Presence()).reason

    async def answers(self, number: int, reason: Reason) -> float:
        """Seconds until the door says it."""
        began = time.monotonic()
        await until(lambda: self.answer(number) is reason)
        return time.monotonic() - began


def trusting(broker: Mosquitto, folder: Path) -> Lab:
    plain = lab_of(at(broker), hub=(ServiceName.HISTORY, ServiceName.MEMBERS))
    door = DeviceEntry(DOOR, "probe", "entrance", ProbeDoorOptions())
    key = public_half(policy_key(folder / "entrance-state"))
    nodes = {**plain.nodes, "entrance": replace(plain.nodes["entrance"], policy_key=key)}
    signer = Trusted(signing_key=public_half(signing_key(folder / "hub-state")))
    return replace(plain, nodes=nodes, members=signer, devices={**plain.devices, DOOR: door})


@asynccontextmanager
async def house(broker: Mosquitto, folder: Path) -> AsyncIterator[House]:
    for name in ("hub-state", "entrance-state"):
        (folder / name).mkdir()
    lab = trusting(broker, folder)
    async with Pi("hub", lab, folder) as hub, Pi("entrance", lab, folder) as entrance, outsider(broker) as spy:
        members = Members(hub.bus, lab, folder / "hub-state", hub.clock)
        obeying = NodePolicy(entrance.bus, lab, "entrance", folder / "entrance-state")
        await hub.connected()
        await entrance.connected()
        tasks = [asyncio.create_task(members.run()), asyncio.create_task(obeying.run())]
        try:
            await until(lambda: entrance.bus.latest.policy is not None)
            yield House(members, entrance, spy)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)


@pytest.mark.broker
@pytest.mark.alone
async def test_every_change_reaches_the_door_within_two_seconds(mosquitto: Mosquitto, tmp_path: Path) -> None:
    async with house(mosquitto, tmp_path) as here:
        assert here.answer(1) is Reason.UNKNOWN_BADGE
        store = here.members.store
        known = await member(store, badge=1)
        times = [await here.answers(1, Reason.GRANTED)]
        (badge,) = await store.read(badges.of, known.id)
        await store.write(badges.lost, badge.id, by=CONSOLE)
        times.append(await here.answers(1, Reason.BADGE_LOST))
        await store.write(badges.revoke, badge.id, by=CONSOLE)
        times.append(await here.answers(1, Reason.BADGE_REVOKED))
        await store.write(badges.found, badge.id, by=CONSOLE)
        times.append(await here.answers(1, Reason.GRANTED))
        await store.write(erase, known.id, by=CONSOLE)
        times.append(await here.answers(1, Reason.UNKNOWN_BADGE))
        assert max(times) < WITHIN_S, times


@pytest.mark.broker
async def test_the_hub_sees_when_a_node_has_it_and_nobody_else_can_read_it(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    async with house(mosquitto, tmp_path) as here:
        known = await member(here.members.store, badge=1)
        await here.answers(1, Reason.GRANTED)
        while not all(report.up_to_date for report in await here.members.nodes()):  # noqa: ASYNC110 - asks a database
            await asyncio.sleep(0.05)
        heard = b"".join(one.payload for one in here.spy.heard)
        assert any(one.topic.endswith("/policy") for one in here.spy.heard)
        for private in (NAME, known.id, credential(1)):
            assert private.encode() not in heard
