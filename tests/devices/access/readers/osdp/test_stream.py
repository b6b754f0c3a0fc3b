"""Frames in what comes from a line."""

from hypothesis import given
from hypothesis import strategies as st

from devices.access.readers.osdp.frame import MOST_BYTES, Frame
from devices.access.readers.osdp.stream import FrameFinder
from tests.devices.access.readers.osdp.encoding import encode
from tests.devices.access.readers.osdp.frames import frames


def found(data: bytes, pieces: int) -> list[bytes]:
    finder = FrameFinder()
    return [frame for at in range(0, len(data), pieces) for frame in finder.feed(data[at : at + pieces])]


@given(st.lists(frames(), max_size=4), st.integers(1, 30))
def test_frames_are_found_however_the_line_breaks_them(sent: list[Frame], pieces: int) -> None:
    whole = [encode(frame) for frame in sent]
    assert found(b"\xff".join(whole), pieces) == whole


@given(st.binary(max_size=30).filter(lambda noise: 0x53 not in noise), frames(), st.integers(1, 30))
def test_noise_before_a_frame_hides_it_not(noise: bytes, frame: Frame, pieces: int) -> None:
    assert found(noise + encode(frame), pieces) == [encode(frame)]


@given(frames(), st.data())
def test_a_frame_after_one_that_was_cut_is_found_when_the_announced_bytes_have_come(
    frame: Frame, data: st.DataObject
) -> None:
    whole = encode(frame)
    cut = whole[: data.draw(st.integers(1, len(whole) - 1))]
    assert whole in found(cut + whole + b"\xff" * MOST_BYTES, 64)


@given(st.lists(st.binary(max_size=200), max_size=40))
def test_it_never_keeps_more_than_a_frame(pieces: list[bytes]) -> None:
    finder = FrameFinder()
    for piece in pieces:
        finder.feed(piece)
        assert finder.begun <= MOST_BYTES


def test_noise_is_counted_and_marks_are_none() -> None:
    finder = FrameFinder()
    finder.feed(b"\xff\xff\x00\x01\x02" + b"\xff")
    assert (finder.refused, finder.begun) == (3, 0)
