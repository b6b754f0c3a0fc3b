"""Somebody who tries number after number at one reader is slowed down there; members and other readers are not.

The first few attempts are answered as they come. Then each answer is followed by a longer silence, in which attempts
are counted and no more, so that neither the log nor those who read it drown. A badge that is known is never kept
waiting: who guesses a number has made a copy, and against copies only `requires: crypto` helps.
"""

ANSWERED_AT_ONCE = 5
SILENCE_S = 2.0
"""The first one; each is twice as long as the one before."""
SILENCE_MOST_S = 60.0
CALM_S = 300.0
"""Without an attempt for so long, all is forgotten."""


class Attempts:
    """Unknown badges at one reader, or orders that nobody signed. Times are monotonic."""

    def __init__(self) -> None:
        self.count = 0
        """Since it was last calm; the same badge again and again counts once."""
        self._tries = 0
        self._last: str | None = None
        self._last_s = float("-inf")
        self._silent_until = float("-inf")
        self._silence_s = SILENCE_S

    @property
    def suspicious(self) -> bool:
        """Whether somebody should look after it."""
        return self.count > ANSWERED_AT_ONCE

    def made(self, now_s: float, badge: str | None = None) -> bool:
        """Another one; gives whether it is to be answered. `badge`: the credential, where one is known."""
        self.calm(now_s)
        self._tries += 1
        if badge is None or badge != self._last:
            self.count += 1
        self._last, self._last_s = badge, now_s
        if now_s < self._silent_until:
            return False
        if self._tries > ANSWERED_AT_ONCE:
            self._silent_until = now_s + self._silence_s
            self._silence_s = min(2 * self._silence_s, SILENCE_MOST_S)
        return True

    def calm(self, now_s: float) -> None:
        """Forget them all, if there was nothing for long enough."""
        if now_s - self._last_s >= CALM_S:
            self.count, self._tries, self._last = 0, 0, None
            self._silent_until, self._silence_s = float("-inf"), SILENCE_S
