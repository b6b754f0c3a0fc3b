"""Two opposite directions held at once (simultaneous opposing cardinal directions), as tables.

Up and left are the first direction of their axis, down and right the second.
"""

NEITHER, FIRST, SECOND, FIRST_THEN_SECOND, SECOND_THEN_FIRST = range(5)
"""What is held on an axis, and in which order."""
STATES = 5

PRESSED = (
    (FIRST, FIRST, SECOND_THEN_FIRST, FIRST_THEN_SECOND, SECOND_THEN_FIRST),
    (SECOND, FIRST_THEN_SECOND, SECOND, FIRST_THEN_SECOND, SECOND_THEN_FIRST),
)
"""The state after the first or the second direction is pressed, by the state before."""
RELEASED = (
    (NEITHER, NEITHER, SECOND, SECOND, SECOND),
    (NEITHER, FIRST, NEITHER, FIRST, FIRST),
)
"""The same after it is released."""

Shown = tuple[tuple[bool, bool], ...]
"""Whether the game sees the first and the second direction, by the state."""
_ONE = ((False, False), (True, False), (False, True))
NEUTRAL: Shown = (*_ONE, (False, False), (False, False))
FIRST_DIRECTION: Shown = (*_ONE, (True, False), (True, False))
LAST_WINS: Shown = (*_ONE, (False, True), (True, False))
FIRST_WINS: Shown = (*_ONE, (True, False), (False, True))
BOTH: Shown = (*_ONE, (True, True), (True, True))

POLICIES = {
    "neutral": (NEUTRAL, NEUTRAL),
    "up-priority": (FIRST_DIRECTION, NEUTRAL),
    "last-wins": (LAST_WINS, LAST_WINS),
    "first-wins": (FIRST_WINS, FIRST_WINS),
    "bypass": (BOTH, BOTH),
}
"""For each policy, what is shown of up and down, and of left and right."""


def hat(shown: Shown, state: int) -> int:
    """The value of a hat, -1, 0 or 1. It cannot show both: the direction that came first stays."""
    first, second = shown[state]
    if first and second:
        return -1 if state == FIRST_THEN_SECOND else 1
    return second - first
