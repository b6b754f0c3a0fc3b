"""Which version a policy gets."""

from collections.abc import Iterable

from devices.board.clock import Moment

MOST = 2**52
"""What is heard beyond it is nonsense, or malice: it must not use up the numbers that JSON carries exactly."""


def next_version(last: int | None, heard: Iterable[int], now: Moment) -> int:
    """Higher than `last`, than all that nodes say they have (`heard`), and than the Unix time of a clock that can be
    believed: so that a hub restored from a backup is obeyed even by nodes that it has not heard yet.
    """
    known = [last or 0, *(version for version in heard if 0 <= version < MOST)]
    return max(max(known) + 1, int(now.utc.timestamp()) if now.trusted else 0)
