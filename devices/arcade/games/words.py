"""What the cabinet says on the emulator's own screen: French first, then English.

Emulators draw Latin letters only, one line, for seconds. The cabinet's full-screen page says the same in every language
of the house, with pictures (`/arcade/<cabinet>/screen`).
"""

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    "one-minute": "Bientôt fini : {seconds} secondes · Almost over: {seconds} seconds",
    "finish": "C'est fini ! La partie est gardée dans {seconds} s · Time is up! Your game is saved in {seconds} s",
    "join-in": "À deux c'est mieux : START pour jouer ensemble · Press START to play together",
}
"""Kind of message → its words; others are not for who is playing."""


def words(kind: str, seconds: float | None) -> str | None:
    """The line for a message; None where the emulator's screen says nothing."""
    line = WORDS.get(kind)
    return None if line is None else line.format(seconds=0 if seconds is None else round(seconds))
