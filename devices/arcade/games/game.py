"""A game, as the cabinet knows it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Game:
    """A game that runs: the name of its file without the ending, and the system or emulator core that plays it."""

    name: str
    system: str
