"""Guessing gets slower and slower, for whoever guesses and for nobody else."""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from hub.web.login.throttle import ACCOUNT, ADDRESS, PAIR, REMEMBERED, Rule, Throttle

OWNER, GUESSER = "192.0.2.1", "198.51.100.7"


@dataclass(slots=True)
class Clock:
    s: float = 1000.0

    def __call__(self) -> float:
        return self.s


def guesses(throttle: Throttle, clock: Clock, *, account: str = "amina", address: str = GUESSER, seconds: float) -> int:
    """How many wrong passwords somebody can try in so many seconds, who tries again as soon as possible."""
    until, tried = clock.s + seconds, 0
    while clock.s < until:
        wait_s = throttle.wait_s(account, address)
        tried += wait_s == 0
        clock.s += max(wait_s, 0.01)
    return tried


def test_a_few_wrong_passwords_cost_nothing() -> None:
    throttle = Throttle(Clock())
    assert [throttle.wait_s("amina", OWNER) for _ in range(PAIR.free)] == [0.0] * PAIR.free
    assert throttle.wait_s("amina", OWNER) > 0


def test_each_further_one_waits_twice_as_long_up_to_a_quarter_of_an_hour() -> None:
    clock = Clock()
    throttle = Throttle(clock)
    waited = []
    for _ in range(PAIR.free + 14):
        if (wait_s := throttle.wait_s("amina", OWNER)) > 0:
            waited.append(wait_s)
            clock.s += wait_s
            assert throttle.wait_s("amina", OWNER) == 0
    assert waited[:4] == [2, 4, 8, 16]
    assert waited[-1] == PAIR.most_s == 900


def test_a_day_of_guessing_from_one_address_gets_nowhere() -> None:
    clock = Clock()
    assert guesses(Throttle(clock), clock, seconds=86_400) < 130


def test_trying_many_accounts_from_one_address_is_slow_too() -> None:
    clock = Clock()
    throttle = Throttle(clock)
    tried = 0
    for number in range(1000):
        wait_s = throttle.wait_s(f"account-{number}", GUESSER)
        clock.s += wait_s
        tried += wait_s == 0
    assert tried <= ADDRESS.free + (1000 - ADDRESS.free) // 2 + 1
    assert clock.s - 1000 > 400 * ADDRESS.most_s


def test_whoever_guesses_does_not_lock_the_others_out() -> None:
    clock = Clock()
    throttle = Throttle(clock)
    guesses(throttle, clock, seconds=3600)
    assert throttle.wait_s("bruno", OWNER) == 0


def test_nor_the_owner_of_the_account_at_another_address() -> None:
    clock = Clock()
    throttle = Throttle(clock)
    guesses(throttle, clock, seconds=3600)
    assert throttle.wait_s("amina", OWNER) <= ACCOUNT.most_s


def test_nor_by_many_addresses_that_never_stop() -> None:
    """Whoever was asked to wait for the account comes next, however many others try at the same moment."""
    clock = Clock()
    throttle = Throttle(clock)
    attackers = [f"198.51.{number // 250}.{number % 250}" for number in range(2000)]
    for address in attackers[:1000]:
        throttle.wait_s("amina", address)
    wait_s = throttle.wait_s("amina", OWNER)
    assert 0 < wait_s <= ACCOUNT.most_s
    for address in attackers[1000:]:
        clock.s += wait_s / 1000
        throttle.wait_s("amina", address)
    clock.s += 0.01
    assert throttle.wait_s("amina", OWNER) == 0


def test_many_addresses_together_never_keep_the_owner_waiting_who_was_here_before() -> None:
    clock = Clock()
    throttle = Throttle(clock)
    assert throttle.wait_s("amina", OWNER) == 0
    throttle.right("amina", OWNER)
    for number in range(500):
        throttle.wait_s("amina", f"198.51.100.{number % 250}")
    assert throttle.wait_s("amina", "203.0.113.9") > 0
    assert throttle.wait_s("amina", OWNER) == 0


def test_the_right_password_begins_the_count_anew() -> None:
    throttle = Throttle(Clock())
    for _ in range(PAIR.free):
        throttle.wait_s("amina", OWNER)
    throttle.right("amina", OWNER)
    assert throttle.wait_s("amina", OWNER) == 0


def test_an_account_of_ones_own_buys_no_guesses_at_the_others() -> None:
    clock = Clock()
    throttle = Throttle(clock)
    throttle.wait_s("mallory", GUESSER)
    throttle.right("mallory", GUESSER)
    for number in range(ADDRESS.free):
        assert throttle.wait_s(f"account-{number}", GUESSER) == 0
        throttle.wait_s("mallory", GUESSER)
        throttle.right("mallory", GUESSER)
    assert throttle.wait_s("amina", GUESSER) > 0


def test_many_at_once_gain_nothing() -> None:
    """Each attempt counts when it begins, not when its password was found wrong."""
    throttle = Throttle(Clock())
    assert sum(throttle.wait_s("amina", GUESSER) == 0 for _ in range(50)) == PAIR.free


def test_a_network_of_ipv6_is_one_address() -> None:
    throttle = Throttle(Clock())
    assert sum(throttle.wait_s("amina", f"2001:db8::{number:x}") == 0 for number in range(50)) == PAIR.free


def test_a_name_in_other_letters_is_the_same_name() -> None:
    throttle = Throttle(Clock())
    assert sum(throttle.wait_s(name, GUESSER) == 0 for name in ("Amina", "AMINA", "amina") * 5) == PAIR.free


def test_a_flood_of_names_costs_no_memory() -> None:
    clock = Clock()
    throttle = Throttle(clock)
    for number in range(REMEMBERED + 500):
        throttle.wait_s(f"account-{number}", f"10.{number // 65536}.{number // 256 % 256}.{number % 256}")
    assert len(throttle._counts) == REMEMBERED


@given(st.integers(0, 10_000))
def test_a_wait_is_never_shorter_after_one_more_and_never_endless(wrong: int) -> None:
    rule = Rule(free=4, first_s=2.0, most_s=900.0)
    assert 0 <= rule.wait_s(wrong) <= rule.wait_s(wrong + 1) <= 900
