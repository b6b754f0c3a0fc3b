"""What Home Assistant is told that a sensor measures."""

import pytest

from devices.garden.options import IioSensor, PulseSensor, Sensor, SerialLinesSensor, UartDistanceSensor, W1Sensor
from devices.garden.quantities import quantity_of


def iio(unit: str, attribute: str = "in_voltage0_raw") -> Sensor:
    return IioSensor(type="iio", name="chip", attribute=attribute, unit=unit)


def radio(unit: str) -> Sensor:
    return SerialLinesSensor(type="serial-lines", port="/dev/radio", node="n", value="v", unit=unit)


def pulse(unit: str) -> Sensor:
    return PulseSensor(type="pulse", line="GPIO17", unit=unit)


@pytest.mark.parametrize(
    ("channel", "sensor", "quantity"),
    [
        ("air", iio("°C", "in_temp_input"), "temperature"),
        ("air", iio("%", "in_humidityrelative_input"), "humidity"),
        ("air", iio("hPa", "in_pressure_input"), "atmospheric_pressure"),
        ("light", iio("lx", "in_illuminance_input"), "illuminance"),
        ("soil-moisture", iio("%"), "moisture"),
        ("soil", iio("V"), "voltage"),
        ("humidity", radio("%"), "humidity"),
        ("battery", radio("%"), "battery"),
        ("valve", radio("%"), None),
        ("water", W1Sensor(type="w1", id="28-000005e2fdc3"), "temperature"),
        ("level", UartDistanceSensor(type="uart-distance", port="/dev/tank"), "distance"),
        ("rain", pulse("mm"), "precipitation"),
        ("meter", pulse("L"), "water"),
        ("meter", pulse("m³"), "water"),
        ("snow", radio("cm"), None),
        ("people", pulse("persons"), None),
    ],
)
def test_the_unit_says_it_and_the_name_where_the_unit_does_not(
    channel: str, sensor: Sensor, quantity: str | None
) -> None:
    assert quantity_of(channel, sensor) == quantity
