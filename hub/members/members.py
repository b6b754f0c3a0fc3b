"""The members on the bus: the service of the hub, and what the pages and the command line ask of it.

await members.store.read(people.search, "diallo", limit=20)
await members.store.write(badges.lost, badge_id, by=account.id)
await bus.ask(…, arguments=(await members.permit("front-door", "unlock", by=account.id)).arguments())
"""

import asyncio
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from devices.board.clock import Clock
from devices.policy.decision import Presented
from devices.policy.permit import Permit, sign_permit
from hub.bus import Bus, NodeStatus
from hub.lab import Lab
from hub.members import enrolment, published
from hub.members.compile import needed_trainings, places
from hub.members.enrolment import Enrolment
from hub.members.in_use import serving
from hub.members.journal import Journal
from hub.members.listener import Listener
from hub.members.model import AuditHead, NodePolicyReport, Problem
from hub.members.publisher import Publisher, heard_version
from hub.members.retention import forget_in_time
from hub.members.store import DATABASE, FOLDER, Store, in_file
from hub.members.watch import watch


class Members:
    """Keeps the members in the state folder `state`, and tells each node who may do what there.

    It serves pages from the moment it is made; `store` raises `Unavailable` until `run` has opened it.
    """

    def __init__(self, bus: Bus, lab: Lab, state: Path, clock: Clock) -> None:
        self.store = Store(partial(in_file, state / FOLDER / DATABASE))
        self._bus = bus
        self._lab = lab
        self._clock = clock
        self._state = state
        self._publisher = Publisher(bus, lab, self.store, state, clock)
        self._journal = Journal(self.store, state)
        self._listener = Listener(bus, self.store, clock)
        self._enrolment = Enrolment(self.store, self.await_badge)

    def reload(self, lab: Lab) -> None:
        """The lab has changed: other doors, machines or rules."""
        self._lab = lab
        self._publisher.reload(lab)

    async def run(self) -> None:
        """Work until cancelled.

        Raises:
            NewerDatabase: the database was written by a newer program.
            Unavailable: it cannot be used.
            InUse: another process serves these members, or restores them.
            Unfinished: a restore was cut off.
            BadKey: the hub's key is damaged.
        """
        with serving(self._state):
            await self.store.open()
            await self._work()

    async def _work(self) -> None:
        tell = self._publisher.wake, self._journal.wake, self._enrolment.wake
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._publisher.run(), name="members: policies")
            tasks.create_task(self._journal.run(), name="members: journal")
            tasks.create_task(self._listener.run(), name="members: listener")
            tasks.create_task(self._enrolment.run(), name="members: enrolment")
            tasks.create_task(forget_in_time(self.store, self._journal, self._clock), name="members: retention")
            tasks.create_task(watch(self.store, tell), name="members: watch")

    async def permit(self, device: str, action: str, *, by: str, detail: str | None = None) -> Permit:
        """A signed order for one door or machine, good for ten seconds. `by`: an account's or member's pseudonym.

        Raises:
            BadKey: the hub's key is damaged.
        """
        key = await self._publisher.key()
        return sign_permit(key, device=device, action=action, by=by, now=self._clock.now().utc, detail=detail)

    async def await_badge(self, reader: str, within_s: float) -> Presented:
        """The next badge that is shown at this reader: present it there to enrol it.

        Raises:
            NoReply: none was, within the time.
            NoSuch: the lab has no such reader.
        """
        return await enrolment.next_badge(self._bus, self._lab, reader, within_s)

    async def nodes(self) -> tuple[NodePolicyReport, ...]:
        """Which policy each node with doors or machines should have, and which one it has."""
        last = await self.store.read(published.last_published)
        return tuple(self._report(node, last.get(node)) for node in self._lab.nodes if places(self._lab, node))

    def _report(self, node: str, last: published.Published | None) -> NodePolicyReport:
        status = self._bus.latest.nodes.get(node) or NodeStatus(node, online=False)
        return NodePolicyReport(
            node,
            version=last.version if last else None,
            issued=last.issued if last else None,
            has=heard_version(status.info),
            online=status.online,
            has_key=self._lab.nodes[node].policy_key is not None,
        )

    async def heads(self) -> tuple[AuditHead, ...]:
        """How far each audit log of the lab has come: the last head of each."""
        return await self.store.read(published.last_heads)

    def problems(self) -> tuple[Problem, ...]:
        """What an administrator should look after now, such as a badge seen in two places at once."""
        now = self._clock.now().utc
        unsaid = (Problem("no-policy", node, now, {"why": why}) for node, why in self._publisher.troubles.items())
        refused = (Problem("policy-refused", node, now, {"why": why}) for node, why in self._refused())
        trouble = self._journal.trouble
        unkept = (Problem("audit-log", "members", now, {"why": trouble}),) if trouble else ()
        return (*unsaid, *refused, *unkept, *self._listener.problems)

    def _refused(self) -> Iterator[tuple[str, str]]:
        """The nodes that do not take what they get, and why."""
        for node, status in self._bus.latest.nodes.items():
            said = status.info.get("policy")
            if isinstance(said, Mapping) and (why := said.get("refused")) is not None:
                yield node, str(why)

    def trainings(self) -> Mapping[str, tuple[str, ...]]:
        """The trainings that the lab's doors and machines ask for, and at which of them each is needed."""
        return needed_trainings(self._lab)
