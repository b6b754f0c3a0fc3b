"""What `config.yaml` may say of a badge reader: which kind it is, how it is connected, and where its keys are."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Literal, TypeAlias

from devices.options import DURATION, STRICT, About, ChosenBy, Name, Parsed, SecretFile, Within, parse_duration

PortName = Annotated[str, About("Its serial port, such as /dev/alcolab/badges."), Within(pattern=r"^\S+$")]
Away = Annotated[
    Annotated[float, Within(least=0.3, most=60), Parsed(parse_duration, DURATION, "1s")],
    About("A card counts again when it was away for so long."),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class SerialReader:
    """A 125 kHz reader on a serial port."""

    __pydantic_config__ = STRICT
    port: PortName
    away: Away = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rdm6300Reader(SerialReader):
    """Says the card's number again and again while it lies there."""

    type: Annotated[Literal["rdm6300"], About("An RDM6300, for 125 kHz cards of the kind EM4100.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Id12laReader(SerialReader):
    """Says the card's number once."""

    type: Annotated[Literal["id-12la"], About("An ID-12LA (or ID-2LA, ID-20LA), set to ASCII, for the same cards.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class WiegandReader:
    """Two wires, a short pulse on one of them for each bit."""

    __pydantic_config__ = STRICT
    type: Annotated[Literal["wiegand"], About("Any reader with a Wiegand output of 26 or 34 bits.")]
    d0: Annotated[str, About("Line of the wire DATA0 (often green), such as GPIO5."), Within(pattern=r"^\S+$")]
    d1: Annotated[str, About("Line of the wire DATA1 (often white), such as GPIO6."), Within(pattern=r"^\S+$")]
    format: Annotated[Literal[26, 34] | None, About("How many bits it sends; left out, either.")] = None
    away: Away = 1.0


class TextFormat(StrEnum):
    """How a reader that types writes a card."""

    HEX = "hex"
    """The number in hex digits."""
    DECIMAL = "decimal"
    """The number in decimal digits: eight (facility and card) or more."""
    SUN = "sun"
    """The address that an NTAG 424 DNA shows, which proves that it knows its key."""


ParameterName = Annotated[str, Within(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,31}$")]


@dataclass(frozen=True, slots=True, kw_only=True)
class SunParameters:
    """What the parts of a tag's address are called. The defaults are those of most examples and tools."""

    __pydantic_config__ = STRICT
    picc_data: Annotated[ParameterName, About("UID and counter, encrypted.")] = "picc_data"
    uid: Annotated[ParameterName, About("The UID, where it is not encrypted.")] = "uid"
    counter: Annotated[ParameterName, About("The counter, where it is not encrypted.")] = "ctr"
    file_data: Annotated[ParameterName, About("Encrypted file data, where there are any.")] = "enc"
    mac: Annotated[ParameterName, About("The MAC.")] = "cmac"


@dataclass(frozen=True, slots=True, kw_only=True)
class SunOptions:
    """How messages of NTAG 424 DNA tags are read: NXP AN12196, UID and counter, encrypted or not, and a MAC."""

    __pydantic_config__ = STRICT
    key_file: Annotated[
        SecretFile,
        About("File that holds the site's master key for tags, 32 hex digits; each tag's own come from it (AN10922)."),
    ]
    meta_key_file: Annotated[
        SecretFile | None,
        About("File that holds the key of the encrypted PICC data, where it is not derived from the master key."),
    ] = None
    system: Annotated[
        str,
        Within(pattern=r"^(?:[0-9A-Fa-f]{2}){0,24}$"),
        About("System identifier in hex: bytes that follow the UID when a tag's key is derived from the master key."),
    ] = ""
    parameters: Annotated[SunParameters, About("What the parts of a tag's address are called.")] = SunParameters()
    also_at: Annotated[
        tuple[Name, ...], About("Other readers of the site whose counters count here as far as they are heard.")
    ] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SaysText:
    """What it says of a card is a line of text.

    Raises:
        ValueError: the options do not go together.
    """

    __pydantic_config__ = STRICT
    format: Annotated[TextFormat, About("What it says: hex, decimal or sun.")]
    reversed: Annotated[bool, About("It says the bytes of the number last first.")] = False
    sun: Annotated[SunOptions | None, About("For format sun: the keys.")] = None
    away: Away = 1.0

    def __post_init__(self) -> None:
        if self.format is TextFormat.SUN and self.sun is None:
            raise ValueError("format sun needs keys: add sun: {key_file: …}")
        if self.format is not TextFormat.SUN and self.sun is not None:
            raise ValueError(f"sun has keys that format {self.format} does not use: set format: sun")
        if self.format is TextFormat.SUN and self.reversed:
            raise ValueError("a SUN message has no bytes to reverse: leave out reversed")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyboardReader(SaysText):
    """A USB reader that types, or any keyboard."""

    type: Annotated[Literal["keyboard"], About("A USB reader that types what it reads, as a keyboard.")]
    device: Annotated[str, About("Its path (/dev/input/by-id/…) or what the kernel calls it."), Within(pattern=r"\S")]
    format: Annotated[TextFormat, About("What it types: hex, decimal or sun.")] = TextFormat.DECIMAL


@dataclass(frozen=True, slots=True, kw_only=True)
class TextReader(SaysText):
    """A reader on a serial port that writes a line for each card."""

    type: Annotated[Literal["serial-lines"], About("A reader on a serial port that writes a line for each card.")]
    port: PortName
    baudrate: Annotated[int, About("Its speed."), Within(least=1200, most=921_600)] = 115_200
    format: Annotated[TextFormat, About("What it writes: hex, decimal or sun.")] = TextFormat.HEX


@dataclass(frozen=True, slots=True, kw_only=True)
class OsdpReader:
    """OSDP v2 over RS-485, always in its secure channel (IEC 60839-11-5)."""

    __pydantic_config__ = STRICT
    type: Annotated[Literal["osdp"], About("A reader that speaks OSDP v2, with a key of its own.")]
    port: Annotated[
        str, About("Serial port of the RS-485 line; readers with the same one share it."), Within(pattern=r"^\S+$")
    ]
    address: Annotated[int, About("Its address on that line."), Within(least=0, most=126)] = 0
    baudrate: Annotated[Literal[9600, 19200, 38400, 57600, 115200, 230400], About("Speed of the line.")] = 9600
    install: Annotated[
        bool,
        About("Give a new reader its key now: on purpose, and only until it is done; with the reader's default key."),
    ] = False
    away: Away = 1.0


Reader: TypeAlias = Rdm6300Reader | Id12laReader | WiegandReader | KeyboardReader | TextReader | OsdpReader


@dataclass(frozen=True, slots=True, kw_only=True)
class BadgeReaderOptions:
    """A badge reader, beside a door, a machine or the cabinet."""

    __pydantic_config__ = STRICT
    reader: Annotated[Annotated[Reader, ChosenBy("type")], About("Its kind, and how it is connected.")]
    key_file: Annotated[
        SecretFile | None,
        About(
            "File that holds the site's key, or the name of a systemd credential; the same key at every reader of the "
            "site. Left out, this Pi makes one of its own."
        ),
    ] = None
    shows: Annotated[
        Name | None, About("The door or machine whose answers its lamp and buzzer show, if it has them.")
    ] = None
