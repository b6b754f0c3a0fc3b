"""What all kinds of readers have in common: opened, they give the cards that are held to them."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from devices.access.card import Card

Trouble: TypeAlias = Callable[[str], None]
"""Is told what a technician should look after although the reader is there; the empty text: all is well."""


class Answer(StrEnum):
    """What the door or machine beside a reader has decided."""

    GRANTED = "granted"
    DENIED = "denied"


class RefusalReason(StrEnum):
    """Why a badge that was shown is not believed."""

    REPLAYED = "replayed"
    """Its counter has not risen: the message was used before."""
    FORGED = "forged"
    """It does not know the key."""
    REPLAYED_ELSEWHERE = "replayed-elsewhere"
    """Another reader has accepted what was used here before: it was copied or recorded, and is found too late."""
    COUNTER_UNKNOWN = "counter-unknown"
    """The counters were lost; the next message of this badge is believed."""
    COUNTER_NOT_STORED = "counter-not-stored"
    """The disk is full or does not answer: the same message would pass again."""
    UNREADABLE = "unreadable"
    """It is no message of such a badge at all."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A badge that should prove a key, and did not."""

    reason: RefusalReason
    counter: int | None = None


class Reader(ABC):
    """One reader."""

    @abstractmethod
    def opened(self, trouble: Trouble) -> AbstractAsyncContextManager[AsyncIterator[Card | Refusal]]:
        """Hold the hardware while inside, and give each presentation of a card once.

        Raises:
            DeviceOffline: it was unplugged.
            LineBusy, HardwareMissing: it cannot be opened.
        """

    def show(self, answer: Answer) -> None:  # noqa: B027 - most readers have no lamp that we could light
        """Show the answer on its lamp and buzzer, at once and without waiting; while it is not open, nobody sees it."""
