"""What a game sees of one player: from switches to bytes for the input device, by the tables of a profile."""

from .codes import BUTTONS, DIRECTIONS, NOTHING, SHORTCUTS
from .pulses import Pulses
from .shift import Shift
from .socd import NEITHER, PRESSED, RELEASED
from .turbo import Turbo

TAP_NS = 80_000_000
"""How long a game sees the tap of a shift switch."""


class Tables:
    """A profile as one player has it. Frames are `struct input_event` records, ready to be written."""

    __slots__ = ("axes", "coupled", "device", "keys", "plain", "released", "shift", "shifted", "turbo_ns")

    def __init__(
        self,
        *,
        device: int,
        released: bytes,
        plain: tuple[int, ...],
        shift: int,
        shifted: tuple[int, ...],
        turbo_ns: tuple[int, ...],
        coupled: tuple[tuple[int, ...], ...],
        keys: tuple[tuple[bytes, bytes], ...],
        axes: tuple[tuple[tuple[bytes, ...], ...], ...],
    ) -> None:
        self.device = device
        """The descriptor to which frames are written."""
        self.released = released
        """The frame after which nothing is pressed."""
        self.plain = plain
        """What each switch means."""
        self.shift = shift
        self.shifted = shifted
        """As in `Shift`."""
        self.turbo_ns = turbo_ns
        """For each switch the time between two changes, or 0."""
        self.coupled = coupled
        """For each switch those whose next frame it may change."""
        self.keys = keys
        """For each button the frames of going up and down; directions have none."""
        self.axes = axes
        """For the vertical and the horizontal axis the frame by the state (of `socd`) before and after."""


class Player:
    """The switches of one player, and what the game has seen of them."""

    __slots__ = ("_admitted", "_axes", "_count", "_meanings", "_pulses", "_shift", "_turbo", "shortcuts", "tables")

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.shortcuts: list[int] = []
        """Those used and not yet taken, by their place in `Shortcut`."""
        self._admitted = True
        self._pulses = Pulses()
        self._forget()

    def _forget(self) -> None:
        """Nothing is pressed."""
        self._shift = Shift(self.tables.shift, self.tables.shifted)
        self._turbo = Turbo()
        self._meanings = [NOTHING] * BUTTONS
        """What each switch meant when it went down, until it goes up."""
        self._count = [0] * BUTTONS
        """How many switches and pulses press each button."""
        self._axes = [NEITHER, NEITHER]

    def apply(self, tables: Tables, now_ns: int) -> bytes:
        """Another profile: the frame for the device of the old one. What is held has to be pressed anew."""
        released = self.tables.released
        self.tables = tables
        self._pulses.end(now_ns)
        self._forget()
        return released

    def admit(self, admitted: bool) -> bytes:
        """Whether the switches reach the game from now on. Pulses always do, and go on."""
        if admitted == self._admitted:
            return b""
        self._admitted = admitted
        self._shift.release()
        return b"".join([self._let_go(switch) for switch in range(BUTTONS)])

    def pulse(self, button: int, duration_ns: int) -> None:
        """Press a button for so long, however the switches are."""
        self._pulses.add(button, duration_ns)

    def change(self, switch: int, pressed: bool, now_ns: int) -> bytes:
        """A switch has gone down or up: the frame for the game."""
        if not self._admitted:
            return b""
        if switch == self._shift.switch:
            self._change_shift(pressed)
            return b""
        return self._press(switch, now_ns) if pressed else self._let_go(switch)

    def foresee(self, switch: int, pressed: bool) -> bytes:
        """The frame that `change` would give, if that is all that would happen; else nothing."""
        if not self._admitted or switch == self._shift.switch or self.tables.turbo_ns[switch]:
            return b""
        button = self._shift.meaning(switch, self.tables.plain[switch]) if pressed else self._meanings[switch]
        if button == NOTHING or button >= SHORTCUTS or self._count[button] != (not pressed):
            return b""
        return self._frame(button, pressed)[0]

    def due_ns(self) -> int:
        """When `tick` is next due."""
        return min(self._pulses.due_ns, self._turbo.due_ns())

    def tick(self, now_ns: int) -> bytes:
        """The frame of pulses and turbo."""
        frames = [
            self._down(self._meanings[switch]) if down else self._up(self._meanings[switch])
            for switch, down in self._turbo.changes(now_ns)
        ]
        if self._pulses.due_ns <= now_ns:
            frames.append(self._change_pulse(now_ns))
        return b"".join(frames)

    def _change_shift(self, pressed: bool) -> None:
        if pressed:
            self._shift.press()
        elif self._shift.release() and (button := self.tables.plain[self._shift.switch]) != NOTHING:
            self._pulses.add(button, TAP_NS)

    def _press(self, switch: int, now_ns: int) -> bytes:
        plain = self.tables.plain[switch]
        meaning = self._shift.meaning(switch, plain)
        self._shift.used |= meaning != plain
        if meaning == NOTHING:
            return b""
        if meaning >= SHORTCUTS:
            self.shortcuts.append(meaning - SHORTCUTS)
            return b""
        self._meanings[switch] = meaning
        if half_ns := self.tables.turbo_ns[switch]:
            self._turbo.start(switch, half_ns, now_ns)
        return self._down(meaning)

    def _let_go(self, switch: int) -> bytes:
        button, self._meanings[switch] = self._meanings[switch], NOTHING
        if button == NOTHING or self._turbo.stop(switch):
            return b""
        return self._up(button)

    def _change_pulse(self, now_ns: int) -> bytes:
        button = self._pulses.next_button()
        if self._pulses.pressed == NOTHING and button != NOTHING and self._count[button]:
            self._pulses.postpone(now_ns)
            return b"".join([self._let_go(switch) for switch in range(BUTTONS) if self._meanings[switch] == button])
        button, down = self._pulses.change(now_ns)
        if button == NOTHING:
            return b""
        return self._down(button) if down else self._up(button)

    def _down(self, button: int) -> bytes:
        self._count[button] += 1
        return self._turn(button, True) if self._count[button] == 1 else b""

    def _up(self, button: int) -> bytes:
        self._count[button] -= 1
        return b"" if self._count[button] else self._turn(button, False)

    def _turn(self, button: int, pressed: bool) -> bytes:
        frame, state = self._frame(button, pressed)
        if button < DIRECTIONS:
            self._axes[button >> 1] = state
        return frame

    def _frame(self, button: int, pressed: bool) -> tuple[bytes, int]:
        """The frame of a button that goes down or up, and the state of its axis after it."""
        if button >= DIRECTIONS:
            return self.tables.keys[button][pressed], NEITHER
        axis = button >> 1
        before = self._axes[axis]
        after = (PRESSED if pressed else RELEASED)[button & 1][before]
        return self.tables.axes[axis][before][after], after
