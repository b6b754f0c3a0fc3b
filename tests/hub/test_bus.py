"""One lab, one bus: who publishes never waits, who listens slowly gets the latest."""

import asyncio
import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.board.clock import Moment
from devices.device import Command, Event, Quality, Reading, Reply, State
from devices.errors import NoReply
from hub.bus import Availability, Bus, Entry, NodeStatus, Subscription, UnkeptJournal
from hub.port import RESERVED, DevicePort
from tests.hub.test_commands import HandClock

AT = Moment(datetime(2026, 3, 1, tzinfo=UTC))


def command(device: str = "door") -> Command:
    return Command(device, "open", {}, "1", Moment(AT.utc + timedelta(days=1)))


async def answered(_: Command) -> Reply:
    return Reply(ok=True)


def reading(seq: int, channel: str = "t") -> Entry:
    return Entry("bed", Reading(channel, float(seq), "°C", AT), "log", seq)


async def test_readings_and_events_are_numbered_states_are_not() -> None:
    bus, heard = Bus(UnkeptJournal()), list[Entry]()
    with bus.entries.heard_by(heard.append):
        bus.publish("bed", Reading("t", 1.0, "°C", AT))
        bus.publish("bed", State("mode", "auto", AT))
        durable = bus.publish("bed", Event("watered", {}, AT))
        assert durable is not None
        await durable
    bus.publish("bed", State("mode", "off", AT))
    assert [entry.seq for entry in heard] == [1, 0, 2]
    assert all(entry.local for entry in heard)


async def test_the_latest_word_on_everything_is_known_until_a_device_leaves() -> None:
    bus = Bus(UnkeptJournal())
    for value in (1.0, 2.0):
        bus.publish("bed", Reading("t", value, "°C", AT))
        bus.publish("bed", State("mode", value, AT))
    bus.publish("bed", Availability(online=True, reason="", at=AT))
    bus.report(NodeStatus("garden", online=True))
    message = bus.latest.readings["bed", "t"].message
    assert isinstance(message, Reading)
    assert message.value == 2.0
    assert bus.latest.nodes["garden"].online
    bus.latest.forget("bed")
    assert [*bus.latest.readings, *bus.latest.states, *bus.latest.availability] == []


async def test_a_command_goes_to_the_local_device_first_and_else_to_the_others() -> None:
    bus = Bus(UnkeptJournal())
    assert "no connection" in str((await bus.ask(command())).error)

    async def far(_: Command) -> Reply:
        return Reply(ok=True, data={"far": True})

    with bus.reaching(far):
        assert (await bus.ask(command())).data == {"far": True}
        with bus.answering("door", answered):
            assert bus.owns("door")
            assert (await bus.ask(command())).data == {}
        assert not bus.owns("door")
    assert not (await bus.ask(command())).ok


async def test_an_error_on_the_way_becomes_the_reply() -> None:
    async def silent(_: Command) -> Reply:
        raise NoReply("nobody answered")

    bus = Bus(UnkeptJournal())
    with bus.reaching(silent):
        assert await bus.ask(command()) == Reply(ok=False, error="nobody answered")


async def test_a_slow_listener_gets_the_newest_of_each_kind() -> None:
    bus = Bus(UnkeptJournal())
    with bus.subscribe() as entries:
        for n in range(5):
            bus.publish("bed", Reading("t", float(n), "°C", AT))
        entry = await anext(entries)
        assert isinstance(entry.message, Reading)
        assert entry.message.value == 4.0
        assert entries.coalesced == 4


async def test_events_never_coalesce_and_the_oldest_goes_when_all_is_full() -> None:
    slow = Subscription(capacity=3)
    for seq in range(1, 6):
        slow.put(Entry("bed", Event("watered", {}, AT), "log", seq))
    assert slow.dropped == 2
    assert [(await anext(slow)).seq for _ in range(3)] == [3, 4, 5]


async def test_a_listener_that_is_closed_ends() -> None:
    slow = Subscription(capacity=3)
    listening = asyncio.create_task(anext(slow, None))
    await asyncio.sleep(0)
    slow.close()
    assert await listening is None


@given(st.lists(st.sampled_from("abcdef"), max_size=60), st.integers(1, 5))
def test_a_subscription_never_holds_more_than_it_may(channels: list[str], capacity: int) -> None:
    async def fill() -> None:
        slow = Subscription(capacity)
        for seq, channel in enumerate(channels, 1):
            slow.put(reading(seq, channel))
        assert len(slow._waiting) <= capacity
        assert len(slow._waiting) + slow.coalesced + slow.dropped == len(channels)

    asyncio.run(fill())


# The port.


async def test_a_sensors_nan_is_a_failure_and_never_a_value() -> None:
    bus = Bus(UnkeptJournal())
    DevicePort("bed", bus, HandClock()).read("t", math.nan, unit="°C", raw=math.inf)
    message = bus.latest.readings["bed", "t"].message
    assert isinstance(message, Reading)
    assert (message.value, message.quality, message.raw) == (None, Quality.FAILED, None)


@pytest.mark.parametrize("name", sorted(RESERVED))
async def test_an_events_data_cannot_take_a_name_that_stands_beside_it(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        DevicePort("bed", Bus(UnkeptJournal()), HandClock()).event("watered", {name: 1})


async def test_availability_is_said_when_it_changes_and_only_then(caplog: pytest.LogCaptureFixture) -> None:
    bus, heard = Bus(UnkeptJournal()), list[Entry]()
    port = DevicePort("bed", bus, HandClock())
    with bus.entries.heard_by(heard.append):
        for _ in range(2):
            port.online()
        for _ in range(2):
            port.offline("unplugged")
        port.online()
    assert [entry.message.online for entry in heard if isinstance(entry.message, Availability)] == [True, False, True]
    assert caplog.text.count("unplugged") == 1


async def test_a_device_hears_the_events_and_states_of_the_one_it_names() -> None:
    bus = Bus(UnkeptJournal())
    async with DevicePort("door", bus, HandClock()).hear("bed") as messages:
        bus.publish("other", Event("watered", {}, AT))
        bus.publish("bed", Reading("t", 1.0, "°C", AT))
        bus.publish("bed", Event("watered", {"litres": 3}, AT))
        heard = await anext(messages)
    assert heard == Event("watered", {"litres": 3}, AT)


async def test_a_busy_device_says_why_until_the_last_job_is_done() -> None:
    port = DevicePort("rig", Bus(UnkeptJournal()), HandClock())
    with port.busy("a film is being made"):
        with port.busy("a frame is saved"):
            assert not port.idle.is_set()
        assert not port.idle.is_set()
    assert port.idle.is_set()
    assert not port.busy_because
