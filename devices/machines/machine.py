"""A machine behind an interlock, as the lab sees it."""

from collections.abc import Iterable, Mapping, Sequence

from devices.board.board import Claim
from devices.device import Action, Device, EventKind, NoArguments, Port, StateKind
from devices.machines.memory import MemoryFile
from devices.machines.options import MachineOptions
from devices.machines.running_machine import RunningMachine
from devices.machines.sensing import inputs
from devices.policy.permit import Permit


class Machine(Device[MachineOptions]):
    """Online while its relay has a keeper. Whatever fails, the relay is off."""

    options = MachineOptions
    needs_policy = True
    actions = (
        Action("oops", "Something is wrong: off at once, until a maintainer releases it.", NoArguments),
        Action("end", "End the session; a job may be done first.", Permit),
        Action("release", "Let it be used again after an oops.", Permit),
        Action("maintained", "A task of maintenance, the permit's detail, is done.", Permit),
    )
    events = (
        EventKind("access", "A badge was answered: `granted`, `reason`, `member`, `direction`."),
        EventKind("session-started", "Somebody uses it: `member`."),
        EventKind("session-ended", "Nobody does any more: `member`, `seconds`, `why`."),
        EventKind("oops", "Somebody stopped it: `by` button or page."),
        EventKind("released", "It may be used again: `member` who said so."),
        EventKind("maintained", "A task is done: `task`, `member`."),
        EventKind("cut", "The relay went off by itself: `why`."),
    )
    states = (
        StateKind("session", "Who uses it, and how long."),
        StateKind("power", "Whether the relay is on, as its keeper says."),
        StateKind("counters", "Hours of use, sessions, and maintenance that is due."),
        StateKind("display", "What to say to whoever has just shown a badge."),
        StateKind("policy", "From which word of the hub it decides, and how old that is."),
        StateKind("audit", "How far its log is: number of entries, and the hash of the last."),
        StateKind("problems", "Parts that need a technician, each with what to do."),
    )

    @classmethod
    def claims(cls, config: MachineOptions) -> Iterable[Claim]:
        return [Claim("line", line) for line in config.lines()]

    @classmethod
    def hears(cls, config: MachineOptions) -> Iterable[str]:
        return (config.badges,) if config.room is None else (config.badges, config.room)

    @classmethod
    def beside(cls, config: MachineOptions) -> Mapping[str, Sequence[str]]:
        return {config.badges: ("badge-reader",)}

    async def run(self, port: Port) -> None:
        file = MemoryFile(self.board.folder(port.device))
        await file.load()
        async with inputs(self.board, self.config) as edges:
            await RunningMachine(self.config, self.board, port, edges, file).run()
