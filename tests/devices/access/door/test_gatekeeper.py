"""Who is let through, and who waits for company."""

from datetime import UTC, date, datetime

from devices.access.door.gatekeeper import Gatekeeper, Swipe
from devices.board.clock import Moment
from devices.device import Event
from devices.policy.decision import Direction, Presented, Reason
from devices.policy.policy import Badge, Member, Policy
from devices.policy.rules import DoorRules, Minors, Role, Strength

NOW = Moment(datetime(2026, 3, 1, 12, tzinfo=UTC))
ADA, KID, SISTER = "a" * 16, "c" * 16, "d" * 16
MEMBERS = {
    ADA: Member(ADA, roles=frozenset({Role.SUPERVISOR})),
    KID: Member(KID, adult_since=date(2030, 1, 1)),
    SISTER: Member(SISTER, adult_since=date(2032, 1, 1)),
}
BADGES = {member * 4: Badge(member) for member in MEMBERS}


def swipe(member: str, direction: Direction = Direction.IN) -> Swipe:
    return Swipe("front-badges", direction, Presented(member * 4, Strength.UID))


class House:
    """A gatekeeper, and those whom it has let in."""

    def __init__(self, rules: DoorRules) -> None:
        self.policy = Policy("alco", "entrance", 1, NOW.utc, badges=BADGES, members=MEMBERS, places={"door": rules})
        self.inside: set[str] = set()
        self.keeper = Gatekeeper(
            "door",
            {"front-badges": Direction.IN},
            lambda member: frozenset(self.inside - {member}),
            oldest_s=None,
        )

    def shows(self, member: str, now_s: float, direction: Direction = Direction.IN) -> list[tuple[str, Reason]]:
        """Whom the answers are about, and what they are."""
        found = []
        for answer in self.keeper.answers(swipe(member, direction), self.policy, NOW, now_s):
            assert answer.decision.member is not None
            if answer.decision.granted:
                self.inside.add(answer.decision.member)
            found.append((answer.decision.member, answer.decision.reason))
        return found


def test_minors_who_wait_come_in_with_the_adult() -> None:
    house = House(DoorRules(minors=Minors.WITH_ADULT))
    assert house.shows(KID, 0.0) == [(KID, Reason.ADULT_NEEDED)]
    assert house.shows(SISTER, 5.0) == [(SISTER, Reason.ADULT_NEEDED)]
    assert house.shows(ADA, 10.0) == [(ADA, Reason.GRANTED), (KID, Reason.GRANTED), (SISTER, Reason.GRANTED)]


def test_nobody_waits_for_longer_than_half_a_minute_however_many_others_come() -> None:
    house = House(DoorRules(minors=Minors.WITH_ADULT))
    house.shows(KID, 0.0)
    for now_s in (10.0, 20.0, 29.0):
        house.shows(SISTER, now_s)
    assert house.shows(ADA, 35.0) == [(ADA, Reason.GRANTED), (SISTER, Reason.GRANTED)]


def test_two_who_need_each_other_come_in_together_and_once() -> None:
    house = House(DoorRules(two_persons=True))
    assert house.shows(KID, 0.0) == [(KID, Reason.SECOND_PERSON_NEEDED)]
    assert house.shows(ADA, 5.0) == [(ADA, Reason.GRANTED), (KID, Reason.GRANTED)]
    assert house.shows(SISTER, 6.0) == [(SISTER, Reason.GRANTED)]


def test_the_last_place_goes_to_one_of_those_who_waited() -> None:
    house = House(DoorRules(minors=Minors.WITH_ADULT, capacity=2))
    house.shows(KID, 0.0)
    house.shows(SISTER, 1.0)
    assert house.shows(ADA, 2.0) == [(ADA, Reason.GRANTED), (KID, Reason.GRANTED)]
    assert house.inside == {ADA, KID}


def test_who_leaves_is_no_company_for_who_comes() -> None:
    house = House(DoorRules(minors=Minors.WITH_ADULT))
    assert house.shows(ADA, 0.0, Direction.OUT) == [(ADA, Reason.GRANTED)]
    house.inside.clear()
    assert house.shows(KID, 1.0) == [(KID, Reason.ADULT_NEEDED)]


def test_an_event_that_tells_of_no_badge_is_none() -> None:
    keeper = House(DoorRules()).keeper
    for event in (Event("badge", {}, NOW), Event("badge", {"credential": 1, "strength": "uid"}, NOW)):
        assert keeper.swipe("front-badges", event) is None


def test_a_proof_that_is_not_known_proves_no_more_than_a_number() -> None:
    event = Event("badge", {"credential": ADA * 4, "strength": "retina"}, NOW)
    shown = House(DoorRules()).keeper.swipe("front-badges", event)
    assert shown == swipe(ADA)
