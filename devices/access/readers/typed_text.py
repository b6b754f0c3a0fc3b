"""The text that keys type, as on a US keyboard: so do readers everywhere, whatever the layout of the house is."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from devices.access.readers.text_line import TextLine, TextLines
from devices.board.board import InputEvent, InputReport
from devices.board.input_records import EV_KEY
from devices.board.keys import KEY_LEFTSHIFT, PLAIN, SHIFTED

KEY_RIGHTSHIFT, KEY_CAPSLOCK, KEY_NUMLOCK, KEY_KPENTER = 54, 58, 69, 96
SHIFTS = frozenset({KEY_LEFTSHIFT, KEY_RIGHTSHIFT})
LOCKS = frozenset({KEY_CAPSLOCK, KEY_NUMLOCK})
"""Some readers switch them on and off around what they type; digits are the same with them."""
KEY_KP7, KEYPAD = 71, "789-456+1230."
"""The codes of the keypad follow each other; some readers type digits there, as all layouts have them."""
TYPES: Mapping[int, str] = MappingProxyType(
    {code: character for character, code in PLAIN.items()}
    | {KEY_KP7 + n: character for n, character in enumerate(KEYPAD)}
    | {KEY_KPENTER: "\n"}
)
TYPES_WITH_SHIFT: Mapping[int, str] = MappingProxyType({code: character for character, code in SHIFTED.items()})
REPEATS = 2
LOST = "this Pi was too busy and lost keys: hold the card there again"
NO_TEXT = "it types keys that are no text: set it to type as a US keyboard, without Alt codes"
STUCK = "a key stays down: plug the reader out and in again"


class TypedText:
    """Makes lines of an input device's reports."""

    def __init__(self) -> None:
        self.lines = TextLines(timed=True)
        self._shifts: set[int] = set()

    def feed(self, report: InputReport, now_ns: int) -> Iterator[TextLine]:
        """The lines that this report ends. A loss voids the line in which it falls; it bears no time of its own."""
        for event in report.events:
            if event.type == EV_KEY and event.code in SHIFTS:
                (self._shifts.add if event.value else self._shifts.discard)(event.code)
            elif event.type == EV_KEY and event.value and not report.lost and (ended := self._typed(event)):
                yield ended
        if report.lost and (ended := self.lines.spoil(LOST, now_ns)):
            yield ended

    def _typed(self, event: InputEvent) -> TextLine | None:
        if event.code in LOCKS:
            return None
        if event.value == REPEATS:
            return self.lines.spoil(STUCK, event.monotonic_ns)
        character = (TYPES_WITH_SHIFT if self._shifts else TYPES).get(event.code)
        if character is None:
            return self.lines.spoil(NO_TEXT, event.monotonic_ns)
        return self.lines.put(character, event.monotonic_ns)
