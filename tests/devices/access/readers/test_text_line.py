"""Lines of text, and where they end."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.access.readers.text_line import FORGET_NS, LINE_MOST, NO_END, PAUSE_NS, TOO_LONG, TextLine, TextLines

KEY_NS = 10_000_000
TEXTS = st.lists(st.text("0123456789ABCDEF", min_size=1, max_size=20), max_size=5)


def put(lines: TextLines, text: str, since_ns: int = 0, every_ns: int = KEY_NS) -> Sequence[TextLine]:
    return [line for n, each in enumerate(text) if (line := lines.put(each, since_ns + n * every_ns))]


@given(TEXTS, st.sampled_from(["\r\n", "\n", "\r", "\t", "\0", "\r\n\x03"]), st.booleans())
def test_each_line_end_ends_one(texts: list[str], end: str, timed: bool) -> None:
    said = put(TextLines(timed=timed), "".join("\x02" + text + end for text in texts))
    assert said == [TextLine(text) for text in texts]


def test_spaces_around_it_and_empty_lines_count_for_nothing() -> None:
    assert put(TextLines(timed=False), "\n\n  62E3  \n \n") == [TextLine("62E3")]


def test_a_pause_ends_a_line_of_a_reader_that_has_never_ended_one() -> None:
    lines = TextLines(timed=True)
    assert put(lines, "12") == []
    assert put(lines, "34", PAUSE_NS + 2 * KEY_NS) == [TextLine("12")]
    assert lines.awaits_pause
    assert lines.end() == TextLine("34")
    assert not lines.awaits_pause


def test_a_reader_that_has_once_ended_a_line_is_not_cut_short_by_a_pause() -> None:
    """Or the beginning of a number would be taken for another number."""
    lines = TextLines(timed=True)
    put(lines, "1234\n")
    assert put(lines, "12", KEY_NS * 10) == []
    assert not lines.awaits_pause
    assert put(lines, "34\n", PAUSE_NS * 3) == [TextLine("1234")]


def test_at_a_serial_port_the_processor_may_be_late_and_a_pause_ends_nothing() -> None:
    lines = TextLines(timed=False)
    put(lines, "12")
    assert not lines.awaits_pause
    assert put(lines, "34\n", PAUSE_NS * 3) == [TextLine("1234")]


def test_what_had_no_end_seconds_ago_does_not_spoil_what_comes_now() -> None:
    lines = TextLines(timed=False)
    put(lines, "12")
    assert put(lines, "34\n", FORGET_NS + 2 * KEY_NS) == [TextLine("12", NO_END), TextLine("34")]


def test_both_a_pause_and_an_end_end_it_once() -> None:
    lines = TextLines(timed=True)
    put(lines, "12")
    assert put(lines, "\n", PAUSE_NS * 3) == [TextLine("12")]
    assert lines.end() is None


def test_a_line_that_was_spoilt_is_void_as_far_as_its_end() -> None:
    lines = TextLines(timed=True)
    put(lines, "12")
    lines.spoil("lost keys", 3 * KEY_NS)
    assert put(lines, "34\n56\n", 4 * KEY_NS) == [TextLine("1234", "lost keys"), TextLine("56")]


def test_a_pause_ends_a_void_line_of_any_reader_that_types() -> None:
    """Its end may have been lost, too; the next card should not be."""
    lines = TextLines(timed=True)
    put(lines, "12\n34")
    lines.spoil("lost keys", 5 * KEY_NS)
    assert lines.awaits_pause
    assert put(lines, "56\n", 2 * PAUSE_NS) == [TextLine("34", "lost keys"), TextLine("56")]


def test_a_loss_after_a_pause_is_not_of_the_line_before() -> None:
    lines = TextLines(timed=True)
    put(lines, "12")
    assert lines.spoil("lost keys", 3 * PAUSE_NS) == TextLine("12")
    assert lines.end() == TextLine("", "lost keys")


@pytest.mark.parametrize("timed", [True, False])
def test_a_line_without_an_end_is_bounded(timed: bool) -> None:
    lines = TextLines(timed=timed)
    assert put(lines, "7" * 100_000, every_ns=1000) == []
    assert lines.end() == TextLine("7" * LINE_MOST, TOO_LONG)


@given(st.lists(st.tuples(st.text(max_size=10), st.integers(0, 10**10)), max_size=20), st.booleans())
def test_no_characters_break_it_and_no_line_has_an_end_inside(heard: list[tuple[str, int]], timed: bool) -> None:
    lines, now_ns = TextLines(timed=timed), 0
    for text, after_ns in heard:
        now_ns += after_ns
        for line in put(lines, text, now_ns, every_ns=0):
            assert line.text or line.spoilt
            assert not set(line.text) & set("\r\n\t\0\x02\x03")


def test_a_line_that_is_printed_in_a_log_keeps_its_text_to_itself() -> None:
    assert "62E3086CED" not in repr(TextLine("62E3086CED", TOO_LONG))
