"""What things are called at the arcade. The English here is the source; the catalogues carry the other languages."""

from collections.abc import Mapping

from devices.arcade.buttons import Button, Seen, Socd
from hub.web.words import Gettext, gettext_noop

ANIMALS: Mapping[str, str] = {
    "bear": gettext_noop("Bear"),
    "bee": gettext_noop("Bee"),
    "camel": gettext_noop("Camel"),
    "cat": gettext_noop("Cat"),
    "crab": gettext_noop("Crab"),
    "dog": gettext_noop("Dog"),
    "duck": gettext_noop("Duck"),
    "elephant": gettext_noop("Elephant"),
    "fish": gettext_noop("Fish"),
    "fox": gettext_noop("Fox"),
    "frog": gettext_noop("Frog"),
    "horse": gettext_noop("Horse"),
    "koala": gettext_noop("Koala"),
    "lion": gettext_noop("Lion"),
    "mouse": gettext_noop("Mouse"),
    "owl": gettext_noop("Owl"),
    "panda": gettext_noop("Panda"),
    "penguin": gettext_noop("Penguin"),
    "rabbit": gettext_noop("Rabbit"),
    "snail": gettext_noop("Snail"),
    "tiger": gettext_noop("Tiger"),
    "turtle": gettext_noop("Turtle"),
    "whale": gettext_noop("Whale"),
    "zebra": gettext_noop("Zebra"),
}
"""The tickets."""

DRAWN = ANIMALS.keys() | {"joystick"}
"""The drawings of `static/animals.svg`; any other ticket is a paw."""

PHASES: Mapping[str, str] = {
    "free": gettext_noop("Nobody is playing. It is free!"),
    "calling": gettext_noop("Come to the cabinet!"),
    "playing": gettext_noop("Now playing"),
    "grace": gettext_noop("Finishing the game"),
    "closed": gettext_noop("The arcade is closed"),
}

PAYS: Mapping[str, str] = {
    "coins": gettext_noop("Put a coin in to play."),
    "badge": gettext_noop("Show your badge to play."),
    "free": gettext_noop("Playing costs nothing."),
}

PHASE_SIGNS: Mapping[str, str] = {
    "free": "joystick",
    "calling": "hand",
    "playing": "play",
    "grace": "hourglass",
    "closed": "moon",
}
PAY_SIGNS: Mapping[str, str] = {"coins": "coin", "badge": "badge", "free": "gift"}

TOLD: Mapping[str, str] = {
    "closed": gettext_noop("The arcade is closed. Come back when it is open."),
    "full": gettext_noop("Many people are waiting already. Come back in a few minutes."),
    "often": gettext_noop("That was too often. Wait a minute and try again."),
    "refused": gettext_noop("It did not work. Wait a minute and try again, or ask the fablab team."),
    "silent": gettext_noop("The cabinet does not answer. Please tell the fablab team."),
    "left": gettext_noop("You gave your place back. See you soon!"),
}
"""What a visitor is told after pressing a button, by what the address says."""

YOURS: Mapping[str, str] = {
    "waiting": gettext_noop("Keep this page open: it tells you when it is your turn."),
    "calling": gettext_noop("It is your turn! Go to the cabinet and press a button."),
    "playing": gettext_noop("You are playing. Have fun!"),
    "grace": gettext_noop("Finish your game: somebody else comes soon."),
}
"""What the holder of a ticket is told, in each phase of it."""

HOURS: Mapping[str, str] = {
    "open": gettext_noop("Open"),
    "open-until": gettext_noop("Open until {time}"),
    "closed": gettext_noop("Closed"),
    "closed-until": gettext_noop("Closed until {time}"),
}

WELCOME = "welcome"
BROKEN = "broken"
"""What the screen says by itself when the cabinet's hardware does not answer."""
SOMEBODY = gettext_noop("Next")
"""Called when the ticket is an animal without a name in these languages."""

MESSAGES: Mapping[str, str] = {
    WELCOME: gettext_noop("Welcome! Press a button."),
    "insert-coin": gettext_noop("Put a coin in."),
    "show-badge": gettext_noop("Show your badge."),
    "call": gettext_noop("{animal}: your turn!"),
    "play": gettext_noop("Have fun!"),
    "still-there": gettext_noop("Still there? Press a button."),
    "one-minute": gettext_noop("Soon over: finish your game."),
    "finish": gettext_noop("Time is up: finish now."),
    "saved": gettext_noop("Your game is saved."),
    "next": gettext_noop("Thank you! Next, please."),
    "closed": gettext_noop("Closed. See you soon!"),
    "join-in": gettext_noop("A second player can join in."),
    "ticket": gettext_noop("{animal}: you are in the queue."),
    "tomorrow": gettext_noop("No more turns today. See you tomorrow!"),
    "full": gettext_noop("Many people are waiting. Come back later."),
    "slot-stuck": gettext_noop("The coin slot is stuck. Call the team."),
    BROKEN: gettext_noop("Out of order. Call the team."),
}
"""What the cabinet's own screen says."""

MESSAGE_SIGNS: Mapping[str, str] = {
    WELCOME: "joystick",
    "insert-coin": "coin",
    "show-badge": "badge",
    "call": "hand",
    "play": "play",
    "still-there": "south",
    "one-minute": "late",
    "finish": "hourglass",
    "saved": "check",
    "next": "hand",
    "closed": "moon",
    "join-in": "people",
    "ticket": "check",
    "tomorrow": "moon",
    "full": "people",
    "slot-stuck": "warning",
    BROKEN: "wrench",
}

PLAYERS: Mapping[str, str] = {"one": gettext_noop("Player {number}")}

BUTTONS: Mapping[str, str] = {
    Button.UP: gettext_noop("Up"),
    Button.DOWN: gettext_noop("Down"),
    Button.LEFT: gettext_noop("Left"),
    Button.RIGHT: gettext_noop("Right"),
    Button.SOUTH: gettext_noop("Bottom button"),
    Button.EAST: gettext_noop("Right button"),
    Button.NORTH: gettext_noop("Top button"),
    Button.WEST: gettext_noop("Left button"),
    Button.L1: gettext_noop("L1 button"),
    Button.R1: gettext_noop("R1 button"),
    Button.L2: gettext_noop("L2 button"),
    Button.R2: gettext_noop("R2 button"),
    Button.L3: gettext_noop("L3 button"),
    Button.R3: gettext_noop("R3 button"),
    Button.START: gettext_noop("Start button"),
    Button.SELECT: gettext_noop("Coin button"),
    Button.MODE: gettext_noop("Menu button"),
}

BUTTON_SIGNS: Mapping[str, str] = {
    Button.UP: "up",
    Button.DOWN: "down",
    Button.LEFT: "left",
    Button.RIGHT: "right",
    Button.SOUTH: "south",
    Button.EAST: "east",
    Button.NORTH: "north",
    Button.WEST: "west",
    Button.START: "play",
    Button.SELECT: "coin",
    Button.MODE: "home",
}
"""The drawing on a button; the others bear their names."""

SOCDS: Mapping[str, str] = {
    Socd.NEUTRAL: gettext_noop("Neither counts"),
    Socd.UP_PRIORITY: gettext_noop("Up counts before down"),
    Socd.LAST_WINS: gettext_noop("The last one counts"),
    Socd.FIRST_WINS: gettext_noop("The first one counts"),
    Socd.BYPASS: gettext_noop("Both count"),
}

SEEN: Mapping[str, str] = {
    Seen.GAMEPAD: gettext_noop("The game sees gamepads"),
    Seen.KEYBOARD: gettext_noop("The game sees a keyboard"),
}


def switch(name: str, gettext: Gettext) -> str | None:
    """A switch as faults name it, `2-south`, in the visitor's language; None when it is something else."""
    player, _, button = name.partition("-")
    if not player.isdigit() or button not in BUTTONS:
        return None
    return f"{gettext(PLAYERS['one']).replace('{number}', player)} – {gettext(BUTTONS[button])}"


def opening(is_open: bool, until: str | None, gettext: Gettext) -> str:
    """Whether the cabinet is open, and until when: `Open until 18:30`."""
    key = ("open" if is_open else "closed") + ("-until" if until else "")
    return gettext(HOURS[key]).replace("{time}", until or "")
