"""OSDP readers at a simulated RS-485 line: libosdp's own peripheral devices, played by the simulated world."""

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import Any, Literal
from weakref import WeakKeyDictionary

import osdp_sys  # type: ignore[import-not-found]  # a compiled module without types

from devices.access.card import Card
from devices.access.readers.wiegand_frame import bits_of
from devices.board.world import World

LOOK_EVERY_S = 0.005
CAPABILITIES = {
    osdp_sys.CAP_CARD_DATA_FORMAT: 1,
    osdp_sys.CAP_READER_LED_CONTROL: 1,
    osdp_sys.CAP_READER_AUDIBLE_OUTPUT: 1,
    osdp_sys.CAP_COMMUNICATION_SECURITY: 1,
    osdp_sys.CAP_READERS: 1,
}
SHOWN_MOST = 32
WIEGAND_BITS: Literal[34] = 34


@dataclass(frozen=True, slots=True)
class Shown:
    """What the panel wanted of a reader: `lamp` or `buzzer`, and libosdp's fields of the command."""

    what: str
    fields: dict[str, Any]


class SimulatedOsdpReader:
    """One reader. Without a key it is as it comes from the factory, and takes the key that it is given."""

    id = 0

    def __init__(self, address: int, key: bytes | None = None, *, serial: int = 1) -> None:
        self.address = address
        self.key = key
        self.shown: deque[Shown] = deque(maxlen=SHOWN_MOST)
        """The newest last."""
        self.dead = False
        """Whether it hears and says nothing."""
        self._serial = serial
        self._in = b""
        self._out = b""
        self.restart()

    def restart(self) -> None:
        """As after its supply was cut: only its key is still known to it."""
        osdp_sys.set_loglevel(osdp_sys.LOG_EMERG)
        info = {
            "name": "reader",
            "address": self.address,
            "flags": osdp_sys.FLAG_ENFORCE_SECURE if self.key else osdp_sys.FLAG_INSTALL_MODE,
            "scbk": self.key,
            "channel": self,
            "version": 1,
            "model": 1,
            "vendor_code": 0x0A1C0,
            "serial_number": self._serial,
            "firmware_version": 0x010000,
        }
        capabilities = [
            {"function_code": code, "compliance_level": level, "num_items": 1} for code, level in CAPABILITIES.items()
        ]
        self._device = osdp_sys.PeripheralDevice(info, capabilities=capabilities)
        self._device.set_command_callback(self._commanded)

    def hold(self, card: Card) -> bool:
        """A card is held to it, whose lowest 32 bits it reads; whether it could remember that for the next poll."""
        bits = bits_of(card, WIEGAND_BITS)
        return self.reads(bits)

    def reads(self, bits: str, *, card_format: int = osdp_sys.CARD_FMT_RAW_WIEGAND) -> bool:
        """It reads these bits."""
        padded = bits.ljust(-(-len(bits) // 8) * 8, "0")
        return self._submit(
            {
                "event": osdp_sys.EVENT_CARDREAD,
                "reader_no": 0,
                "direction": 0,
                "format": card_format,
                "length": len(bits),
                "data": int(padded, 2).to_bytes(len(padded) // 8),
            }
        )

    def reports(self, *, tampered: bool = False, power_failed: bool = False) -> bool:
        """It reports how it is."""
        report = bytes([tampered, power_failed])
        return self._submit({"event": osdp_sys.EVENT_STATUS, "type": osdp_sys.STATUS_REPORT_LOCAL, "report": report})

    def hears(self, data: bytes) -> bytes:
        """What comes over the line to all of them, and what it answers."""
        if self.dead:
            return b""
        self._in += data
        self._device.refresh()
        answer, self._out = self._out, b""
        return answer

    def read(self, most: int) -> bytes:
        data, self._in = self._in[:most], self._in[most:]
        return data

    def write(self, data: bytes) -> int:
        self._out += data
        return len(data)

    def flush(self) -> None:
        self._in = b""

    def _submit(self, event: dict[str, Any]) -> bool:
        return bool(self._device.submit_event(event))

    def _commanded(self, command: dict[str, Any]) -> tuple[int, None]:
        match command["command"]:
            case osdp_sys.CMD_KEYSET:
                self.key = bytes(command["data"])
            case osdp_sys.CMD_LED:
                self.shown.append(Shown("lamp", command))
            case osdp_sys.CMD_BUZZER:
                self.shown.append(Shown("buzzer", command))
        # A new tuple each time: the binding takes a reference to what is in it that nobody gave it.
        return tuple([0, None])  # type: ignore[return-value]  # noqa: C409


class SimulatedLine:
    """The readers at one simulated line; whoever plays one of them moves all."""

    def __init__(self, world: World, port: str) -> None:
        self._wire = world.serial(port)
        self.readers: list[SimulatedOsdpReader] = []

    def reader(self, address: int) -> SimulatedOsdpReader:
        """The reader with this address, which stays at the wall, with its key, whoever plays it."""
        for reader in self.readers:
            if reader.address == address:
                return reader
        self.readers.append(SimulatedOsdpReader(address))
        return self.readers[-1]

    async def run(self) -> None:
        """Play until cancelled."""
        while True:
            self.look()
            await asyncio.sleep(LOOK_EVERY_S)

    def look(self) -> None:
        """All hear what was sent to the line meanwhile, and answer."""
        data = self._wire.received()
        for reader in self.readers:
            if answer := reader.hears(data):
                self._wire.send(answer)


_lines: WeakKeyDictionary[World, dict[str, SimulatedLine]] = WeakKeyDictionary()


def simulated_line(world: World, port: str) -> SimulatedLine:
    """The line at this port of the world, the same for all who ask."""
    lines = _lines.setdefault(world, {})
    if port not in lines:
        lines[port] = SimulatedLine(world, port)
    return lines[port]
