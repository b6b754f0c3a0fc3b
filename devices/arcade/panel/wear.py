"""Which switches wear out, and which never speak: a judgement from their counts alone.

A contact wears by burning: its bounces become more and longer, over thousands of presses. Harm is done when a bounce
outlasts the debounce window (a press counts twice), or when the contact no longer closes (a press is lost). Their
*number* within the window rises long before. So a switch is worn when its recent presses bounce more

- than its own first ones, because switches of different makes differ more from new than some do from worn. What its
  siblings have risen meanwhile is taken off, because dust, damp and cold come to all of them; a rise of twice the
  margin counts by itself, because a whole panel may also be old;
- or much more than those of its siblings (all players' switches of its kind), because a switch may have been old
  already when counting began. The margin is wide: a healthy panel may have several makes.

The margins are no matter of chance. Bounces per press are counted from 0 to 3, so their standard deviation is at most
1.5, and the mean of 300 recent presses lies off by 0.11 at most, against 500 of its youth: half a bounce is over four
and a half standard errors for the most erratic contact there can be, and over eight for a real one.

A switch that wears does not heal, but dirt burns off. It is well again clearly below a margin: nothing flickers.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from statistics import median
from typing import TypeAlias

from devices.arcade.buttons import DIRECTIONS, Button
from devices.arcade.panel.life import BLOCK, BLOCKS, RECENT, YOUTH, Life, a_press

Switch: TypeAlias = tuple[int, Button]
"""Of a player, from 1."""

RISE = 0.5
"""Bounces a press more than in its youth."""
ABOVE_OTHERS = 1.25
"""Bounces a press more than its siblings."""
SLACK = 0.25
"""Once found worn, it is well again when it is below a margin by so much."""
OTHERS_LEAST = 3
"""Fewer siblings say nothing about what is usual."""
SILENT_AFTER = 3000
"""Presses of at least three quarters of the player's other switches of its kind, none of its own: a game that needs
only half of the buttons leaves several silent."""
SILENT_OTHERS_LEAST = 2

_SMALL = frozenset({Button.START, Button.SELECT, Button.MODE})
_KINDS = (DIRECTIONS, _SMALL, frozenset(Button) - DIRECTIONS - _SMALL)
KIND: Mapping[Button, frozenset[Button]] = {button: kind for kind in _KINDS for button in kind}
"""The buttons whose switches are alike, and pressed alike: joystick, small buttons, all others."""


@dataclass(frozen=True, slots=True)
class _Measure:
    """A switch's bounces a press: `lately`, and how many more these are than in its youth, if that is past."""

    lately: float
    rise: float | None


def worn(lives: Mapping[Switch, Life], already: Collection[Switch] = ()) -> Mapping[Switch, str]:
    """Which switches are worn, and why; `already` were found so before. One with few presses is not judged."""
    measures = {switch: _measure(life) for switch, life in lives.items() if sum(life.recent) >= RECENT}
    found = {}
    for switch, measure in measures.items():
        others = [of for other, of in measures.items() if other != switch and other[1] in KIND[switch[1]]]
        if why := _why(measure, others, SLACK if switch in already else 0.0):
            found[switch] = f"it bounces {why}; fit a new switch before it fails"
    return found


def silent(lives: Mapping[Switch, Life]) -> Mapping[Switch, str]:
    """Which switches are never pressed, while their player's others of their kind are pressed and pressed."""
    found = {}
    for switch, life in lives.items():
        nearby = neighbours(switch, lives).items()
        meanwhile = sorted(presses - life.neighbours.get(near, 0) for near, presses in nearby)
        if len(meanwhile) >= SILENT_OTHERS_LEAST and meanwhile[len(meanwhile) // 4] >= SILENT_AFTER:
            when = "no longer" if life.presses else "never"
            found[switch] = f"{when} pressed, its neighbours {SILENT_AFTER} times: is its wire loose? press it to see"
    return found


def neighbours(switch: Switch, lives: Mapping[Switch, Life]) -> Mapping[Button, int]:
    """How often its player's other switches of its kind have been pressed."""
    player, button = switch
    return {near: lives[player, near].presses for near in KIND[button] - {button} if (player, near) in lives}


def _measure(life: Life) -> _Measure:
    lately = a_press(life.recent)
    is_past = life.presses >= YOUTH + BLOCKS * BLOCK
    return _Measure(lately, lately - a_press(life.youth) if is_past else None)


def _why(of: _Measure, others: Collection[_Measure], slack: float) -> str | None:
    """How a switch bounces too much, if it does: more than a margin, less `slack`."""
    if of.rise is not None:
        rises = [other.rise for other in others if other.rise is not None]
        usual = max(median(rises), 0.0) if len(rises) >= OTHERS_LEAST else 0.0
        if of.rise - usual > RISE - slack or of.rise > 2 * RISE - slack:
            return f"more and more: {of.lately:.1f} times a press, {of.lately - of.rise:.1f} when it was new"
    if len(others) >= OTHERS_LEAST:
        usual = median(other.lately for other in others)
        if of.lately - usual > ABOVE_OTHERS - slack:
            return f"more than its like: {of.lately:.1f} times a press, the others {usual:.1f}"
    return None
