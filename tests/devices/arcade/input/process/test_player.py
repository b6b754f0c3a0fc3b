"""What a game sees of a player's switches, by the profile; times in milliseconds."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.arcade.buttons import DIRECTIONS, Button, Seen, Shortcut, Socd
from devices.arcade.input.keys import GAMEPAD_KEYS, KEYBOARD_KEYS
from devices.arcade.input.process.codes import NEVER_NS
from devices.arcade.input.process.player import TAP_NS, Player, Tables
from devices.arcade.input.process.pulses import PAUSE_NS
from devices.arcade.input.tables import BUTTONS, NUMBERS, Outputs, tables
from devices.arcade.options import Profile, Shift
from tests.devices.arcade.input.game import Game

MS = 1_000_000
HAT_X, HAT_Y = 0x10, 0x11
PAD, KEYBOARD = 100, 101
SHIFT = Shift(switch=Button.START, buttons={Button.SELECT: Shortcut.EXIT, Button.SOUTH: Button.MODE})


def tables_of(profile: Profile, shift: Shift | None = None) -> Tables:
    return Tables(**tables(0, tuple(Button), Outputs(PAD, KEYBOARD), profile, shift))


class Session:
    """A player at a game."""

    def __init__(self, profile: Profile | None = None, shift: Shift | None = None) -> None:
        self.player = Player(tables_of(profile or Profile(), shift))
        self.game = Game()
        self.now_ns = 0

    def press(self, *buttons: Button) -> None:
        for button in buttons:
            self.game.take(self.player.change(NUMBERS[button], True, self.now_ns))

    def release(self, *buttons: Button) -> None:
        for button in buttons:
            self.game.take(self.player.change(NUMBERS[button], False, self.now_ns))

    def wait(self, ms: float) -> None:
        until_ns = self.now_ns + round(ms * MS)
        while (due_ns := self.player.due_ns()) <= until_ns:
            self.now_ns = max(self.now_ns, due_ns)
            self.game.take(self.player.tick(self.now_ns))
        self.now_ns = until_ns

    @property
    def keys(self) -> set[Button]:
        return {button for button, key in GAMEPAD_KEYS.items() if key in self.game.pressed}


@pytest.mark.parametrize("button", GAMEPAD_KEYS)
def test_a_button_goes_down_and_up(button: Button) -> None:
    session = Session()
    session.press(button)
    assert session.keys == {button}
    session.release(button)
    assert session.game.is_quiet


@pytest.mark.parametrize(
    ("direction", "seen"),
    [(Button.UP, {HAT_Y: -1}), (Button.DOWN, {HAT_Y: 1}), (Button.LEFT, {HAT_X: -1}), (Button.RIGHT, {HAT_X: 1})],
)
def test_a_direction_moves_the_hat(direction: Button, seen: Mapping[int, int]) -> None:
    session = Session()
    session.press(direction)
    assert session.game.moved == seen
    session.release(direction)
    assert session.game.is_quiet


def test_diagonals_are_two_axes() -> None:
    session = Session()
    session.press(Button.UP, Button.RIGHT)
    assert session.game.moved == {HAT_Y: -1, HAT_X: 1}


@pytest.mark.parametrize(
    ("socd", "seen"),
    [
        (Socd.NEUTRAL, [-1, 0, 1]),
        (Socd.UP_PRIORITY, [-1, 0, 1]),
        (Socd.LAST_WINS, [-1, 1, 1]),
        (Socd.FIRST_WINS, [-1, -1, 1]),
        (Socd.BYPASS, [-1, -1, 1]),
    ],
)
def test_left_then_right_then_left_let_go(socd: Socd, seen: list[int]) -> None:
    session, at = Session(Profile(socd=socd)), []
    for change, direction in (
        (session.press, Button.LEFT),
        (session.press, Button.RIGHT),
        (session.release, Button.LEFT),
    ):
        change(direction)
        at.append(session.game.moved.get(HAT_X, 0))
    assert at == seen


def test_bypass_shows_a_keyboard_game_both_directions() -> None:
    session = Session(Profile(seen=Seen.KEYBOARD, socd=Socd.BYPASS))
    session.press(Button.LEFT, Button.RIGHT)
    assert session.game.pressed == {KEYBOARD_KEYS[0][Button.LEFT], KEYBOARD_KEYS[0][Button.RIGHT]}


@pytest.mark.parametrize("button", KEYBOARD_KEYS[0])
def test_a_keyboard_game_sees_keys(button: Button) -> None:
    session = Session(Profile(seen=Seen.KEYBOARD))
    session.press(button)
    assert session.game.pressed == {KEYBOARD_KEYS[0][button]}
    session.release(button)
    assert session.game.is_quiet


def test_a_switch_may_be_another_button_for_the_game() -> None:
    session = Session(Profile(remap={Button.SOUTH: Button.EAST}))
    session.press(Button.SOUTH)
    assert session.keys == {Button.EAST}


def test_two_switches_of_one_button_press_it_until_both_are_up() -> None:
    session = Session(Profile(remap={Button.SOUTH: Button.EAST}))
    session.press(Button.SOUTH, Button.EAST)
    session.release(Button.SOUTH)
    assert session.keys == {Button.EAST}
    session.release(Button.EAST)
    assert session.game.is_quiet


def test_a_button_may_be_a_direction() -> None:
    session = Session(Profile(remap={Button.SOUTH: Button.UP}))
    session.press(Button.SOUTH, Button.UP)
    session.release(Button.UP)
    assert session.game.moved == {HAT_Y: -1}


def test_turbo_fires_while_it_is_held_and_ends_with_it() -> None:
    session = Session(Profile(turbo={Button.SOUTH: 10}))
    session.press(Button.SOUTH)
    session.wait(449)
    session.release(Button.SOUTH)
    south = GAMEPAD_KEYS[Button.SOUTH]
    assert session.game.seen == [(south, 1), (south, 0)] * 4 + [(south, 1), (south, 0)]
    assert session.game.is_quiet
    assert session.player.due_ns() == NEVER_NS


def test_turbo_let_go_between_two_shots_stays_up() -> None:
    session = Session(Profile(turbo={Button.SOUTH: 10}))
    session.press(Button.SOUTH)
    session.wait(60)
    session.release(Button.SOUTH)
    session.wait(500)
    assert len(session.game.seen) == 2


def test_a_shift_switch_is_itself_when_it_was_only_tapped() -> None:
    session = Session(shift=SHIFT)
    session.press(Button.START)
    assert session.game.is_quiet
    session.release(Button.START)
    session.wait(1)
    assert session.keys == {Button.START}
    session.wait(TAP_NS / MS)
    assert session.game.is_quiet


def test_a_shifted_button_is_another_at_once_and_the_shift_is_not_itself() -> None:
    session = Session(shift=SHIFT)
    session.press(Button.START, Button.SOUTH)
    assert session.keys == {Button.MODE}
    session.release(Button.START)
    assert session.keys == {Button.MODE}, "it stays what it was when it was pressed"
    session.release(Button.SOUTH)
    session.wait(500)
    assert [code for code, _ in session.game.seen] == [GAMEPAD_KEYS[Button.MODE]] * 2


def test_a_button_held_before_the_shift_stays_itself() -> None:
    session = Session(shift=SHIFT)
    session.press(Button.SOUTH, Button.START)
    assert session.keys == {Button.SOUTH}
    session.release(Button.SOUTH)
    assert session.game.is_quiet


def test_a_button_that_the_shift_does_not_change_is_never_delayed() -> None:
    session = Session(shift=SHIFT)
    session.press(Button.START, Button.EAST)
    assert session.keys == {Button.EAST}


def test_a_shortcut_is_for_the_cabinet_and_not_for_the_game() -> None:
    session = Session(shift=SHIFT)
    session.press(Button.START, Button.SELECT)
    assert session.player.shortcuts == [list(Shortcut).index(Shortcut.EXIT)]
    session.release(Button.SELECT, Button.START)
    session.wait(500)
    assert session.game.seen == []


def test_whoever_is_not_admitted_reaches_no_game() -> None:
    session = Session(shift=SHIFT)
    session.game.take(session.player.admit(False))
    session.press(Button.SOUTH, Button.UP, Button.START, Button.SELECT)
    session.release(Button.START)
    session.wait(500)
    assert session.game.seen == []
    assert session.player.shortcuts == []


def test_what_is_held_at_the_end_of_a_turn_is_released_and_stays_so_in_the_next() -> None:
    session = Session()
    session.press(Button.SOUTH, Button.LEFT)
    session.game.take(session.player.admit(False))
    assert session.game.is_quiet
    session.game.take(session.player.admit(True))
    session.release(Button.SOUTH)
    session.press(Button.EAST)
    assert session.keys == {Button.EAST}
    assert session.game.moved == {}


def test_another_profile_releases_what_is_held() -> None:
    session = Session()
    session.press(Button.SOUTH, Button.LEFT)
    session.game.take(session.player.apply(tables_of(Profile(seen=Seen.KEYBOARD)), session.now_ns))
    assert session.game.is_quiet
    session.release(Button.SOUTH, Button.LEFT)
    assert session.game.is_quiet


def test_a_pulse_is_pressed_for_its_length_whoever_is_admitted() -> None:
    session = Session()
    session.player.admit(False)
    session.player.pulse(NUMBERS[Button.SELECT], 100 * MS)
    session.wait(99)
    assert session.keys == {Button.SELECT}
    session.wait(2)
    assert session.game.is_quiet


def test_a_pulse_goes_on_when_a_turn_begins_or_ends() -> None:
    session = Session()
    session.player.pulse(NUMBERS[Button.SELECT], 100 * MS)
    session.wait(10)
    session.game.take(session.player.admit(False))
    session.game.take(session.player.admit(True))
    assert session.keys == {Button.SELECT}


def test_a_coin_is_seen_although_somebody_holds_its_button() -> None:
    session = Session()
    session.press(Button.SELECT)
    session.player.pulse(NUMBERS[Button.SELECT], 100 * MS)
    session.wait(1)
    assert session.game.is_quiet
    session.wait(PAUSE_NS / MS)
    assert session.keys == {Button.SELECT}
    session.wait(100)
    assert session.game.is_quiet
    assert [value for _, value in session.game.seen] == [1, 0, 1, 0]


PROFILES = st.builds(
    Profile,
    seen=st.sampled_from(Seen),
    socd=st.sampled_from(Socd),
    remap=st.dictionaries(st.sampled_from(Button), st.sampled_from(Button), max_size=4),
    turbo=st.dictionaries(st.sampled_from(sorted(set(Button) - DIRECTIONS)), st.floats(1, 30), max_size=2),
)
SHIFTS = st.none() | st.builds(
    Shift,
    switch=st.just(Button.START),
    buttons=st.dictionaries(
        st.sampled_from(sorted(set(Button) - {Button.START})),
        st.sampled_from(Button) | st.sampled_from(Shortcut),
        max_size=4,
    ),
)
FEW = [NUMBERS[button] for button in (Button.UP, Button.DOWN, Button.LEFT, Button.SOUTH, Button.EAST, Button.START)]
DEEDS = st.lists(
    st.tuples(st.sampled_from(["turn"] * 12 + ["admit", "apply", "pulse", "wait"]), st.sampled_from(FEW)), max_size=60
)


@given(profile=PROFILES, other=PROFILES, shift=SHIFTS, deeds=DEEDS)
def test_what_is_foreseen_comes_true_and_in_the_end_nothing_stays_pressed(
    profile: Profile, other: Profile, shift: Shift | None, deeds: list[tuple[str, Any]]
) -> None:
    """As the loop does it: what was foreseen is kept until a switch changes that is coupled to it."""
    session = Session(profile, shift)
    player, held, admitted = session.player, set[int](), True
    foreseen: dict[int, bytes] = {}

    def foresee(switches: tuple[int, ...]) -> None:
        foreseen.update({switch: player.foresee(switch, switch not in held) for switch in switches})

    foresee(tuple(NUMBERS.values()))
    games = {PAD: session.game, KEYBOARD: Game()}
    for deed, switch in deeds:
        device = player.tables.device
        if deed == "turn":
            held ^= {switch}
            frame = player.change(switch, switch in held, session.now_ns)
            assert foreseen[switch] in {b"", frame}
            games[device].take(frame)
            foresee((switch, *player.tables.coupled[switch]))
            continue
        if deed == "admit":
            admitted = not admitted
            games[device].take(player.admit(admitted))
        elif deed == "apply":
            games[device].take(player.apply(tables_of(other, shift), session.now_ns))
        elif deed == "pulse":
            player.pulse(switch, 20 * MS)
        else:
            session.now_ns += 30 * MS
            games[device].take(player.tick(session.now_ns))
        foresee(tuple(NUMBERS.values()))
    for switch in sorted(held):
        games[player.tables.device].take(player.change(switch, False, session.now_ns))
    while (due_ns := player.due_ns()) != NEVER_NS:
        session.now_ns = max(session.now_ns, due_ns)
        games[player.tables.device].take(player.tick(session.now_ns))
    assert all(game.is_quiet for game in games.values())


def test_every_button_has_a_number() -> None:
    assert [BUTTONS[number] for number in NUMBERS.values()] == list(Button)
