import pytest

from devices.arcade.problems import Problems
from tests.devices.recording_port import RecordingPort


def test_a_problem_is_shown_until_it_is_over_and_logged_once_each_way(caplog: pytest.LogCaptureFixture) -> None:
    port = RecordingPort("cabinet")
    problems = Problems(port)
    assert port.states["problems"] == {}
    for _ in range(3):
        problems.found("games", "RetroArch does not answer")
    assert port.states["problems"] == {"games": "RetroArch does not answer"}
    for _ in range(3):
        problems.over("games")
    assert port.states["problems"] == {}
    assert caplog.messages == ["cabinet: games: RetroArch does not answer", "cabinet: games is well again"]


def test_another_problem_of_a_part_takes_the_place_of_the_one_before() -> None:
    port = RecordingPort("cabinet")
    problems = Problems(port)
    problems.are("coin slot", "it is stuck")
    problems.are("coin slot", "the disk is full")
    assert port.states["problems"] == {"coin slot": "the disk is full"}
    problems.are("coin slot", None)
    assert port.states["problems"] == {}


def test_those_of_all_switches_are_replaced_together_and_others_stay() -> None:
    port = RecordingPort("cabinet")
    problems = Problems(port)
    problems.found("games", "RetroArch does not answer")
    problems.replace("switch ", {"switch 1 up": "it sticks", "switch 1 south": "it bounces"})
    problems.replace("switch ", {"switch 1 south": "it bounces more"})
    assert port.states["problems"] == {"games": "RetroArch does not answer", "switch 1 south": "it bounces more"}
