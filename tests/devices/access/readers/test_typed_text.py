"""Text by the keys that type it."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.access.readers.text_line import PAUSE_NS, TextLine
from devices.access.readers.typed_text import LOST, NO_TEXT, STUCK, TypedText
from devices.board.board import InputEvent, InputReport
from devices.board.input_records import EV_KEY
from devices.board.keys import KEY_LEFTSHIFT, PLAIN, SHIFTED, strokes

KEY_NS = 8_000_000
KEY_LEFTALT, KEY_CAPSLOCK = 56, 58
URL = "https://alco.example/b?picc_data=EF963FF7828658A599F3041510671E88&cmac=94EED9EE65337086"
TYPEABLE = sorted((PLAIN.keys() | SHIFTED.keys()) - {"\n", "\t"})


class Keys:
    def __init__(self) -> None:
        self.now_ns = 1_000_000_000
        self.typed = TypedText()
        self.lines: list[TextLine] = []

    def move(self, code: int, value: int) -> None:
        self.report(InputReport((InputEvent(EV_KEY, code, value, self.now_ns),)))

    def report(self, report: InputReport) -> None:
        self.now_ns += KEY_NS
        self.lines += self.typed.feed(report, self.now_ns)

    def type(self, text: str) -> None:
        for code, down in strokes(text):
            self.move(code, int(down))


@pytest.fixture
def keys() -> Keys:
    return Keys()


@pytest.mark.parametrize("text", ["3808980205", "62e3086ced", "62E3086CED", URL])
def test_a_line_ends_with_enter(keys: Keys, text: str) -> None:
    keys.type(f"{text}\n")
    assert keys.lines == [TextLine(text)]


def test_digits_of_the_keypad_are_digits_and_its_enter_is_one(keys: Keys) -> None:
    keypad = {"7": 71, "8": 72, "9": 73, "4": 75, "5": 76, "6": 77, "1": 79, "2": 80, "3": 81, "0": 82, "\n": 96}
    for character in "0123456789\n":
        keys.move(keypad[character], 1)
        keys.move(keypad[character], 0)
    assert keys.lines == [TextLine("0123456789")]


def test_either_shift_makes_capitals_as_long_as_it_is_down(keys: Keys) -> None:
    for shift in (KEY_LEFTSHIFT, 54):
        keys.move(shift, 1)
        keys.move(PLAIN["a"], 1)
        keys.move(PLAIN["a"], 0)
        keys.move(PLAIN["b"], 1)
        keys.move(shift, 0)
        keys.move(PLAIN["c"], 1)
    keys.type("\n")
    assert keys.lines == [TextLine("ABcABc")]


def test_a_shift_and_its_key_may_come_in_one_report(keys: Keys) -> None:
    codes = (KEY_LEFTSHIFT, PLAIN["a"])
    for value in (1, 0):
        keys.report(InputReport(tuple(InputEvent(EV_KEY, code, value, keys.now_ns) for code in codes)))
    keys.type("\n")
    assert keys.lines == [TextLine("A")]


def test_locks_change_nothing(keys: Keys) -> None:
    for code, value in ((KEY_CAPSLOCK, 1), (KEY_CAPSLOCK, 0)):
        keys.move(code, value)
    keys.type("1234\n")
    assert keys.lines == [TextLine("1234")]


def test_what_is_no_key_counts_for_nothing(keys: Keys) -> None:
    keys.type("12")
    keys.report(InputReport((InputEvent(4, 4, 458756, keys.now_ns), InputEvent(EV_KEY, PLAIN["3"], 1, keys.now_ns))))
    keys.type("\n")
    assert keys.lines == [TextLine("123")]


@pytest.mark.parametrize("changed", [(), (InputEvent(EV_KEY, PLAIN["7"], 1, 5),)])
def test_a_loss_voids_its_line_and_not_the_next_one(keys: Keys, changed: Sequence[InputEvent]) -> None:
    keys.type("12")
    keys.report(InputReport(changed, lost=True))
    keys.type("34\n5678\n")
    assert [line.spoilt for line in keys.lines] == [LOST, ""]
    assert keys.lines[1] == TextLine("5678")


def test_a_shift_that_went_up_meanwhile_is_not_held_for_ever(keys: Keys) -> None:
    keys.move(KEY_LEFTSHIFT, 1)
    keys.report(InputReport((InputEvent(EV_KEY, KEY_LEFTSHIFT, 0, keys.now_ns),), lost=True))
    keys.type("\nab\n")
    assert keys.lines[-1] == TextLine("ab")


def test_a_card_after_a_loss_without_an_end_is_whole_when_a_pause_lies_between(keys: Keys) -> None:
    keys.report(InputReport((), lost=True))
    keys.now_ns += PAUSE_NS + KEY_NS
    keys.type("1234\n")
    assert keys.lines == [TextLine("", LOST), TextLine("1234")]


@pytest.mark.parametrize(("code", "value", "said"), [(KEY_LEFTALT, 1, NO_TEXT), (103, 1, NO_TEXT), (3, 2, STUCK)])
def test_other_keys_and_keys_that_stay_down_void_the_line(keys: Keys, code: int, value: int, said: str) -> None:
    keys.type("12")
    keys.move(code, value)
    keys.type("34\n")
    assert keys.lines == [TextLine("1234", said)]


@given(st.text(TYPEABLE, min_size=1, max_size=60).filter(lambda text: text.strip() == text))
def test_everything_that_a_us_keyboard_types_is_read(text: str) -> None:
    keys = Keys()
    keys.type(f"{text}\n")
    assert keys.lines == [TextLine(text)]


REPORTS = st.builds(
    InputReport,
    st.lists(
        st.builds(InputEvent, st.integers(0, 5), st.integers(0, 767), st.integers(-1, 3), st.integers(0, 10**12)),
        max_size=5,
    ).map(tuple),
    st.booleans(),
)


@given(st.lists(REPORTS, max_size=40))
def test_no_reports_break_it(reports: list[InputReport]) -> None:
    keys = Keys()
    for report in reports:
        keys.report(report)
    assert all(line.text or line.spoilt for line in keys.lines)
