"""The simulated garden: what its sensors show, and each fault for each kind of sensor."""

import asyncio
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from devices.board.world import Fault, World
from devices.device import Quality
from devices.garden import sent
from devices.garden.options import (
    Calibration,
    GardenOptions,
    HwmonSensor,
    IioSensor,
    PulseSensor,
    Sensor,
    SerialLinesSensor,
    UartDistanceSensor,
    W1Sensor,
)
from devices.garden.scene import GardenScene
from devices.garden.sensors.uart_distance import millimetres
from devices.garden.sensors.w1 import celsius
from tests.devices.garden.running import Running, running

PERIOD_S = 0.4


def radio(value: str, unit: str) -> SerialLinesSensor:
    return SerialLinesSensor(type="serial-lines", port="/dev/radio", node="far", value=value, unit=unit, every=PERIOD_S)


def air(at: str | None = None) -> IioSensor:
    return IioSensor(
        type="iio",
        name="bme280",
        at=at,
        attribute="in_temp_input",
        scale=0.001,
        unit="°C",
        every=PERIOD_S,
        range=(-30.0, 60.0),
    )


SENSORS: Mapping[str, Sensor] = {
    "air": air(),
    "soil-moisture": IioSensor(
        type="iio",
        name="ads1015",
        at="1-0048",
        attribute="in_voltage0_raw",
        set={"in_voltage0_scale": 0.125},
        scale=0.000125,
        unit="%",
        every=PERIOD_S,
        range=(0.0, 100.0),
        calibration=(Calibration(since=date(2020, 3, 1), points=((2.61, 0), (1.12, 100))),),
    ),
    "box": HwmonSensor(type="hwmon", name="lm75", attribute="temp1_input", scale=0.001, unit="°C", every=PERIOD_S),
    "soil": W1Sensor(type="w1", id="28-000005e2fdc3", every=PERIOD_S),
    "old-soil": W1Sensor(type="w1", id="10-000005e2fdc3", every=PERIOD_S),
    "level": UartDistanceSensor(type="uart-distance", port="/dev/tank", every=PERIOD_S),
    "far-soil": radio("soil", "V"),
    "far-air": radio("air", "°C"),
}
FILES = ("air", "soil-moisture", "box", "soil", "old-soil")
EVERYTHING = (*FILES, "level", "far-soil", "far-air")


async def all_well(bed: Running, *channels: str, after: Mapping[str, int] | None = None) -> None:
    for channel in channels:
        await bed.port.reading(channel, after=(after or {}).get(channel, 0))


def play(bed: Running, fault: Fault, *channels: str) -> Mapping[str, int]:
    for channel in channels:
        bed.world.play(f"bed/{channel}", fault)
    return {channel: len(bed.port.of(channel)) for channel in channels}


async def mended(bed: Running, *channels: str) -> None:
    so_far = {channel: len(bed.port.of(channel)) for channel in channels}
    for channel in channels:
        bed.world.mend(f"bed/{channel}")
    await all_well(bed, *channels, after=so_far)


@pytest.fixture
def sensors(monkeypatch: pytest.MonkeyPatch) -> dict[str, Sensor]:
    monkeypatch.setattr("devices.garden.sensors.serial_lines.REOPEN_S", 0.1)
    return dict(SENSORS)


async def test_every_kind_of_sensor_shows_something_believable(tmp_path: Path, sensors: dict[str, Sensor]) -> None:
    async with running(tmp_path, sensors, scene=True) as bed:
        await all_well(bed, *EVERYTHING)
        values = {reading.channel: reading.value or 0 for reading in bed.port.readings}
        for channel in ("air", "box", "soil", "old-soil", "far-air"):
            assert -15 < values[channel] < 45
        assert 10 <= values["soil-moisture"] <= 100
        assert 300 <= values["level"] <= 1800
        assert 1 < values["far-soil"] < 3
        assert {reading.quality for reading in bed.port.readings} == {Quality.OK}
        assert bed.world.targets.keys() == {f"bed/{channel}" for channel in sensors}


async def test_unplugged_sensors_fail_at_once_and_come_back_by_themselves(
    tmp_path: Path, sensors: dict[str, Sensor]
) -> None:
    channels = (*FILES, "level", "far-soil")
    async with running(tmp_path, sensors, scene=True) as bed:
        await all_well(bed, *channels)
        so_far = play(bed, Fault.UNPLUG, *channels)
        for channel in channels:
            assert (await bed.port.reading(channel, Quality.FAILED, after=so_far[channel], within_s=3)).value is None
        await bed.port.until(lambda: bed.port.available[-1][0] is False)
        await mended(bed, *channels)
        setting = next(bed.world.sysfs.glob("bus/iio/devices/*/in_voltage0_scale"))
        assert setting.read_text() == "0.125"


async def test_hanging_sensors_are_stale_within_two_periods_and_ten_seconds(
    tmp_path: Path, sensors: dict[str, Sensor]
) -> None:
    channels = (*FILES, "level", "far-soil")
    async with running(tmp_path, sensors, scene=True) as bed:
        await all_well(bed, *EVERYTHING)
        so_far = play(bed, Fault.HANG, *channels)
        async with asyncio.timeout(2 * PERIOD_S + 10):
            for channel in channels:
                assert (
                    await bed.port.reading(channel, Quality.STALE, after=so_far[channel], within_s=12)
                ).value is None
        far_air = len(bed.port.of("far-air"))
        await all_well(bed, "far-air", after={"far-air": far_air})
        await mended(bed, *channels)


async def test_garbage_is_never_a_value(tmp_path: Path, sensors: dict[str, Sensor]) -> None:
    expected = dict.fromkeys((*FILES, "level"), Quality.FAILED) | {"far-soil": Quality.STALE}
    async with running(tmp_path, sensors, scene=True) as bed:
        await all_well(bed, *EVERYTHING)
        play(bed, Fault.GARBAGE, *expected)
        await asyncio.sleep(2 * PERIOD_S)
        so_far = {channel: len(bed.port.of(channel)) for channel in expected}
        for channel, quality in expected.items():
            await bed.port.reading(channel, quality)
            assert {reading.value for reading in bed.port.of(channel)[so_far[channel] :]} <= {None}
        await mended(bed, *expected)


async def test_a_drifting_sensor_still_reads_and_is_further_off_every_second(
    tmp_path: Path, sensors: dict[str, Sensor]
) -> None:
    async with running(tmp_path, sensors, scene=True) as bed:
        bed.world.speed = 0.001
        await all_well(bed, "air", "soil", "level")

        def shown(channel: str) -> float:
            return bed.port.of(channel)[-1].value or 0

        before = {channel: shown(channel) for channel in ("air", "soil", "level")}
        play(bed, Fault.DRIFT, *before)
        await bed.port.until(lambda: all(shown(channel) > value + 0.2 for channel, value in before.items()))


async def test_rain_tips_the_gauge_and_its_faults_are_those_of_a_contact(tmp_path: Path) -> None:
    rain = PulseSensor(type="pulse", line="GPIO17", per_pulse=0.2794, unit="mm", every=0.2)
    async with running(tmp_path, {"rain": rain}, scene=True) as bed:

        def total() -> float:
            return bed.port.readings[-1].value or 0

        bed.world.speed = 20_000
        await bed.port.until(lambda: bool(bed.port.readings) and total() > 1)
        bed.world.speed = 0.001
        for silent in (Fault.HANG, Fault.UNPLUG):
            play(bed, silent, "rain")
            await asyncio.sleep(1)
            so_far = total()
            await asyncio.sleep(0.5)
            assert total() == so_far
        play(bed, Fault.GARBAGE, "rain")
        await bed.port.until(lambda: total() > so_far)


def plugged_in(world: World, device: str, **sensors: Sensor) -> None:
    GardenScene(device, GardenOptions(sensors=sensors), world)


async def test_beds_that_name_the_same_chip_share_it(tmp_path: Path) -> None:
    world = World(tmp_path / "world")
    humidity = IioSensor(type="iio", name="bme280", attribute="in_humidityrelative_input", scale=0.001, unit="%")
    plugged_in(world, "one", air=air())
    plugged_in(world, "two", humidity=humidity)
    assert len(list(world.sysfs.glob("bus/iio/devices/*"))) == 1
    async with running(tmp_path, {"air": air()}, world=world) as bed:
        await bed.port.reading("air")


async def test_twins_at_two_addresses_are_two_chips(tmp_path: Path) -> None:
    world = World(tmp_path / "world")
    plugged_in(world, "one", left=air(at="1-0076"), right=air(at="1-0077"))
    async with running(
        tmp_path, {"left": air(at="1-0076"), "right": air(at="1-0077"), "any": air()}, world=world
    ) as bed:
        await all_well(bed, "left", "right")
        await bed.port.reading("any", Quality.FAILED)


@pytest.mark.parametrize("family", ["28", "10", "22", "3b", "42"])
@pytest.mark.parametrize("temperature_c", [-25.0, -0.5, 0.0, 21.5, 85.25])
def test_simulated_thermometers_send_what_real_ones_do(family: str, temperature_c: float) -> None:
    assert celsius(sent.scratchpad(temperature_c, family), family=family) == temperature_c


def test_a_simulated_probe_sends_what_a_real_one_does() -> None:
    assert sent.distance_frame(1953) == bytes.fromhex("ff07a1a7")
    assert millimetres(sent.distance_frame(4500)) == 4500
