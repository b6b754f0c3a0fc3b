"""What a radio node's sequence numbers tell: lines heard twice, lines lost, a node that started again."""

import time
from collections import deque
from dataclasses import dataclass

from devices.garden.sensors.radio_line import SEQUENCES

LOST_MOST = 1000
"""A larger jump ahead is a node that started again, not so many lines lost."""
REPEATED_WITHIN_S = 10.0
"""Relays and gateways repeat a line within seconds; the same number later is a node that started again."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One number, and when it was heard."""

    sequence: int
    at_s: float


class SequenceWatch:
    """Follows the sequence of one node."""

    def __init__(self) -> None:
        self.lost = 0
        """Lines that the node has sent and nobody heard."""
        self._recent: deque[Heard] = deque(maxlen=16)

    def is_new(self, sequence: int, at_s: float | None = None) -> bool:
        """Whether a line with this number says something new; counts the lines lost before it.

        The last number heard is never new, however late it comes again: a gateway that repeats its last line for
        ever must not make an old value look fresh.
        """
        now_s = time.monotonic() if at_s is None else at_s
        if self._is_repeated(sequence, now_s):
            return False
        if self._recent:
            ahead = (sequence - self._recent[-1].sequence) % SEQUENCES
            self.lost += ahead - 1 if ahead <= LOST_MOST else 0
        self._recent.append(Heard(sequence, now_s))
        return True

    def _is_repeated(self, sequence: int, now_s: float) -> bool:
        if self._recent and self._recent[-1].sequence == sequence:
            return True
        return any(heard.sequence == sequence and now_s - heard.at_s <= REPEATED_WITHIN_S for heard in self._recent)
