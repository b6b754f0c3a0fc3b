"""A card's number, in the one form that all readers give it."""

from dataclasses import dataclass, field

from devices.policy.rules import Strength

SHORT_DIGITS, LONG_DIGITS = 10, 14
"""Hex digits of a number of up to five bytes, and of one of up to seven."""


@dataclass(frozen=True, slots=True)
class Card:
    """What a reader has read. `number` never leaves the process that reads it, and never shows in a log.

    It is the number that the reader gives, as hex in capitals, filled with zeros to ten digits, or to fourteen where it
    has more: the same for whatever reader reads it, however that says it (bits, bytes, decimal digits). A reader that
    reads only a part of the number, as 24 bits over Wiegand, reads another number.
    """

    number: str = field(repr=False)
    strength: Strength = Strength.UID
    counter: int | None = None
    """How often a tag that counts has been read, as it says in a message that proves its key."""

    @classmethod
    def numbered(cls, number: int) -> "Card":
        """The card with this number, which is not negative."""
        digits = SHORT_DIGITS if number < 16**SHORT_DIGITS else LONG_DIGITS
        return cls(f"{number:0{digits}X}")

    @property
    def facility(self) -> int:
        """The first half of what is printed as 008,27885: bits 16 to 23 of the number."""
        return int(self.number, 16) >> 16 & 0xFF

    @property
    def card(self) -> int:
        """The second half of what is printed as 008,27885: the lowest 16 bits of the number."""
        return int(self.number, 16) & 0xFFFF

    @property
    def printed(self) -> tuple[str, ...]:
        """As it is printed on cards: facility and card with a comma, and without it, and 32 bits in decimal."""
        both = f"{self.facility:03d}{self.card:05d}"
        return f"{both[:3]},{both[3:]}", both, f"{int(self.number, 16) & 0xFFFFFFFF:010d}"
