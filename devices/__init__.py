"""The catalogue: every type of device that `config.yaml` can name, and nothing found by magic.

A family is imported only when the configuration asks for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from devices.device import Device


@dataclass(frozen=True, slots=True)
class DeviceType:
    """One type of device: where its class is, and the scene that plays its outside world on a simulated board."""

    about: str
    module: str
    device: str
    scene: str
    """`module:class` of the family's scene."""

    def load(self) -> "type[Device[Any]]":
        """Import the family and return the device's class."""
        loaded: type[Device[Any]] = getattr(import_module(self.module), self.device)
        return loaded

    def load_scene(self) -> Any:
        """Import the scene; only where a board is simulated."""
        module, _, name = self.scene.partition(":")
        return getattr(import_module(module), name)


CATALOGUE: Mapping[str, DeviceType] = {
    "arcade": DeviceType(
        about="An arcade cabinet: joysticks and buttons, coins, turns and queue, lamps, games.",
        module="devices.arcade.cabinet",
        device="Cabinet",
        scene="devices.arcade.scene:ArcadeScene",
    ),
    "badge-reader": DeviceType(
        about="A badge reader, beside a door, a machine or the arcade cabinet: what is held to it, without the number.",
        module="devices.access.badge_reader",
        device="BadgeReader",
        scene="devices.access.scene:BadgeReaderScene",
    ),
    "door": DeviceType(
        about="A door: badges, strike or magnet, contact, exit button; decides by itself who may pass.",
        module="devices.access.door.door",
        device="Door",
        scene="devices.access.door.scene:DoorScene",
    ),
    "garden": DeviceType(
        about="A bed, tank or weather station of the garden: sensors, each with its own period and calibration.",
        module="devices.garden.bed",
        device="GardenBed",
        scene="devices.garden.scene:GardenScene",
    ),
    "machine": DeviceType(
        about="A machine behind an interlock: who may use it, how long, and what needs maintenance.",
        module="devices.machines.machine",
        device="Machine",
        scene="devices.machines.scene:MachineScene",
    ),
}

FRAMES: Mapping[str, str] = {
    "w1": "devices.garden.sensors.w1:decode",
    "a02yyuw": "devices.garden.sensors.uart_distance:decode",
    "rdm6300": "devices.access.readers.serial_frame:decode_rdm6300",
    "id-12la": "devices.access.readers.serial_frame:decode_id_12la",
    "wiegand": "devices.access.readers.wiegand_frame:decode",
    "osdp": "devices.access.readers.osdp.decode:decode",
    "sun": "devices.access.sun.decode:decode",
    "serial-line": "devices.garden.sensors.serial_lines:decode",
}
"""What `alcolab decode` understands: kind → `module:function`, from text to the JSON fields of one frame.

What else the function takes, as keywords, are the command's options of the same name.
"""
