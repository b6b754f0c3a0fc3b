from devices.arcade.input.process.codes import NEVER_NS, NOTHING
from devices.arcade.input.process.pulses import PAUSE_NS, Pulses

SELECT, START = 16, 15
LENGTH_NS = 100_000_000


def test_a_pulse_is_pressed_at_once_and_for_its_length() -> None:
    pulses = Pulses()
    assert pulses.due_ns == NEVER_NS
    pulses.add(SELECT, LENGTH_NS)
    assert pulses.due_ns <= 1
    assert pulses.change(1) == (SELECT, True)
    assert pulses.due_ns == 1 + LENGTH_NS
    assert pulses.change(1 + LENGTH_NS) == (SELECT, False)


def test_after_the_last_there_is_nothing_to_wait_for() -> None:
    pulses = Pulses()
    pulses.add(SELECT, LENGTH_NS)
    pulses.change(0)
    pulses.change(LENGTH_NS)
    assert pulses.change(LENGTH_NS + PAUSE_NS) == (NOTHING, False)
    assert pulses.due_ns == NEVER_NS


def test_each_of_many_is_seen_with_a_pause_between() -> None:
    pulses, now_ns, seen = Pulses(), 0, []
    for button in (SELECT, SELECT, START):
        pulses.add(button, LENGTH_NS)
    while pulses.due_ns != NEVER_NS:
        now_ns = max(now_ns, pulses.due_ns)
        seen.append((*pulses.change(now_ns), now_ns))
    period = LENGTH_NS + PAUSE_NS
    assert seen[:-1] == [
        (SELECT, True, 0),
        (SELECT, False, LENGTH_NS),
        (SELECT, True, period),
        (SELECT, False, period + LENGTH_NS),
        (START, True, 2 * period),
        (START, False, 2 * period + LENGTH_NS),
    ]


def test_one_that_comes_during_the_pause_waits_for_its_end() -> None:
    pulses = Pulses()
    pulses.add(SELECT, LENGTH_NS)
    pulses.change(0)
    pulses.change(LENGTH_NS)
    pulses.add(SELECT, LENGTH_NS)
    assert pulses.due_ns == LENGTH_NS + PAUSE_NS


def test_one_that_is_ended_early_is_not_played_again() -> None:
    pulses = Pulses()
    pulses.add(SELECT, LENGTH_NS)
    pulses.change(0)
    assert pulses.end(10) == SELECT
    assert pulses.end(11) == NOTHING
    assert pulses.next_button() == NOTHING
