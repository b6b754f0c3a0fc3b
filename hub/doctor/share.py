"""What one Pi's share of the lab needs: its configuration, its broker, and the hardware that its devices need."""

import grp
import os
import shutil
import socket
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from devices import CATALOGUE
from devices.arcade.options import CabinetOptions
from devices.board.board import CONSUMER, Claim
from devices.board.chips import find_line
from devices.board.gpio_request import holder_of, read_chips
from devices.errors import AlcolabError, BadConfig, HardwareMissing
from devices.machines.options import MachineOptions
from devices.secret import read_secret
from hub.config import read_lab
from hub.config.problems import listed, unknown
from hub.doctor import arcade, machines
from hub.doctor.finding import Finding, good, missing, warning
from hub.lab import BoardKind, DeviceEntry, Lab, ServiceName

BROKER_WITHIN_S = 3.0
OVERLAY = "add the line dtoverlay={} to /boot/firmware/config.txt and restart; then check the wires"
OVERLAYS = {
    "w1": OVERLAY.format("w1-gpio"),
    "iio": OVERLAY.format("i2c-sensor,CHIP (such as bme280)"),
    "hwmon": OVERLAY.format("i2c-sensor,CHIP (such as lm75)"),
}
FOLDERS = {"w1": "bus/w1/devices", "iio": "bus/iio/devices", "hwmon": "class/hwmon"}


def examined(config: Path, node: str, root: Path) -> Iterator[Finding]:
    try:
        lab = read_lab(config, node=node)
    except BadConfig as error:
        errors = str(error).splitlines()
        yield missing("configuration", f"{len(errors)} wrong: {errors[0]}", f"alcolab check {config}")
        return
    if node not in lab.nodes:
        advice = "give one with --node, or set this host's name with `sudo hostnamectl set-hostname NAME`"
        yield missing("node", unknown("node", node, lab.nodes), advice)
        return
    devices = lab.devices_of(node)
    yield good("configuration", f"{config}; {node} has the devices {listed(devices)}")
    yield from _broker(lab, node)
    if lab.nodes[node].board == BoardKind.PI:
        claims = [claim for entry in devices.values() for claim in _device(entry).claims(entry.options)]
        yield from _lines(claims, root)
        yield from _serial_ports(claims)
        yield from _kernel_sensors(devices, lab.nodes[node].sysfs)
        for entry in devices.values():
            if isinstance(entry.options, CabinetOptions):
                yield from arcade.examined(entry.options, root)
            elif isinstance(entry.options, MachineOptions):
                yield from machines.examined(entry.name, entry.options, root)


def _device(entry: DeviceEntry) -> Any:
    return CATALOGUE[entry.type].load()


def _broker(lab: Lab, node: str) -> Iterator[Finding]:
    broker = lab.broker
    if ServiceName.BROKER in lab.nodes[node].services:
        if found := shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin"):
            yield good("mosquitto", found)
        else:
            yield warning("mosquitto", "not installed: a slower broker is used", "sudo apt install mosquitto")
    if broker.password_file:
        try:
            read_secret(broker.password_file)
        except AlcolabError as error:
            yield missing("password", str(error), "see docs/technician.md, Secrets")
    yield _reached(broker.host, broker.port or (8883 if broker.tls else 1883))


def _reached(host: str, port: int) -> Finding:
    try:
        with socket.create_connection((host, port), timeout=BROKER_WITHIN_S):
            return good("broker", f"answers at {host}:{port}")
    except OSError as error:
        advice = "is the hub on, and the network? Readings are kept until it is back"
        return warning("broker", f"no connection to {host}:{port}: {error.strerror or error}", advice)


def _lines(claims: Iterable[Claim], root: Path) -> Iterator[Finding]:
    if not (lines := [claim.name for claim in claims if claim.kind == "line"]):
        return
    try:
        chips = read_chips(root / "dev")
        places = {line: find_line(line, chips) for line in lines}
    except HardwareMissing as error:
        denied = isinstance(error.__cause__, PermissionError)
        yield missing("GPIO", str(error), _join_group("gpio") if denied else f"the configuration needs {listed(lines)}")
        return
    found = [f"{line} is line {at.offset} of {at.chip.label} ({at.chip.path})" for line, at in places.items()]
    yield good("GPIO", "; ".join(found))
    for line, at in places.items():
        if (who := holder_of(at)) not in {None, CONSUMER}:
            yield warning(line, f"is held by {who}", "stop that program, or use another line")


def _serial_ports(claims: Iterable[Claim]) -> Iterator[Finding]:
    for port in (claim.name for claim in claims if claim.kind == "serial" and "://" not in claim.name):
        if not Path(port).exists():
            known = listed(sorted(str(path) for path in Path("/dev/serial/by-id").glob("*")))
            advice = f"is it plugged in? Found: {known}. A fixed name comes from a udev rule, see docs/technician.md"
            yield missing("serial port", f"there is no {port}", advice)
        elif not os.access(port, os.R_OK | os.W_OK):
            yield missing("serial port", f"no right to open {port}", _join_group("dialout"))
        else:
            yield good("serial port", port)


def _join_group(name: str) -> str:
    try:
        members = grp.getgrnam(name).gr_mem
    except KeyError:
        return f"there is no group {name} here: is this Raspberry Pi OS?"
    if os.environ.get("USER") in members:
        return f"you are in the group {name}, but not yet: log out and in again"
    return f"sudo usermod -aG {name} $USER, then log out and in again"


def _kernel_sensors(devices: Mapping[str, DeviceEntry], sysfs: Path) -> Iterator[Finding]:
    """The drivers that sensors of the garden read through sysfs."""
    from devices.garden.options import GardenOptions, KernelSensor, W1Sensor

    wanted: dict[str, set[str]] = {}
    for entry in devices.values():
        for sensor in entry.options.sensors.values() if isinstance(entry.options, GardenOptions) else ():
            if isinstance(sensor, KernelSensor):
                wanted.setdefault(sensor.type, set()).add(sensor.name)
            elif isinstance(sensor, W1Sensor):
                wanted.setdefault("w1", set()).add(sensor.id)
    for subsystem, names in wanted.items():
        there = _names(sysfs / FOLDERS[subsystem])
        if lacking := sorted(names - there):
            found = f"the kernel has no {listed(lacking)}; it has: {listed(sorted(there))}"
            yield missing(f"{subsystem} sensors", found, OVERLAYS[subsystem])
        else:
            yield good(f"{subsystem} sensors", listed(sorted(names)))


def _names(folder: Path) -> set[str]:
    """What the kernel calls the devices in a folder: the content of their `name` files, or the folders' own names."""
    if not folder.is_dir():
        return set()
    return {
        (each / "name").read_text(errors="replace").strip() if (each / "name").is_file() else each.name
        for each in folder.iterdir()
    }
