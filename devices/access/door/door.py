"""A door, as the lab sees it: it decides by itself who may pass, and says what happens."""

from collections.abc import Iterable, Mapping, Sequence

from devices.access.door.options import DoorOptions
from devices.access.door.running_door import RunningDoor
from devices.board.board import Claim
from devices.device import Action, Device, EventKind, Port, StateKind
from devices.policy.permit import Permit


class Door(Device[DoorOptions]):
    """Online while it holds its strike. A contact, an exit button or a disk that fails are problems, no more."""

    options = DoorOptions
    needs_policy = True
    actions = (Action("unlock", "Unlock it once, for those who hold a permit of the hub.", Permit),)
    events = (
        EventKind(
            "access",
            "Somebody may pass, or not: `granted`, `reason`, `member`, `language`, `direction`, `strength`, `policy`, "
            "`notes`.",
        ),
        EventKind("unlocked", "It is unlocked: `by` badge, page, exit, hours or fire; `member` where one is known."),
        EventKind("locked", "It is locked again."),
        EventKind("passed", "Somebody who was let in has gone through: `member`, `direction`."),
        EventKind("opened", "It was opened."),
        EventKind("closed", "It was closed."),
        EventKind("forced", "It was opened without having been unlocked."),
        EventKind("held-open", "It stands open for too long: `seconds`."),
        EventKind("fire", "What the fire alarm's contact says: `active`."),
    )
    states = (
        StateKind("door", "`locked`, `open`, `mode` (normal, free, fire), `alarm` (forced, held-open), `warning`."),
        StateKind("people", "How many are inside, as far as this door can know: `inside`, `capacity`."),
        StateKind("policy", "What it decides by: `version`, `issued`, `age_s`, `too_old`."),
        StateKind("display", "Why the last one may pass or not: `reason`, `language`; for ten seconds."),
        StateKind("audit", "The audit log's head: `entries`, `head`."),
        StateKind("problems", "Parts that need a technician, each with what to do."),
    )

    @classmethod
    def claims(cls, config: DoorOptions) -> Iterable[Claim]:
        return [Claim("line", line) for line in config.lines()]

    @classmethod
    def hears(cls, config: DoorOptions) -> Iterable[str]:
        return (*cls.beside(config), *config.others)

    @classmethod
    def beside(cls, config: DoorOptions) -> Mapping[str, Sequence[str]]:
        return {reader: ("badge-reader",) for reader in (config.badges, config.exit_badges) if reader is not None}

    async def run(self, port: Port) -> None:
        strike = self.config.strike
        async with self.board.output(strike.line, active_low=strike.active_low) as output:
            await RunningDoor(self.config, self.board, port, output).run()
