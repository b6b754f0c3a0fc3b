"""What all kinds of readers have in common: opened, they give the cards that are held to them."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import TypeAlias

from devices.access.card import Card

Trouble: TypeAlias = Callable[[str], None]
"""Is told what a technician should look after although the reader is there; the empty text: all is well."""


class Reader(ABC):
    """One reader."""

    @abstractmethod
    def opened(self, trouble: Trouble) -> AbstractAsyncContextManager[AsyncIterator[Card]]:
        """Hold the hardware while inside, and give each presentation of a card once.

        Raises:
            DeviceOffline: it was unplugged.
            LineBusy, HardwareMissing: it cannot be opened.
        """
