"""How often a password may be guessed: each wrong one makes the next wait longer.

Three counters, because no one of them is enough (OWASP, Authentication Cheat Sheet). One for the account from this
address, up to a quarter of an hour; one for the address, whatever it tries; and one for the account, from wherever,
which many addresses together meet. The last two stay short, and an address from which the account's right password came
before does not meet them; who has waited for the account once is not overtaken by those who try meanwhile. So nobody
can shut the owner of an account out, nor anybody else.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TypeAlias

from hub.web.rate_limit import subscriber

REMEMBERED = 4096
"""Counters, and known addresses; beyond it those that were quiet longest are forgotten."""
FORGET_AFTER_S = 24 * 3600.0

Pair: TypeAlias = tuple[str, str]
"""An account's name, in small letters, and an address."""


@dataclass(frozen=True, slots=True)
class Rule:
    """After `free` wrong passwords the next waits `first_s`, each further one twice as long, up to `most_s`."""

    free: int
    first_s: float
    most_s: float

    def wait_s(self, wrong: int) -> float:
        """How long to wait after so many wrong ones."""
        return 0.0 if wrong < self.free else min(self.most_s, self.first_s * 2.0 ** min(wrong - self.free, 30))


PAIR = Rule(free=4, first_s=2.0, most_s=900.0)
ADDRESS = Rule(free=12, first_s=2.0, most_s=60.0)
ACCOUNT = Rule(free=20, first_s=1.0, most_s=10.0)


@dataclass(slots=True)
class Count:
    wrong: int
    last_s: float


class Throttle:
    """The guesses of the last day; a restart forgets them."""

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._counts: OrderedDict[Hashable, Count] = OrderedDict()
        self._known: OrderedDict[Pair, None] = OrderedDict()
        self._promised_s: OrderedDict[Pair, float] = OrderedDict()
        """When each address that was asked to wait for an account may try."""

    def wait_s(self, account: str, address: str) -> float:
        """How long this attempt has to wait; 0 when it may be made. It is counted as wrong until `right` is called,
        so that many at once gain nothing.
        """
        pair = (account.casefold(), subscriber(address))
        rules = self._rules(*pair)
        wait_s = max(self._turn_s(pair) if rule is ACCOUNT else self._wait_s(key, rule) for key, rule in rules)
        if wait_s <= 0:
            self._promised_s.pop(pair, None)
            for key, _ in rules:
                self._count(key)
        return max(0.0, wait_s)

    def right(self, account: str, address: str) -> None:
        """The password was right: the account's counters begin anew, and the address is known for it."""
        pair = (account.casefold(), subscriber(address))
        for key, rule in self._rules(*pair):
            if rule is not ADDRESS:
                self._counts.pop(key, None)
            elif (count := self._counts.get(key)) is not None:
                count.wrong -= 1  # not forgiven: an account of one's own would buy guesses at the others'
        self._known[pair] = None
        self._known.move_to_end(pair)
        _forget_oldest(self._known)

    def _rules(self, account: str, address: str) -> list[tuple[Hashable, Rule]]:
        pair = (account, address)
        if pair in self._known:
            return [(pair, PAIR)]
        return [(pair, PAIR), (("any account", address, ""), ADDRESS), (account, ACCOUNT)]

    def _turn_s(self, pair: Pair) -> float:
        """How long still until this address may try the account."""
        now_s, wait_s = self._now_s(), self._wait_s(pair[0], ACCOUNT)
        if wait_s <= 0:
            return 0.0
        due_s = self._promised_s.setdefault(pair, now_s + wait_s)
        _forget_oldest(self._promised_s)
        return due_s - now_s

    def _wait_s(self, key: Hashable, rule: Rule) -> float:
        count = self._counts.get(key)
        if count is None or self._now_s() - count.last_s > FORGET_AFTER_S:
            return 0.0
        return count.last_s + rule.wait_s(count.wrong) - self._now_s()

    def _count(self, key: Hashable) -> None:
        count = self._counts.setdefault(key, Count(0, self._now_s()))
        if self._now_s() - count.last_s > FORGET_AFTER_S:
            count.wrong = 0
        count.wrong += 1
        count.last_s = self._now_s()
        self._counts.move_to_end(key)
        _forget_oldest(self._counts)


def _forget_oldest(
    remembered: OrderedDict[Hashable, Count] | OrderedDict[Pair, None] | OrderedDict[Pair, float],
) -> None:
    while len(remembered) > REMEMBERED:
        remembered.popitem(last=False)
