"""Pulses of an acceptor, written as lengths in milliseconds."""

from collections.abc import Iterable, Sequence

from devices.arcade.coins.acceptor import Acceptor, Outcome

START_NS = 5_000_000_000


def ns(milliseconds: float) -> int:
    return round(milliseconds * 1e6)


class Line:
    """What an acceptor makes of a line that is at rest, then active, then at rest, and so on."""

    def __init__(self, acceptor: Acceptor, at_ns: int = START_NS) -> None:
        self.acceptor = acceptor
        self.now_ns = at_ns
        self.outcomes: list[Outcome] = []
        self.active = False

    def stay(self, milliseconds: float) -> None:
        """The level stays; nobody settles meanwhile, as on a loop that is late."""
        self.now_ns += ns(milliseconds)

    def turn(self) -> None:
        self.active = not self.active
        self.outcomes += self.acceptor.edge(self.active, self.now_ns)

    def pulse(self, milliseconds: float) -> None:
        self.turn()
        self.stay(milliseconds)
        self.turn()

    def rest(self, milliseconds: float) -> None:
        """The level stays, and everything is settled when it is due."""
        until_ns = self.now_ns + ns(milliseconds)
        while (due_ns := self.acceptor.deadline_ns) is not None and due_ns <= until_ns:
            self.now_ns = max(due_ns, self.now_ns)
            self.outcomes += self.acceptor.settle(self.now_ns)
        self.now_ns = until_ns


def outcomes_of(acceptor: Acceptor, lengths_ms: Iterable[float], *, quiet_ms: float = 2000) -> Sequence[Outcome]:
    """Active, at rest, active, … for so long each, and quiet at the end."""
    line = Line(acceptor)
    for length_ms in lengths_ms:
        line.turn()
        line.stay(length_ms)
    if line.active:
        line.turn()
    line.rest(quiet_ms)
    return line.outcomes
