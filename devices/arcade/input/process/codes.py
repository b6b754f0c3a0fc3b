"""The numbers on which the input process and its owner agree.

A switch, and a button that a game sees, is its place in `Button`: up, down, left and right come first.
"""

BUTTONS = 17
DIRECTIONS = 4
NOTHING = -1
"""A switch that means nothing now."""
SHORTCUTS = 32
"""What a switch means is a button below this, and from here on a shortcut: its place in `Shortcut`."""
NEVER_NS = 1 << 63
"""A moment that does not come."""
CHIP_GONE = 3
"""The process ended because a GPIO chip did."""
MESSAGE_MOST = 1 << 16
"""Bytes of one message between the two."""
