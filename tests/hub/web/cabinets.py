"""A lab with arcade cabinets that say and do what a test writes for them: the contract of docs/arcade.md, played."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from devices.arcade.buttons import Button
from devices.arcade.options import CabinetOptions, TurnRules
from devices.device import Command, Json, Reply, State
from hub.lab import BoardKind, DeviceEntry, Lab, Node
from tests.hub.web.served import Served, now, small_lab

BUTTONS = (
    *(Button.UP, Button.DOWN, Button.LEFT, Button.RIGHT, Button.SOUTH, Button.EAST, Button.NORTH),
    *(Button.WEST, Button.L1, Button.R1, Button.START, Button.SELECT),
)
OPTIONS = CabinetOptions(
    players=tuple({button: f"GPIO{player}{place}" for place, button in enumerate(BUTTONS)} for player in (1, 2)),
    turns=TurnRules(queue=4),
)
HERE = "arcade"
"""It stands at the Pi that serves the pages."""
ELSEWHERE = "racing"
"""It stands at a Pi of its own."""
SUMS: Mapping[str, Json] = {
    "sessions": 12,
    "hours": 3.4,
    "players": 9,
    "two_player_share": 0.4,
    "waiting_median_s": 120,
}
WORN = "it bounces more and more: fit a new microswitch"


def with_cabinets(lab: Lab) -> Lab:
    """The same lab, with two cabinets."""
    cabinets = {HERE: "hub", ELSEWHERE: "racing"}
    entries = {name: DeviceEntry(name, "arcade", node, OPTIONS) for name, node in cabinets.items()}
    return replace(
        lab,
        nodes={**lab.nodes, "racing": Node(board=BoardKind.PI)},
        devices={**lab.devices, **entries},
    )


def arcade_lab() -> Lab:
    return with_cabinets(small_lab(devices={}))


@dataclass(slots=True)
class Cabinet:
    """One cabinet, as a test tells it."""

    served: Served
    name: str = HERE
    refuses: str = ""
    """Why it refuses everything, when it does."""
    commands: list[Command] = field(default_factory=list)
    tickets: Iterator[str] = field(default_factory=lambda: iter(("fox", "owl", "bee", "cat", "duck")))
    waiting: list[str] = field(default_factory=list)
    _replies: dict[str, Reply] = field(default_factory=dict)

    @contextmanager
    def answering(self) -> Iterator["Cabinet"]:
        """While inside, commands reach it."""
        with self.served.bus.answering(self.name, self.answer):
            yield self

    async def answer(self, command: Command) -> Reply:
        if command.id not in self._replies:
            self._replies[command.id] = self._carried_out(command)
        return self._replies[command.id]

    def _carried_out(self, command: Command) -> Reply:
        self.commands.append(command)
        if self.refuses:
            return Reply(ok=False, error=self.refuses)
        match command.action:
            case "join":
                if (ticket := next(self.tickets, None)) is None:
                    return Reply(ok=True)
                self.queue(*self.waiting, ticket)
                return Reply(ok=True, data={"ticket": ticket})
            case "leave":
                self.queue(*(ticket for ticket in self.waiting if ticket != command.arguments["ticket"]))
        return Reply(ok=True)

    @property
    def asked(self) -> list[tuple[str, Mapping[str, Json]]]:
        return [(command.action, command.arguments) for command in self.commands]

    def say(self, state: str, value: Json) -> None:
        self.served.bus.publish(self.name, State(state, value, now()))

    def queue(self, *tickets: str) -> None:
        self.waiting = list(tickets)
        self.say("queue", [{"ticket": ticket, "wait_s": 300 * place} for place, ticket in enumerate(tickets, 1)])

    def turn(
        self, phase: str, ticket: str | None = None, remaining_s: float | None = None, *, players: int = 1
    ) -> None:
        self.say(
            "turn",
            {"phase": phase, "ticket": ticket, "players": players, "remaining_s": remaining_s, "pay": "coins"},
        )

    def as_on_a_common_day(self) -> None:
        """Somebody plays, somebody waits, and one switch is worn."""
        self.served.online(self.name)
        self.say("hours", {"open": True, "quiet": True, "next": "18:30", "clock": "trusted"})
        self.say("credits", 2)
        self.say("game", {"name": "Street Fighter II", "system": "snes"})
        self.say("statistics", {"week": SUMS, "month": SUMS, "year": SUMS})
        self.say("message", {"kind": "call", "ticket": "lion", "seconds": 45})
        self.say("problems", {"coin slot": "stuck low: look for a jammed coin"})
        buttons: list[Json] = [str(button) for button in BUTTONS]
        self.say(
            "controls",
            {
                "profile": "default",
                "profiles": ["default", "fighting"],
                "seen": "gamepad",
                "socd": "neutral",
                "remap": {"south": "east"},
                "turbo": {"west": 10},
                "players": {"1": buttons, "2": buttons},
            },
        )
        self.say("pressed", {"1": [], "2": []})
        self.say("switches", {"1": {"south": switch(1234), "start": switch(40, WORN)}, "2": {}})
        self.turn("playing", "tiger", 245.0)
        self.queue("lion", "whale")


def switch(presses: int, worn: str | None = None) -> Json:
    return {
        "presses": presses,
        "bounces": {"0": presses - 34, "1": 30, "2": 4, "3+": 0},
        "latency_us": {"median": 180, "p99": 900},
        "worn": worn,
    }
