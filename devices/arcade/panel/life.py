"""The life of one switch in numbers: its presses by how often the contact bounced, when it was new and lately."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import add
from typing import Any, TypeAlias

from devices.arcade.buttons import Button
from devices.device import Json

YOUTH = 500
"""So many first presses are its youth."""
BLOCK = 100
"""Presses are told apart by age in blocks of at least so many."""
BLOCKS = 4
"""Of which the youngest so many are kept: the last of them is being filled, so there are 300 to 400 recent presses."""
RECENT = BLOCK * (BLOCKS - 1)

Bounces: TypeAlias = tuple[int, ...]
"""How many presses had no bounce, one, two, and three or more."""
NONE: Bounces = (0, 0, 0, 0)


def both(one: Sequence[int], other: Sequence[int]) -> Bounces:
    """Their sums."""
    return tuple(map(add, one, other))


def a_press(bounces: Sequence[int]) -> float:
    """Bounces per press, 0 to 3: more than three count as three. 0 without a press."""
    return sum(number * presses for number, presses in enumerate(bounces)) / max(sum(bounces), 1)


@dataclass(frozen=True, slots=True)
class Life:
    """What one switch has gone through since it was fitted."""

    total: Bounces = NONE
    youth: Bounces = NONE
    """Of its first presses."""
    blocks: tuple[Bounces, ...] = ()
    """Of its recent presses, the youngest last."""
    neighbours: Mapping[Button, int] = field(default_factory=dict)
    """How often the player's other switches had been pressed when it was last pressed, or fitted."""

    @property
    def presses(self) -> int:
        """All of them."""
        return sum(self.total)

    @property
    def recent(self) -> Bounces:
        """The sum of its recent presses."""
        found = NONE
        for block in self.blocks:
            found = both(found, block)
        return found

    @property
    def rise(self) -> float:
        """How many bounces a press there are now beyond those of its youth."""
        return a_press(self.recent) - a_press(self.youth)

    def grown(self, bounces: Sequence[int]) -> "Life":
        """With these further presses."""
        if not any(bounces):
            return self
        *full, filling = self.blocks or (NONE,)
        if sum(filling) >= BLOCK:
            full, filling = [*full, filling], NONE
        return replace(
            self,
            total=both(self.total, bounces),
            youth=both(self.youth, bounces) if sum(self.youth) < YOUTH else self.youth,
            blocks=(*full, both(filling, bounces))[-BLOCKS:],
        )

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> "Life":
        """The inverse of `kept`.

        Raises:
            NO_CONTENT of `kept_file.py`: it is none.
        """
        return cls(
            total=_bounces(kept["total"]),
            youth=_bounces(kept["youth"]),
            blocks=tuple(_bounces(block) for block in kept["blocks"])[-BLOCKS:],
            neighbours={Button(button): _count(presses) for button, presses in kept["neighbours"].items()},
        )

    def kept(self) -> Mapping[str, Json]:
        """As it stands in the file."""
        return {
            "total": self.total,
            "youth": self.youth,
            "blocks": self.blocks,
            "neighbours": {str(button): presses for button, presses in self.neighbours.items()},
        }


def _bounces(kept: Any) -> Bounces:
    if not isinstance(kept, list) or len(kept) != len(NONE):
        raise ValueError(f"{kept!r:.40} are no bounces")
    return tuple(_count(presses) for presses in kept)


def _count(kept: Any) -> int:
    if type(kept) is not int or kept < 0:
        raise ValueError(f"{kept!r:.40} is no count")
    return kept
