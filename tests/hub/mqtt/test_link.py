"""The link, at a real broker: births, live values, losses and recoveries."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from devices.device import Reading
from hub.bus import Backlog, Entry, NodeStatus, Stored
from hub.lab import Broker, DeviceEntry, Lab
from hub.mqtt import link
from hub.mqtt.connection import client
from hub.mqtt.connection.client import MQTT311
from tests.brokers import Mosquitto
from tests.hub.mqtt.connection.test_client import black_hole, with_password
from tests.hub.mqtt.nodes import BED, Pi, ProbeOptions, at, lab_of, outsider
from tests.waiting import until


@asynccontextmanager
async def garden(broker: Mosquitto, folder: Path, of: Lab | None = None) -> AsyncIterator[Pi]:
    async with Pi("garden", of or lab_of(at(broker)), folder) as pi:
        await pi.connected()
        yield pi


@pytest.fixture(params=["5", "3.1.1"])
def version(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Everything holds with both versions; for 3.1.1 the link starts as after a broker's refusal of MQTT 5."""
    if request.param == "3.1.1":
        monkeypatch.setattr(link, "MQTT5", MQTT311)
    return str(request.param)


async def test_it_speaks_the_version_that_it_says(mosquitto: Mosquitto, tmp_path: Path, version: str) -> None:
    async with garden(mosquitto, tmp_path) as pi:
        assert pi.link.status.mqtt == version
    assert f"(p{'5' if version == '5' else '2'}" in mosquitto.output


@pytest.mark.usefixtures("version")
async def test_at_birth_it_says_all_that_somebody_new_must_know(mosquitto: Mosquitto, tmp_path: Path) -> None:
    async with garden(mosquitto, tmp_path) as pi:
        port = pi.port(BED)
        port.online()
        port.state("mode", {"pump": "off"})
        port.read("temperature", 21.5, unit="°C", period_s=60.0)
        await until(lambda: not pi.link._mailbox and not len(pi.outbox.live))
        async with outsider(mosquitto) as someone:
            await someone.hear("node/garden/info")
            await until(lambda: len(someone.heard) >= 6)
            heard = {message.topic: message for message in someone.heard}
    assert heard["alcolab/test/node/garden/availability"].payload == b"online"
    assert heard["alcolab/test/bed/availability"].payload == b"online"
    assert heard["alcolab/test/bed/state/mode"].json["value"] == {"pump": "off"}
    assert heard["alcolab/test/bed/reading/temperature"].json["value"] == 21.5
    assert "homeassistant/device/test-bed/config" in heard
    info = heard["alcolab/test/node/garden/info"].json
    assert info["log"].startswith("garden.")
    assert info["config"] == "fingerprint"
    assert all(message.retained for message in heard.values())


async def test_a_reading_goes_live_with_its_log_and_number_and_expires_after_three_periods(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    async with outsider(mosquitto) as someone, garden(mosquitto, tmp_path) as pi:
        pi.port(BED).read("temperature", 21.5, unit="°C", raw=2150.0, period_s=0.9)
        (heard,) = await someone.hear("bed/reading/temperature")
        assert heard.json == {
            "value": 21.5,
            "unit": "°C",
            "quality": "ok",
            "raw": 2150.0,
            "at": heard.json["at"],
            "log": pi.outbox.log,
            "seq": 1,
        }
        assert heard.properties.MessageExpiryInterval <= 3
    await asyncio.sleep(3.0)  # the broker's own clock, in whole seconds
    async with outsider(mosquitto) as later:
        await later.hear("node/garden/info")
        assert later.on("bed/reading/temperature") == []


async def test_without_expiry_an_old_reading_is_said_again_without_its_value(
    mosquitto: Mosquitto, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link, "MQTT5", MQTT311)
    async with outsider(mosquitto) as someone, garden(mosquitto, tmp_path) as pi:
        pi.port(BED).read("temperature", 21.5, unit="°C", period_s=0.2)
        first, stale = await someone.hear("bed/reading/temperature", 2)
        assert (stale.json["value"], stale.json["quality"]) == (None, "stale")
        assert stale.json["at"] == first.json["at"]


async def test_an_event_is_never_retained(mosquitto: Mosquitto, tmp_path: Path) -> None:
    async with garden(mosquitto, tmp_path) as pi:
        async with outsider(mosquitto) as someone:
            await pi.port(BED).event("watered", {"litres": 3})
            (heard,) = await someone.hear("bed/event/watered")
            assert heard.json["litres"] == 3
            assert heard.json["seq"] == 1
        async with outsider(mosquitto) as later:
            await later.hear("node/garden/info")
            assert later.on("bed/event/watered") == []


async def test_an_event_is_on_disk_before_it_is_published(
    mosquitto: Mosquitto, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with outsider(mosquitto) as someone, garden(mosquitto, tmp_path) as pi:
        write, on_disk = pi.outbox._disk.disk.write, asyncio.Event()
        loop = asyncio.get_running_loop()

        def slow_write(*arguments: object) -> int:
            asyncio.run_coroutine_threadsafe(on_disk.wait(), loop).result(10)
            return write(*arguments)  # type: ignore[arg-type]  # as given

        monkeypatch.setattr(pi.outbox._disk.disk, "write", slow_write)
        pi.port(BED).event("watered")
        pi.port(BED).read("temperature", 1.0, unit="°C")
        await someone.hear("bed/reading/temperature")
        assert someone.on("bed/event/watered") == []
        on_disk.set()
        await someone.hear("bed/event/watered")


async def test_what_happened_while_the_broker_was_away_comes_as_backlog_and_never_live(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    async with garden(mosquitto, tmp_path) as pi:
        mosquitto.kill()
        await until(lambda: not pi.link.status.connected)
        for n in range(3):
            pi.port(BED).read("temperature", float(n), unit="°C")
        await pi.port(BED).event("watered")
        mosquitto.start()
        async with outsider(mosquitto) as someone:
            (backlog,) = await someone.hear("node/garden/backlog")
            assert [item["seq"] for item in backlog.json["items"]] == [1, 2, 3, 4]
            assert backlog.json["items"][3]["event"] == "watered"
            assert not backlog.retained
            assert someone.on("bed/event/watered") == []


async def test_after_a_broker_that_forgot_everything_all_is_said_again(mosquitto: Mosquitto, tmp_path: Path) -> None:
    async with garden(mosquitto, tmp_path) as pi:
        pi.port(BED).online()
        pi.port(BED).state("mode", "auto")
        for time_around in range(2, 7):
            mosquitto.kill()
            mosquitto.start()
            await until(partial(lambda connects: pi.link.status.connects >= connects, time_around))
        async with outsider(mosquitto) as someone:
            await someone.hear("bed/state/mode")
            assert (await someone.hear("bed/availability"))[0].payload == b"online"


async def test_loss_and_recovery_are_each_said_once(
    mosquitto: Mosquitto, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "hub.mqtt.link")
    async with garden(mosquitto, tmp_path) as pi:
        mosquitto.kill()
        await until(lambda: "cannot be reached" in pi.link.status.problem)
        problem = pi.link.status.problem
        await asyncio.sleep(1.5)
        assert pi.link.status.problem == problem
        mosquitto.start()
        await pi.connected()
    said = [record.message for record in caplog.records if record.name == "hub.mqtt.link"]
    assert [message.split(";")[0].split(" after")[0].split(" with")[0] for message in said] == [
        f"connected to broker 127.0.0.1:{mosquitto.port}",
        f"broker 127.0.0.1:{mosquitto.port}: the connection broke",
        f"broker 127.0.0.1:{mosquitto.port} is back",
    ]


async def test_a_pi_that_vanishes_is_offline_and_one_that_sees_that_of_itself_denies_it(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    async with outsider(mosquitto) as someone, garden(mosquitto, tmp_path) as pi:
        await someone.hear("node/garden/availability")
        await someone.say("node/garden/availability", b"offline", retain=True)
        heard = await someone.hear("node/garden/availability", 3)
        assert [message.payload for message in heard] == [b"online", b"offline", b"online"]
        assert pi.link.status.connected


@pytest.mark.usefixtures("version")
async def test_a_pi_that_stops_in_good_order_says_that_it_is_offline(mosquitto: Mosquitto, tmp_path: Path) -> None:
    async with outsider(mosquitto) as someone:
        async with garden(mosquitto, tmp_path):
            await someone.hear("node/garden/availability")
        heard = await someone.hear("node/garden/availability", 2)
        assert heard[-1].payload == b"offline"


async def test_a_broker_that_swallows_everything_is_as_good_as_unreachable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "ANSWER_WITHIN_S", 0.3)
    with black_hole() as broker:
        async with Pi("garden", lab_of(broker), tmp_path) as pi:
            await until(lambda: "does not answer" in pi.link.status.problem)
            await pi.port(BED).event("watered")


@pytest.mark.usefixtures("mosquitto")
async def test_bad_credentials_are_said_once_and_not_tried_again_soon(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("wrong")
    with Mosquitto(tmp_path / "broker", with_password(tmp_path)) as broker:
        refused = Broker(host=broker.host, port=broker.port, username="garden", password_file=str(secret))
        async with Pi("garden", lab_of(refused), tmp_path) as pi:
            await until(lambda: "check broker.username" in pi.link.status.problem)
            await asyncio.sleep(2.0)
            assert broker.output.count("not authorised") == 1
            secret.write_text("secret")
            pi.link.reload(lab_of(refused))
            await pi.connected()
    assert caplog.text.count("check broker.username") == 1
    assert "wrong" not in caplog.text


@pytest.mark.usefixtures("mosquitto")
async def test_what_the_access_list_forbids_is_said_once_and_is_no_acknowledgement(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rights = tmp_path / "rights"
    rights.write_text("topic read #\ntopic readwrite alcolab/test/node/#\n")
    with Mosquitto(tmp_path / "broker", f"acl_file {rights}") as broker:
        of = lab_of(at(broker), hub=())
        async with garden(broker, tmp_path, of) as pi:
            for n in range(20):
                pi.port(BED).read("temperature", float(n), unit="°C")
            await until(lambda: pi.link._refusals.count >= 20)
            assert len(pi.outbox._recent) == 20
    assert caplog.text.count("check its access list") == 1


async def test_without_history_the_brokers_acknowledgement_serves(mosquitto: Mosquitto, tmp_path: Path) -> None:
    async with garden(mosquitto, tmp_path, lab_of(at(mosquitto), hub=())) as pi:
        pi.port(BED).read("temperature", 1.0, unit="°C")
        await pi.port(BED).event("watered")
        await until(lambda: not len(pi.outbox._recent))
        await asyncio.sleep(1.0)
        assert pi.outbox.depth == 0


# A hub.


@asynccontextmanager
async def hub(broker: Mosquitto, folder: Path, of: Lab | None = None) -> AsyncIterator[Pi]:
    async with Pi("hub", of or lab_of(at(broker)), folder) as pi:
        await pi.connected()
        yield pi


@pytest.mark.usefixtures("version")
async def test_a_hub_hears_what_happens_on_the_other_pis(mosquitto: Mosquitto, tmp_path: Path) -> None:
    heard: list[Entry] = []
    async with hub(mosquitto, tmp_path) as centre, garden(mosquitto, tmp_path) as pi:
        with centre.bus.entries.heard_by(heard.append):
            pi.port(BED).online()
            pi.port(BED).state("mode", "auto")
            pi.port(BED).read("temperature", 21.5, unit="°C")
            await pi.port(BED).event("watered")
            await until(lambda: {("bed", "mode")} <= centre.bus.latest.states.keys() and len(heard) >= 4)
        reading = centre.bus.latest.readings[BED, "temperature"]
        assert (reading.log, reading.seq, reading.local) == (pi.outbox.log, 1, False)
        await until(lambda: centre.bus.latest.nodes["garden"].info.get("log") == pi.outbox.log)
        assert centre.bus.latest.nodes["garden"].online
    assert centre.bus.latest.nodes["hub"].online


async def test_a_hub_sees_that_a_pi_is_gone(mosquitto: Mosquitto, tmp_path: Path) -> None:
    async with hub(mosquitto, tmp_path) as centre:
        async with garden(mosquitto, tmp_path):
            await until(lambda: centre.bus.latest.nodes.get("garden", NodeStatus("garden", online=False)).online)
        await until(lambda: not centre.bus.latest.nodes["garden"].online)


async def test_a_retained_reading_that_is_old_keeps_its_time(mosquitto: Mosquitto, tmp_path: Path) -> None:
    async with outsider(mosquitto) as someone:
        old = {
            "value": 3.5,
            "unit": "°C",
            "quality": "ok",
            "at": "2020-01-01T00:00:00.000Z",
            "log": "garden.0",
            "seq": 7,
        }
        await someone.say("bed/reading/temperature", old, retain=True)
    async with hub(mosquitto, tmp_path) as centre:
        await until(lambda: (BED, "temperature") in centre.bus.latest.readings)
        message = centre.bus.latest.readings[BED, "temperature"].message
        assert message.at.rfc3339() == "2020-01-01T00:00:00.000Z"


async def test_a_retained_event_is_not_acted_upon(mosquitto: Mosquitto, tmp_path: Path) -> None:
    heard: list[Entry] = []
    async with outsider(mosquitto) as someone:
        event = {"at": "2020-01-01T00:00:00.000Z", "log": "garden.0", "seq": 7}
        await someone.say("bed/event/watered", event, retain=True)
        await someone.say("bed/state/mode", {"value": "auto", "at": "2020-01-01T00:00:00.000Z"}, retain=True)
        async with Pi("hub", lab_of(at(mosquitto)), tmp_path) as centre:
            with centre.bus.entries.heard_by(heard.append):
                await until(lambda: centre.bus.latest.states)
    assert [type(entry.message).__name__ for entry in heard] == ["State"]


async def test_acknowledgements_of_the_history_reach_the_outbox_of_the_other_pi(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    async with hub(mosquitto, tmp_path) as centre, garden(mosquitto, tmp_path) as pi:
        for n in range(5):
            pi.port(BED).read("temperature", float(n), unit="°C")
        centre.bus.stored.emit(Stored("garden", {pi.outbox.log: 3}))
        await until(lambda: len(pi.outbox._recent) == 2)


async def test_backlog_reaches_the_history_and_nobody_else(mosquitto: Mosquitto, tmp_path: Path) -> None:
    backlogs: list[Backlog] = []
    entries: list[Entry] = []
    async with hub(mosquitto, tmp_path) as centre, garden(mosquitto, tmp_path) as pi:
        with centre.bus.backlogs.heard_by(backlogs.append), centre.bus.entries.heard_by(entries.append):
            pi.outbox.live.close()  # as if the connection had been away
            pi.port(BED).read("temperature", 1.0, unit="°C")
            await until(lambda: backlogs)
    assert [(entry.seq, entry.device) for entry in backlogs[0].entries] == [(1, BED)]
    assert not any(isinstance(entry.message, Reading) for entry in entries)


async def test_a_history_beside_the_devices_needs_no_broker(tmp_path: Path) -> None:
    backlogs: list[Backlog] = []
    of = lab_of(Broker(host="127.0.0.1", port=1), at={BED: "hub"})
    async with Pi("hub", of, tmp_path) as centre:
        with centre.bus.backlogs.heard_by(backlogs.append):
            centre.port(BED).read("temperature", 1.0, unit="°C")
            await until(lambda: backlogs)
            centre.bus.stored.emit(Stored("hub", {centre.outbox.log: 1}))
            assert centre.outbox.depth == 0


async def test_a_hub_clears_the_topics_of_what_has_left_the_configuration(mosquitto: Mosquitto, tmp_path: Path) -> None:
    async with outsider(mosquitto) as someone:
        await someone.say("shed/availability", b"online", retain=True)
        await someone.say("shed/state/mode", {"value": 1, "at": "2020-01-01T00:00:00.000Z"}, retain=True)
        await someone.say("node/attic/info", {}, retain=True)
        for topic, about in {
            "homeassistant/device/test-shed/config": b'{"x": "alcolab/test/shed/availability"}',
            "homeassistant/device/test-annex-shed/config": b'{"x": "alcolab/test-annex/shed/availability"}',
        }.items():
            await someone.client.publish(topic, about, qos=1, retain=True)
        kept = {f"homeassistant/device/{device}/config" for device in ("test-bed", "test-annex-shed")}
        kept.add("alcolab/test/bed/availability")
        async with hub(mosquitto, tmp_path), garden(mosquitto, tmp_path):
            await until(lambda: len([message for message in someone.heard if not message.payload]) == 4)
            await until(lambda: kept <= {message.topic for message in someone.heard})
    async with outsider(mosquitto) as later:
        await later.hear("node/garden/info")
        await until(lambda: kept <= {message.topic for message in later.heard})
        topics = {message.topic for message in later.heard}
    assert not any("/shed/" in topic or "attic" in topic or "test-shed" in topic for topic in topics)


async def test_what_nobody_can_read_is_counted_and_said_once_for_each_topic(
    mosquitto: Mosquitto, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with hub(mosquitto, tmp_path) as centre, outsider(mosquitto) as someone:
        for _ in range(5):
            await someone.say("bed/reading/temperature", b"\xff")
            await someone.say("bed/event/x", b"[]")
        await someone.say("nobody/reading/temperature", b"1")
        await until(lambda: centre.link._inbound.malformed == 10 and centre.link._inbound.unknown == 1)
    assert caplog.text.count("bed/reading/temperature is ignored") == 1


# Devices that hear others.


async def test_a_pi_hears_of_others_only_what_its_devices_ask_for(mosquitto: Mosquitto, tmp_path: Path) -> None:
    heard: list[Entry] = []
    of = lab_of(at(mosquitto), hears=(BED,))
    async with Pi("entrance", of, tmp_path) as entrance, garden(mosquitto, tmp_path, of) as pi:
        await entrance.connected()
        with entrance.bus.entries.heard_by(heard.append):
            pi.port(BED).read("temperature", 1.0, unit="°C")
            pi.port(BED).state("mode", "auto")
            await pi.port(BED).event("watered")
            await until(lambda: len(heard) == 2)
    assert {type(entry.message).__name__ for entry in heard} == {"State", "Event"}


# Reload.


async def test_a_reload_says_what_is_new(mosquitto: Mosquitto, tmp_path: Path) -> None:
    of = lab_of(at(mosquitto))
    async with outsider(mosquitto) as someone, garden(mosquitto, tmp_path, of) as pi:
        await someone.hear("bed/availability")
        pi.link.reload(
            replace(of, devices={**of.devices, "shed": DeviceEntry("shed", "probe", "garden", ProbeOptions())})
        )
        await someone.hear("shed/availability")
        assert [heard.payload for heard in someone.on("node/garden/availability")][-1] == b"online"


# Backlog beside live values.


async def fill_outbox(pi: Pi, count: int) -> None:
    for n in range(count):
        pi.port(BED).read(f"channel-{n % 20}", float(n), unit="V")
        if n % 2000 == 0:
            await asyncio.sleep(0)


@pytest.mark.alone
@pytest.mark.timeout(120)
async def test_while_an_hours_backlog_drains_live_values_come_within_a_second(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    """72,000 readings, as 20 sensors make in an hour; the history here acknowledges all that it hears, at once."""
    of = lab_of(at(mosquitto))
    async with Pi("garden", of, tmp_path) as before:
        mosquitto.kill()
        await fill_outbox(before, 36_000)
        await before.outbox._disk.call(lambda _: None)
    async with Pi("garden", of, tmp_path) as again:
        await fill_outbox(again, 36_000)
    mosquitto.start()
    stored: set[tuple[str, int]] = set()
    delays: list[float] = []

    async with hub(mosquitto, tmp_path, of) as centre:

        def keep(backlog: Backlog) -> None:
            stored.update((backlog.log, entry.seq) for entry in backlog.entries)
            centre.bus.stored.emit(Stored("garden", {backlog.log: backlog.entries[-1].seq}))

        def hear(entry: Entry) -> None:
            if isinstance(entry.message, Reading) and entry.message.channel == "live" and entry.message.value:
                delays.append(time.monotonic() - entry.message.value)

        with centre.bus.backlogs.heard_by(keep), centre.bus.entries.heard_by(hear):
            async with garden(mosquitto, tmp_path, of) as pi:
                started = time.monotonic()
                while len(stored) < 72_000:
                    pi.port(BED).read("live", time.monotonic(), unit="s")
                    await asyncio.sleep(0.05)
                    assert time.monotonic() - started < 60
    assert max(delays) < 1.0
