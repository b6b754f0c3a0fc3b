"""The members on the bus: the service of the hub, and what the pages and the command line ask of it.

await members.store.read(people.search, "diallo", limit=20)
await members.store.write(badges.lost, badge_id, by=account.id)
await bus.ask(…, arguments=(await members.permit("front-door", "unlock", by=account.id)).arguments())
"""

import asyncio
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from devices.board.clock import Clock
from devices.policy.decision import Presented
from devices.policy.permit import Permit
from hub.bus import Bus
from hub.lab import Lab
from hub.members.model import AuditHead, NodePolicyReport, Problem
from hub.members.store import DATABASE, FOLDER, Store, in_file


class Members:
    """Keeps the members in the state folder `state`, and tells each node who may do what there.

    It serves pages from the moment it is made; `store` raises `Unavailable` until `run` has opened it.
    """

    def __init__(self, bus: Bus, lab: Lab, state: Path, clock: Clock) -> None:
        self.store = Store(partial(in_file, state / FOLDER / DATABASE))
        self._bus = bus
        self._lab = lab
        self._clock = clock

    def reload(self, lab: Lab) -> None:
        """The lab has changed: other doors, machines or rules."""
        self._lab = lab

    async def run(self) -> None:
        """Work until cancelled."""
        await asyncio.Event().wait()

    async def permit(self, device: str, action: str, *, by: str, detail: str | None = None) -> Permit:
        """A signed order for one door or machine, good for ten seconds. `by`: an account's or member's pseudonym."""
        raise NotImplementedError

    async def await_badge(self, reader: str, within_s: float) -> Presented:
        """The next badge that is shown at this reader: present it there to enrol it.

        Raises:
            NoReply: none was, within the time.
            NoSuch: the lab has no such reader.
        """
        raise NotImplementedError

    async def nodes(self) -> tuple[NodePolicyReport, ...]:
        """Which policy each node with doors or machines should have, and which one it has."""
        raise NotImplementedError

    async def heads(self) -> tuple[AuditHead, ...]:
        """How far each audit log of the lab has come: the last head of each."""
        raise NotImplementedError

    def problems(self) -> tuple[Problem, ...]:
        """What an administrator should look after now, such as a badge seen in two places at once."""
        raise NotImplementedError

    def trainings(self) -> Mapping[str, tuple[str, ...]]:
        """The trainings that the lab's doors and machines ask for, and at which of them each is needed."""
        raise NotImplementedError
