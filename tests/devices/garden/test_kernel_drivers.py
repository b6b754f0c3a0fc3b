"""The garden on a real kernel: chips behind the kernel's own drivers, a contact, a serial probe, and a real broker.

A node of the lab runs as it does on a Pi. What chips measure is written into their registers, as their data sheets
write it: Bosch BST-BMP280-DS001 (3.12, worked example), Bosch BST-BME280-DS001 (8.1), Texas Instruments SBAS444
(ADS111x, table "Input Signal Versus Ideal Output Code"; SNIS153, LM75, table of the temperature register), DFRobot
SEN0311.
"""

import json
import subprocess
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from devices.board.clock import parse_rfc3339
from devices.board.world import World
from tests.brokers import Mosquitto
from tests.faults.process import until
from tests.faults.real_lab import SITE, RealLab
from tests.virtual_pi.gpio_sim import GpioSim
from tests.virtual_pi.i2c_stub import I2cChip

pytestmark = [pytest.mark.pi, pytest.mark.timeout(200)]

NODE = "garden"
BED = "bed"
EVERY_S = 2.0
READ_WITHIN_S = 150.0
"""The node's start included, on an emulated processor."""
TIP_S = 0.03

BMP280_CALIBRATION = (27504, 26435, -1000, 36477, -10685, 3024, 2855, 140, -7, 15500, -14600, 6000)
"""dig_T1 to dig_T3 and dig_P1 to dig_P9 of the worked example; the first of each is unsigned."""
ADC_T, ADC_P = 519888, 415148
H1, H2, H3, H4, H5, H6 = 75, 370, 0, 313, 50, 30
"""dig_H1 to dig_H6 as on a chip that we have; the data sheet has no example."""
ADC_H = 31000


@dataclass(frozen=True)
class Garden:
    """The outside of the running bed, and what it says to the broker."""

    bmp280: I2cChip
    bme280: I2cChip
    soil: I2cChip
    greenhouse: I2cChip
    box: I2cChip
    header: GpioSim
    world: World
    readings: dict[str, list[dict[str, Any]]]

    def next(self, channel: str, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first reading from now on of which this is true."""
        known = len(self.readings[channel])

        def found() -> list[dict[str, Any]]:
            return [reading for reading in self.readings[channel][known:] if wanted(reading)]

        until(lambda: bool(found()), READ_WITHIN_S, f"{channel}, last {self.readings[channel][-1:]}")
        return found()[0]

    def value(self, channel: str) -> float:
        """The next value that was measured after now."""
        now_s = time.time()
        reading = self.next(channel, lambda reading: reading["value"] is not None and _at_s(reading) > now_s)
        return float(reading["value"])


@pytest.fixture(scope="module")
def garden(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Garden]:
    for module in ("bmp280-i2c", "ti-ads1015", "lm75"):
        subprocess.run(["modprobe", module], check=True)
    folder = tmp_path_factory.mktemp("garden")
    bmp280, bme280 = (I2cChip(name, at, driver="bmp280") for name, at in (("bmp280", 0x76), ("bme280", 0x77)))
    soil, greenhouse = (I2cChip("ads1115", at, driver="ads1015") for at in (0x48, 0x49))
    box = I2cChip("lm75", 0x4F, driver="lm75")
    _write_registers(bmp280, bme280)
    world = World(folder / "world")
    readings: dict[str, list[dict[str, Any]]] = defaultdict(list)
    with ExitStack() as around:
        for chip in (bmp280, bme280, soil, greenhouse, box):
            around.enter_context(chip.present())
        header = around.enter_context(GpioSim())
        header.drive("GPIO17", True)
        around.callback(world.close)
        broker = around.enter_context(Mosquitto(folder / "mosquitto"))
        around.enter_context(_heard(broker, readings))
        bed = _bed(soil, greenhouse, _port(world))
        lab = around.enter_context(RealLab(folder, broker.port, {BED: bed}))
        lab.start(NODE)
        yield Garden(bmp280, bme280, soil, greenhouse, box, header, world, readings)


def _bed(soil: I2cChip, greenhouse: I2cChip, port: str) -> dict[str, Any]:
    iio: dict[str, Any] = {"type": "iio", "every": EVERY_S}
    hwmon = {**iio, "type": "hwmon"}
    volts = {**iio, "name": "ads1015", "attribute": "in_voltage0_raw", "scale": 0.000125, "unit": "V"}
    volts["set"] = {"in_voltage0_scale": 0.125}
    sensors = {
        "air": {**iio, "name": "bmp280", "attribute": "in_temp_input", "scale": 0.001, "unit": "°C"},
        "pressure": {**iio, "name": "bmp280", "attribute": "in_pressure_input", "scale": 1000, "unit": "Pa"},
        "indoors": {**iio, "name": "bme280", "attribute": "in_temp_input", "scale": 0.001, "unit": "°C"},
        "humidity": {**iio, "name": "bme280", "attribute": "in_humidityrelative_input", "scale": 0.001, "unit": "%"},
        "soil": {**volts, "at": soil.at},
        "greenhouse": {**volts, "at": greenhouse.at},
        "box": {**hwmon, "name": "lm75", "attribute": "temp1_input", "scale": 0.001, "unit": "°C"},
        "rain": {"type": "pulse", "line": "GPIO17", "per_pulse": 0.2794, "unit": "mm", "every": EVERY_S},
        "tank": {"type": "uart-distance", "port": port, "unit": "mm", "every": EVERY_S},
    }
    return {"type": "garden", "node": NODE, "sensors": sensors}


def _port(world: World) -> str:
    world.serial("tank")
    return str(world.serial_path("tank"))


def _heard(broker: Mosquitto, readings: dict[str, list[dict[str, Any]]]) -> ExitStack:
    """Every reading of the bed, by channel, as it comes."""

    def take(_client: Client, _user: Any, message: MQTTMessage) -> None:
        readings[message.topic.rpartition("/")[2]].append(json.loads(message.payload))

    client = Client(CallbackAPIVersion.VERSION2)
    client.on_message = take
    client.connect(broker.host, broker.port)
    client.subscribe(f"alcolab/{SITE}/{BED}/reading/+", qos=1)
    client.loop_start()
    connected = ExitStack()
    connected.callback(client.loop_stop)
    connected.callback(client.disconnect)
    return connected


def _write_registers(bmp280: I2cChip, bme280: I2cChip) -> None:
    """The worked example into both chips, which share the compensation of temperature and pressure."""
    for chip, identity in ((bmp280, 0x58), (bme280, 0x60)):
        chip.write(0xD0, bytes([identity]))
        chip.write(0x88, b"".join((word & 0xFFFF).to_bytes(2, "little") for word in BMP280_CALIBRATION))
        chip.write(0xF7, (ADC_P << 4).to_bytes(3, "big") + (ADC_T << 4).to_bytes(3, "big"))
    bme280.write(0xA1, bytes([H1]))
    bme280.write(0xE1, bytes([H2 & 0xFF, H2 >> 8, H3, H4 >> 4, H4 & 0xF | (H5 & 0xF) << 4, H5 >> 4, H6]))
    bme280.write(0xFD, ADC_H.to_bytes(2, "big"))


def _at_s(reading: dict[str, Any]) -> float:
    return parse_rfc3339(reading["at"]).timestamp()


def test_a_bmp280_gives_what_the_worked_example_of_its_data_sheet_gives(garden: Garden) -> None:
    assert garden.value("air") == 25.08
    assert garden.value("pressure") == pytest.approx(100653, abs=0.5)


def test_a_bme280_gives_what_the_formula_of_its_data_sheet_gives(garden: Garden) -> None:
    assert garden.value("indoors") == 25.08
    assert garden.value("humidity") == pytest.approx(_humidity_pct(ADC_H), abs=0.01)


def _humidity_pct(adc: int) -> float:
    """BST-BME280-DS001, 8.1: bme280_compensate_H_double, at the worked example's temperature."""
    t1, t2, t3 = BMP280_CALIBRATION[:3]
    fine = (ADC_T / 16384 - t1 / 1024) * t2 + (ADC_T / 131072 - t1 / 8192) ** 2 * t3 - 76800
    humidity = (adc - (H4 * 64 + H5 / 16384 * fine)) * (
        H2 / 65536 * (1 + H6 / 67108864 * fine * (1 + H3 / 67108864 * fine))
    )
    return humidity * (1 - H1 * humidity / 524288)


@pytest.mark.parametrize(
    ("code", "volts"), [(0x7FFF, 4.095875), (0x0001, 0.000125), (0, 0), (0xFFFF, -0.000125), (0x8000, -4.096)]
)
def test_an_ads1115_gives_the_volts_of_its_data_sheet_at_4_096_v(garden: Garden, code: int, volts: float) -> None:
    garden.soil.write_word(0, code)
    assert garden.value("soil") == volts
    assert garden.soil.read_word(1) >> 9 & 0b111 == 0b001, "the gain that `set` asks for stands in the chip"


def test_twins_are_told_apart_by_their_place(garden: Garden) -> None:
    garden.soil.write_word(0, 8000)
    garden.greenhouse.write_word(0, 16000)
    assert (garden.value("soil"), garden.value("greenhouse")) == (1.0, 2.0)


@pytest.mark.parametrize(
    ("nine_bits", "celsius"),
    [(0x0FA, 125.0), (0x032, 25.0), (0x001, 0.5), (0x000, 0.0), (0x1FF, -0.5), (0x1CE, -25.0), (0x192, -55.0)],
)
def test_an_lm75_gives_the_temperatures_of_its_data_sheet(garden: Garden, nine_bits: int, celsius: float) -> None:
    garden.box.write_word(0, nine_bits << 7)
    assert garden.value("box") == celsius


def test_each_tip_of_the_rain_gauge_counts_once_though_its_contact_bounces(garden: Garden) -> None:
    before_mm = garden.value("rain")
    for _ in range(10):
        for level in (False, True, False):
            garden.header.drive("GPIO17", level)
        time.sleep(TIP_S)
        garden.header.drive("GPIO17", True)
        time.sleep(TIP_S)
    assert garden.value("rain") - before_mm == pytest.approx(2.794)


def test_an_a02yyuw_gives_the_distance_of_its_data_sheet_s_frame(garden: Garden) -> None:
    stop = threading.Event()

    def send() -> None:
        while not stop.wait(0.1):
            garden.world.serial("tank").send(bytes.fromhex("ff 07 a1 a7"))

    sending = threading.Thread(target=send)
    sending.start()
    try:
        assert garden.value("tank") == 1953
    finally:
        stop.set()
        sending.join()


@pytest.mark.parametrize(("chip", "channel"), [("bmp280", "air"), ("soil", "soil"), ("box", "box")])
def test_a_sensor_whose_driver_was_away_recovers_within_two_periods(garden: Garden, chip: str, channel: str) -> None:
    garden.soil.write_word(0, 8000)
    driven: I2cChip = getattr(garden, chip)
    before = garden.value(channel)
    driven.unbind()
    lost = garden.next(channel, lambda reading: reading["value"] is None)
    assert lost["quality"] == "failed"
    driven.bind()
    bound_s = time.time()
    back = garden.next(channel, lambda reading: reading["value"] is not None)
    assert back["value"] == before
    assert _at_s(back) - bound_s <= 2 * EVERY_S
