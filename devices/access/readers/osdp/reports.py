"""What a reader reports in its secure channel, from libosdp's events."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import osdp_sys  # type: ignore[import-not-found]  # a compiled module without types

from devices.access.card import Card
from devices.access.readers.osdp.card import card_of_bits, card_of_text
from devices.access.readers.reader import Refusal, RefusalReason
from devices.errors import BadFrame


@dataclass(frozen=True, slots=True)
class CardReport:
    """A card was held to it. `data`: bits, the highest first, or characters."""

    data: bytes = field(repr=False)
    bits: int | None
    """How many of the data's bits are the card's; None where they are characters."""

    def card(self) -> Card | Refusal:
        try:
            if self.bits is None:
                return card_of_text(self.data.decode("ascii", errors="replace"))
            return card_of_bits("".join(f"{byte:08b}" for byte in self.data)[: self.bits])
        except BadFrame:
            return Refusal(RefusalReason.UNREADABLE)


@dataclass(frozen=True, slots=True)
class StatusReport:
    """How the reader itself is."""

    tampered: bool
    power_failed: bool

    @property
    def problem(self) -> str:
        said = [
            "the reader reports tampering: look whether it was opened or torn off" if self.tampered else "",
            "the reader reports a failure of its power: check its supply" if self.power_failed else "",
        ]
        return "; ".join(filter(None, said))


Report: TypeAlias = CardReport | StatusReport


def report_of(event: Mapping[str, Any]) -> Report | None:
    """None for what nobody here wants to know, such as keys that were pressed."""
    match event["event"]:
        case osdp_sys.EVENT_CARDREAD:
            text = event["format"] == osdp_sys.CARD_FMT_ASCII
            return CardReport(bytes(event["data"]), None if text else event["length"])
        case osdp_sys.EVENT_STATUS if event["type"] == osdp_sys.STATUS_REPORT_LOCAL and len(event["report"]) >= 2:
            return StatusReport(tampered=bool(event["report"][0]), power_failed=bool(event["report"][1]))
    return None
