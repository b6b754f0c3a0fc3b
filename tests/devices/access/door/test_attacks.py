"""Whoever can publish at the broker, and what that opens: nothing."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from devices.access.door.door import Door
from devices.access.options import BadgeReaderOptions, Rdm6300Reader
from devices.board.clock import rfc3339
from devices.policy.permit import Permit, sign_permit
from devices.policy.rules import AntiPassback, DoorRules
from hub.commands import CommandDesk
from hub.lab import Broker, DeviceEntry, Lab, Node, Web
from tests.brokers import Mosquitto
from tests.devices.access.door.running import (
    ADA,
    ADA_ID,
    BOB_ID,
    EVE,
    HUB,
    INSIDE_PORT,
    PORT,
    SITE_KEY,
    WIRING,
    RunningDoor,
    policy,
    running,
)
from tests.hub.mqtt.nodes import Outsider, Pi, outsider
from tests.waiting import until

pytestmark = pytest.mark.broker


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with Mosquitto(tmp_path) as running_broker:
        yield running_broker


def lab_at(broker: Mosquitto) -> Lab:
    def reader(serial: str) -> BadgeReaderOptions:
        return BadgeReaderOptions(reader=Rdm6300Reader(type="rdm6300", port=serial))

    devices = {
        "front-door": DeviceEntry("front-door", "door", "entrance", WIRING),
        "front-badges": DeviceEntry("front-badges", "badge-reader", "entrance", reader(PORT)),
        "inside-badges": DeviceEntry("inside-badges", "badge-reader", "entrance", reader(INSIDE_PORT)),
    }
    return Lab("test", Broker(host=broker.host, port=broker.port), Web(), {"entrance": Node()}, devices, "fingerprint")


@dataclass
class Attacked:
    """The door, and somebody at the broker with every right there."""

    door: RunningDoor
    attacker: Outsider

    async def unlock(self, arguments: dict[str, Any], *, identifier: str = "") -> dict[str, Any]:
        """Order it, and give the door's reply."""
        identifier = identifier or uuid4().hex
        count = len(self.attacker.on(f"front-door/reply/{identifier}"))
        expires = rfc3339(datetime.now(UTC) + timedelta(seconds=8))
        order = {**arguments, "id": identifier, "expires": expires}
        await self.attacker.say("front-door/command/unlock", order)
        reply: dict[str, Any] = (await self.attacker.hear(f"front-door/reply/{identifier}", count + 1))[-1].json
        return reply

    async def spoof(self, topic: str, **data: object) -> None:
        event = {"at": rfc3339(datetime.now(UTC)), "log": "entrance-x", "seq": 1, **data}
        await self.attacker.say(topic, event)

    async def is_still_locked(self) -> None:
        """After all that was said before has been heard."""
        reply = await self.unlock({})
        assert not reply["ok"]
        assert not self.door.unlocked
        assert self.door.events("unlocked") == []


@asynccontextmanager
async def attacked(folder: Path, broker: Mosquitto, rules: DoorRules | None = None) -> AsyncIterator[Attacked]:
    """The attacker is there first, and hears what a door says as it comes back."""
    async with outsider(broker) as someone, Pi("entrance", lab_at(broker), folder) as pi:
        await pi.connected()
        async with running(folder, known=policy(rules), bus=pi.bus, clock=pi.clock) as door:
            desk = CommandDesk(Door.actions, door.port, pi.clock)
            with pi.bus.answering("front-door", desk.ask):
                yield Attacked(door, someone)


def permit(door: str = "front-door", **changes: Any) -> dict[str, Any]:
    order: dict[str, Any] = {"device": door, "action": "unlock", "by": BOB_ID, "now": datetime.now(UTC), **changes}
    return dict(sign_permit(order.pop("key", HUB), **order).arguments())


async def test_a_badge_that_somebody_makes_up_at_the_broker_is_none(tmp_path: Path, broker: Mosquitto) -> None:
    async with attacked(tmp_path, broker) as site:
        for credential in (SITE_KEY.credential(ADA), "0" * 64):
            await site.spoof("front-badges/event/badge", credential=credential, strength="crypto")
        await site.is_still_locked()
        assert site.door.events("access") == []


async def test_what_somebody_says_for_the_door_moves_nothing(tmp_path: Path, broker: Mosquitto) -> None:
    async with attacked(tmp_path, broker, DoorRules(anti_passback=AntiPassback.HARD)) as site:
        await site.spoof("front-door/event/passed", member=ADA_ID, direction="in")
        await site.spoof("front-door/event/unlocked", by="page")
        await site.attacker.say("front-door/state/door", {"value": {"locked": False}, "at": rfc3339(datetime.now(UTC))})
        await site.is_still_locked()
        site.door.show(ADA)
        assert (await site.door.event("access"))["reason"] == "granted"


async def test_a_permit_of_the_hub_unlocks(tmp_path: Path, broker: Mosquitto) -> None:
    async with attacked(tmp_path, broker) as site:
        assert await site.unlock(permit()) == {"ok": True, "seconds": 0.6}
        assert (await site.door.event("unlocked"))["member"] == BOB_ID


async def test_one_that_was_overheard_does_not_unlock_again(tmp_path: Path, broker: Mosquitto) -> None:
    async with attacked(tmp_path, broker) as site:
        overheard = permit()
        first = await site.unlock(overheard, identifier="order-1")
        await site.door.event("locked")
        assert "used already" in (await site.unlock(overheard))["error"]
        assert await site.unlock(overheard, identifier="order-1") == first  # an answer, and no second run
        assert not site.door.unlocked
        assert len(site.door.events("unlocked")) == 1


async def test_a_retained_order_is_refused_when_the_door_comes_back(tmp_path: Path, broker: Mosquitto) -> None:
    order = {**permit(), "id": "kept", "expires": rfc3339(datetime.now(UTC) + timedelta(seconds=8))}
    async with outsider(broker) as before:
        await before.say("front-door/command/unlock", order, retain=True)
    async with attacked(tmp_path, broker) as site:
        assert "retained" in (await site.attacker.hear("front-door/reply/kept"))[0].json["error"]
        await site.is_still_locked()


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"key": Ed25519PrivateKey.from_private_bytes(bytes(32))}, "not signed by the hub"),
        ({"door": "back-door"}, "is for unlock at back-door"),
        ({"action": "release"}, "is for release at front-door"),
        ({"now": datetime(2026, 1, 1, tzinfo=UTC)}, "expired"),
        ({"lifetime": timedelta(hours=1)}, "longer than 10 s"),
        ({"now": datetime.now(UTC) + timedelta(hours=1)}, "from the future"),
    ],
    ids=["unknown signer", "another door", "another action", "expired", "too long", "from the future"],
)
async def test_any_other_permit_is_refused(
    tmp_path: Path, broker: Mosquitto, changes: dict[str, Any], why: str
) -> None:
    async with attacked(tmp_path, broker) as site:
        reply = await site.unlock(permit(**changes))
        assert not reply["ok"]
        assert why in reply["error"]
        await site.is_still_locked()


@pytest.mark.parametrize("field", [field for field in Permit.__slots__ if field != "detail"])
async def test_an_altered_one_is_refused(tmp_path: Path, broker: Mosquitto, field: str) -> None:
    altered = {
        "device": "back-door",
        "action": "lock",
        "issued": rfc3339(datetime.now(UTC) + timedelta(seconds=1)),
        "until": rfc3339(datetime.now(UTC) + timedelta(seconds=9)),
        "nonce": "0" * 32,
        "by": "0" * 16,
        "signature": "0" * 128,
    }
    async with attacked(tmp_path, broker) as site:
        assert not (await site.unlock({**permit(), field: altered[field]}))["ok"]
        await site.is_still_locked()


@pytest.mark.parametrize(
    "nonsense", ["", "null", "[]", '{"id": 1}', "\x00", json.dumps({"id": "a", "expires": "soon"})]
)
async def test_nonsense_is_answered_and_opens_nothing(tmp_path: Path, broker: Mosquitto, nonsense: str) -> None:
    async with attacked(tmp_path, broker) as site:
        await site.attacker.say("front-door/command/unlock", nonsense)
        await site.is_still_locked()


async def test_a_flood_of_forged_orders_fills_no_log_and_keeps_nobody_out(tmp_path: Path, broker: Mosquitto) -> None:
    async with attacked(tmp_path, broker) as site:
        forger = Ed25519PrivateKey.generate()
        for _ in range(40):
            await site.unlock(permit(key=forger))
        problems = await site.door.until_state("problems", lambda problems: "orders" in problems)
        assert "40 orders were refused" in problems["orders"]
        site.door.show(EVE)
        site.door.show(ADA)
        await until(lambda: site.door.unlocked)
    entries = "".join(file.read_text() for file in tmp_path.rglob("audit/*.jsonl"))
    assert 1 <= entries.count("order-refused") <= 10
