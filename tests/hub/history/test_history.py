"""The history service: everything once, and acknowledged only when it is on disk."""

import asyncio
import logging
from datetime import timedelta
from pathlib import Path

import pytest

from devices.device import Event, Quality, Reading
from hub.bus import Availability, Backlog, Entry, NodeStatus
from hub.history import service, store
from hub.history.logs import ACKNOWLEDGED_LOGS_MOST
from hub.history.queries import CORRECTED, TRUSTED, UNTRUSTED, Wanted
from hub.history.store import Counters
from tests.hub.history.material import (
    LOG,
    START,
    backlog,
    event,
    moment,
    reading,
    running,
    stored,
    stored_events,
    values,
)


async def test_readings_and_events_are_stored_as_they_were_measured_and_acknowledged(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        here.bus.relay(reading(1, 21.5, raw=2.61, quality=Quality.SUSPECT))
        here.bus.relay(event(2, by="rain"))
        await here.acknowledges(2)
    (measured,) = stored(tmp_path)
    assert (measured.device, measured.channel, measured.value, measured.unit) == ("bed", "air-temperature", 21.5, "°C")
    assert (measured.raw, measured.quality, measured.clock) == (2.61, Quality.SUSPECT, TRUSTED)
    assert measured.at == START + timedelta(seconds=1)
    (happened,) = stored_events(tmp_path)
    assert (happened.kind, happened.data, happened.log, happened.seq) == ("watered", '{"by": "rain"}', LOG, 2)


async def test_a_failed_reading_has_no_value(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        here.bus.relay(reading(1, None, quality=Quality.FAILED))
        await here.acknowledges(1)
    assert [(one.value, one.quality) for one in stored(tmp_path)] == [(None, Quality.FAILED)]


async def test_what_a_local_device_publishes_is_stored_like_what_is_relayed(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        here.bus.publish("door", Reading("supply", 12.1, "V", moment(0)))
        here.bus.publish("door", Event("opened", {}, moment(1)))
        await here.acknowledges(2, log="unkept", node="hub")
    assert [one.device for one in stored(tmp_path)] == ["door"]
    assert [one.kind for one in stored_events(tmp_path)] == ["opened"]


async def test_states_and_availability_are_no_business_of_the_history(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        here.bus.publish("bed", Availability(online=True, reason="", at=moment(0)))
        assert here.history.inbox.waiting() == ()


async def test_a_time_is_kept_to_the_millisecond_before(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        here.bus.relay(reading(1, at=0.001999))
        await here.acknowledges(1)
    assert stored(tmp_path)[0].at == START + timedelta(milliseconds=1)


async def test_live_and_backlog_together_stand_once(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        for seq in (1, 2, 5):
            here.bus.relay(reading(seq))
        here.bus.backlogs.emit(backlog(reading(seq) for seq in range(1, 6)))
        here.bus.relay(reading(6))
        here.bus.backlogs.emit(backlog(reading(seq) for seq in range(1, 6)))
        await here.acknowledges(6)
    assert values(tmp_path) == [1, 2, 3, 4, 5, 6]


async def test_a_hole_is_not_acknowledged(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        for seq in (1, 3, 4):
            here.bus.relay(reading(seq))
        await here.acknowledges(1)
    async with running(tmp_path) as here:
        await here.acknowledges(1)
        assert here.mark() == 1
        here.bus.relay(reading(2))
        await here.acknowledges(4)
    assert values(tmp_path) == [1, 2, 3, 4]


async def test_what_the_node_keeps_no_more_is_passed_and_counted_as_lost(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(tmp_path) as here:
        here.bus.relay(reading(2))
        here.bus.backlogs.emit(backlog([reading(10), reading(13)], first=10))
        await here.acknowledges(10)
        assert here.mark() == 10
        here.bus.backlogs.emit(Backlog("garden", LOG, (reading(14),), first=11, lost=((11, 12),)))
        await here.acknowledges(14)
    said = [record.message for record in caplog.records if "lost" in record.message]
    assert said == [
        "garden has lost 8 readings and events before they could be stored here",
        "garden has lost 2 readings and events before they could be stored here",
    ]
    assert values(tmp_path) == [2, 10, 13, 14]


async def test_a_backlog_that_says_first_is_beyond_its_own_entries_loses_none(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        here.bus.backlogs.emit(backlog([reading(1), reading(2)], first=2))
        await here.acknowledges(2)
    assert values(tmp_path) == [1, 2]


async def test_what_was_stored_is_acknowledged_again_when_it_comes_again(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        here.bus.relay(reading(1))
        await here.acknowledges(1)
        here.acknowledged.clear()
        here.bus.backlogs.emit(backlog([reading(1)]))
        await here.acknowledges(1)
    assert values(tmp_path) == [1]


async def test_after_a_restart_the_nodes_hear_at_once_what_is_stored(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        here.bus.relay(reading(1))
        here.bus.relay(reading(1, device="door", log="hub.1"))
        await here.acknowledges(1)
    async with running(tmp_path) as here:
        await here.acknowledges(1)
        await here.acknowledges(1, log="hub.1", node="hub")


async def test_what_waits_is_stored_when_the_hub_stops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "GATHER_S", 60.0)
    async with running(tmp_path) as here:
        await asyncio.sleep(0.3)
        here.bus.relay(reading(1))
    assert here.mark() == 1
    assert values(tmp_path) == [1]


async def test_acknowledgements_of_a_node_come_together_and_not_too_often(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "ACKNOWLEDGE_EVERY_S", 0.4)
    async with running(tmp_path) as here:
        for seq in range(1, 21):
            here.bus.relay(reading(seq))
            await asyncio.sleep(0.025)
        await here.acknowledges(20)
    assert len(here.acknowledged) <= 4


async def test_only_the_logs_heard_last_are_acknowledged(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        for number in range(ACKNOWLEDGED_LOGS_MOST + 3):
            here.bus.relay(reading(1, at=number, log=f"garden.{number}"))
        newest = f"garden.{ACKNOWLEDGED_LOGS_MOST + 2}"
        await here.acknowledges(1, log=newest)
        assert len(here.acknowledged[-1].marks) == ACKNOWLEDGED_LOGS_MOST
        here.bus.backlogs.emit(backlog([reading(1, at=0, log="garden.0")], log="garden.0"))
        await here.acknowledges(1, log="garden.0")
        assert len(here.acknowledged[-1].marks) == ACKNOWLEDGED_LOGS_MOST


async def test_a_live_entry_of_an_unknown_device_waits_for_the_backlog_that_says_whose_it_is(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        here.bus.relay(reading(1, device="stranger", log="attic.1"))
        here.bus.backlogs.emit(backlog([reading(1, device="stranger", log="attic.1")], log="attic.1", node="attic"))
        await here.acknowledges(1, log="attic.1", node="attic")
    assert [one.device for one in stored(tmp_path)] == ["stranger"]


async def test_a_node_cannot_give_up_what_another_keeps(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with running(tmp_path) as here:
        here.bus.relay(event(1, device="door", log="hub.1"))
        await here.acknowledges(1, log="hub.1", node="hub")
        for _ in range(2):
            here.bus.backlogs.emit(backlog([reading(900, log="hub.1")], first=900, log="hub.1", node="garden"))
        here.bus.relay(event(2, device="door", log="hub.1"))
        await here.acknowledges(2, log="hub.1", node="hub")
    assert here.mark(log="hub.1", node="garden") == 0
    assert [record.message for record in caplog.records if "refused" in record.message] == [
        "garden sends a backlog of hub's log hub.1, which is refused"
    ]


async def test_what_became_of_all_that_was_heard_is_counted(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        for seq in (1, 1, 3):
            here.bus.relay(reading(seq))
        here.bus.backlogs.emit(backlog([event(4), reading(5, float("inf"))], first=3))
        await here.acknowledges(5)
        assert here.history.counters == Counters(stored=3, repeated=1, lost=2, dropped=0)


async def test_a_log_belongs_to_the_node_whose_backlog_it_is(tmp_path: Path) -> None:
    """A device that was moved in the hub's configuration first still reports from its old Pi."""
    async with running(tmp_path) as here:
        here.bus.relay(reading(1, device="door", log="garden.1"))
        await here.acknowledges(1, log="garden.1", node="hub")
        here.bus.backlogs.emit(backlog([reading(1, device="door"), reading(2, device="door")]))
        await here.acknowledges(2, node="garden")
    async with running(tmp_path) as here:
        await here.acknowledges(2, node="garden")
        assert here.mark(node="hub") == 0


@pytest.mark.parametrize("merged", [False, True])
async def test_different_values_of_one_millisecond_all_stand_in_the_order_in_which_they_came(
    tmp_path: Path, merged: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "MERGE_ROWS", 1 if merged else 1_000_000)
    async with running(tmp_path) as here:
        for seq, value in enumerate([3.0, 1.0, 2.0], 1):
            here.bus.relay(reading(seq, value, at=0))
        await here.acknowledges(3)
        here.bus.relay(reading(4, 0.5, at=0))
        await here.acknowledges(4)
    assert values(tmp_path) == [3, 1, 2, 0.5]


@pytest.mark.parametrize("merged", [False, True])
async def test_the_same_reading_under_another_number_stands_once(
    tmp_path: Path, merged: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "MERGE_ROWS", 1 if merged else 1_000_000)
    async with running(tmp_path) as here:
        here.bus.relay(reading(1, 5.0, at=0))
        await here.acknowledges(1)
        here.bus.relay(reading(1, 5.0, at=0, log="garden.2"))
        await here.acknowledges(1, log="garden.2")
    assert values(tmp_path) == [5]


def corrected(milliseconds: object, log: str = LOG, node: str = "garden") -> NodeStatus:
    return NodeStatus(node, online=True, info={"clock": {"trusted": True, "corrections": {log: milliseconds}}})


@pytest.mark.parametrize("merged", [False, True])
async def test_times_of_an_untrusted_clock_are_corrected_once(
    tmp_path: Path, merged: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "MERGE_ROWS", 1 if merged else 1_000_000)
    async with running(tmp_path) as here:
        here.bus.relay(reading(1, trusted=False))
        here.bus.relay(event(2, trusted=False))
        here.bus.relay(reading(3))
        await here.acknowledges(3)
        assert [one.clock for one in stored(tmp_path)] == [UNTRUSTED, TRUSTED]
        for _ in range(2):
            here.bus.report(corrected(3_600_000))
        here.bus.relay(reading(4, trusted=False))  # was on its way when the node learnt the time
        await here.acknowledges(4)
    async with running(tmp_path) as here:
        here.bus.report(corrected(7_200_000))
        here.bus.relay(reading(5))
        await here.acknowledges(5)
    hour = timedelta(hours=1)
    times = {one.value: (one.at - START, one.clock) for one in stored(tmp_path)}
    assert times == {
        1: (hour + timedelta(seconds=1), CORRECTED),
        3: (timedelta(seconds=3), TRUSTED),
        4: (hour + timedelta(seconds=4), CORRECTED),
        5: (timedelta(seconds=5), TRUSTED),
    }
    assert [(one.at - START, one.clock) for one in stored_events(tmp_path)] == [
        (hour + timedelta(seconds=2), CORRECTED)
    ]


async def test_corrected_times_that_meet_others_lose_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "MERGE_ROWS", 1)
    async with running(tmp_path) as here:
        for seq in range(1, 6):
            here.bus.relay(reading(seq, at=seq, trusted=False))
        here.bus.relay(reading(6, 99.0, at=3))
        await here.acknowledges(6)
        here.bus.report(corrected(1_000))
        here.bus.relay(reading(7))
        await here.acknowledges(7)
    assert sorted(value for value in values(tmp_path) if value is not None) == [1, 2, 3, 4, 5, 7, 99]
    assert {one.value for one in stored(tmp_path) if one.at == START + timedelta(seconds=3)} == {2, 99}


async def test_a_correction_that_comes_before_its_log_serves_when_it_comes(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        here.bus.report(corrected(1_000))
        here.bus.relay(reading(1, trusted=False))
        await here.acknowledges(1)
    assert stored(tmp_path)[0].at == START + timedelta(seconds=2)


@pytest.mark.parametrize("nonsense", ["1000", None, True, float("inf"), 1e300, [1]])
async def test_a_correction_that_makes_no_sense_is_ignored(tmp_path: Path, nonsense: object) -> None:
    async with running(tmp_path) as here:
        here.bus.report(corrected(nonsense))
        here.bus.relay(reading(1, trusted=False))
        await here.acknowledges(1)
    assert stored(tmp_path)[0].at == START + timedelta(seconds=1)


async def test_a_node_cannot_correct_the_log_of_another(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        here.bus.relay(reading(1, trusted=False))
        await here.acknowledges(1)
        here.bus.report(corrected(1_000, node="hub"))
        here.bus.relay(reading(2))
        await here.acknowledges(2)
    assert stored(tmp_path)[0].at == START + timedelta(seconds=1)


async def test_what_cannot_be_stored_holds_nothing_up_and_is_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(tmp_path) as here:
        for seq in (1, 2):
            here.bus.relay(reading(seq, float("nan")))
        here.bus.relay(Entry("bed", Event("odd", {"x": object()}, moment(0)), LOG, 3))  # type: ignore[dict-item]  # that is the point
        here.bus.relay(reading(4))
        await here.acknowledges(4)
    assert values(tmp_path) == [4]
    assert len([record for record in caplog.records if "cannot be stored" in record.message]) == 1


async def test_a_channel_whose_unit_changes_is_another_series(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        here.bus.relay(reading(1, at=0, unit="V"))
        here.bus.relay(reading(2, at=0, unit="%"))
        await here.acknowledges(2)
    assert [(one.unit, one.value) for one in stored(tmp_path, Wanted(channel="air-temperature"))] == [
        ("%", 2),
        ("V", 1),
    ]


async def test_when_the_disk_is_slow_entries_are_dropped_unacknowledged_and_it_is_said_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr("hub.history.inbox.WAITING_MOST", 100)
    monkeypatch.setattr("hub.history.inbox.COMMIT_AT", 10)
    async with running(tmp_path) as here:
        for seq in range(1, 301):
            here.bus.relay(reading(seq))
        await here.acknowledges(100)
        assert here.history.counters.dropped == 200
        here.bus.backlogs.emit(backlog((reading(seq) for seq in range(101, 180)), first=101))
        await here.acknowledges(179)
        here.bus.backlogs.emit(backlog((reading(seq) for seq in range(180, 301)), first=180))
        await here.acknowledges(300)
    assert values(tmp_path) == list(range(1, 301))
    said = [record.message for record in caplog.records if record.name == "hub.history.inbox"]
    assert [message.split(":")[0].split(";")[0] for message in said] == [
        "the history's disk is too slow or full",
        "the history keeps up again",
    ]
