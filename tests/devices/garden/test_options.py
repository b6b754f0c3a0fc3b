"""The options of a bed, as `config.yaml` gives them."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import TypeAdapter, ValidationError

from devices.garden.options import GardenOptions, IioSensor, PulseSensor

CONFIG = Path(__file__).parents[3] / "config.yaml"
AIR = {"type": "iio", "name": "bmp280", "attribute": "in_temp_input", "unit": "°C"}


def read(sensors: dict[str, Any]) -> GardenOptions:
    return TypeAdapter(GardenOptions).validate_python({"sensors": sensors})


def complaint(sensor: dict[str, Any], *, beside: dict[str, Any] | None = None) -> str:
    with pytest.raises(ValidationError) as refused:
        read({"it": sensor} | ({"other": beside} if beside else {}))
    return str(refused.value)


def test_the_beds_of_the_labs_own_configuration_are_valid() -> None:
    devices = yaml.safe_load(CONFIG.read_text())["devices"]
    beds = [read(device["sensors"]) for device in devices.values() if device["type"] == "garden"]
    assert beds
    assert {sensor.type for bed in beds for sensor in bed.sensors.values()} >= {"iio", "hwmon", "w1", "pulse"}


def test_the_designs_soil_probe_is_valid() -> None:
    sensors = yaml.safe_load("""
        soil-moisture:
          {type: iio, name: ads1015, at: 1-0048, attribute: in_voltage0_raw, set: {in_voltage0_scale: 0.125},
           scale: 0.000125, unit: "%", every: 10min,
           calibration: [{since: 2026-03-01, points: [[2.61, 0], [1.12, 100]]}]}
    """)
    probe = read(sensors).sensors["soil-moisture"]
    assert isinstance(probe, IioSensor)
    assert probe.every == 600
    assert probe.set == {"in_voltage0_scale": 0.125}
    assert probe.calibration[0].points == ((2.61, 0.0), (1.12, 100.0))


def test_a_rain_gauge_counts_a_contact_to_ground_unless_told_otherwise() -> None:
    gauge = read({"rain": {"type": "pulse", "line": "GPIO17", "unit": "mm", "debounce": "20ms"}}).sensors["rain"]
    assert isinstance(gauge, PulseSensor)
    assert (gauge.bias, gauge.debounce) == ("pull-up", 0.02)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"type": "i2c"}, "'iio', 'hwmon', 'w1', 'uart-distance', 'serial-lines', 'pulse'"),
        ({"colour": "red"}, "colour"),
        ({"every": "soon"}, "500ms, 90s, 10min, 2h, 1d"),
        ({"every": 0}, "0.001"),
        ({"attribute": "../../secret"}, "attribute"),
        ({"set": {"a/b": 1}}, "a/b"),
        ({"range": [60, -30]}, "60 is not below -30"),
        ({"range": [1]}, "range"),
        ({"max_rate_per_min": 0}, "greater than 0"),
        ({"scale": 0}, "scale 0"),
        ({"scale": float("nan")}, "finite"),
        ({"calibration": [{"since": "2026-03-01", "points": [[1, 2]]}]}, "two points or more"),
        ({"calibration": [{"since": "2026-03-01", "points": [[1, 2], [1, 3]]}]}, "all rise or all fall"),
        ({"calibration": [{"since": "2026-03-01", "points": [[1, 2], [3, 3], [2, 4]]}]}, "all rise or all fall"),
        ({"calibration": [{"since": "spring", "points": [[1, 2], [3, 4]]}]}, "since"),
        ({"calibration": [{"since": "2026-03-01", "points": [[1, 2], [3, 4]]}] * 2}, "same day"),
    ],
)
def test_what_cannot_be_meant_is_refused(change: dict[str, Any], said: str) -> None:
    assert said in complaint(AIR | change)


@pytest.mark.parametrize("missing", ["unit", "name", "attribute"])
def test_a_kernel_sensor_needs_its_unit_name_and_attribute(missing: str) -> None:
    assert missing in complaint({key: value for key, value in AIR.items() if key != missing})


@pytest.mark.parametrize("number", ["28-000005e2fdc", "99-000005e2fdc3", "28-000005E2FDC3", "../28-000005e2fdc3"])
def test_only_the_number_of_a_thermometer_is_one(number: str) -> None:
    assert "id" in complaint({"type": "w1", "id": number})


def test_a_thermometer_gives_degrees_celsius_and_nothing_else() -> None:
    assert "°C" in complaint({"type": "w1", "id": "28-000005e2fdc3", "unit": "°F"})


def test_a_distance_in_litres_needs_a_calibration() -> None:
    tank = {"type": "uart-distance", "port": "/dev/tank", "unit": "L"}
    assert "add a calibration of [millimetres, L]" in complaint(tank)
    read({"tank": tank | {"calibration": [{"since": "2026-03-01", "points": [[2000, 0], [300, 1000]]}]}})


def test_sensors_that_share_a_gateway_agree_on_its_speed() -> None:
    radio = {"type": "serial-lines", "port": "/dev/radio", "node": "bed", "value": "soil", "unit": "V"}
    assert "give both the same baudrate" in complaint(radio, beside=radio | {"baudrate": 115200})


def test_a_bed_without_sensors_is_refused() -> None:
    with pytest.raises(ValidationError, match="at least one sensor"):
        read({})


def test_a_node_that_runs_a_bed_never_pays_for_validation_or_pages() -> None:
    heavy = "{'pydantic', 'yaml', 'typer', 'fastapi', 'sqlalchemy', 'serial'}"
    program = f"import sys, devices.garden.bed; print(sorted({heavy} & set(sys.modules)))"
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=CONFIG.parent
    )
    assert result.stdout.strip() == "[]"
