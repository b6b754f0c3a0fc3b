"""What a device hears of others."""

from collections.abc import AsyncIterator

from devices.board.clock import SystemClock
from devices.device import Event, State
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
