"""The simulated outside of one Pi."""

import os
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from devices.board.world import Fault, World
from devices.errors import AlcolabError
from tests.devices.board.bench import opened


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path / "world")
    yield world
    world.close()


class Stopwatch:
    """A monotonic clock that a test turns by hand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr("devices.board.world.time.monotonic", lambda: self.now)


@pytest.fixture
def stopwatch(monkeypatch: pytest.MonkeyPatch) -> Stopwatch:
    return Stopwatch(monkeypatch)


def test_the_day_begins_before_sunrise_in_amiens(tmp_path: Path) -> None:
    begins = World(tmp_path).time()
    assert (begins.hour, begins.minute) == (6, 30)
    assert begins.utcoffset() == timedelta(hours=1)


def test_time_runs_at_the_chosen_speed_and_days_follow_each_other(tmp_path: Path, stopwatch: Stopwatch) -> None:
    world = World(tmp_path, speed=60)
    begins = world.time()
    stopwatch.now += 60
    assert world.time() - begins == timedelta(hours=1)
    stopwatch.now += 24 * 60
    assert world.time() - begins == timedelta(hours=25)
    assert world.time().hour == 7


def test_a_change_of_speed_makes_time_run_on_from_where_it_stands(tmp_path: Path, stopwatch: Stopwatch) -> None:
    world = World(tmp_path, speed=3600)
    begins = world.time()
    stopwatch.now += 1
    world.speed = 1
    stopwatch.now += 1
    assert world.time() - begins == timedelta(seconds=3601)


def test_an_attribute_is_never_seen_half_written(world: World) -> None:
    texts = ["1" * 4000, "2" * 4000]
    world.attribute("bus/value", texts[0])
    seen: set[str] = set()
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            seen.add((world.sysfs / "bus/value").read_text())

    reader = threading.Thread(target=read)
    reader.start()
    for n in range(500):
        world.attribute("bus/value", texts[n % 2])
    stop.set()
    reader.join()
    assert seen <= set(texts)


def test_a_reader_of_a_hanging_attribute_waits_and_gets_the_next_text(world: World) -> None:
    world.attribute("bus/value", "old")
    world.hang("bus/value")
    world.hang("bus/value")  # saying it twice does nothing
    got: list[str] = []
    reader = threading.Thread(target=lambda: got.append((world.sysfs / "bus/value").read_text()))
    reader.start()
    reader.join(0.1)
    assert reader.is_alive()
    world.attribute("bus/value", "new")
    reader.join(5)
    assert got == ["new"]
    assert (world.sysfs / "bus/value").read_text() == "new"


def test_a_reader_of_a_hanging_attribute_is_let_go_when_it_is_removed(world: World) -> None:
    world.hang("bus/device0/value")
    reader = threading.Thread(target=(world.sysfs / "bus/device0/value").read_text)
    reader.start()
    time.sleep(0.05)
    world.remove("bus/device0")
    reader.join(5)
    assert not reader.is_alive()
    assert not (world.sysfs / "bus/device0").exists()


def test_removing_what_is_not_there_does_nothing(world: World) -> None:
    world.remove("bus/nothing")


def test_a_single_attribute_can_be_removed(world: World) -> None:
    world.attribute("bus/device0/name", "x")
    world.attribute("bus/device0/value", "1")
    world.remove("bus/device0/value")
    assert [entry.name for entry in (world.sysfs / "bus/device0").iterdir()] == ["name"]


def test_a_world_starts_empty_whatever_one_before_it_left(tmp_path: Path) -> None:
    before = World(tmp_path)
    before.attribute("bus/value", "1")
    before.hang("bus/hanging")
    wire = before.serial("/dev/alcolab/tank")
    after = World(tmp_path)
    assert not list(after.sysfs.iterdir())
    assert not os.path.lexists(after.serial_path("/dev/alcolab/tank"))
    wire.unplug()


def test_nothing_leaks_from_a_hundred_changes(world: World) -> None:
    before = opened()
    for _ in range(100):
        world.hang("bus/value")
        world.attribute("bus/value", "1")
        world.serial("tank").plug()
        world.serial("tank").unplug()
    assert opened() == before


def test_two_ports_never_share_a_place(world: World) -> None:
    ports = ["/dev/alcolab/tank", "dev/alcolab/tank", "/dev/alcolab-tank", "socket://host:1", "..", "%2F"]
    places = {world.serial_path(port) for port in ports}
    assert len(places) == len(ports)
    assert {place.parent for place in places} == {world.serial_path("x").parent}


def test_a_wire_that_is_unplugged_takes_and_gives_nothing(world: World) -> None:
    wire = world.serial("tank")
    wire.unplug()
    wire.unplug()
    wire.send(b"lost")
    assert wire.received() == b""
    assert not wire.plugged


def test_what_a_scene_offers_can_be_broken_and_repaired(world: World) -> None:
    world.offer("bed/air")
    assert dict(world.targets) == {"bed/air": None}
    world.play("bed/air", Fault.HANG)
    assert world.fault("bed/air") is Fault.HANG
    world.offer("bed/air")  # a scene that starts again does not repair
    assert world.fault("bed/air") is Fault.HANG
    world.mend("bed/air")
    assert world.fault("bed/air") is None


def test_what_is_no_longer_offered_cannot_be_broken(world: World) -> None:
    world.offer("bed/air")
    world.play("bed/air", Fault.HANG)
    world.withdraw("bed/air")
    assert dict(world.targets) == {}
    assert world.fault("bed/air") is None


def test_nobody_else_changes_the_faults(world: World) -> None:
    world.offer("bed/air")
    with pytest.raises(TypeError):
        world.targets["bed/air"] = Fault.HANG  # type: ignore[index]  # that is the point


@pytest.mark.parametrize("change", [lambda world, target: world.play(target, Fault.HANG), World.mend])
def test_an_unknown_target_is_refused_with_the_one_that_was_meant(world: World, change: object) -> None:
    assert callable(change)
    world.offer("vegetable-patch/air-temperature")
    with pytest.raises(AlcolabError, match="did you mean vegetable-patch/air-temperature"):
        change(world, "vegetable-patch/air-temprature")
    with pytest.raises(AlcolabError, match="there is: vegetable-patch/air-temperature"):
        change(world, "zzz")
