"""Who is let through: a badge that was shown becomes an answer, and perhaps one for somebody who waited for company."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from devices.board.clock import Moment
from devices.device import Event
from devices.policy.companions import Companions
from devices.policy.decision import COMPANION_HELPS, Decision, Direction, Presence, Presented, decide
from devices.policy.policy import Policy
from devices.policy.rules import Strength


@dataclass(frozen=True, slots=True)
class Swipe:
    """A badge at one of the door's readers."""

    reader: str
    direction: Direction
    presented: Presented


@dataclass(frozen=True, slots=True)
class Answer:
    """What was decided about whom."""

    swipe: Swipe
    decision: Decision


Inside: TypeAlias = Callable[[str | None], frozenset[str]]
"""Who is behind the door, or about to be, as it matters to this member."""


class Gatekeeper:
    """Of one door. Decides from memory alone: it waits for nothing."""

    def __init__(self, door: str, readers: Mapping[str, Direction], inside: Inside, *, oldest_s: float | None) -> None:
        self._door = door
        self._readers = readers
        self._inside = inside
        self._oldest_s = oldest_s
        self._companions: Companions[Swipe] = Companions()

    def swipe(self, reader: str, event: Event) -> Swipe | None:
        """The badge that a reader's event tells of; None if it tells of none."""
        match event:
            case Event(kind="badge", data={"credential": str(credential), "strength": str(strength)}):
                proof = Strength.CRYPTO if strength == Strength.CRYPTO else Strength.UID
                return Swipe(reader, self._readers[reader], Presented(credential, proof))
        return None

    def answers(self, swipe: Swipe, policy: Policy | None, now: Moment, now_s: float) -> Iterator[Answer]:
        """First the one who shows a badge, then those who waited for one like this. `now_s` is monotonic.

        Take each answer to heart before the next is asked for: who has been granted takes a place inside.
        """
        decision = self._decided(swipe, policy, now, now_s)
        self._remember(swipe, decision, now_s)
        yield Answer(swipe, decision)
        if decision.came is None:
            return
        for member, waiting in self._companions.waiting(now_s).items():
            if member != decision.came:
                yield from self._answered_again(waiting, policy, now, now_s)

    def _answered_again(self, swipe: Swipe, policy: Policy | None, now: Moment, now_s: float) -> Iterator[Answer]:
        decision = self._decided(swipe, policy, now, now_s)
        if decision.granted:
            yield Answer(swipe, decision)
        if decision.member is not None and decision.reason not in COMPANION_HELPS:
            self._companions.settled(decision.member)

    def _decided(self, swipe: Swipe, policy: Policy | None, now: Moment, now_s: float) -> Decision:
        member = None if policy is None else policy.member_of(swipe.presented.credential)
        presence = Presence(self._inside(member.id if member else None), self._companions.beside(now_s))
        place, direction = self._door, swipe.direction
        return decide(policy, swipe.presented, place, now, presence, direction=direction, oldest_s=self._oldest_s)

    def _remember(self, swipe: Swipe, decision: Decision, now_s: float) -> None:
        if decision.came is not None and swipe.direction is Direction.IN:
            self._companions.came(decision.came, now_s)
        if decision.member is not None and decision.reason in COMPANION_HELPS:
            self._companions.wait(decision.member, swipe, now_s)
        elif decision.member is not None:
            self._companions.settled(decision.member)
