"""Trying number after number."""

from itertools import count, pairwise

from hypothesis import given
from hypothesis import strategies as st

from devices.policy.attempts import ANSWERED_AT_ONCE, CALM_S, Attempts


def test_the_first_few_are_answered_and_arouse_no_suspicion() -> None:
    attempts = Attempts()
    assert all(attempts.made(float(number), f"{number}") for number in range(ANSWERED_AT_ONCE))
    assert not attempts.suspicious


def test_then_each_answer_is_followed_by_a_longer_silence_up_to_a_minute() -> None:
    attempts = Attempts()
    answered = [step / 10 for step in range(4000) if attempts.made(step / 10, f"{step}")][ANSWERED_AT_ONCE:]
    pauses = [round(after - before, 1) for before, after in pairwise(answered)]
    assert pauses[:6] == [2.0, 4.0, 8.0, 16.0, 32.0, 60.0]
    assert set(pauses[5:]) == {60.0}
    assert attempts.count == 4000


def test_after_five_quiet_minutes_it_is_as_if_nothing_had_been() -> None:
    attempts = Attempts()
    for number in range(100):
        attempts.made(0.0, f"{number}")
    attempts.calm(CALM_S - 1)
    assert attempts.suspicious
    attempts.calm(CALM_S)
    assert (attempts.count, attempts.suspicious) == (0, False)
    assert attempts.made(CALM_S)


def test_one_badge_again_and_again_is_no_guessing_and_fills_no_log_either() -> None:
    attempts = Attempts()
    answered = sum(attempts.made(step / 10, "the same") for step in range(600))
    assert not attempts.suspicious
    assert answered <= ANSWERED_AT_ONCE + 5


@given(st.lists(st.floats(0, 30), max_size=60))
def test_however_quickly_they_come_answers_stay_few(pauses: list[float]) -> None:
    attempts, now_s, answered = Attempts(), 0.0, 0
    for number, pause_s in zip(count(), pauses, strict=False):
        now_s += pause_s
        answered += attempts.made(now_s, f"{number}")
    assert answered <= ANSWERED_AT_ONCE + 5 + now_s / 32
