"""A disk that stood still for a while has more to write than fits into one commit; events come first all the same."""

from pathlib import Path

from devices.board.clock import SystemClock
from devices.device import Event, Reading
from hub import lab
from hub.mqtt.outbox.outbox import WRITTEN_AT_ONCE, Acknowledgement, Outbox


async def test_an_event_behind_many_readings_is_on_disk_when_its_await_ends(tmp_path: Path) -> None:
    clock = SystemClock()
    outbox = Outbox(tmp_path, node="garden", clock=clock, options=lab.Outbox(), until=Acknowledgement.HISTORY)
    for number in range(WRITTEN_AT_ONCE + 1):
        outbox.record("bed", Reading("air", float(number), "°C", clock.now()))
    event, durable = outbox.record("bed", Event("watered", {}, clock.now()))
    await outbox._save(event.seq)
    await durable
    on_disk = await outbox._disk.call(lambda disk: disk.read(event.log, event.seq - 1, event.seq))
    assert on_disk is not None
    assert [entry.seq for entry in on_disk] == [event.seq]
    await outbox._save_everything()
