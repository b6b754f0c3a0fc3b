"""How brightly each lamp shines, from what is so and the time. Pure.

Nothing flashes more than once a second, a third of what WCAG 2.3.1 allows for the sake of people with photosensitive
epilepsy; a lamp that follows a press stays lit for a moment, so that hammering on a button is no stroboscope either.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from devices.arcade.buttons import Button
from devices.arcade.options import LampOptions, Shows

FRAME_S = 0.05
"""While a lamp's brightness glides, it is set so often."""
AFTERGLOW_S = 0.4
"""A lamp stays lit for so long from the last press: it goes out at most 2.5 times a second."""
BLINK_S = 1.0
"""From one time that a lamp goes on to the next: half of it lit, half dark."""
BREATH_S = 4.0
"""From one breath to the next."""
PULSE_S = 2.0
"""The same of the marquee when the turn ends."""
ATTRACT_S = 24.0
"""How long one attract pattern is shown."""
QUIET = 0.2
"""How bright marquee and attract patterns are in quiet hours."""


class Phase(StrEnum):
    """What goes on at the cabinet."""

    IDLE = "idle"
    """Nobody plays: the lamps invite."""
    PLAYING = "playing"
    ENDING = "ending"
    """The last minute of a turn, and its grace."""
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Mood:
    """What is so, as far as the lamps show it."""

    phase: Phase = Phase.IDLE
    coin_awaited: bool = False
    """A coin would be taken, and is what is missing."""
    credits: int = 0
    may_start: frozenset[int] = frozenset()
    """Players, from 1, who can press start now."""
    playing: frozenset[int] = frozenset()
    """Players whose turn it is."""
    quiet: bool = False
    """It is a quiet hour."""


@dataclass(frozen=True, slots=True)
class Light:
    """From 0.0, dark, to 1.0; it stays so until `until_s`, on the clock that was asked with."""

    brightness: float
    until_s: float = math.inf


DARK = Light(0.0)
LIT = Light(1.0)


def light_of(lamps: Sequence[LampOptions], index: int, mood: Mood, now_s: float, pressed_at_s: float | None) -> Light:
    """What lamp `index` shows. `pressed_at_s`: when its switch was last pressed; infinite while it is held."""
    lamp = lamps[index]
    if lamp.shows is Shows.MARQUEE:
        return _marquee(mood, now_s)
    if lamp.shows is Shows.COIN:
        return _coin(mood, now_s)
    if pressed_at_s is not None and now_s < pressed_at_s + AFTERGLOW_S:
        return Light(1.0, pressed_at_s + AFTERGLOW_S)
    if lamp.button is Button.START and lamp.player in mood.may_start:
        return blinking(now_s)
    if lamp.button is Button.START and lamp.player in mood.playing:
        return blinking(now_s) if mood.phase is Phase.ENDING else LIT
    if mood.phase is Phase.IDLE:
        return _attracting(index / len(lamps), mood, now_s)
    return DARK


def _marquee(mood: Mood, now_s: float) -> Light:
    if mood.phase is Phase.CLOSED:
        return DARK
    most = QUIET if mood.quiet else 1.0
    if mood.phase is Phase.ENDING:
        return gliding(most * (0.3 + 0.7 * wave(now_s / PULSE_S)), now_s)
    return Light(most)


def _coin(mood: Mood, now_s: float) -> Light:
    if mood.phase is Phase.CLOSED:
        return DARK
    if mood.coin_awaited:
        return gliding(0.1 + 0.9 * wave(now_s / BREATH_S), now_s)
    return LIT if mood.credits else DARK


def _attracting(place: float, mood: Mood, now_s: float) -> Light:
    """One calm pattern after the other; each begins and ends dark, so that none cuts another off."""
    number, at_s = divmod(now_s, ATTRACT_S)
    pattern = ATTRACT[int(number) % len(ATTRACT)]
    envelope = min(1.0, at_s / BREATH_S, (ATTRACT_S - at_s) / BREATH_S)
    return gliding((QUIET if mood.quiet else 1.0) * envelope * pattern(place, at_s), now_s)


def breath(_: float, at_s: float) -> float:
    """All lamps together grow light and dark."""
    return wave(at_s / BREATH_S)


def tide(place: float, at_s: float) -> float:
    """Light passes from the first lamp to the last, again and again."""
    return wave(at_s / BREATH_S - place)


def lantern(place: float, at_s: float) -> float:
    """One light wanders along the lamps, to the end and back."""
    where = wave(at_s / ATTRACT_S * 2)
    return max(0.0, 1.0 - 4.0 * abs(where - place))


ATTRACT: Sequence[Callable[[float, float], float]] = (breath, tide, lantern)
"""From a lamp's place among the lamps, 0 to 1, and the seconds since the pattern began, to its brightness."""


def wave(turns: float) -> float:
    """From 0 to 1 and back in one turn, gently."""
    return 0.5 - 0.5 * math.cos(2 * math.pi * turns)


def gliding(brightness: float, now_s: float) -> Light:
    """A brightness that changes all the time."""
    return Light(brightness, (math.floor(now_s / FRAME_S) + 1) * FRAME_S)


def blinking(now_s: float) -> Light:
    """Lit and dark in turn."""
    half = math.floor(now_s / (BLINK_S / 2))
    return Light(1.0 if half % 2 == 0 else 0.0, (half + 1) * BLINK_S / 2)
