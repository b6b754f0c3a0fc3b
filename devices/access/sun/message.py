"""The message of a tag, as the address of a web page carries it; nothing of it is believed yet."""

import re
from dataclasses import dataclass

from devices.access.options import SunParameters
from devices.errors import BadFrame

LENGTH_AT_MOST = 2048
PICC_DATA = re.compile(r"[0-9A-Fa-f]{32}")
UID = re.compile(r"[0-9A-Fa-f]{14}")
COUNTER = re.compile(r"[0-9A-Fa-f]{6}")
FILE_DATA = re.compile(r"(?:[0-9A-Fa-f]{32})+")
MAC = re.compile(r"[0-9A-Fa-f]{16}")


@dataclass(frozen=True, slots=True)
class Mirrored:
    """UID and counter in plain text."""

    uid: bytes
    counter: int


@dataclass(frozen=True, slots=True)
class Encrypted:
    """UID and counter, encrypted (PICCENCData)."""

    picc_data: bytes


@dataclass(frozen=True, slots=True)
class Message:
    """`signed` is the text that the MAC is of, besides UID and counter."""

    tag: Encrypted | Mirrored
    signed: bytes
    mac: bytes
    file_data: bytes | None


def message_in(text: str, parameters: SunParameters) -> Message:
    """The message in an address, or in what follows its question mark.

    Raises:
        BadFrame: there is none. The message says nothing of the text, which may hold a card's number.
    """
    if len(text) > LENGTH_AT_MOST:
        raise BadFrame("this is longer than any NFC tag's address")
    query = text.strip().partition("#")[0].rpartition("?")[2]
    values = _values(query)
    mac = _hex(values, parameters.mac, MAC)
    if parameters.picc_data in values:
        tag: Encrypted | Mirrored = Encrypted(_hex(values, parameters.picc_data, PICC_DATA))
    elif parameters.uid in values:
        counter = int.from_bytes(_hex(values, parameters.counter, COUNTER))
        tag = Mirrored(_hex(values, parameters.uid, UID), counter)
    else:
        raise BadFrame(f"no message of an NTAG 424 DNA: {parameters.picc_data} or {parameters.uid} is missing")
    if parameters.file_data not in values:
        return Message(tag, b"", mac, None)
    file_data = _hex(values, parameters.file_data, FILE_DATA)
    return Message(tag, _signed(query, parameters), mac, file_data)


def _values(query: str) -> dict[str, str]:
    pairs = [part.partition("=") for part in query.split("&")]
    values = {name: value for name, _, value in pairs}
    if len(values) < len(pairs):
        raise BadFrame("no message of an NTAG 424 DNA: a part of it is there twice")
    return values


def _hex(values: dict[str, str], name: str, form: re.Pattern[str]) -> bytes:
    if not form.fullmatch(value := values.get(name, "")):
        what = "is not as many hex digits as it should be" if value else "is missing"
        raise BadFrame(f"no message of an NTAG 424 DNA: {name} {what}")
    return bytes.fromhex(value)


def _signed(query: str, parameters: SunParameters) -> bytes:
    """From the file data up to the MAC, as tags are personalised that have file data (AN12196, table 5)."""
    text, begin, end = f"&{query}", f"&{parameters.file_data}=", f"&{parameters.mac}="
    return text[text.index(begin) + len(begin) : text.index(end) + len(end)].encode("ascii", errors="replace")
