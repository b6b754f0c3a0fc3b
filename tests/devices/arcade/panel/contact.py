"""A contact that wears out as contacts do, behind the real debouncing, and the panel of which it is a part."""

import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from devices.arcade.buttons import Button
from devices.arcade.input.counters import SwitchCounters
from devices.arcade.input.process.debounce import Contact
from devices.arcade.options import CabinetOptions
from devices.arcade.panel.life import NONE, Bounces, Life, both
from devices.arcade.panel.lives import Lives
from devices.arcade.panel.wear import Switch

WINDOW_MS = 5.0
MS = 1_000_000
HELD_MS, APART_MS = 80, 250
AT_ONCE = 100
"""Presses between two looks at the counters."""


@dataclass(slots=True)
class WearingSwitch:
    """Its bounces grow from `new` to `old` a press and last from `rests_ms` to `rests_old_ms` (means) as it wears.

    `wear` is 0 in a new switch, 1 in one at the end of its life, in which a press may also make no contact at all.
    """

    random: Random
    new: float = 0.6
    old: float = 8.0
    rests_ms: float = 0.5
    rests_old_ms: float = 4.0
    wear: float = 0.0
    lost: int = 0
    doubled: int = 0
    _contact: Contact = field(default_factory=lambda: Contact(round(WINDOW_MS * MS), False))
    _now_ns: int = 0

    def press(self) -> Bounces:
        """A finger goes down and up; the presses that were counted, by their bounces."""
        counted = NONE
        if self.random.random() < max(self.wear - 0.8, 0.0):
            self.lost += 1
            return counted
        for closed, lasts_ms in ((True, HELD_MS), (False, APART_MS)):
            for active, at_ns in self._edges(closed):
                before = self._counted_if_pressed()
                if self._contact.edge(active, at_ns):
                    counted = both(counted, before)
            before = self._counted_if_pressed()
            if self._contact.look(closed, self._now_ns + round(lasts_ms * MS / 2)):
                counted = both(counted, before)
            self._now_ns += lasts_ms * MS
        self.doubled += sum(counted) > 1
        return counted

    def _counted_if_pressed(self) -> Bounces:
        """What the end of the present window counts, as the input process does."""
        return tuple(int(self._contact.active and min(self._contact.bounces, 3) == n) for n in range(4))

    def _edges(self, closed: bool) -> Iterator[tuple[bool, int]]:
        yield closed, self._now_ns
        mean = self.new + (self.old - self.new) * self.wear
        rests_ms = self.rests_ms + (self.rests_old_ms - self.rests_ms) * self.wear
        bounces = poisson(self.random, mean)
        within_ms = self.random.gammavariate(8, rests_ms / 8)
        times = sorted(self.random.uniform(0, within_ms) for _ in range(2 * bounces))
        for n, after_ms in enumerate(times):
            yield closed is (n % 2 == 1), self._now_ns + round(after_ms * MS)


def poisson(random: Random, mean: float) -> int:
    """Knuth's method."""
    limit, number, product = math.exp(-mean), 0, random.random()
    while product > limit:
        number, product = number + 1, product * random.random()
    return number


def pressed(random: Random, mean: float, presses: int) -> Bounces:
    """So many presses of a switch with so many bounces a press on average."""
    shares = [math.exp(-mean) * mean**n / math.factorial(n) for n in range(3)]
    drawn = random.choices(range(4), [*shares, max(1 - sum(shares), 0)], k=presses)
    return tuple(drawn.count(n) for n in range(4))


class Panel:
    """Switches that are pressed as their counters tell, each with its own mean number of bounces a press."""

    def __init__(self, random: Random, means: Mapping[Switch, float]) -> None:
        players = tuple({b: f"{p}-{b}" for of, b in means if of == p} for p in sorted({p for p, _ in means}))
        self._lives = Lives(CabinetOptions(players=players), Path("/nowhere"))
        self._counted = dict.fromkeys(means, NONE)
        self._random = random
        self.means = dict(means)

    @property
    def lives(self) -> Mapping[Switch, Life]:
        return self._lives.all

    def play(self, presses: int, *, more: float = 0.0, besides: Collection[Switch] = ()) -> None:
        """Each switch is pressed so often, and bounces `more` than usual; `besides` are not pressed."""
        for done in range(0, presses, AT_ONCE):
            for switch, mean in self.means.items():
                if switch not in besides:
                    self._add(switch, pressed(self._random, max(mean + more, 0.0), min(AT_ONCE, presses - done)))
            self._count()

    def press(self, switch: Switch, bounces: Bounces) -> None:
        self._add(switch, bounces)
        self._count()

    def renew(self, switch: Switch) -> None:
        self._lives.renew(*switch)

    def _add(self, switch: Switch, bounces: Bounces) -> None:
        self._counted[switch] = both(self._counted[switch], bounces)

    def _count(self) -> None:
        self._lives.count(
            {switch: SwitchCounters(sum(bounces), bounces) for switch, bounces in self._counted.items() if any(bounces)}
        )


def panel(random: Random, *means: float, buttons: tuple[Button, ...]) -> Panel:
    """Two players; the switches have these means one after the other, again and again."""
    switches = [(player, button) for player in (1, 2) for button in buttons]
    return Panel(random, {switch: means[n % len(means)] for n, switch in enumerate(switches)})
