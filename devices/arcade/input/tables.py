"""From a profile to the tables by which the input process goes: what can be thought before a press is thought here."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from struct import Struct
from typing import Any

from devices.arcade.buttons import Button, Seen, Shortcut
from devices.arcade.input.keys import EV_ABS, EV_KEY, EV_SYN, GAMEPAD_KEYS, HAT_OF_AXIS, KEYBOARD_KEYS
from devices.arcade.input.process.codes import DIRECTIONS, NOTHING, SHORTCUTS
from devices.arcade.input.process.socd import POLICIES, STATES, Shown, hat
from devices.arcade.options import Profile, Shift
from devices.errors import BadConfig

BUTTONS = tuple(Button)
NUMBERS: Mapping[Button, int] = {button: number for number, button in enumerate(BUTTONS)}
"""By which the process knows them."""
EVENT = Struct("@llHHi")
"""`struct input_event` of <linux/input.h>: seconds and microseconds (the kernel's business), type, code, value."""
SYN = EVENT.pack(0, 0, EV_SYN, 0, 0)

Event = tuple[int, int, int]
"""Type, code, value."""


@dataclass(frozen=True, slots=True)
class Outputs:
    """The descriptors of a player's gamepad, and of the keyboard, if any profile wants one."""

    gamepad: int
    keyboard: int | None


def tables(
    player: int, switches: Collection[Button], outputs: Outputs, profile: Profile, shift: Shift | None
) -> Mapping[str, Any]:
    """The arguments of `process.player.Tables` for a player, from 0; `switches` are those that are wired.

    Raises:
        BadConfig: the profile wants keys, and there is no keyboard.
    """
    plain = tuple(NUMBERS[profile.remap.get(button, button)] for button in BUTTONS)
    shifted = tuple(_meaning(shift.buttons.get(button) if shift else None) for button in BUTTONS)
    shift_switch = NUMBERS[shift.switch] if shift and shift.switch in switches else NOTHING
    look = _keyboard(player, profile) if profile.seen is Seen.KEYBOARD else _gamepad(profile)
    return {
        "device": _device(outputs, profile),
        "released": look.released,
        "plain": plain,
        "shift": shift_switch,
        "shifted": shifted,
        "turbo_ns": tuple(round(0.5e9 / profile.turbo[b]) if b in profile.turbo else 0 for b in BUTTONS),
        "coupled": coupled([NUMBERS[button] for button in switches], plain, shifted, shift_switch),
        "keys": look.keys,
        "axes": look.axes,
    }


def released(player: int, outputs: Outputs) -> Iterable[tuple[int, bytes]]:
    """What to write where so that nothing of a player is pressed, on whichever device."""
    yield outputs.gamepad, _gamepad(Profile()).released
    if outputs.keyboard is not None:
        yield outputs.keyboard, _keyboard(player, Profile()).released


def frame(*events: Event) -> bytes:
    """Events that happen together, as an input device takes them; nothing if there are none."""
    return b"".join(EVENT.pack(0, 0, *event) for event in events) + SYN if events else b""


def coupled(
    switches: Collection[int], plain: tuple[int, ...], shifted: tuple[int, ...], shift: int
) -> tuple[tuple[int, ...], ...]:
    """For each switch the others whose next frame depends on it."""
    return tuple(
        tuple(
            other
            for other in switches
            if other != switch and (switch == shift or _reach(switch, plain, shifted) & _ends(other, plain, shifted))
        )
        if switch in switches
        else ()
        for switch in range(len(BUTTONS))
    )


def _ends(switch: int, plain: tuple[int, ...], shifted: tuple[int, ...]) -> set[int]:
    """The buttons that a switch may press."""
    return {plain[switch], shifted[switch]} & set(range(len(BUTTONS)))


def _reach(switch: int, plain: tuple[int, ...], shifted: tuple[int, ...]) -> set[int]:
    """Those, and the opposite directions."""
    ends = _ends(switch, plain, shifted)
    return ends | {end ^ 1 for end in ends if end < DIRECTIONS}


def _meaning(of: Button | Shortcut | None) -> int:
    match of:
        case Button():
            return NUMBERS[of]
        case Shortcut():
            return SHORTCUTS + tuple(Shortcut).index(of)
        case None:
            return NOTHING


def _device(outputs: Outputs, profile: Profile) -> int:
    if profile.seen is Seen.GAMEPAD:
        return outputs.gamepad
    if outputs.keyboard is None:
        raise BadConfig("this cabinet has no keyboard: none of its profiles in config.yaml wants keys")
    return outputs.keyboard


Axis = tuple[tuple[bytes, ...], ...]
"""The frame by the state before and after."""


@dataclass(frozen=True, slots=True)
class _Look:
    """What a game sees: `released` lets go of everything, `keys` are the frames of each button going up and down."""

    released: bytes
    keys: tuple[tuple[bytes, bytes], ...]
    axes: tuple[Axis, ...]


def _gamepad(profile: Profile) -> _Look:
    return _Look(
        frame(*((EV_KEY, key, 0) for key in GAMEPAD_KEYS.values()), *((EV_ABS, code, 0) for code in HAT_OF_AXIS)),
        tuple(_key(GAMEPAD_KEYS.get(button)) for button in BUTTONS),
        tuple(_hat_axis(code, shown) for code, shown in zip(HAT_OF_AXIS, POLICIES[profile.socd], strict=True)),
    )


def _keyboard(player: int, profile: Profile) -> _Look:
    keys = KEYBOARD_KEYS[player]
    vertical, horizontal = POLICIES[profile.socd]
    return _Look(
        frame(*((EV_KEY, key, 0) for key in keys.values())),
        tuple(_key(keys.get(button)) for button in BUTTONS),
        (
            _keys_axis((keys[Button.UP], keys[Button.DOWN]), vertical),
            _keys_axis((keys[Button.LEFT], keys[Button.RIGHT]), horizontal),
        ),
    )


def _key(code: int | None) -> tuple[bytes, bytes]:
    return (b"", b"") if code is None else (frame((EV_KEY, code, 0)), frame((EV_KEY, code, 1)))


def _hat_axis(code: int, shown: Shown) -> Axis:
    values = [hat(shown, state) for state in range(STATES)]
    return tuple(
        tuple(frame((EV_ABS, code, after)) if after != before else b"" for after in values) for before in values
    )


def _keys_axis(codes: tuple[int, int], shown: Shown) -> Axis:
    def turned(before: tuple[bool, bool], after: tuple[bool, bool]) -> Iterable[Event]:
        changes = zip(codes, before, after, strict=True)
        return ((EV_KEY, code, int(is_)) for code, was, is_ in changes if is_ != was)

    return tuple(tuple(frame(*turned(before, after)) for after in shown) for before in shown)
