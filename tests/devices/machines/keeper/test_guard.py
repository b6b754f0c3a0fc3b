"""Whether the relay may be on, over everything that can be said to a keeper."""

from hypothesis import given
from hypothesis import strategies as st

from devices.machines.keeper.process.codes import ASKED, LIMIT, SILENCE_NS, SILENT
from devices.machines.keeper.process.guard import Guard

SECOND = 1_000_000_000
FAR = 10**18


def on(now: int = SECOND, *, epoch: int = 1, until: int = FAR) -> Guard:
    guard = Guard()
    guard.hear(epoch, now, until, now)
    assert guard.on
    return guard


def test_it_is_off_until_somebody_wants_it_on() -> None:
    guard = Guard()
    guard.look(SECOND)
    assert not guard.on


def test_silence_ends_it_and_says_so() -> None:
    guard = on()
    guard.look(SECOND + SILENCE_NS - 1)
    assert guard.on
    guard.look(SECOND + SILENCE_NS)
    assert (guard.on, guard.why) == (False, SILENT)


def test_its_limit_ends_it_though_beats_come() -> None:
    guard = on(until=2 * SECOND)
    guard.hear(1, 2 * SECOND - 1, 2 * SECOND, 2 * SECOND - 1)
    guard.look(2 * SECOND)
    assert (guard.on, guard.why) == (False, LIMIT)


def test_whoever_wants_it_off_has_it_off() -> None:
    guard = on()
    guard.hear(1, SECOND + 1, 0, SECOND + 1)
    assert (guard.on, guard.why) == (False, ASKED)


def test_no_beat_of_an_epoch_that_has_ended_turns_it_on() -> None:
    guard = on()
    guard.look(10 * SECOND)
    guard.hear(1, 10 * SECOND, FAR, 10 * SECOND)
    assert not guard.on
    guard.hear(2, 11 * SECOND, FAR, 11 * SECOND)
    assert guard.on


def test_a_stale_beat_one_from_the_future_and_one_that_is_repeated_change_nothing() -> None:
    guard = Guard()
    guard.hear(1, SECOND, FAR, SECOND + SILENCE_NS)
    assert not guard.on
    guard.hear(1, 2 * SECOND, FAR, SECOND)
    assert not guard.on
    guard = on()
    guard.hear(1, SECOND, FAR, SECOND + SILENCE_NS // 2)
    guard.look(SECOND + SILENCE_NS)
    assert not guard.on, "the repeated beat has not made it longer"


STEPS = st.lists(
    st.tuples(
        st.integers(0, 2 * SILENCE_NS),  # time that passes
        st.integers(0, 3),  # epoch
        st.integers(-2 * SILENCE_NS, SILENCE_NS),  # age of the beat
        st.integers(-SECOND, 10 * SECOND),  # limit from now
        st.booleans(),  # whether it is a beat, or only time
    ),
    max_size=40,
)


@given(STEPS)
def test_it_is_on_only_within_a_fresh_beats_time_and_never_again_in_an_epoch(
    steps: list[tuple[int, int, int, int, bool]],
) -> None:
    guard, now, ended = Guard(), 10 * SILENCE_NS, {0}
    beats: list[tuple[int, int, int]] = []
    for passed, epoch, age, limit, is_beat in steps:
        now += passed
        before, was_on = guard.epoch, guard.on
        guard.look(now)
        if was_on and not guard.on:
            ended.add(before)
        if is_beat:
            before, was_on = guard.epoch, guard.on
            guard.hear(epoch, now + age, now + limit, now)
            beats.append((epoch, now + age, now + limit))
            if was_on and (not guard.on or guard.epoch != before):
                ended.add(before)
        if guard.on:
            assert guard.epoch not in ended
            assert any(each == guard.epoch and at <= now < min(at + SILENCE_NS, until) for each, at, until in beats)
