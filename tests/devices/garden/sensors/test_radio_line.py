"""The lines of radio nodes, and finding them in a stream."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.errors import BadFrame
from devices.garden.sensors.radio_line import LINE_MOST, LineParser, RadioLine, checksum, framed, parse
from devices.garden.sensors.serial_lines import decode

WORDS = st.from_regex(r"[A-Za-z0-9_-]{1,10}", fullmatch=True)
LINES = st.builds(
    RadioLine,
    WORDS,
    st.integers(0, 65535),
    st.dictionaries(WORDS, st.integers(-99999, 99999).map(lambda hundredths: hundredths / 100), min_size=1, max_size=2),
)


def sent(line: RadioLine) -> bytes:
    return framed(f"{line.node},{line.sequence}," + ",".join(f"{name}={value}" for name, value in line.values.items()))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,", 0x47),
        ("GPGLL,5300.97914,N,00259.98174,E,125926,A", 0x28),
        ("GPRMC,123519,A,4807.038,N,01131.000,E,022.4,084.4,230394,003.1,W", 0x6A),
    ],
)
def test_the_checksum_is_that_of_well_known_nmea_0183_sentences(body: str, expected: int) -> None:
    assert checksum(body) == expected


def test_a_line_gives_its_node_its_sequence_and_its_values() -> None:
    line = framed("greenhouse,7,temperature=21.5,humidity=60,delta=-0.25").decode()
    expected = {"node": "greenhouse", "sequence": 7, "values": {"temperature": 21.5, "humidity": 60.0, "delta": -0.25}}
    assert decode(line) == decode(line.strip()) == decode(line.strip()[:-2] + line.strip()[-2:].lower()) == expected


@pytest.mark.parametrize(
    "body",
    [
        "", "n", "n,1", "n,1,", ",1,t=2", "n,,t=2", "n,65536,t=2", "n,-1,t=2", "n,1.0,t=2", "n,1,t", "n,1,t=", "n,1,=2",
        "n,1,t=nan", "n,1,t=inf", "n,1,t=1e9", "n,1,t=0x1", "n,1,t=1_0", "n,1,t=1,t=2", "n,1,t= 2", "n 1,1,t=2",
        "n,1,t=2,", "n,1,t=" + "9" * 16, "n,1," + ",".join(f"value-{number}=1" for number in range(9)),
    ],
)  # fmt: skip
def test_a_line_that_says_something_else_is_a_bad_frame_although_its_checksum_is_right(body: str) -> None:
    with pytest.raises(BadFrame):
        decode(framed(body).decode())


@pytest.mark.parametrize(
    "text",
    ["", "\r\n", "$", "n,1,t=2", "$n,1,t=2", "$n,1,t=2*", "$n,1,t=2*5", "$n,1,t=2*00", "x$n,1,t=2*57", "$n,1,t=2*57x",
     "$n,1,t=2*57\r\n\r\n", "$n,1,t=2*5g", "$n,1,t=²*57", "$$n,1,t=2*57"],
)  # fmt: skip
def test_a_broken_frame_is_a_bad_frame(text: str) -> None:
    with pytest.raises(BadFrame):
        decode(text)


def test_a_line_may_have_82_characters_and_no_more() -> None:
    longest = "n," + "1," + "v" * 32 + "=1," + "w" * 32 + "="
    longest += "1" * (LINE_MOST - len(framed(longest)))
    assert len(framed(longest)) == LINE_MOST
    assert decode(framed(longest).decode())
    with pytest.raises(BadFrame, match="at most 82"):
        decode(framed(longest + "1").decode())


@given(st.text())
def test_no_text_breaks_the_decoder(text: str) -> None:
    with suppress(BadFrame):
        decode(text)


@given(LINES)
def test_what_was_sent_is_what_is_read(line: RadioLine) -> None:
    assert parse(sent(line).decode()) == line


@given(st.lists(LINES), st.lists(st.integers(1, 90)))
def test_how_a_stream_is_cut_does_not_matter(lines: list[RadioLine], cuts: list[int]) -> None:
    parser, read, rest = LineParser(), [], b"".join(map(sent, lines))
    for cut in cuts:
        read += parser.feed(rest[:cut])
        rest = rest[cut:]
    assert read + parser.feed(rest) == lines
    assert parser.rejected == 0


@given(st.binary(max_size=300), LINES)
def test_a_dollar_begins_a_line_after_any_noise(noise: bytes, line: RadioLine) -> None:
    assert LineParser().feed(noise + sent(line))[-1:] == [line]


@given(st.lists(st.binary(max_size=200)))
def test_noise_is_never_kept_for_longer_than_a_line(chunks: list[bytes]) -> None:
    parser = LineParser()
    for chunk in chunks:
        parser.feed(chunk)
        assert len(parser._unfinished) <= LINE_MOST


def test_lines_that_are_none_are_counted_and_empty_ones_are_not() -> None:
    parser = LineParser()
    assert parser.feed(b"hello\r\n\r\n\n$n,1,t=2*00\r\n" + b"x" * 500 + b"\r\n") == []
    assert parser.rejected == 3


def test_an_overlong_line_is_skipped_whole_and_the_next_one_is_read() -> None:
    parser = LineParser()
    overlong = framed("n,1," + ",".join(f"v{number}=1" for number in range(40)))
    good = framed("n,2,t=1")
    assert [line.sequence for line in parser.feed(overlong + good)] == [2]
    assert parser.rejected == 1
