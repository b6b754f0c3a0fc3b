"""Commands from the pages to the devices."""

import pytest

from devices.board.clock import SystemClock
from devices.device import Command, Reply
from devices.errors import Refused
from hub.bus import Bus, UnkeptJournal
from hub.web.asking import WITHIN, Asking
from tests.hub.web.served import now


async def test_a_command_has_a_deadline_and_an_id_of_its_own() -> None:
    bus, heard = Bus(UnkeptJournal()), list[Command]()

    async def answer(command: Command) -> Reply:
        heard.append(command)
        return Reply(ok=True, data={"ticket": "fox"})

    with bus.answering("arcade", answer):
        ask = Asking(bus, SystemClock())
        assert await ask("arcade", "join") == {"ticket": "fox"}
        await ask("arcade", "leave", {"ticket": "fox"}, command_id="mine")
    assert [command.action for command in heard] == ["join", "leave"]
    assert heard[1].arguments == {"ticket": "fox"}
    assert heard[0].id != heard[1].id == "mine"
    assert abs(heard[0].expires.utc - now().utc - WITHIN).total_seconds() < 2


@pytest.mark.parametrize(("error", "said"), [("the queue is full", "queue is full"), (None, "without a reason")])
async def test_a_refusal_says_why(error: str | None, said: str) -> None:
    bus = Bus(UnkeptJournal())

    async def refuse(_: Command) -> Reply:
        return Reply(ok=False, error=error)

    with bus.answering("arcade", refuse), pytest.raises(Refused, match=said):
        await Asking(bus, SystemClock())("arcade", "join")


async def test_a_device_that_nobody_reaches_refuses_as_well() -> None:
    with pytest.raises(Refused, match="no connection"):
        await Asking(Bus(UnkeptJournal()), SystemClock())("arcade", "join")
