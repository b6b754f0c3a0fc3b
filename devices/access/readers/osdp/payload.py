"""What stands in the data of a frame that is not encrypted, by names. Keys and PINs are never shown, only their length.

Source: IEC 60839-11-5:2020, clauses 6 (commands) and 7 (replies).
"""

import struct
from collections.abc import Callable, Mapping
from typing import TypeAlias

from devices.access.readers.osdp.codes import CAPABILITIES, NAK_REASONS, CommandCode, ReplyCode
from devices.access.readers.osdp.frame import Frame
from devices.device import Json
from devices.errors import BadFrame

Fields: TypeAlias = Mapping[str, Json]

COLORS = ("black", "red", "green", "amber", "blue", "magenta", "cyan", "white")
WIEGAND = 1
"""The format of RAW whose bits are those of a Wiegand reader, with their parities."""


def payload_of(frame: Frame) -> Fields:
    """The fields of the frame's data; for a code that we know no fields of, the bytes.

    Raises:
        BadFrame: the data do not have the length that the code demands.
    """
    if frame.encrypted:
        return {"encrypted_bytes": len(frame.data)}
    known: Mapping[int, Callable[[bytes], Fields]] = REPLIES if frame.reply else COMMANDS
    if frame.code in known:
        return known[frame.code](frame.data)
    return {"data": frame.data.hex()} if frame.data else {}


def _unpacked(layout: str, data: bytes) -> tuple[int, ...]:
    """The numbers of a payload whose length is fixed."""
    if len(data) != struct.calcsize(layout):
        raise BadFrame(f"its code demands {struct.calcsize(layout)} bytes of data, it has {len(data)}")
    return struct.unpack(layout, data)


def _counted(data: bytes, count: int) -> bytes:
    """The bytes after a header that says how many they are."""
    if len(data) != count:
        raise BadFrame(f"it announces {count} bytes of data after its header, there are {len(data)}")
    return data


def _header(layout: str, data: bytes) -> tuple[tuple[int, ...], bytes]:
    size = struct.calcsize(layout)
    if len(data) < size:
        raise BadFrame(f"its code demands at least {size} bytes of data, it has {len(data)}")
    return struct.unpack(layout, data[:size]), data[size:]


def _nothing(data: bytes) -> Fields:
    _unpacked("", data)
    return {}


def _nak(data: bytes) -> Fields:
    (code,), more = _header("B", data)
    return {"error": code, "reason": NAK_REASONS.get(code, "unknown"), **({"data": more.hex()} if more else {})}


def _identity(data: bytes) -> Fields:
    layout = "<3sBBI3B"
    vendor, model, version, serial, *firmware = struct.unpack(layout, _exactly(layout, data))
    return {
        "vendor": vendor.hex(),
        "model": model,
        "version": version,
        "serial": serial,
        "firmware": ".".join(map(str, firmware)),
    }


def _exactly(layout: str, data: bytes) -> bytes:
    _unpacked(layout, data)
    return data


def _capabilities(data: bytes) -> Fields:
    if len(data) % 3:
        raise BadFrame(f"capabilities come in threes of bytes, these are {len(data)}")
    threes = (data[at : at + 3] for at in range(0, len(data), 3))
    return {CAPABILITIES.get(code, str(code)): {"level": level, "items": items} for code, level, items in threes}


def _local_status(data: bytes) -> Fields:
    tamper, power = _unpacked("2B", data)
    return {"tamper": bool(tamper), "power_failure": bool(power)}


def _each(data: bytes) -> Fields:
    """One byte for each input, output or reader."""
    return {"status": list(data)}


def _raw(data: bytes) -> Fields:
    (reader, card_format, bit_count), card = _header("<BBH", data)
    _counted(card, (bit_count + 7) // 8)
    return {"reader": reader, "format": "wiegand" if card_format == WIEGAND else "unspecified", "bits": bits_of(data)}


def bits_of(raw: bytes) -> str:
    """The bits in the data of a RAW reply, as `0` and `1`."""
    (_, _, bit_count), card = _header("<BBH", raw)
    return f"{int.from_bytes(card):0{8 * len(card)}b}"[:bit_count] if card else ""


def _formatted(data: bytes) -> Fields:
    (reader, direction, count), digits = _header("3B", data)
    text = _counted(digits, count).decode("ascii", errors="backslashreplace")
    return {"reader": reader, "reversed": bool(direction), "text": text}


def _keypad(data: bytes) -> Fields:
    (reader, count), digits = _header("2B", data)
    _counted(digits, count)
    return {"reader": reader, "digits": count}


def _communication(data: bytes) -> Fields:
    address, baudrate = _unpacked("<BI", data)
    return {"address": address, "baudrate": baudrate}


def _outputs(data: bytes) -> Fields:
    if len(data) % 4:
        raise BadFrame(f"outputs come in fours of bytes, these are {len(data)}")
    each = struct.iter_unpack("<BBH", data)
    return {"outputs": [{"output": output, "control": control, "timer": timer} for output, control, timer in each]}


def _led(data: bytes) -> Fields:
    if not data or len(data) % 14:
        raise BadFrame(f"lamps come in fourteens of bytes, these are {len(data)}")
    return {"lamps": [_lamp(struct.unpack("<7BH5B", data[at : at + 14])) for at in range(0, len(data), 14)]}


def _lamp(numbers: tuple[int, ...]) -> Fields:
    reader, lamp, control, on, off, color, dark, timer, permanent, p_on, p_off, p_color, p_dark = numbers
    return {
        "reader": reader,
        "lamp": lamp,
        "temporary": {
            "control": control,
            "on": on,
            "off": off,
            "color": _color(color),
            "off_color": _color(dark),
            "timer": timer,
        },
        "permanent": {
            "control": permanent,
            "on": p_on,
            "off": p_off,
            "color": _color(p_color),
            "off_color": _color(p_dark),
        },
    }


def _color(number: int) -> str:
    return COLORS[number] if number < len(COLORS) else str(number)


def _buzzer(data: bytes) -> Fields:
    reader, tone, on, off, repeat = _unpacked("5B", data)
    return {"reader": reader, "tone": tone, "on": on, "off": off, "repeat": repeat}


def _text(data: bytes) -> Fields:
    (reader, command, seconds, row, column, count), text = _header("6B", data)
    shown = _counted(text, count).decode("ascii", errors="backslashreplace")
    return {"reader": reader, "command": command, "seconds": seconds, "row": row, "column": column, "text": shown}


def _key(data: bytes) -> Fields:
    (kind, count), key = _header("2B", data)
    return {"type": kind, "key_bytes": len(_counted(key, count))}


def _challenge(data: bytes) -> Fields:
    return {"random": _exactly("8s", data).hex()}


def _client_cryptogram(data: bytes) -> Fields:
    client, random, cryptogram = struct.unpack("8s8s16s", _exactly("8s8s16s", data))
    return {"client": client.hex(), "random": random.hex(), "cryptogram_bytes": len(cryptogram)}


def _cryptogram(data: bytes) -> Fields:
    return {"cryptogram_bytes": len(_exactly("16s", data))}


COMMANDS: Mapping[int, Callable[[bytes], Fields]] = {
    CommandCode.POLL: _nothing,
    CommandCode.LSTAT: _nothing,
    CommandCode.OUT: _outputs,
    CommandCode.LED: _led,
    CommandCode.BUZ: _buzzer,
    CommandCode.TEXT: _text,
    CommandCode.COMSET: _communication,
    CommandCode.KEYSET: _key,
    CommandCode.CHLNG: _challenge,
    CommandCode.SCRYPT: _cryptogram,
}
REPLIES: Mapping[int, Callable[[bytes], Fields]] = {
    ReplyCode.ACK: _nothing,
    ReplyCode.NAK: _nak,
    ReplyCode.PDID: _identity,
    ReplyCode.PDCAP: _capabilities,
    ReplyCode.LSTATR: _local_status,
    ReplyCode.ISTATR: _each,
    ReplyCode.OSTATR: _each,
    ReplyCode.RSTATR: _each,
    ReplyCode.RAW: _raw,
    ReplyCode.FMT: _formatted,
    ReplyCode.KEYPAD: _keypad,
    ReplyCode.COM: _communication,
    ReplyCode.CCRYPT: _client_cryptogram,
    ReplyCode.RMAC_I: _cryptogram,
    ReplyCode.BUSY: _nothing,
}
