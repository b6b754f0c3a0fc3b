"""What a device hears of others."""

from collections.abc import AsyncIterator, Awaitable

import pytest

from devices.board.clock import SystemClock
from devices.device import Event, Reading, State
from devices.errors import Flooded
from hub.bus import Bus, Entry, UnkeptJournal
from hub.port import DevicePort

CLOCK = SystemClock()


def badge(credential: str) -> Event:
    return Event("badge", {"credential": credential}, CLOCK.now())


async def credential(messages: AsyncIterator[Event | State]) -> object:
    message = await anext(messages)
    assert isinstance(message, Event)
    return message.data["credential"]


async def test_what_came_over_mqtt_is_heard_like_what_happened_here() -> None:
    bus = Bus(UnkeptJournal())
    async with DevicePort("door", bus, CLOCK).hear("reader") as messages:
        bus.relay(Entry("reader", badge("from afar"), local=False))
        bus.publish("reader", badge("from here"))
        assert [await credential(messages), await credential(messages)] == ["from afar", "from here"]


async def test_who_listens_only_here_hears_nothing_of_what_came_over_mqtt() -> None:
    bus = Bus(UnkeptJournal())
    async with DevicePort("door", bus, CLOCK).hear("reader", only_here=True) as messages:
        bus.relay(Entry("reader", badge("from afar"), local=False))
        bus.publish("other-reader", badge("of another"))
        bus.publish("reader", badge("from here"))
        assert await credential(messages) == "from here"


async def test_a_flood_of_others_pushes_nothing_out() -> None:
    bus = Bus(UnkeptJournal())
    async with DevicePort("door", bus, CLOCK).hear("reader") as messages:
        bus.publish("reader", badge("the one that counts"))
        for number in range(1000):
            bus.relay(Entry("flooding", badge(f"{number}"), "elsewhere", number, local=False))
        assert await credential(messages) == "the one that counts"


class DeadDisk(UnkeptJournal):
    """Takes no events."""

    def record(self, device: str, message: Reading | Event) -> tuple[Entry, Awaitable[None]]:
        if isinstance(message, Event):
            raise Flooded("the disk does not work and the memory is full")
        return super().record(device, message)


async def test_what_no_disk_takes_is_heard_by_devices_here_and_by_nobody_else() -> None:
    """A dead SD card keeps no member out."""
    bus = Bus(DeadDisk())
    elsewhere: list[Entry] = []
    reader = DevicePort("reader", bus, CLOCK)
    with bus.entries.heard_by(elsewhere.append):
        async with DevicePort("door", bus, CLOCK).hear("reader", only_here=True) as messages:
            for shown in ("one", "another"):
                with pytest.raises(Flooded):
                    reader.event("badge", {"credential": shown})
            assert [await credential(messages), await credential(messages)] == ["one", "another"]
    assert elsewhere == []
