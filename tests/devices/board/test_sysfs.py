"""What every board does with the kernel's sensor drivers. The trees have the shape of a real Pi's."""

import asyncio
import errno
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from devices.board.blocking import BlockingCalls
from devices.board.sysfs import SysfsTree
from devices.errors import DeviceOffline, HardwareMissing, NoReply
from tests.devices.board.bench import Bench

ROOT = Path(__file__).parents[3]
SENSOR = "bus/iio/devices/iio:device0"


@pytest.fixture
def sensor(bench: Bench) -> Path:
    bench.world.attribute(f"{SENSOR}/name", "bmp280\n")
    bench.world.attribute(f"{SENSOR}/in_temp_input", "21500\n")
    return bench.world.sysfs / SENSOR


@pytest.fixture
def tree(tmp_path: Path) -> SysfsTree:
    return SysfsTree(tmp_path, BlockingCalls())


def i2c_device(root: Path, address: str, subsystem: str, number: int, name: str) -> None:
    """A device as the kernel lays it out: below its parents, and linked into its class or bus."""
    parent = root / "devices/platform/soc/fe804000.i2c/i2c-1" / address
    own = parent / (f"iio:device{number}" if subsystem == "iio" else f"hwmon/hwmon{number}")
    own.mkdir(parents=True)
    (own / "name").write_text(f"{name}\n")
    (own / "device").symlink_to(parent)
    listing = root / ("bus/iio/devices" if subsystem == "iio" else "class/hwmon")
    listing.mkdir(parents=True, exist_ok=True)
    (listing / own.name).symlink_to(own)


async def test_a_sensor_is_found_by_the_name_that_its_driver_gives_it(bench: Bench, sensor: Path) -> None:
    assert await bench.board.sysfs.find("iio", "bmp280") == sensor


async def test_an_attribute_is_read_as_text(bench: Bench, sensor: Path) -> None:
    assert await bench.board.sysfs.read(sensor / "in_temp_input") == "21500\n"


async def test_each_read_sees_the_value_of_now(bench: Bench, sensor: Path) -> None:
    for text in ("21500\n", "21750\n"):
        bench.world.attribute(f"{SENSOR}/in_temp_input", text)
        assert await bench.board.sysfs.read(sensor / "in_temp_input") == text


async def test_an_empty_attribute_is_empty_not_an_error(bench: Bench, sensor: Path) -> None:
    bench.world.attribute(f"{SENSOR}/in_temp_input", "")
    assert await bench.board.sysfs.read(sensor / "in_temp_input") == ""


async def test_bytes_that_are_no_text_do_no_harm(bench: Bench, sensor: Path) -> None:
    (sensor / "in_temp_input").write_bytes(b"\xff\x002")
    assert (await bench.board.sysfs.read(sensor / "in_temp_input")).endswith("2")


async def test_an_attribute_is_set_and_shorter_text_leaves_nothing_of_the_longer(bench: Bench, sensor: Path) -> None:
    bench.world.attribute(f"{SENSOR}/in_voltage0_scale", "0.187500\n")
    await bench.board.sysfs.write(sensor / "in_voltage0_scale", "0.125")
    assert await bench.board.sysfs.read(sensor / "in_voltage0_scale") == "0.125"


async def test_a_missing_attribute_is_said_with_the_one_that_was_meant(bench: Bench, sensor: Path) -> None:
    with pytest.raises(DeviceOffline, match="no attribute in_tmp_input; did you mean in_temp_input"):
        await bench.board.sysfs.read(sensor / "in_tmp_input")


async def test_writing_creates_no_attribute(bench: Bench, sensor: Path) -> None:
    with pytest.raises(DeviceOffline, match="it has in_temp_input, name"):
        await bench.board.sysfs.write(sensor / "zzz", "1")
    assert not (sensor / "zzz").exists()


async def test_a_sensor_that_disappears_is_offline_and_may_come_back(bench: Bench, sensor: Path) -> None:
    bench.world.remove(SENSOR)
    with pytest.raises(DeviceOffline, match="is gone: plug the sensor in again"):
        await bench.board.sysfs.read(sensor / "in_temp_input")
    with pytest.raises(DeviceOffline, match="there is no iio device bmp280"):
        await bench.board.sysfs.find("iio", "bmp280")
    bench.world.attribute(f"{SENSOR}/name", "bmp280\n")
    assert await bench.board.sysfs.find("iio", "bmp280") == sensor


async def test_a_read_that_hangs_ends_at_its_deadline_and_is_not_tried_again_before_it_returns(
    bench: Bench, sensor: Path
) -> None:
    bench.world.hang(f"{SENSOR}/in_temp_input")
    before = time.monotonic()
    with pytest.raises(NoReply, match="in_temp_input did not answer in time"):
        await bench.board.sysfs.read(sensor / "in_temp_input", deadline_s=0.1)
    assert time.monotonic() - before < 2
    with pytest.raises(NoReply, match="still hangs since"):
        await bench.board.sysfs.read(sensor / "in_temp_input", deadline_s=0.1)
    bench.world.attribute(f"{SENSOR}/in_temp_input", "1\n")
    async with asyncio.timeout(5):
        while True:
            try:
                assert await bench.board.sysfs.read(sensor / "in_temp_input") == "1\n"
                break
            except NoReply:
                await asyncio.sleep(0.01)


async def test_a_hanging_read_is_freed_when_the_sensor_is_pulled_out(bench: Bench, sensor: Path) -> None:
    bench.world.hang(f"{SENSOR}/in_temp_input")
    reading = asyncio.create_task(bench.board.sysfs.read(sensor / "in_temp_input"))
    await asyncio.sleep(0.05)
    bench.world.remove(SENSOR)
    assert await reading == ""


@pytest.mark.alone
@pytest.mark.parametrize("bench", ["simulated"], indirect=True)  # an emulated processor is not timed
async def test_twenty_reads_that_hang_delay_another_by_milliseconds_only(bench: Bench, sensor: Path) -> None:
    for n in range(20):
        bench.world.hang(f"{SENSOR}/in_voltage{n}_raw")
    hanging = [
        asyncio.create_task(bench.board.sysfs.read(sensor / f"in_voltage{n}_raw", deadline_s=30)) for n in range(20)
    ]
    await asyncio.sleep(0)
    before = time.monotonic()
    await bench.board.sysfs.read(sensor / "in_temp_input")
    assert time.monotonic() - before < 0.5
    before = time.monotonic()
    for _ in range(100):
        await bench.board.sysfs.read(sensor / "in_temp_input")
    assert (time.monotonic() - before) / 100 < 0.01
    bench.world.remove(SENSOR)
    await asyncio.gather(*hanging)


@pytest.mark.parametrize("bench", ["simulated"], indirect=True)  # an emulated processor is not timed
async def test_a_thousand_reads_start_no_further_threads(bench: Bench, sensor: Path) -> None:
    await bench.board.sysfs.read(sensor / "in_temp_input")
    before = threading.active_count()
    for _ in range(1000):
        await bench.board.sysfs.read(sensor / "in_temp_input")
    assert threading.active_count() <= before + 1


EXIT = """
import asyncio, sys
from pathlib import Path
from devices.board.pi import PiBoard
from devices.errors import NoReply

async def main(fifo):
    board = PiBoard(fifo.parent)
    try:
        await board.sysfs.read(fifo, deadline_s=0.1)
    except NoReply:
        print("gave up")

asyncio.run(main(Path(sys.argv[1])))
"""


def test_a_read_that_hangs_does_not_delay_the_exit(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "hangs")
    command = [sys.executable, "-c", EXIT, str(tmp_path / "hangs")]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=10, check=True)
    assert ended.stdout == "gave up\n"


async def test_the_searched_name_must_be_the_whole_name(tree: SysfsTree, tmp_path: Path) -> None:
    i2c_device(tmp_path, "1-0076", "iio", 0, "bme280")
    with pytest.raises(DeviceOffline, match="no iio device bme2, only: bme280 at 1-0076"):
        await tree.find("iio", "bme2")


async def test_twins_are_told_apart_by_the_device_they_hang_on(tree: SysfsTree, tmp_path: Path) -> None:
    i2c_device(tmp_path, "1-0048", "iio", 0, "ads1015")
    i2c_device(tmp_path, "1-0049", "iio", 1, "ads1015")
    assert (await tree.find("iio", "ads1015", at="1-0049")).name == "iio:device1"
    with pytest.raises(DeviceOffline, match="2 iio devices are called ads1015: choose one by `at`: 1-0048, 1-0049"):
        await tree.find("iio", "ads1015")
    with pytest.raises(DeviceOffline, match="no iio device ads1015 at 1-0050, only: ads1015 at 1-0048, ads1015 at"):
        await tree.find("iio", "ads1015", at="1-0050")


async def test_hardware_monitors_are_found_through_their_class(tree: SysfsTree, tmp_path: Path) -> None:
    i2c_device(tmp_path, "1-0048", "hwmon", 0, "lm75")
    i2c_device(tmp_path, "1-004f", "hwmon", 1, "lm75")
    assert (await tree.find("hwmon", "lm75", at="1-004f")).name == "hwmon1"


@pytest.mark.parametrize(("subsystem", "listing"), [("iio", "bus/iio/devices"), ("hwmon", "class/hwmon")])
async def test_in_a_tree_of_plain_folders_the_device_link_tells_twins_apart(
    tree: SysfsTree, tmp_path: Path, subsystem: str, listing: str
) -> None:
    for number, address in enumerate(("1-0048", "1-0049")):
        (tmp_path / "bus/i2c/devices" / address).mkdir(parents=True)
        own = tmp_path / listing / f"device{number}"
        own.mkdir(parents=True)
        (own / "name").write_text("twin\n")
        (own / "device").symlink_to(tmp_path / "bus/i2c/devices" / address)
    assert (await tree.find(subsystem, "twin", at="1-0049")).name == "device1"


async def test_in_a_tree_of_plain_folders_the_listing_by_address_tells_twins_apart(
    tree: SysfsTree, tmp_path: Path
) -> None:
    for number, address in enumerate(("1-0048", "1-0049")):
        (tmp_path / "bus/i2c/devices" / address / f"iio:device{number}").mkdir(parents=True)
        own = tmp_path / f"bus/iio/devices/iio:device{number}"
        own.mkdir(parents=True)
        (own / "name").write_text("twin\n")
    assert (await tree.find("iio", "twin", at="1-0049")).name == "iio:device1"


async def test_one_wire_sensors_are_found_by_their_number(tree: SysfsTree, tmp_path: Path) -> None:
    (tmp_path / "bus/w1/devices/28-000005e2fdc3").mkdir(parents=True)
    (tmp_path / "bus/w1/devices/w1_bus_master1").mkdir()
    found = await tree.find("w1", "28-000005e2fdc3")
    assert found.name == "28-000005e2fdc3"
    with pytest.raises(DeviceOffline, match=r"only: 28-000005e2fdc3 at .*dtoverlay=w1-gpio"):
        await tree.find("w1", "28-000005e2fdd7")


async def test_where_there_is_no_driver_at_all_the_overlay_and_the_doctor_are_named(tree: SysfsTree) -> None:
    with pytest.raises(DeviceOffline, match=r"only: none.*dtoverlay=i2c-sensor,bmp280.*alcolab doctor"):
        await tree.find("iio", "bmp280")


async def test_an_attribute_that_this_user_may_not_read_asks_for_the_doctor(
    tree: SysfsTree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(*_: object) -> int:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr("devices.board.sysfs.os.open", denied)
    with pytest.raises(HardwareMissing, match="alcolab doctor"):
        await tree.read(tmp_path / "secret")


@pytest.mark.parametrize(
    ("number", "advice"),
    [
        ("EIO", "check its wiring and power"),
        ("EREMOTEIO", "wiring, power and address"),
        ("ENODEV", "plug it in again"),
        ("EAGAIN", "has no value yet"),
        ("ENOMEM", "Cannot allocate memory"),
    ],
)
async def test_what_a_driver_answers_becomes_advice(
    tree: SysfsTree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: str, advice: str
) -> None:
    def fails(*_: object) -> bytes:
        code = getattr(errno, number)
        raise OSError(code, os.strerror(code))

    (tmp_path / "in_temp_input").write_text("1")
    monkeypatch.setattr("devices.board.sysfs.os.read", fails)
    with pytest.raises(DeviceOffline, match=f"in_temp_input: .*{advice}"):
        await tree.read(tmp_path / "in_temp_input")


async def test_a_value_that_the_driver_refuses_is_said_with_those_it_takes(
    tree: SysfsTree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(*_: object) -> int:
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))

    (tmp_path / "in_voltage0_scale").write_text("1")
    (tmp_path / "in_voltage_scale_available").write_text("3 2 1 0.5\n")
    monkeypatch.setattr("devices.board.sysfs.os.write", refuses)
    with pytest.raises(DeviceOffline, match=r"does not take '7'; it takes 3 2 1 0\.5"):
        await tree.write(tmp_path / "in_voltage0_scale", "7")


async def test_a_folder_is_no_attribute(tree: SysfsTree, tmp_path: Path) -> None:
    with pytest.raises(DeviceOffline, match="not an attribute"):
        await tree.read(tmp_path)


async def test_a_search_that_was_given_up_does_not_stop_another(bench: Bench, sensor: Path) -> None:
    bench.world.hang("bus/iio/devices/iio:device1/name")
    search = asyncio.create_task(bench.board.sysfs.find("iio", "bmp280"))
    await asyncio.sleep(0.02)
    bench.world.remove("bus/iio/devices/iio:device1")
    assert await search == sensor
