"""What `config.yaml` may say of a badge reader: which kind it is, how it is connected, and where the site's key is."""

from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

from devices.options import DURATION, STRICT, About, ChosenBy, Parsed, SecretFile, Within, parse_duration


@dataclass(frozen=True, slots=True, kw_only=True)
class SerialReader:
    """A 125 kHz reader on a serial port."""

    __pydantic_config__ = STRICT
    port: Annotated[str, About("Its serial port, such as /dev/alcolab/badges."), Within(pattern=r"^\S+$")]
    away: Annotated[
        Annotated[float, Within(least=0.3, most=60), Parsed(parse_duration, DURATION, "1s")],
        About("A card counts again when it was away for so long."),
    ] = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rdm6300Reader(SerialReader):
    """Says the card's number again and again while it lies there."""

    type: Annotated[Literal["rdm6300"], About("An RDM6300, for 125 kHz cards of the kind EM4100.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Id12laReader(SerialReader):
    """Says the card's number once."""

    type: Annotated[Literal["id-12la"], About("An ID-12LA (or ID-2LA, ID-20LA), set to ASCII, for the same cards.")]


Reader: TypeAlias = Rdm6300Reader | Id12laReader


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
