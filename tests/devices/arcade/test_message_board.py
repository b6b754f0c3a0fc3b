import asyncio

import pytest

from devices.arcade import message_board as module
from devices.arcade.message_board import Message, MessageBoard
from tests.devices.recording_port import RecordingPort
from tests.waiting import until


class Screen:
    """A message board, and all that it said."""

    def __init__(self) -> None:
        self.said: list[Message] = []
        self.port = RecordingPort("cabinet")
        self.board = MessageBoard(self.port, also=self.said.append)

    @property
    def kinds(self) -> list[str]:
        return [kind for kind, _, _ in self.said]


async def test_it_says_what_the_rules_say_with_whole_seconds() -> None:
    screen = Screen()
    screen.board.holds("call", "fox", 44.6)
    assert screen.port.states["message"] == {"kind": "call", "ticket": "fox", "seconds": 45}


async def test_the_same_is_not_said_twice() -> None:
    screen = Screen()
    screen.board.holds("welcome")
    screen.board.holds("welcome")
    assert screen.kinds == ["welcome"]


async def test_after_a_moment_it_says_again_what_the_rules_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOMENT_S", 0.05)
    screen = Screen()
    screen.board.holds("welcome")
    screen.board.for_a_moment("saved")
    await until(lambda: screen.kinds == ["welcome", "saved", "welcome"])


async def test_what_the_rules_say_meanwhile_ends_the_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOMENT_S", 0.05)
    screen = Screen()
    screen.board.for_a_moment("saved")
    screen.board.holds("call", "fox", 45.0)
    await asyncio.sleep(0.1)
    assert screen.kinds == ["saved", "call"]


async def test_what_is_insisted_on_stays_whatever_the_rules_say() -> None:
    screen = Screen()
    screen.board.holds("insert-coin")
    screen.board.insist("slot-stuck")
    screen.board.holds("call", "owl", 45.0)
    assert screen.kinds == ["insert-coin", "slot-stuck"]
    screen.board.insist(None)
    assert screen.said[-1] == ("call", "owl", 45.0)


async def test_nothing_is_said_after_it_was_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOMENT_S", 0.05)
    screen = Screen()
    screen.board.holds("welcome")
    screen.board.for_a_moment("saved")
    screen.board.close()
    await asyncio.sleep(0.1)
    assert screen.kinds == ["welcome", "saved"]
