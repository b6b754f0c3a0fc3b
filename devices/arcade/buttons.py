"""The words of a cabinet: which switches a player has, and what a game sees of them."""

from enum import StrEnum


class Button(StrEnum):
    """A switch of one player, named by its place on a gamepad (Documentation/input/gamepad.rst of the kernel)."""

    UP = "up"
    DOWN = "down"
    LEFT = "left"
    RIGHT = "right"
    SOUTH = "south"
    EAST = "east"
    NORTH = "north"
    WEST = "west"
    L1 = "l1"
    R1 = "r1"
    L2 = "l2"
    R2 = "r2"
    L3 = "l3"
    R3 = "r3"
    START = "start"
    SELECT = "select"
    MODE = "mode"


DIRECTIONS = frozenset({Button.UP, Button.DOWN, Button.LEFT, Button.RIGHT})


class Shortcut(StrEnum):
    """What a button does to the cabinet itself while the shift switch is held."""

    EXIT = "exit"
    SAVE = "save"
    LOUDER = "louder"
    QUIETER = "quieter"


class Socd(StrEnum):
    """What a game sees of two opposite directions held at once (simultaneous opposing cardinal directions)."""

    NEUTRAL = "neutral"
    """Neither."""
    UP_PRIORITY = "up-priority"
    """Up before down; left and right give neither."""
    LAST_WINS = "last-wins"
    FIRST_WINS = "first-wins"
    BYPASS = "bypass"
    """Both, as some old games expect; a hat can only show one, so the direction that came first stays."""


class Seen(StrEnum):
    """What the game takes the switches for."""

    GAMEPAD = "gamepad"
    KEYBOARD = "keyboard"
