"""An arcade cabinet, as the lab sees it."""

from collections.abc import Iterable, Mapping, Sequence

from devices.arcade.arguments import (
    CreditArguments,
    LeaveArguments,
    ProfileArguments,
    RemapArguments,
    SocdArguments,
    SwitchArguments,
    TurboArguments,
)
from devices.arcade.coins.ledger import Ledger
from devices.arcade.input.owner import controls
from devices.arcade.lights.show import light_show
from devices.arcade.options import CabinetOptions
from devices.arcade.running_cabinet import RunningCabinet
from devices.board.board import Claim
from devices.device import Action, Device, EventKind, NoArguments, Port, StateKind


class Cabinet(Device[CabinetOptions]):
    """Online while its switches reach the game. A slot, lamps or an emulator that fail are problems, no more."""

    options = CabinetOptions
    actions = (
        Action("join", "Queue up; the reply gives the ticket.", NoArguments),
        Action("leave", "Give up a place in the queue.", LeaveArguments),
        Action("watch", "Show for a minute which switches are pressed.", NoArguments),
        Action("profile", "Choose how the switches are understood.", ProfileArguments),
        Action("remap", "Let a game see a switch as another button.", RemapArguments),
        Action("socd", "Choose what a game sees of opposite directions.", SocdArguments),
        Action("turbo", "Let a button fire again and again while held.", TurboArguments),
        Action("credit", "Give credits.", CreditArguments),
        Action("end-turn", "End the turn: with its grace, or at once when asked during the grace.", NoArguments),
        Action("renew-switch", "A new switch was fitted: count its presses anew.", SwitchArguments),
        Action("test-lamps", "Light every lamp in turn.", NoArguments),
    )
    events = (
        EventKind("coin", "A coin was taken: `credits`."),
        EventKind("session", "A turn is over: `seconds`, `players`, `paid`, `waited_s`, `game`."),
        EventKind("alarm", "A technician is needed: `what`, `why`."),
    )
    states = (
        StateKind("controls", "Players, switches, profiles, and what the game sees of them."),
        StateKind("pressed", "Switches that are pressed, while somebody watches."),
        StateKind("switches", "Presses, bounces and latency of each switch, and whether it is worn."),
        StateKind("credits", "Credits that can be spent."),
        StateKind("turn", "Who plays, and how long."),
        StateKind("queue", "Who waits, in order, and how long about."),
        StateKind("hours", "Whether the house is open, and quiet."),
        StateKind("game", "The game that runs."),
        StateKind("statistics", "Sessions, hours and players of this week, month and year; no names."),
        StateKind("message", "What the cabinet's own screen says."),
        StateKind("problems", "Parts that need a technician, each with what to do."),
    )

    @classmethod
    def claims(cls, config: CabinetOptions) -> Iterable[Claim]:
        return [Claim("line", line) for line in config.lines()]

    @classmethod
    def hears(cls, config: CabinetOptions) -> Iterable[str]:
        return cls.beside(config)

    @classmethod
    def beside(cls, config: CabinetOptions) -> Mapping[str, Sequence[str]]:
        return {} if config.badges is None else {config.badges: ("badge-reader",)}

    async def run(self, port: Port) -> None:
        folder = self.board.folder(port.device)
        async with (
            Ledger(folder) as ledger,
            controls(self.board, self.config) as switches,
            light_show(self.board, self.config.lamps) as lamps,
        ):
            cabinet = RunningCabinet(self.config, self.board, port, ledger=ledger, switches=switches, lamps=lamps)
            await cabinet.run()
