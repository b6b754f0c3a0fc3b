"""Who may use a machine: a badge becomes an answer, perhaps one for somebody who waited for company."""

from collections.abc import Callable
from dataclasses import dataclass

from devices.board.clock import Moment
from devices.device import Event
from devices.policy.companions import Companions
from devices.policy.decision import COMPANION_HELPS, Decision, Direction, Presence, Presented, decide
from devices.policy.policy import Policy
from devices.policy.rules import Role, Strength


@dataclass(frozen=True, slots=True)
class Answer:
    """What was decided about whom. `helped_by`: whose badge made it possible, just after."""

    presented: Presented
    decision: Decision
    helped_by: str | None = None


class Desk:
    """Of one machine. Decides from memory alone: it waits for nothing. `inside`: who is in the room."""

    def __init__(self, machine: str, inside: Callable[[], frozenset[str]], *, oldest_s: float | None) -> None:
        self._machine = machine
        self._inside = inside
        self._oldest_s = oldest_s
        self._companions: Companions[Presented] = Companions()

    def answer(self, presented: Presented, policy: Policy | None, now: Moment, now_s: float) -> Answer:
        """To somebody who shows a badge, and may wait for company after it."""
        decision = self._decided(presented, policy, now, now_s)
        if decision.came is not None:
            self._companions.came(decision.came, now_s)
        if decision.member is not None and decision.reason in COMPANION_HELPS:
            self._companions.wait(decision.member, presented, now_s)
        elif decision.member is not None:
            self._companions.settled(decision.member)
        return Answer(presented, decision)

    def helped(self, by: Answer, policy: Policy | None, now: Moment, now_s: float) -> Answer | None:
        """To somebody who waited for just this company; whoever comes to help does not take the machine over."""
        helper = by.decision.came
        for member, waiting in self._companions.waiting(now_s).items() if helper else ():
            if member != helper and (again := self._decided(waiting, policy, now, now_s)).granted:
                self._companions.settled(member)
                return Answer(waiting, again, helped_by=helper)
        return None

    def settled(self, member: str) -> None:
        """Whatever they waited for, they wait no more."""
        self._companions.settled(member)

    def _decided(self, presented: Presented, policy: Policy | None, now: Moment, now_s: float) -> Decision:
        presence = Presence(self._inside(), self._companions.beside(now_s))
        return decide(policy, presented, self._machine, now, presence, direction=Direction.IN, oldest_s=self._oldest_s)


def presented_by(event: Event) -> Presented | None:
    """The badge that a reader's event tells of; None if it tells of none."""
    match event:
        case Event(kind="badge", data={"credential": str(credential), "strength": str(strength)}):
            proof = Strength.CRYPTO if strength == Strength.CRYPTO else Strength.UID
            return Presented(credential, proof)
    return None


def maintains(policy: Policy | None, decision: Decision) -> bool:
    """Whether the member who was let in repairs machines."""
    member = policy.members.get(decision.member or "") if policy else None
    return decision.granted and member is not None and Role.MAINTAINER in member.roles
