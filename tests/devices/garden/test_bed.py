"""A bed, with the outside of its sensors played by hand."""

import asyncio
import logging
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from devices.board.board import Claim
from devices.board.clock import Moment
from devices.board.world import World
from devices.device import Quality
from devices.errors import Refused
from devices.garden.bed import GardenBed, MeasureArguments
from devices.garden.options import (
    Calibration,
    GardenOptions,
    IioSensor,
    PulseSensor,
    Sensor,
    SerialLinesSensor,
    UartDistanceSensor,
    W1Sensor,
)
from devices.garden.sensors.radio_line import framed
from tests.devices.garden.running import running

CHIP = "bus/iio/devices/iio:device0"
TEMPERATURE = f"{CHIP}/in_temp_input"
RADIO, TANK = "/dev/radio", "/dev/tank"


def air(every: float = 0.2, **options: object) -> IioSensor:
    known: dict[str, object] = {"name": "bme280", "attribute": "in_temp_input", "scale": 0.001, "unit": "°C"}
    return IioSensor(type="iio", every=every, **(known | options))  # type: ignore[arg-type]


def radio(value: str = "soil", node: str = "far", every: float = 0.2) -> SerialLinesSensor:
    return SerialLinesSensor(type="serial-lines", port=RADIO, node=node, value=value, unit="V", every=every)


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path / "world")
    world.attribute(f"{CHIP}/name", "bme280\n")
    world.attribute(TEMPERATURE, "21530\n")
    return world


async def test_the_first_reading_comes_at_once_however_long_the_period(tmp_path: Path, world: World) -> None:
    async with running(tmp_path, {"air": air(every=3600)}, world=world) as bed:
        reading = await bed.port.reading("air", within_s=1)
        assert (reading.value, reading.unit, reading.raw, reading.period_s) == (21.53, "°C", None, 3600)
        await bed.port.until(lambda: bed.port.available == [(True, "")], within_s=1)


async def test_readings_come_once_in_a_period(tmp_path: Path, world: World) -> None:
    async with running(tmp_path, {"air": air(every=0.1)}, world=world) as bed:
        await asyncio.sleep(1.2)
        assert 11 <= len(bed.port.readings) <= 14


async def test_a_calibrated_value_keeps_its_raw_one(tmp_path: Path, world: World) -> None:
    soil = air(
        unit="%", scale=0.0001, calibration=(Calibration(since=date(2020, 3, 1), points=((2.61, 0.0), (1.11, 100.0))),)
    )
    async with running(tmp_path, {"soil": soil}, world=world) as bed:
        reading = await bed.port.reading("soil")
        assert reading.raw == 2.153
        assert reading.value == pytest.approx(30.4666666667)


async def test_before_its_first_calibration_a_value_is_suspect(tmp_path: Path, world: World) -> None:
    tomorrow = date.today() + timedelta(days=1)  # noqa: DTZ011 - the Pi's local day, as the calibration means it
    soil = air(calibration=(Calibration(since=tomorrow, points=((0, 0), (1, 10))),))
    async with running(tmp_path, {"soil": soil}, world=world) as bed:
        assert (await bed.port.reading("soil", Quality.SUSPECT)).value == 21.53


async def test_without_a_trusted_clock_the_newest_calibration_applies(
    tmp_path: Path, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    soil = air(calibration=(Calibration(since=date(2026, 3, 1), points=((0, 0), (1, 10))),))
    async with running(tmp_path, {"soil": soil}, world=world) as bed:
        epoch = Moment(datetime(1970, 1, 1, tzinfo=UTC), trusted=False)
        monkeypatch.setattr(bed.board.clock, "now", lambda: epoch)
        reading = await bed.port.until(lambda: next((r for r in bed.port.of("soil") if r.at == epoch), None))
        assert (reading.value, reading.quality) == (215.3, Quality.OK)


async def test_a_value_out_of_range_is_suspect(tmp_path: Path, world: World) -> None:
    async with running(tmp_path, {"air": air(range=(-30.0, 21.0))}, world=world) as bed:
        assert (await bed.port.reading("air", Quality.SUSPECT)).value == 21.53


async def test_an_error_is_a_failed_reading_without_a_value_and_is_over_at_the_next_good_one(
    tmp_path: Path, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with running(tmp_path, {"air": air()}, world=world) as bed:
        await bed.port.reading("air")
        world.remove(TEMPERATURE)
        failed = await bed.port.reading("air", Quality.FAILED, within_s=1)
        assert failed.value is None
        await bed.port.until(lambda: bed.port.available and not bed.port.available[-1][0])
        assert "in_temp_input" in bed.port.available[-1][1]
        assert "air" in str(bed.port.states["problems"])
        failures = len(bed.port.readings)
        world.attribute(TEMPERATURE, "4000\n")
        assert (await bed.port.reading("air", after=failures, within_s=1)).value == 4
        await bed.port.until(lambda: bed.port.available[-1][0] and bed.port.states["problems"] == {})
    assert [record.levelname for record in caplog.records if "bed/air" in record.message] == ["WARNING", "INFO"]


async def test_a_sensor_that_stays_away_is_tried_often_and_reported_once_in_a_period(
    tmp_path: Path, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("devices.garden.watch.RETRY_S", 0.05)
    world.remove(TEMPERATURE)
    async with running(tmp_path, {"air": air(every=60)}, world=world) as bed:
        await bed.port.reading("air", Quality.FAILED, within_s=1)
        await asyncio.sleep(0.5)
        assert len(bed.port.readings) == 1
        world.attribute(TEMPERATURE, "4000\n")
        await bed.port.reading("air", within_s=1)


async def test_settings_are_written_at_the_start_and_again_when_the_chip_was_away(tmp_path: Path, world: World) -> None:
    world.attribute(f"{CHIP}/in_temp_oversampling_ratio", "1\n")
    setting = world.sysfs / CHIP / "in_temp_oversampling_ratio"
    async with running(tmp_path, {"air": air(set={"in_temp_oversampling_ratio": 16})}, world=world) as bed:
        await bed.port.reading("air")
        assert setting.read_text() == "16"
        world.remove(CHIP)
        await bed.port.reading("air", Quality.FAILED)
        failures = len(bed.port.readings)
        world.attribute(f"{CHIP}/in_temp_oversampling_ratio", "1\n")
        world.attribute(f"{CHIP}/name", "bme280\n")
        world.attribute(TEMPERATURE, "4000\n")
        await bed.port.reading("air", after=failures)
        assert setting.read_text() == "16"


async def test_one_that_hangs_one_that_fails_and_one_that_raises_disturb_no_other(
    tmp_path: Path, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def raising(_: object) -> None:
        raise ZeroDivisionError("a bug in a driver")

    monkeypatch.setattr("devices.garden.sensors.pulse.PulseCounter._measure", raising)
    world.attribute("bus/w1/devices/28-000005e2fdc3/w1_slave", "")
    world.hang(f"{CHIP}/in_humidityrelative_input")
    sensors: dict[str, Sensor] = {
        "hangs": air(attribute="in_humidityrelative_input"),
        "fails": W1Sensor(type="w1", id="28-000005e2fdc3", every=0.2),
        "raises": PulseSensor(type="pulse", line="GPIO17", unit="mm", every=0.2),
        "works": air(),
    }
    async with running(tmp_path, sensors, world=world) as bed:
        await bed.port.until(lambda: len(bed.port.of("works")) >= 8, within_s=3)
        assert (await bed.port.reading("fails", Quality.FAILED)).value is None
        assert (await bed.port.reading("raises", Quality.FAILED)).value is None
        await bed.port.until(lambda: "ZeroDivisionError" in str(bed.port.states.get("problems")))
        assert bed.port.available == [(True, "")]
        world.remove(f"{CHIP}/in_humidityrelative_input")


async def test_a_bed_whose_sensors_all_fail_is_offline_and_says_why(tmp_path: Path, world: World) -> None:
    sensors: dict[str, Sensor] = {f"probe-{number}": air(name="missing") for number in range(5)}
    async with running(tmp_path, sensors, world=world) as bed:
        await bed.port.until(lambda: bed.port.available)
        online, reason = bed.port.available[0]
        assert not online
        assert "probe-0" in reason
        assert "missing" in reason
        assert reason.endswith("and 2 more")


async def test_measure_measures_now_and_replies(tmp_path: Path, world: World) -> None:
    async with running(tmp_path, {"air": air(every=3600), "gone": air(every=3600, name="x")}, world=world) as bed:
        await bed.port.until(lambda: len(bed.port.readings) == 2)
        world.attribute(TEMPERATURE, "4000\n")
        reply = await bed.port.ask("measure", MeasureArguments(sensor="air"))
        assert list(reply) == ["air"]
        assert reply["air"].items() >= {"value": 4.0, "unit": "°C", "quality": "ok"}.items()  # type: ignore[union-attr]
        everything = await bed.port.ask("measure", MeasureArguments())
        assert everything["gone"].items() >= {"value": None, "quality": "failed"}.items()  # type: ignore[union-attr]
        assert [reading.value for reading in bed.port.of("air")] == [21.53, 4.0, 4.0]


async def test_measure_refuses_a_sensor_that_the_bed_does_not_have(tmp_path: Path, world: World) -> None:
    async with running(tmp_path, {"air": air()}, world=world) as bed:
        await bed.port.reading("air")
        with pytest.raises(Refused, match="no sensor fire; it has: air"):
            await bed.port.ask("measure", MeasureArguments(sensor="fire"))


async def test_radio_sensors_share_a_gateway_and_losses_are_counted(
    tmp_path: Path, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("devices.garden.bed.STATES_EVERY_S", 0.1)
    wire = world.serial(RADIO)
    async with running(tmp_path, {"soil": radio(), "light": radio("light")}, world=world) as bed:
        await bed.port.until(lambda: bed.port.states.get("losses"))
        wire.send(b"noise\r\n" + framed("far,1,soil=1.9,light=3") * 2 + framed("other,1,soil=9"))
        assert (await bed.port.reading("soil")).value == 1.9
        assert (await bed.port.reading("light")).value == 3
        wire.send(framed("far,4,soil=2.0"))
        await bed.port.until(lambda: [reading.value for reading in bed.port.of("soil")] == [1.9, 2.0])
        await bed.port.until(lambda: "'far': 2" in str(bed.port.states["losses"]))
        assert "'/dev/radio': 1" in str(bed.port.states["losses"])
        assert len(bed.port.of("light")) == 1


async def test_a_radio_node_that_floods_is_thinned_to_its_period(tmp_path: Path, world: World) -> None:
    wire = world.serial(RADIO)
    every_s = 0.3
    async with running(tmp_path, {"soil": radio(every=every_s)}, world=world) as bed:
        began_s = time.monotonic()
        for number in range(300):
            wire.send(framed(f"far,{number},soil={number}"))
            await asyncio.sleep(0.003)
        assert 2 <= len(bed.port.readings) <= (time.monotonic() - began_s) / every_s + 2


async def test_a_silent_radio_node_is_stale_within_two_periods_and_ten_seconds(tmp_path: Path, world: World) -> None:
    wire = world.serial(RADIO)
    async with running(tmp_path, {"soil": radio(every=1)}, world=world) as bed:
        await asyncio.sleep(0.1)
        wire.send(framed("far,1,soil=1.9"))
        await bed.port.reading("soil")
        stale = await bed.port.reading("soil", Quality.STALE, within_s=2 * 1 + 10)
        assert stale.value is None
        wire.send(framed("far,2,soil=2.1"))
        assert (await bed.port.reading("soil", after=2, within_s=2)).value == 2.1


async def test_an_unplugged_gateway_fails_all_its_sensors_at_once_and_is_found_again(
    tmp_path: Path, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("devices.garden.sensors.serial_lines.REOPEN_S", 0.1)
    wire = world.serial(RADIO)
    async with running(tmp_path, {"soil": radio(every=0.5), "light": radio("light", every=3600)}, world=world) as bed:
        await asyncio.sleep(0.2)
        wire.send(framed("far,1,soil=1.9,light=3"))
        await bed.port.reading("light")
        wire.unplug()
        assert (await bed.port.reading("light", Quality.FAILED, within_s=1)).value is None
        await bed.port.reading("soil", Quality.FAILED, within_s=1)
        failures = len(bed.port.of("soil"))
        wire.plug()
        async with asyncio.timeout(5):
            for number in range(2, 100):
                wire.send(framed(f"far,{number},soil=2.2"))
                await asyncio.sleep(0.1)
                if any(reading.value == 2.2 for reading in bed.port.of("soil")[failures:]):
                    break


async def test_an_unplugged_distance_probe_fails_at_once_however_long_its_period(tmp_path: Path, world: World) -> None:
    wire = world.serial(TANK)
    tank = UartDistanceSensor(type="uart-distance", port=TANK, unit="cm", every=3600)
    async with running(tmp_path, {"level": tank}, world=world) as bed:
        await asyncio.sleep(0.2)
        wire.send(bytes.fromhex("a7 ff 07 a1 a7 ff 07"))
        assert (await bed.port.reading("level")).value == 195.3
        wire.unplug()
        assert (await bed.port.reading("level", Quality.FAILED, within_s=1)).value is None


async def test_a_distance_probe_without_an_echo_fails_and_says_so(
    tmp_path: Path, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("devices.garden.sensors.uart_distance.FRAME_WITHIN_S", 0.5)
    wire = world.serial(TANK)
    tank = UartDistanceSensor(type="uart-distance", port=TANK, every=1)
    async with running(tmp_path, {"level": tank}, world=world) as bed:
        for _ in range(12):
            wire.send(bytes.fromhex("ff 00 00 ff"))
            await asyncio.sleep(0.1)
        await bed.port.reading("level", Quality.FAILED)
        assert "no echo" in bed.port.available[-1][1]


def test_a_bed_names_its_channels_before_it_has_measured() -> None:
    rain = PulseSensor(type="pulse", line="GPIO17", unit="mm", every=600)
    channels = {
        channel.name: channel for channel in GardenBed.channels(GardenOptions(sensors={"rain": rain, "air": air()}))
    }
    assert (channels["rain"].cumulative, channels["rain"].quantity, channels["rain"].period_s) == (
        True,
        "precipitation",
        600,
    )
    assert (channels["air"].cumulative, channels["air"].quantity, channels["air"].unit) == (False, "temperature", "°C")


def test_a_bed_claims_its_lines_and_ports_and_a_shared_gateway_once() -> None:
    sensors: dict[str, Sensor] = {
        "soil": radio(),
        "light": radio("light"),
        "rain": PulseSensor(type="pulse", line="GPIO17", unit="mm"),
        "tank": UartDistanceSensor(type="uart-distance", port=TANK),
        "air": air(),
    }
    assert sorted(GardenBed.claims(GardenOptions(sensors=sensors)), key=str) == sorted(
        [Claim("serial", RADIO), Claim("line", "GPIO17"), Claim("serial", TANK)], key=str
    )
