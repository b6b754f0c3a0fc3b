import asyncio
from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import asynccontextmanager

import pytest

from devices.arcade.problems import Problems
from devices.arcade.reports import WAITING_MOST, Reports
from devices.board.clock import Moment
from devices.device import Json
from devices.errors import StorageFull
from tests.devices.recording_port import RecordingPort
from tests.waiting import until


class FullDisk(RecordingPort):
    """Keeps events in memory only, while `full`."""

    full = True

    def event(self, kind: str, data: Mapping[str, Json] | None = None, *, at: Moment | None = None) -> Awaitable[None]:
        durable = super().event(kind, data, at=at)
        if not self.full:
            return durable
        refused: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        refused.set_exception(StorageFull("the disk is full: free some space"))
        return refused


@asynccontextmanager
async def told(reports: Reports) -> AsyncIterator[None]:
    running = asyncio.create_task(reports.run(), name="reports")
    try:
        yield
    finally:
        running.cancel()
        await asyncio.wait([running])


async def test_events_are_reported_in_their_order() -> None:
    port = RecordingPort("cabinet")
    reports = Reports(port, Problems(port))
    async with told(reports):
        for number in range(WAITING_MOST):
            reports.tell("coin", {"credits": number})
        await until(lambda: len(port.events) == WAITING_MOST)
    assert [event.data["credits"] for event in port.events] == list(range(WAITING_MOST))


async def test_a_full_disk_is_a_problem_until_an_event_is_durable_again() -> None:
    port = FullDisk("cabinet")
    reports = Reports(port, Problems(port))
    async with told(reports):
        reports.tell("coin", {"credits": 1})
        await until(lambda: port.states["problems"] == {"events": "the disk is full: free some space"})
        port.full = False
        reports.tell("coin", {"credits": 2})
        await until(lambda: port.states["problems"] == {})
    assert len(port.events) == 2


async def test_one_too_many_is_lost_aloud(caplog: pytest.LogCaptureFixture) -> None:
    port = RecordingPort("cabinet")
    reports = Reports(port, Problems(port))
    for number in range(WAITING_MOST + 1):
        reports.tell("alarm", {"what": number})
    assert f"'what': {WAITING_MOST}" in caplog.text
    assert "is lost" in caplog.text
    async with told(reports):
        await until(lambda: len(port.events) == WAITING_MOST)
