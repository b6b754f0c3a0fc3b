"""Bits of a Wiegand reader, from the times of its edges."""

from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.access.readers.wiegand_bits import (
    BITS_MOST,
    LOST,
    NEAREST_NS,
    PAUSE_NS,
    TOO_MANY,
    TOO_NEAR,
    Burst,
    WiegandBits,
)
from devices.board.board import Edge

D0, D1 = "GPIO5", "GPIO6"
INTERVALS_NS = st.integers(200_000, 20_000_000)
"""Of the standard: 200 µs to 20 ms."""
BITS = st.text("01", min_size=1, max_size=40)


class Reader:
    """Its two wires: what it sends becomes edges, numbered as the kernel does."""

    def __init__(self) -> None:
        self.now_ns = 1_000_000_000
        self.seqnos = {D0: 0, D1: 0}

    def sends(self, bits: str, *, every_ns: int = 1_000_000) -> Iterator[Edge]:
        for bit in bits:
            yield self.pulse((D0, D1)[int(bit)])
            self.now_ns += every_ns

    def pulse(self, line: str) -> Edge:
        self.seqnos[line] += 1
        return Edge(line, False, self.now_ns, self.seqnos[line])

    def rests(self, for_ns: int = 100_000_000) -> None:
        self.now_ns += for_ns


def bursts(edges: Sequence[Edge]) -> list[Burst]:
    collector = WiegandBits(D0, D1)
    found = [burst for edge in edges if (burst := collector.feed(edge))]
    last = collector.end()
    assert not collector.unfinished
    assert collector.end() is None
    return [*found, last] if last else found


def spoilt(edges: Sequence[Edge]) -> list[str]:
    return [burst.spoilt for burst in bursts(edges)]


@given(BITS, INTERVALS_NS)
def test_each_pulse_is_a_bit_at_every_speed_of_the_standard(sent: str, every_ns: int) -> None:
    assert bursts([*Reader().sends(sent, every_ns=every_ns)]) == [Burst(sent)]


@given(st.lists(st.tuples(BITS, st.integers(PAUSE_NS + 1, 10**9)), max_size=5))
def test_two_cards_never_merge_however_quickly_they_come_and_however_late_we_look(sent: list[tuple[str, int]]) -> None:
    reader = Reader()
    edges: list[Edge] = []
    for bits, pause_ns in sent:
        edges += reader.sends(bits, every_ns=1_000_000)
        reader.rests(pause_ns)
    assert [burst.bits for burst in bursts(edges)] == [bits for bits, _ in sent]


def test_a_pause_that_is_seen_in_time_ends_a_burst_too() -> None:
    reader, collector = Reader(), WiegandBits(D0, D1)
    for edge in reader.sends("0101"):
        assert collector.feed(edge) is None
    assert collector.end() == Burst("0101")
    reader.rests()
    for edge in reader.sends("11"):
        assert collector.feed(edge) is None
    assert collector.end() == Burst("11")


@given(BITS, st.data())
def test_an_edge_that_the_kernel_had_to_drop_spoils_the_burst(sent: str, data: st.DataObject) -> None:
    """It shows at the next edge of its line; the last one of a line makes a burst only shorter."""
    edges = [*Reader().sends(sent)]
    dropped = edges.pop(data.draw(st.integers(0, len(edges) - 1)))
    shows = any((edge.line, edge.line_seqno) == (dropped.line, dropped.line_seqno + 1) for edge in edges)
    for burst in bursts(edges):
        assert burst.spoilt == (LOST if shows else "")
        assert len(burst.bits) < len(sent)


def test_what_was_lost_in_one_burst_does_not_spoil_the_next() -> None:
    reader = Reader()
    first = [*reader.sends("0011")]
    reader.rests()
    assert bursts([*first[1:], *reader.sends("0011")]) == [Burst("011", LOST), Burst("0011")]


def test_pulses_on_both_wires_at_once_are_no_bits() -> None:
    reader = Reader()
    edges = [*reader.sends("01"), reader.pulse(D0), reader.pulse(D1)]
    assert spoilt(edges) == [TOO_NEAR]


@given(st.integers(0, NEAREST_NS - 1))
def test_pulses_that_come_too_near_to_each_other_are_no_bits(every_ns: int) -> None:
    assert spoilt([*Reader().sends("01" * 13, every_ns=every_ns)]) == [TOO_NEAR]


def test_edges_whose_times_go_back_are_no_bits() -> None:
    assert spoilt([*Reader().sends("01" * 13, every_ns=-1_000_000)]) == [TOO_NEAR]


@pytest.mark.parametrize("every_ns", [1_000_000, 1000])
def test_noise_without_an_end_is_told_before_it_ends_and_never_becomes_a_frame(every_ns: int) -> None:
    noise = [*Reader().sends("01" * 500, every_ns=every_ns)]
    collector = WiegandBits(D0, D1)
    told = [burst for edge in noise if (burst := collector.feed(edge))]
    assert {burst.spoilt for burst in told} == {TOO_MANY}
    assert max(len(burst.bits) for burst in told) == BITS_MOST + 1
    end = collector.end()
    assert end is not None
    assert end.spoilt == TOO_MANY


@given(st.lists(st.tuples(st.sampled_from([D0, D1]), st.integers(0, 10**9), st.integers(0, 5))))
def test_no_edges_break_the_collector_and_no_spoilt_one_is_clean(heard: list[tuple[str, int, int]]) -> None:
    edges, now_ns, seqnos = [], 0, {D0: 0, D1: 0}
    for line, after_ns, step in heard:
        now_ns += after_ns
        seqnos[line] += step
        edges.append(Edge(line, False, now_ns, seqnos[line]))
    found = bursts(edges)
    assert all(len(burst.bits) <= BITS_MOST + 1 for burst in found)
    if any(step != 1 for _, _, step in heard):
        assert any(burst.spoilt for burst in found)


@pytest.mark.parametrize("key", ["0000", "1011", "11110000", "01101001"])
def test_a_key_of_the_keypad_is_known_by_its_bits(key: str) -> None:
    assert Burst(key).is_key


@pytest.mark.parametrize("other", ["", "000", "00000", "11111111", "01101000", "0" * 26])
def test_other_bursts_are_no_keys(other: str) -> None:
    assert not Burst(other).is_key


def test_a_burst_that_is_printed_in_a_log_keeps_its_bits_to_itself() -> None:
    assert "0101" not in repr(Burst("0101", LOST))
