"""What the screen says: one thing that holds, and now and then something for a moment."""

from dataclasses import dataclass

from devices.arcade.turns.effects import Announce, Message
from devices.arcade.turns.tickets import Ticket

MOMENT_S = 6.0


@dataclass(frozen=True, slots=True)
class Notice:
    """A message, and the time of which it gives the remaining seconds."""

    kind: Message
    ticket: Ticket | None = None
    until_s: float | None = None

    def said(self, now_s: float) -> Announce:
        return Announce(self.kind, self.ticket, None if self.until_s is None else max(0.0, self.until_s - now_s))


class Screen:
    """Says each thing once."""

    def __init__(self) -> None:
        self.moment_until_s: float | None = None
        self._shown: Notice | None = None

    def for_a_moment(self, notice: Notice, now_s: float) -> Announce | None:
        """Say this for some seconds; None where it is being said already."""
        if self._shown is not None and notice.kind is self._shown.kind and notice.ticket is self._shown.ticket:
            return None
        self._shown, self.moment_until_s = notice, now_s + MOMENT_S
        return notice.said(now_s)

    def holds(self, notice: Notice, now_s: float, *, urgent: bool) -> Announce | None:
        """From now on it is so; None where that is said already or, unless `urgent`, for the rest of a moment."""
        if self.moment_until_s is not None and now_s < self.moment_until_s and not urgent:
            return None
        self.moment_until_s = None
        if notice == self._shown:
            return None
        self._shown = notice
        return notice.said(now_s)
