"""Lines of text as readers type or write them: bounded, and void where something was lost."""

from dataclasses import dataclass, field

LINE_MOST = 512
"""Characters: more than the address that any tag says."""
PAUSE_NS = 300_000_000
"""Readers type a key within 20 ms: after so long, one that types no Enter has ended its line."""
FORGET_NS = 5_000_000_000
"""What is so old is not the beginning of what comes now."""
LINE_ENDS = frozenset("\r\n\t\0\x03")
IGNORED = frozenset("\x02")
"""What some serial readers put before their text."""
TOO_LONG = f"a line has more than {LINE_MOST} characters: is it a reader, and is its speed right?"
NO_END = "a line has no end: set the reader to end each with Enter (CR or LF)"


@dataclass(frozen=True, slots=True)
class TextLine:
    """What a reader said of one card. `spoilt` says why it is void, and nothing of the number; else it is empty."""

    text: str = field(repr=False)
    spoilt: str = ""


class TextLines:
    """Collects characters.

    `timed`: their times are those of the kernel, so that a pause is one of the reader. It ends a line of a reader that
    has never ended one otherwise, and one that is void anyway. Where this process may only have looked late, none does.
    """

    def __init__(self, *, timed: bool) -> None:
        self._timed = timed
        self._ends_lines = False
        self._text = ""
        self._spoilt = ""
        self._last_ns: int | None = None

    @property
    def awaits_pause(self) -> bool:
        """Whether a line has begun that a pause would end."""
        return self._last_ns is not None and self._pause_ends

    @property
    def _pause_ends(self) -> bool:
        return self._timed and bool(not self._ends_lines or self._spoilt)

    def put(self, character: str, at_ns: int) -> TextLine | None:
        """Take a character of this time (monotonic); the line that it ends, or before which a pause lay."""
        ended = self._after_pause(at_ns)
        if character in LINE_ENDS:
            self._ends_lines = True
            return ended or self.end()
        if character not in IGNORED:
            self._last_ns = at_ns
            if len(self._text) < LINE_MOST:
                self._text += character
            else:
                self._spoilt = self._spoilt or TOO_LONG
        return ended

    def spoil(self, why: str, at_ns: int) -> TextLine | None:
        """Something of this line is missing or is no text; gives the line before, if a pause lay between."""
        ended = self._after_pause(at_ns)
        self._spoilt = self._spoilt or why
        self._last_ns = at_ns
        return ended

    def end(self) -> TextLine | None:
        """The line is over; None if it is empty."""
        ended = TextLine(self._text.strip(), self._spoilt)
        self._text = self._spoilt = ""
        self._last_ns = None
        return ended if ended.text or ended.spoilt else None

    def _after_pause(self, at_ns: int) -> TextLine | None:
        if self._last_ns is None or at_ns - self._last_ns <= (PAUSE_NS if self._pause_ends else FORGET_NS):
            return None
        if not self._pause_ends:
            self._spoilt = self._spoilt or NO_END
        return self.end()
