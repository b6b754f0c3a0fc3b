"""A game, as the cabinet knows it."""

from dataclasses import dataclass

LOOPBACK = "127.0.0.1"
"""Emulators play on this machine, and are asked nowhere else."""


@dataclass(frozen=True, slots=True)
class Game:
    """A game that runs: the name of its file without the ending, and the system or emulator core that plays it."""

    name: str
    system: str
