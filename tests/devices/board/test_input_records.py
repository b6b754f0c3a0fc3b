"""From records of the kernel to reports."""

import os
import struct
from collections.abc import Iterator, Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.board.board import InputEvent, InputReport
from devices.board.input_records import EV_KEY, EV_SYN, RECORD, SYN_DROPPED, SYN_REPORT, RecordedInput, RecordedReports
from devices.errors import DeviceOffline

Move = tuple[int, int]
DROPPED = RECORD.pack(9, 0, EV_SYN, SYN_DROPPED, 0)
KEYS = st.integers(1, 5)


def record(kind: int, code: int, value: int, seconds: int = 1, microseconds: int = 0) -> bytes:
    return RECORD.pack(seconds, microseconds, kind, code, value)


def report(*moves: Move) -> bytes:
    """The records of keys that moved at one moment."""
    return b"".join(record(EV_KEY, *move) for move in moves) + record(EV_SYN, SYN_REPORT, 0)


def moves(reports: Sequence[InputReport]) -> Sequence[Sequence[Move]]:
    return [[(event.code, event.value) for event in each.events] for each in reports]


def test_a_record_is_as_linux_lays_it_out_on_64_bits() -> None:
    assert struct.calcsize("@P") == 8
    assert RECORD.size == 24
    records = bytes.fromhex("0500000000000000 4e61bc00000000 00 0100 1e00 01000000".replace(" ", ""))
    (found,) = RecordedReports(tuple).reports(records + report())
    assert found == InputReport((InputEvent(EV_KEY, 30, 1, 5_000_000_000 + 0xBC614E * 1000),))


def test_negative_values_are_read_as_such() -> None:
    (found,) = RecordedReports(tuple).reports(record(2, 8, -1) + report())
    assert found.events[0].value == -1


def test_a_report_without_an_event_is_none() -> None:
    assert list(RecordedReports(tuple).reports(report() * 3)) == []


@given(
    sent=st.lists(st.lists(st.tuples(KEYS, st.sampled_from((0, 1, 2))), min_size=1, max_size=4), max_size=8),
    cuts=st.lists(st.integers(0, 40)),
)
def test_reports_are_the_same_however_they_are_read(sent: list[list[Move]], cuts: list[int]) -> None:
    records = b"".join(report(*each) for each in sent)
    places = [0, *sorted(cut * RECORD.size for cut in cuts), len(records)]
    recorded = RecordedReports(tuple)
    pieces = (records[start:end] for start, end in pairwise(places))
    assert moves([found for piece in pieces for found in recorded.reports(piece)]) == sent


class Kernel:
    """A queue of records that is bounded, and knows which keys are down."""

    def __init__(self, room: int) -> None:
        self.down: set[int] = set()
        self._queue: list[bytes] = []
        self._room = room

    def move(self, code: int, value: int) -> None:
        (self.down.add if value else self.down.discard)(code)
        self._queue += [record(EV_KEY, code, value), report()]
        if len(self._queue) > self._room:
            self._queue = [DROPPED, *self._queue[-2:]]

    def read(self, records: int) -> bytes:
        taken, self._queue = self._queue[:records], self._queue[records:]
        return b"".join(taken)

    def ask(self) -> set[int]:
        self._queue.clear()
        return set(self.down)


@given(
    steps=st.lists(st.one_of(st.tuples(KEYS, st.sampled_from((0, 1))), st.integers(1, 9))),
    room=st.integers(3, 12),
    before=st.sets(KEYS),
)
def test_whatever_is_lost_in_the_end_the_keys_are_as_they_are(
    steps: list[Move | int], room: int, before: set[int]
) -> None:
    kernel = Kernel(room)
    kernel.down |= before
    recorded = RecordedReports(kernel.ask)
    seen = set(before)

    def read(records: int) -> None:
        for found in recorded.reports(kernel.read(records)):
            for event in found.events:
                (seen.add if event.value else seen.discard)(event.code)

    for step in steps:
        if isinstance(step, int):
            read(step)
        else:
            kernel.move(*step)
    read(1000)
    assert seen == kernel.down


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    ends = os.pipe2(os.O_NONBLOCK)
    yield ends
    for end in ends:
        os.close(end)


async def test_unplugged_while_the_keys_are_asked_for_it_is_offline(pipe: tuple[int, int]) -> None:
    answers: Iterator[set[int]] = iter([set()])

    def ask() -> set[int]:
        for answer in answers:
            return answer
        raise OSError(19, "No such device")

    device = RecordedInput("badge", pipe[0], ask)
    os.write(pipe[1], DROPPED + report())
    with pytest.raises(DeviceOffline, match="badge was unplugged"):
        await anext(aiter(device))
    device.close()
    with pytest.raises(DeviceOffline, match="badge was unplugged"):
        RecordedInput("badge", pipe[0], ask)
