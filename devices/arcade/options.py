"""What `config.yaml` may say of an arcade cabinet: its wiring, and the rules of the house."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Literal, TypeAlias

from devices.arcade.buttons import DIRECTIONS, Button, Seen, Shortcut, Socd
from devices.opening_hours import Hours
from devices.options import (
    DURATION,
    STRICT,
    About,
    ChosenBy,
    Name,
    Parsed,
    PortNumber,
    Seconds,
    Within,
    parse_duration,
)

Line = Annotated[str, Within(pattern=r"^[A-Za-z0-9_.:-]{1,31}$")]
"""A GPIO line by the name on the pinout: GPIO17."""
Percent = Annotated[int, Within(least=0, most=100)]
Short = Annotated[float, Within(least=0.0, most=0.05), Parsed(parse_duration, DURATION, "5ms")]
PulseWidth = Annotated[float, Within(least=0.02, most=0.5), Parsed(parse_duration, DURATION, "50ms")]
Credits = Annotated[int, Within(least=1, most=100)]

Switches: TypeAlias = Mapping[Button, Line]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """A switch that is a shift key while it is held, and itself when it is let go without another.

    Raises:
        ValueError: the shift switch is among the buttons that it shifts.
    """

    __pydantic_config__ = STRICT
    switch: Annotated[Button, About("The shift switch, the same for each player.")] = Button.START
    buttons: Annotated[
        Mapping[Button, Button | Shortcut],
        About("What the other switches are while it is held: another button, or exit, save, louder, quieter."),
    ] = field(default_factory=lambda: {Button.SELECT: Shortcut.EXIT, Button.SOUTH: Button.MODE})

    def __post_init__(self) -> None:
        if self.switch in self.buttons:
            raise ValueError(f"{self.switch} is the shift switch and cannot be shifted itself")


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """How the switches are understood in some games.

    Raises:
        ValueError: turbo for a direction.
    """

    __pydantic_config__ = STRICT
    games: Annotated[
        tuple[str, ...],
        About("Games for which this profile is taken by itself: their file's name, with * for any letters."),
    ] = ()
    seen: Annotated[Seen, About("The game sees gamepads, or keys of a keyboard.")] = Seen.GAMEPAD
    socd: Annotated[Socd, About("What the game sees of two opposite directions held at once.")] = Socd.NEUTRAL
    remap: Annotated[Mapping[Button, Button], About("Switches that the game sees as another button.")] = field(
        default_factory=dict
    )
    turbo: Annotated[
        Mapping[Button, Annotated[float, Within(least=1, most=30)]],
        About("Buttons that fire again and again while held, in times a second."),
    ] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if directions := sorted(DIRECTIONS & self.turbo.keys()):
            raise ValueError(f"turbo is for buttons, not for {', '.join(directions)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PulseCount:
    """An acceptor that says the coin's value by the number of pulses.

    Raises:
        ValueError: no number of pulses is worth anything.
    """

    __pydantic_config__ = STRICT
    by: Annotated[Literal["count"], About("The number of pulses says which coin it was.")]
    pulse: Annotated[PulseWidth, About("Length of one pulse as set at the acceptor; 20% more or less is accepted.")] = (
        0.05
    )
    pause: Annotated[PulseWidth, About("Longest pause between the pulses of one coin.")] = 0.2
    credits: Annotated[Mapping[Credits, Credits], About("Number of pulses → credits.")] = field(
        default_factory=lambda: {1: 1}
    )

    def __post_init__(self) -> None:
        if not self.credits:
            raise ValueError("credits says what a number of pulses is worth: {1: 1}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Coin:
    """One coin of an acceptor that tells coins apart by the length of their pulse."""

    __pydantic_config__ = STRICT
    pulse: Annotated[PulseWidth, About("Length of its pulse; 20% more or less is accepted.")]
    credits: Annotated[Credits, About("What it is worth.")] = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PulseWidths:
    """An acceptor that says which coin it was by the length of one pulse.

    Raises:
        ValueError: no coin, or two whose pulses cannot be told apart.
    """

    __pydantic_config__ = STRICT
    by: Annotated[Literal["width"], About("The length of the pulse says which coin it was.")]
    coins: Annotated[tuple[Coin, ...], About("The coins or tokens it accepts.")]

    def __post_init__(self) -> None:
        if not self.coins:
            raise ValueError("coins lists what the acceptor takes: [{pulse: 50ms, credits: 1}]")
        widths = Counter(coin.pulse for coin in self.coins)
        if twice := [f"{width * 1000:g} ms" for width, count in widths.items() if count > 1]:
            raise ValueError(f"two coins have the same pulse of {', '.join(twice)}")


CoinSignal: TypeAlias = Annotated[PulseCount | PulseWidths, ChosenBy("by")]


@dataclass(frozen=True, slots=True, kw_only=True)
class CoinSlotOptions:
    """A coin or token acceptor."""

    __pydantic_config__ = STRICT
    line: Annotated[Line, About("Its pulse line.")]
    active_low: Annotated[bool, About("A pulse pulls the line to ground.")] = True
    signal: Annotated[CoinSignal, About("How it says which coin it was.")] = field(
        default_factory=lambda: PulseCount(by="count")
    )
    inhibit: Annotated[Line | None, About("Line that makes the acceptor give coins back while it is active.")] = None
    game_pulse: Annotated[Seconds, About("How long the game sees its coin button pressed for each credit.")] = 0.1


class Pay(StrEnum):
    """What a turn costs."""

    COINS = "coins"
    """Coins or tokens."""
    BADGE = "badge"
    """Time by badge."""
    FREE = "free"
    """Nothing: free play."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnRules:
    """Who plays how long."""

    __pydantic_config__ = STRICT
    pay: Annotated[Pay, About("coins (or tokens), badge, or free.")] = Pay.FREE
    turn: Annotated[Seconds, About("Time of a turn: for each credit, or for a badge, or when play is free.")] = 600.0
    turn_when_others_wait: Annotated[Seconds, About("The same while somebody waits.")] = 300.0
    together: Annotated[Seconds, About("Added to the turn when a second player joins.")] = 120.0
    warning: Annotated[Seconds, About("The end is announced so long before.")] = 60.0
    grace: Annotated[Seconds, About("Time to finish after the turn; then the game is saved and closed.")] = 30.0
    claim: Annotated[Seconds, About("Whoever is called must come within this time.")] = 45.0
    idle: Annotated[Seconds, About("Without a press for so long, a turn ends by itself.")] = 180.0
    queue: Annotated[Annotated[int, Within(least=1, most=24)], About("Most that can wait at once.")] = 12
    badge_turns: Annotated[Annotated[int, Within(least=1, most=50)], About("Most turns of one badge in a day.")] = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundOptions:
    """How loud the cabinet may be."""

    __pydantic_config__ = STRICT
    mixer: Annotated[
        str, About("Control of the sound card, as `amixer scontrols` lists it."), Within(pattern=r"^[\w ]+$")
    ] = "Master"
    ceiling: Annotated[Percent, About("Loudest volume.")] = 80
    quiet: Annotated[Percent, About("Loudest volume in quiet hours.")] = 40


class Shows(StrEnum):
    """What a lamp shows."""

    MARQUEE = "marquee"
    COIN = "coin"
    BUTTON = "button"


@dataclass(frozen=True, slots=True, kw_only=True)
class LampOptions:
    """One lamp.

    Raises:
        ValueError: a button's lamp without its player and button.
    """

    __pydantic_config__ = STRICT
    line: Annotated[Line, About("Its output line.")]
    shows: Annotated[Shows, About("marquee, coin (lit when a coin is awaited), or button.")] = Shows.BUTTON
    player: Annotated[Annotated[int, Within(least=1, most=4)] | None, About("Player of the button.")] = None
    button: Annotated[Button | None, About("Button in which the lamp is.")] = None
    active_low: Annotated[bool, About("It is lit while the line is low.")] = False

    def __post_init__(self) -> None:
        if self.shows is Shows.BUTTON and (self.player is None or self.button is None):
            raise ValueError("a button's lamp needs player and button")


@dataclass(frozen=True, slots=True, kw_only=True)
class RetroArchOptions:
    """RetroArch's network commands (`network_cmd_enable`), which must not be reachable from the network."""

    __pydantic_config__ = STRICT
    port: Annotated[PortNumber, About("Its `network_cmd_port`.")] = 55355


@dataclass(frozen=True, slots=True, kw_only=True)
class EmulationStationOptions:
    """EmulationStation: its HTTP interface (Batocera, RetroBat), or its scripts (RetroPie, Recalbox).

    Raises:
        ValueError: neither of them.
    """

    __pydantic_config__ = STRICT
    port: Annotated[PortNumber | None, About("Port of its HTTP interface: 1234 in Batocera.")] = None
    events: Annotated[
        PortNumber | None, About("UDP port on which its scripts say which game starts and ends, such as 1235.")
    ] = None

    def __post_init__(self) -> None:
        if self.port is None and self.events is None:
            raise ValueError("EmulationStation needs port (its HTTP interface), events (its scripts), or both")


@dataclass(frozen=True, slots=True, kw_only=True)
class CabinetOptions:
    """An arcade cabinet.

    Raises:
        ValueError: no player or more than four, a line that is used twice, or a profile that is not there.
    """

    __pydantic_config__ = STRICT
    players: Annotated[
        tuple[Switches, ...], About("For each player, the line of each switch; pressed pulls to ground.")
    ]
    active_low: Annotated[bool, About("A pressed switch pulls its line to ground, against the Pi's own resistor.")] = (
        True
    )
    debounce: Annotated[Short, About("A press counts at once; what bounces within this time after it does not.")] = (
        0.005
    )
    shift: Annotated[Shift | None, About("A switch that is a shift key while it is held.")] = None
    profiles: Annotated[
        Mapping[Name, Profile], About("How the switches are understood; `default` where no game says more.")
    ] = field(default_factory=lambda: {"default": Profile()})
    coins: Annotated[CoinSlotOptions | None, About("The coin or token slot.")] = None
    badges: Annotated[Name | None, About("Badge reader beside the cabinet, on the same Pi.")] = None
    turns: Annotated[TurnRules, About("Who plays how long.")] = field(default_factory=TurnRules)
    opening: Annotated[tuple[Hours, ...], About("When people may play; always if left out.")] = ()
    quiet: Annotated[
        tuple[Hours, ...], About("When the cabinet is quiet: lower volume, dimmed marquee, mute attract mode.")
    ] = ()
    sound: Annotated[SoundOptions | None, About("How loud it may be; left alone if absent.")] = None
    lamps: Annotated[tuple[LampOptions, ...], About("Button lamps, coin lamp and marquee.")] = ()
    retroarch: Annotated[RetroArchOptions | None, About("RetroArch's network commands.")] = None
    emulationstation: Annotated[EmulationStationOptions | None, About("EmulationStation's interface.")] = None

    def __post_init__(self) -> None:
        if not 1 <= len(self.players) <= 4:
            raise ValueError(f"a cabinet has one to four players, not {len(self.players)}")
        if twice := [line for line, uses in Counter(self.lines()).items() if uses > 1]:
            raise ValueError(f"one line has one use, but {', '.join(twice)} has several")
        if "default" not in self.profiles:
            raise ValueError("one of the profiles must be called default")

    def lines(self) -> Iterator[str]:
        """Every GPIO line that the cabinet holds."""
        for switches in self.players:
            yield from switches.values()
        if self.coins:
            yield self.coins.line
            if self.coins.inhibit:
                yield self.coins.inhibit
        for lamp in self.lamps:
            yield lamp.line
