"""Commands over MQTT: each is answered, and what is not for here and now is refused with a reason."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from devices.board.clock import Moment, rfc3339
from devices.device import Command, Event, Json, Reply
from hub.bus import Bus, UnkeptJournal
from hub.lab import ServiceName
from hub.mqtt import command_edge
from hub.mqtt.command_edge import CommandEdge
from hub.mqtt.connection.packets import Incoming
from hub.mqtt.mailbox import Outgoing
from hub.mqtt.topics import Topics
from tests.brokers import Mosquitto
from tests.hub.mqtt.nodes import DOOR, Heard, Outsider, Pi, at, lab_of, outsider
from tests.waiting import until


def soon(seconds: float = 5.0) -> str:
    return rfc3339(datetime.now(UTC) + timedelta(seconds=seconds))


class Opener:
    """What the door does."""

    def __init__(self) -> None:
        self.opened = 0

    async def open(self, _: object) -> Mapping[str, Json]:
        self.opened += 1
        return {"opened": self.opened}


@asynccontextmanager
async def entrance(broker: Mosquitto, folder: Path) -> AsyncIterator[tuple[Pi, Opener]]:
    async with Pi("entrance", lab_of(at(broker), hub=(ServiceName.WEB,)), folder) as pi:
        port, door = pi.port(DOOR), Opener()
        port.serve("open", door.open)
        with pi.bus.answering(DOOR, pi.desk(port).ask):
            await pi.connected()
            yield pi, door


async def reply_to(someone: Outsider, identifier: str, count: int = 1) -> Heard:
    return (await someone.hear(f"door/reply/{identifier}", count))[-1]


async def test_a_command_is_carried_out_and_answered_under_its_id(mosquitto: Mosquitto, tmp_path: Path) -> None:
    async with entrance(mosquitto, tmp_path) as (_, door), outsider(mosquitto) as someone:
        await someone.say("door/command/open", {"id": "a-1", "expires": soon()})
        reply = await reply_to(someone, "a-1")
        assert reply.json == {"ok": True, "opened": 1}
        assert not reply.retained
        assert door.opened == 1


async def test_a_repeated_id_gets_the_same_reply_and_no_second_run(mosquitto: Mosquitto, tmp_path: Path) -> None:
    async with entrance(mosquitto, tmp_path) as (_, door), outsider(mosquitto) as someone:
        for _ in range(3):
            await someone.say("door/command/open", {"id": "a-1", "expires": soon()})
        await reply_to(someone, "a-1", 3)
        assert [heard.json for heard in someone.on("door/reply/a-1")] == [{"ok": True, "opened": 1}] * 3
        assert door.opened == 1


@pytest.mark.parametrize(
    ("payload", "identifier", "said"),
    [
        ({"id": "a-1", "expires": "2020-01-01T00:00:00.000Z"}, "a-1", "expired"),
        ({"id": "a-1"}, "a-1", "expires is missing"),
        ({"id": "a-1", "expires": "tomorrow"}, "a-1", "expires must be a time"),
        ({"id": "a-1", "expires": 5}, "a-1", "expires must be a time"),
        ({"expires": "2999-01-01T00:00:00.000Z"}, "unknown", "id is missing"),
        ({"id": "../../x", "expires": "2999-01-01T00:00:00.000Z"}, "unknown", "id must be"),
        ({"id": "a" * 65, "expires": "2999-01-01T00:00:00.000Z"}, "unknown", "id must be"),
        ({"id": 7, "expires": "2999-01-01T00:00:00.000Z"}, "unknown", "id must be"),
        ({"id": "a-1", "expires": "2999-01-01T00:00:00.000Z", "wide": True}, "a-1", "wide"),
        (b'{"id": "a-1", "expires": ', "a-1", "not JSON"),
        (b"\xff\xfe", "unknown", "not UTF-8"),
        (b"", "unknown", "not JSON"),
        (b"[]", "unknown", "must be a JSON object"),
        (b'{"id": "big-1", "x": "' + b"x" * 1_048_576 + b'"}', "big-1", "too large"),
    ],
)
async def test_what_cannot_be_carried_out_is_refused_with_the_reason(
    mosquitto: Mosquitto, tmp_path: Path, payload: object, identifier: str, said: str
) -> None:
    async with entrance(mosquitto, tmp_path) as (_, door), outsider(mosquitto) as someone:
        await someone.say("door/command/open", payload)
        reply = await reply_to(someone, identifier)
        assert not reply.json["ok"]
        assert said in reply.json["error"]
        assert not door.opened


async def test_an_unknown_action_is_refused(mosquitto: Mosquitto, tmp_path: Path) -> None:
    async with entrance(mosquitto, tmp_path), outsider(mosquitto) as someone:
        await someone.say("door/command/fly", {"id": "a-1", "expires": soon()})
        assert "unknown action 'fly'" in (await reply_to(someone, "a-1")).json["error"]


async def test_a_device_that_does_not_run_yet_is_said(mosquitto: Mosquitto, tmp_path: Path) -> None:
    async with Pi("entrance", lab_of(at(mosquitto)), tmp_path) as pi, outsider(mosquitto) as someone:
        await pi.connected()
        await someone.say("door/command/open", {"id": "a-1", "expires": soon()})
        assert "does not run" in (await reply_to(someone, "a-1")).json["error"]


async def test_a_retained_command_never_opens_a_door(mosquitto: Mosquitto, tmp_path: Path) -> None:
    async with outsider(mosquitto) as someone:
        await someone.say("door/command/open", {"id": "a-1", "expires": soon(60)}, retain=True)
        async with entrance(mosquitto, tmp_path) as (_, door):
            assert "retained" in (await reply_to(someone, "a-1")).json["error"]
            assert not door.opened


async def test_the_response_topic_and_correlation_of_mqtt_5_are_honoured(mosquitto: Mosquitto, tmp_path: Path) -> None:
    async with entrance(mosquitto, tmp_path), outsider(mosquitto, "alcolab/#", "elsewhere/#") as someone:
        wanted: Any = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]  # paho's has no types
        wanted.ResponseTopic, wanted.CorrelationData = "elsewhere/answers", b"\x00\x01"
        await someone.say("door/command/open", {"id": "a-1", "expires": soon()}, properties=wanted)
        await reply_to(someone, "a-1")
        await until(lambda: any(heard.topic == "elsewhere/answers" for heard in someone.heard))
        answers = [
            heard for heard in someone.heard if heard.topic in {"elsewhere/answers", "alcolab/test/door/reply/a-1"}
        ]
        assert [answer.properties.CorrelationData for answer in answers] == [b"\x00\x01"] * 2


async def test_a_response_topic_cannot_make_us_speak_on_our_own_topics(mosquitto: Mosquitto, tmp_path: Path) -> None:
    async with entrance(mosquitto, tmp_path), outsider(mosquitto) as someone:
        wanted: Any = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]  # paho's has no types
        wanted.ResponseTopic = "alcolab/test/node/hub/stored"
        await someone.say("door/command/open", {"id": "a-1", "expires": soon()}, properties=wanted)
        await reply_to(someone, "a-1")
        await someone.say("door/command/open", {"id": "a-2", "expires": soon()})
        await reply_to(someone, "a-2")
        assert someone.on("node/hub/stored") == []


async def test_a_thousand_malformed_commands_do_not_disturb_readings(mosquitto: Mosquitto, tmp_path: Path) -> None:
    async with entrance(mosquitto, tmp_path) as (pi, door), outsider(mosquitto) as someone:
        port = pi.port(DOOR)

        async def read() -> None:
            for n in range(20):
                port.read("battery", float(n), unit="V")
                await asyncio.sleep(0.05)

        async def flood() -> None:
            for _ in range(50):
                await asyncio.gather(*(someone.say("door/command/open", b"{") for _ in range(20)))

        await asyncio.gather(read(), flood())
        assert len(await someone.hear("door/reading/battery", 20)) == 20
        await until(lambda: pi.link._commands.refused == 1000)
        await someone.say("door/command/open", {"id": "a-1", "expires": soon()})
        assert (await reply_to(someone, "a-1")).json["ok"]
        assert door.opened == 1


async def test_more_commands_than_a_pi_can_carry_are_refused_at_once() -> None:
    said: list[Outgoing] = []
    bus, free = Bus(UnkeptJournal()), asyncio.Event()

    async def wait(_: Command) -> Reply:
        await free.wait()
        return Reply(ok=True)

    edge = CommandEdge(bus, Topics("test"), said.append)
    with bus.answering(DOOR, wait):
        for n in range(command_edge.AT_ONCE + 1):
            payload = json.dumps({"id": f"a-{n}", "expires": soon()}).encode()
            edge.take(DOOR, "open", Incoming("", payload, retained=False))
        assert [json.loads(message.payload)["ok"] for message in said] == [False]
        free.set()
        await until(lambda: len(said) == command_edge.AT_ONCE + 1)


async def test_an_answer_that_is_no_json_is_still_an_answer() -> None:
    said: list[Outgoing] = []
    bus = Bus(UnkeptJournal())

    async def answer(_: Command) -> Reply:
        return Reply(ok=True, data={"value": float("nan")})

    edge = CommandEdge(bus, Topics("test"), said.append)
    with bus.answering(DOOR, answer):
        edge.take(DOOR, "open", Incoming("", json.dumps({"id": "a-1", "expires": soon()}).encode(), retained=False))
        await until(lambda: said)
    assert json.loads(said[0].payload)["ok"] is False


@given(st.binary(max_size=200), st.booleans(), st.none() | st.text(max_size=20), st.none() | st.binary(max_size=20))
def test_whatever_comes_is_answered_and_never_an_error(
    payload: bytes, retained: bool, response: str | None, correlation: bytes | None
) -> None:
    async def take() -> None:
        said: list[Outgoing] = []
        bus = Bus(UnkeptJournal())

        async def answer(_: Command) -> Reply:
            return Reply(ok=True)

        edge = CommandEdge(bus, Topics("test"), said.append)
        with bus.answering(DOOR, answer):
            edge.take(DOOR, "open", Incoming("", payload, retained, response, correlation))
            await asyncio.gather(*edge._tasks)
        assert said[0].topic.startswith("alcolab/test/door/reply/")

    asyncio.run(take())


# From one Pi to a device of another.


def command(within_s: float = 5.0, device: str = DOOR) -> Command:
    return Command(device, "open", {}, "web-1", Moment(datetime.now(UTC) + timedelta(seconds=within_s)))


@asynccontextmanager
async def web(broker: Mosquitto, folder: Path) -> AsyncIterator[Pi]:
    async with Pi("hub", lab_of(at(broker), hub=(ServiceName.WEB,)), folder) as hub:
        await hub.connected()
        yield hub


async def test_a_page_reaches_a_device_on_another_pi_as_if_it_were_here(mosquitto: Mosquitto, tmp_path: Path) -> None:
    async with web(mosquitto, tmp_path) as hub, entrance(mosquitto, tmp_path) as (_, door):
        assert await hub.bus.ask(command()) == Reply(ok=True, data={"opened": 1})
        assert await hub.bus.ask(command()) == Reply(ok=True, data={"opened": 1})
        assert door.opened == 1


async def test_who_asks_a_silent_pi_hears_so_at_the_deadline(mosquitto: Mosquitto, tmp_path: Path) -> None:
    async with web(mosquitto, tmp_path) as hub:
        reply = await hub.bus.ask(command(0.3))
        assert "did not answer before" in str(reply.error)


async def test_who_asks_a_pi_that_is_known_to_be_offline_hears_so_at_once(mosquitto: Mosquitto, tmp_path: Path) -> None:
    async with web(mosquitto, tmp_path) as hub:
        async with entrance(mosquitto, tmp_path):
            await until(lambda: "entrance" in hub.bus.latest.nodes and hub.bus.latest.nodes["entrance"].online)
        await until(lambda: not hub.bus.latest.nodes["entrance"].online)
        assert "is offline" in str((await hub.bus.ask(command(60))).error)


async def test_who_asks_without_a_broker_hears_so_at_once(mosquitto: Mosquitto, tmp_path: Path) -> None:
    async with web(mosquitto, tmp_path) as hub:
        mosquitto.kill()
        await until(lambda: not hub.link.status.connected)
        assert "broker is not reachable" in str((await hub.bus.ask(command(60))).error)
        mosquitto.start()
        async with outsider(mosquitto) as someone:
            await hub.connected()
            await someone.hear("node/hub/info")
            assert someone.on("door/command/open") == []  # whoever was told "no" must not be surprised later


async def test_who_asks_for_what_does_not_exist_hears_so_at_once(mosquitto: Mosquitto, tmp_path: Path) -> None:
    async with web(mosquitto, tmp_path) as hub:
        assert "no device" in str((await hub.bus.ask(command(60, "moon"))).error)
        assert "expired" in str((await hub.bus.ask(command(-1))).error)


async def test_an_event_may_be_what_a_page_waits_for(mosquitto: Mosquitto, tmp_path: Path) -> None:
    async with web(mosquitto, tmp_path) as hub, entrance(mosquitto, tmp_path) as (pi, _):
        with hub.bus.subscribe() as entries:
            await pi.port(DOOR).event("opened", {"by": "badge"})
            async with asyncio.timeout(10):
                while not isinstance(message := (await anext(entries)).message, Event):
                    pass
    assert message.data == {"by": "badge"}
