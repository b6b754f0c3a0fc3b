"""Frames as hypothesis draws them."""

from hypothesis import strategies as st

from devices.access.readers.osdp.frame import Check, Frame, SecurityBlock

BYTES = st.binary(max_size=40)


@st.composite
def frames(draw: st.DrawFn) -> Frame:
    kind = draw(st.none() | st.integers(0x11, 0x18))
    return Frame(
        address=draw(st.integers(0, 127)),
        reply=draw(st.booleans()),
        sequence=draw(st.integers(0, 3)),
        check=draw(st.sampled_from(Check)),
        code=draw(st.integers(0, 255)),
        data=draw(BYTES),
        security=None if kind is None else SecurityBlock(kind, draw(st.binary(max_size=3))),
        mac=draw(st.binary(min_size=4, max_size=4)) if kind is not None and kind >= 0x15 else None,
    )
