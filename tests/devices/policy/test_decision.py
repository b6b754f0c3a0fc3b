"""Who may pass, as tables: what stands in the policy, what happens, what the answer is.

Unless a row says otherwise it is Wednesday, 3 June 2026, 15:00 in Amiens, and the badge is Aminata's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from devices.board.clock import Moment
from devices.opening_hours import Day, Hours
from devices.policy.decision import Decision, Direction, Presence, Presented, Reason, decide
from devices.policy.policy import Badge, BadgeState, Member, Policy
from devices.policy.rules import AntiPassback, DoorRules, MachineRules, Minors, Role, Rules, Strength

AMINATA, JULES, LINA, MAMADOU = (f"{n:016x}" for n in (0xA, 0xB, 0xC, 0xD))
BADGE = "a0" * 32
NOW = datetime(2026, 6, 3, 13, 0, tzinfo=UTC)
TODAY, YESTERDAY, TOMORROW = date(2026, 6, 3), date(2026, 6, 2), date(2026, 6, 4)
DOOR, MACHINE = "front-door", "laser"

ADULT = Member(JULES)
MINOR: dict[str, Any] = {"adult_since": date(2028, 1, 1)}
SUPERVISOR: dict[str, Any] = {"roles": frozenset({Role.SUPERVISOR})}
TRAINER: dict[str, Any] = {"roles": frozenset({Role.TRAINER})}
MAINTAINER: dict[str, Any] = {"roles": frozenset({Role.MAINTAINER})}
OPEN: dict[str, Any] = {"hours": (Hours(since=time(14), until=time(18)),)}
SHUT: dict[str, Any] = {"hours": (Hours(since=time(8), until=time(12)),)}


@dataclass(frozen=True)
class Swipe:
    """One badge at one place, as a row of a table says it; what it does not say is as harmless as can be."""

    member: Mapping[str, Any] = field(default_factory=dict)
    rules: Rules = field(default_factory=DoorRules)
    badge: BadgeState = BadgeState.ACTIVE
    strength: Strength = Strength.UID
    others: tuple[Member, ...] = ()
    inside: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    now: datetime = NOW
    trusted: bool = True
    direction: Direction = Direction.IN
    issued: datetime = NOW
    oldest_s: float | None = None

    @property
    def place(self) -> str:
        return MACHINE if isinstance(self.rules, MachineRules) else DOOR

    @property
    def policy(self) -> Policy:
        return Policy(
            "alco",
            "entrance",
            1,
            self.issued,
            badges={BADGE: Badge(AMINATA, self.badge)},
            members={AMINATA: Member(AMINATA, **self.member), **{other.id: other for other in self.others}},
            places={self.place: self.rules},
        )

    @property
    def decision(self) -> Decision:
        return decide(
            self.policy,
            Presented(BADGE, self.strength),
            self.place,
            Moment(self.now, trusted=self.trusted),
            Presence(frozenset(self.inside), frozenset(self.beside)),
            direction=self.direction,
            oldest_s=self.oldest_s,
        )


def table(**rows: tuple[Swipe, Reason]) -> pytest.MarkDecorator:
    ids = [name.replace("_", " ") for name in rows]
    return pytest.mark.parametrize(("swipe", "reason"), list(rows.values()), ids=ids)


def check(swipe: Swipe, reason: Reason) -> None:
    decision = swipe.decision
    assert decision.reason is reason
    assert decision.granted is (reason in {Reason.GRANTED, Reason.GRANTED_AGAIN})


@table(
    an_active_badge_of_a_member=(Swipe(), Reason.GRANTED),
    a_lost_badge=(Swipe(badge=BadgeState.LOST), Reason.BADGE_LOST),
    a_revoked_badge=(Swipe(badge=BadgeState.REVOKED), Reason.BADGE_REVOKED),
    a_lost_badge_of_a_maintainer=(Swipe(MAINTAINER, badge=BadgeState.LOST), Reason.BADGE_LOST),
    only_a_number_where_a_key_is_asked_for=(Swipe(rules=DoorRules(requires=Strength.CRYPTO)), Reason.NEEDS_CRYPTO),
    a_key_where_one_is_asked_for=(
        Swipe(rules=DoorRules(requires=Strength.CRYPTO), strength=Strength.CRYPTO),
        Reason.GRANTED,
    ),
    a_key_where_a_number_is_enough=(Swipe(strength=Strength.CRYPTO), Reason.GRANTED),
)
def test_the_badge(swipe: Swipe, reason: Reason) -> None:
    check(swipe, reason)


@table(
    suspended=(Swipe({"suspended": True}), Reason.SUSPENDED),
    from_tomorrow=(Swipe({"since": TOMORROW}), Reason.NOT_YET_MEMBER),
    from_today=(Swipe({"since": TODAY}), Reason.GRANTED),
    until_today=(Swipe({"until": TODAY}), Reason.GRANTED),
    until_yesterday=(Swipe({"until": YESTERDAY}), Reason.MEMBERSHIP_ENDED),
    until_today_at_two_minutes_to_local_midnight=(
        Swipe({"until": TODAY}, now=datetime(2026, 6, 3, 21, 58, tzinfo=UTC)),
        Reason.GRANTED,
    ),
    until_today_just_after_local_midnight_though_it_is_still_today_in_utc=(
        Swipe({"until": TODAY}, now=datetime(2026, 6, 3, 22, 0, tzinfo=UTC)),
        Reason.MEMBERSHIP_ENDED,
    ),
)
def test_the_membership(swipe: Swipe, reason: Reason) -> None:
    check(swipe, reason)


@table(
    the_role_that_is_asked_for=(Swipe(TRAINER, DoorRules(roles=(Role.TRAINER,))), Reason.GRANTED),
    one_of_two_roles=(Swipe(TRAINER, DoorRules(roles=(Role.RECEPTION, Role.TRAINER))), Reason.GRANTED),
    another_role=(Swipe(SUPERVISOR, DoorRules(roles=(Role.TRAINER,))), Reason.WRONG_ROLE),
    no_role=(Swipe(rules=DoorRules(roles=(Role.TRAINER,))), Reason.WRONG_ROLE),
    the_group=(Swipe({"groups": frozenset({"sewing"})}, DoorRules(groups=("sewing", "arcade"))), Reason.GRANTED),
    another_group=(Swipe({"groups": frozenset({"garden"})}, DoorRules(groups=("sewing",))), Reason.WRONG_GROUP),
    the_role_but_not_the_group=(
        Swipe(TRAINER, DoorRules(roles=(Role.TRAINER,), groups=("sewing",))),
        Reason.WRONG_GROUP,
    ),
)
def test_roles_and_groups(swipe: Swipe, reason: Reason) -> None:
    check(swipe, reason)


CLOSED_TODAY: dict[str, Any] = {"closed": (TODAY,)}
NIGHT: dict[str, Any] = {"hours": (Hours(days=(Day.WED,), since=time(20), until=time(2)),)}


@table(
    within=(Swipe(rules=DoorRules(**OPEN)), Reason.GRANTED),
    outside=(Swipe(rules=DoorRules(**SHUT)), Reason.CLOSED),
    on_a_closed_day=(Swipe(rules=DoorRules(**OPEN, **CLOSED_TODAY)), Reason.CLOSED),
    on_a_closed_day_of_a_place_that_is_always_open_otherwise=(Swipe(rules=DoorRules(**CLOSED_TODAY)), Reason.CLOSED),
    on_the_day_after_a_closed_day=(Swipe(rules=DoorRules(closed=(YESTERDAY,))), Reason.GRANTED),
    at_the_first_second=(Swipe(rules=DoorRules(**OPEN), now=NOW.replace(hour=12)), Reason.GRANTED),
    at_the_last_second=(
        Swipe(rules=DoorRules(**OPEN), now=datetime(2026, 6, 3, 15, 59, 59, tzinfo=UTC)),
        Reason.GRANTED,
    ),
    at_the_end=(Swipe(rules=DoorRules(**OPEN), now=NOW.replace(hour=16)), Reason.CLOSED),
    after_midnight_of_a_night_that_began_on_wednesday=(
        Swipe(rules=DoorRules(**NIGHT), now=datetime(2026, 6, 3, 23, 30, tzinfo=UTC)),
        Reason.GRANTED,
    ),
    in_the_night_before=(
        Swipe(rules=DoorRules(**NIGHT), now=datetime(2026, 6, 2, 23, 30, tzinfo=UTC)),
        Reason.CLOSED,
    ),
)
def test_the_hours(swipe: Swipe, reason: Reason) -> None:
    check(swipe, reason)


@table(
    in_winter_two_is_thirteen_utc=(
        Swipe(rules=DoorRules(**OPEN), now=datetime(2026, 1, 7, 13, 0, tzinfo=UTC)),
        Reason.GRANTED,
    ),
    in_winter_twelve_utc_is_too_early=(
        Swipe(rules=DoorRules(**OPEN), now=datetime(2026, 1, 7, 12, 30, tzinfo=UTC)),
        Reason.CLOSED,
    ),
    in_summer_twelve_utc_is_not=(
        Swipe(rules=DoorRules(**OPEN), now=datetime(2026, 7, 1, 12, 30, tzinfo=UTC)),
        Reason.GRANTED,
    ),
    when_the_clocks_skip_the_time_at_which_it_opens=(
        Swipe(
            rules=DoorRules(hours=(Hours(since=time(2, 30), until=time(4)),)),
            now=datetime(2026, 3, 29, 1, 0, tzinfo=UTC),
        ),
        Reason.GRANTED,
    ),
    when_the_clocks_show_the_time_at_which_it_closes_for_the_second_time=(
        Swipe(
            rules=DoorRules(hours=(Hours(since=time(1), until=time(2, 30)),)),
            now=datetime(2026, 10, 25, 1, 15, tzinfo=UTC),
        ),
        Reason.CLOSED,
    ),
)
def test_summer_time_begins_on_29_march_and_ends_on_25_october(swipe: Swipe, reason: Reason) -> None:
    check(swipe, reason)


def trained(until: date | None, name: str = MACHINE) -> Mapping[str, Any]:
    return {"trainings": {name: until}}


@table(
    none_for_a_machine=(Swipe(rules=MachineRules()), Reason.NO_TRAINING),
    the_one_with_the_machines_name=(Swipe(trained(None), MachineRules()), Reason.GRANTED),
    the_one_that_is_named=(Swipe(trained(None, "cnc"), MachineRules(training="cnc")), Reason.GRANTED),
    the_one_with_the_machines_name_where_another_is_named=(
        Swipe(trained(None), MachineRules(training="cnc")),
        Reason.NO_TRAINING,
    ),
    its_last_day=(Swipe(trained(TODAY), MachineRules()), Reason.GRANTED),
    the_day_after=(Swipe(trained(YESTERDAY), MachineRules()), Reason.TRAINING_ENDED),
    none_where_none_is_needed=(Swipe(rules=MachineRules(untrained=True)), Reason.GRANTED),
    none_for_a_door=(Swipe(), Reason.GRANTED),
    none_for_a_door_that_asks_for_one=(Swipe(rules=DoorRules(training="workshop")), Reason.NO_TRAINING),
    a_trainer_needs_it_too=(Swipe(TRAINER, MachineRules()), Reason.NO_TRAINING),
)
def test_trainings(swipe: Swipe, reason: Reason) -> None:
    check(swipe, reason)


NO_MINORS, WITH_ADULT = DoorRules(minors=Minors.NO), DoorRules(minors=Minors.WITH_ADULT)


@table(
    where_they_may=(Swipe(MINOR), Reason.GRANTED),
    where_they_may_not=(Swipe(MINOR, NO_MINORS), Reason.MINORS_NOT_ALLOWED),
    on_the_eighteenth_birthday=(Swipe({"adult_since": TODAY}, NO_MINORS), Reason.GRANTED),
    on_the_day_before=(Swipe({"adult_since": TOMORROW}, NO_MINORS), Reason.MINORS_NOT_ALLOWED),
    alone_where_an_adult_is_needed=(Swipe(MINOR, WITH_ADULT), Reason.ADULT_NEEDED),
    with_an_adult_inside=(Swipe(MINOR, WITH_ADULT, others=(ADULT,), inside=(JULES,)), Reason.GRANTED),
    with_an_adult_beside=(Swipe(MINOR, WITH_ADULT, others=(ADULT,), beside=(JULES,)), Reason.GRANTED),
    with_another_minor=(
        Swipe(MINOR, WITH_ADULT, others=(Member(LINA, adult_since=TOMORROW),), inside=(LINA,)),
        Reason.ADULT_NEEDED,
    ),
    with_a_suspended_adult=(
        Swipe(MINOR, WITH_ADULT, others=(replace(ADULT, suspended=True),), beside=(JULES,)),
        Reason.ADULT_NEEDED,
    ),
    with_an_adult_whose_membership_has_ended=(
        Swipe(MINOR, WITH_ADULT, others=(replace(ADULT, until=YESTERDAY),), beside=(JULES,)),
        Reason.ADULT_NEEDED,
    ),
    with_somebody_whom_the_policy_does_not_know=(Swipe(MINOR, WITH_ADULT, inside=(MAMADOU,)), Reason.ADULT_NEEDED),
    being_counted_as_inside_makes_nobody_ones_own_company=(
        Swipe(MINOR, WITH_ADULT, inside=(AMINATA,), beside=(AMINATA,)),
        Reason.ADULT_NEEDED,
    ),
    at_a_machine_an_adult_is_needed_by_default=(
        Swipe({**MINOR, **trained(None)}, MachineRules()),
        Reason.ADULT_NEEDED,
    ),
    at_a_machine_with_an_adult_who_is_not_trained_at_it=(
        Swipe({**MINOR, **trained(None)}, MachineRules(), others=(ADULT,), beside=(JULES,)),
        Reason.GRANTED,
    ),
)
def test_minors(swipe: Swipe, reason: Reason) -> None:
    check(swipe, reason)


SEWING_ONLY = DoorRules(minors=Minors.WITH_ADULT, groups=("sewing",))
SEWS: dict[str, Any] = {"groups": frozenset({"sewing"})}


@table(
    who_will_be_let_in=(
        Swipe({**MINOR, **SEWS}, SEWING_ONLY, others=(Member(JULES, **SEWS),), beside=(JULES,)),
        Reason.GRANTED,
    ),
    who_will_not_be_let_in=(
        Swipe({**MINOR, **SEWS}, SEWING_ONLY, others=(ADULT,), beside=(JULES,)),
        Reason.ADULT_NEEDED,
    ),
    who_is_inside_however_that_came=(
        Swipe({**MINOR, **SEWS}, SEWING_ONLY, others=(ADULT,), inside=(JULES,)),
        Reason.GRANTED,
    ),
    for_whom_there_is_no_room=(
        Swipe(
            MINOR,
            DoorRules(minors=Minors.WITH_ADULT, capacity=2),
            others=(ADULT, Member(LINA, adult_since=TOMORROW)),
            inside=(LINA,),
            beside=(JULES,),
        ),
        Reason.ADULT_NEEDED,
    ),
    who_passes_as_a_maintainer=(
        Swipe({**MINOR, **SEWS}, SEWING_ONLY, others=(Member(JULES, **MAINTAINER),), beside=(JULES,)),
        Reason.GRANTED,
    ),
)
def test_at_a_door_an_adult_outside_counts(swipe: Swipe, reason: Reason) -> None:
    """Else the minor would be let in, and the adult not."""
    check(swipe, reason)


SUPERVISED, TWO = DoorRules(supervised=True), DoorRules(two_persons=True)


@table(
    nobody_there=(Swipe(rules=SUPERVISED), Reason.SUPERVISOR_NEEDED),
    a_member_there=(Swipe(rules=SUPERVISED, others=(ADULT,), inside=(JULES,)), Reason.SUPERVISOR_NEEDED),
    a_supervisor_there=(
        Swipe(rules=SUPERVISED, others=(Member(JULES, **SUPERVISOR),), inside=(JULES,)),
        Reason.GRANTED,
    ),
    a_trainer_beside=(Swipe(rules=SUPERVISED, others=(Member(JULES, **TRAINER),), beside=(JULES,)), Reason.GRANTED),
    a_suspended_supervisor=(
        Swipe(rules=SUPERVISED, others=(Member(JULES, suspended=True, **SUPERVISOR),), inside=(JULES,)),
        Reason.SUPERVISOR_NEEDED,
    ),
    the_supervisor_comes_first=(Swipe(SUPERVISOR, SUPERVISED), Reason.GRANTED),
    two_persons_and_one_is_alone=(Swipe(rules=TWO), Reason.SECOND_PERSON_NEEDED),
    two_persons_and_another_beside=(Swipe(rules=TWO, others=(ADULT,), beside=(JULES,)), Reason.GRANTED),
    two_persons_and_another_inside=(Swipe(rules=TWO, others=(ADULT,), inside=(JULES,)), Reason.GRANTED),
    two_persons_and_the_same_one_twice=(Swipe(rules=TWO, beside=(AMINATA,)), Reason.SECOND_PERSON_NEEDED),
    two_persons_and_a_supervisor_is_needed_too=(
        Swipe(rules=DoorRules(supervised=True, two_persons=True), others=(ADULT,), beside=(JULES,)),
        Reason.SUPERVISOR_NEEDED,
    ),
)
def test_company(swipe: Swipe, reason: Reason) -> None:
    check(swipe, reason)


HARD, SOFT = DoorRules(anti_passback=AntiPassback.HARD), DoorRules(anti_passback=AntiPassback.SOFT)


@table(
    inside_and_hard=(Swipe(rules=HARD, inside=(AMINATA,)), Reason.INSIDE_ALREADY),
    inside_and_soft=(Swipe(rules=SOFT, inside=(AMINATA,)), Reason.GRANTED_AGAIN),
    inside_and_off=(Swipe(inside=(AMINATA,)), Reason.GRANTED),
    outside_and_hard=(Swipe(rules=HARD, inside=(JULES,)), Reason.GRANTED),
    inside_and_leaving=(Swipe(rules=HARD, inside=(AMINATA,), direction=Direction.OUT), Reason.GRANTED),
    one_place_left=(Swipe(rules=DoorRules(capacity=2), inside=(JULES,)), Reason.GRANTED),
    full=(Swipe(rules=DoorRules(capacity=2), inside=(JULES, LINA)), Reason.FULL),
    full_with_oneself_among_them=(Swipe(rules=DoorRules(capacity=2), inside=(JULES, AMINATA)), Reason.GRANTED),
    a_machine_is_never_full=(Swipe(rules=MachineRules(untrained=True), inside=(AMINATA, JULES)), Reason.GRANTED),
)
def test_who_is_inside(swipe: Swipe, reason: Reason) -> None:
    check(swipe, reason)


DAY_S = 86400.0


@table(
    young_enough=(Swipe(issued=NOW - timedelta(days=1), oldest_s=DAY_S), Reason.GRANTED),
    too_old=(Swipe(issued=NOW - timedelta(days=1, seconds=1), oldest_s=DAY_S), Reason.POLICY_TOO_OLD),
    of_any_age=(Swipe(issued=NOW - timedelta(days=9999)), Reason.GRANTED),
    from_a_hub_whose_clock_was_years_ahead=(
        Swipe(issued=NOW + timedelta(days=900), oldest_s=DAY_S),
        Reason.POLICY_TOO_OLD,
    ),
    from_a_hub_whose_clock_is_a_second_ahead=(Swipe(issued=NOW + timedelta(seconds=1), oldest_s=DAY_S), Reason.GRANTED),
)
def test_the_age_of_the_policy(swipe: Swipe, reason: Reason) -> None:
    check(swipe, reason)


@table(
    nothing_depends_on_it=(Swipe(trusted=False), Reason.GRANTED),
    roles_do_not=(Swipe(TRAINER, DoorRules(roles=(Role.TRAINER,)), trusted=False), Reason.GRANTED),
    a_training_for_good_does_not=(Swipe(trained(None), MachineRules(), trusted=False), Reason.GRANTED),
    hours_do=(Swipe(rules=DoorRules(**OPEN), trusted=False), Reason.CLOCK_UNTRUSTED),
    closed_days_do=(Swipe(rules=DoorRules(closed=(YESTERDAY,)), trusted=False), Reason.CLOCK_UNTRUSTED),
    a_membership_with_an_end_does=(Swipe({"until": TOMORROW}, trusted=False), Reason.CLOCK_UNTRUSTED),
    a_training_that_ends_does=(Swipe(trained(TOMORROW), MachineRules(), trusted=False), Reason.CLOCK_UNTRUSTED),
    the_age_of_the_policy_does=(Swipe(oldest_s=DAY_S, trusted=False), Reason.CLOCK_UNTRUSTED),
    a_birthday_does=(Swipe({"adult_since": YESTERDAY}, NO_MINORS, trusted=False), Reason.CLOCK_UNTRUSTED),
    whoever_may_be_a_minor_needs_an_adult=(
        Swipe({"adult_since": YESTERDAY}, WITH_ADULT, trusted=False),
        Reason.ADULT_NEEDED,
    ),
    whoever_may_be_a_minor_is_no_adult_for_others=(
        Swipe(MINOR, WITH_ADULT, others=(replace(ADULT, adult_since=YESTERDAY),), inside=(JULES,), trusted=False),
        Reason.ADULT_NEEDED,
    ),
    a_missing_training_is_said_rather_than_the_clock=(
        Swipe(rules=MachineRules(**OPEN), trusted=False),
        Reason.NO_TRAINING,
    ),
)
def test_a_clock_that_cannot_be_believed(swipe: Swipe, reason: Reason) -> None:
    check(swipe, reason)


@pytest.mark.parametrize(
    ("swipe", "notes"),
    [
        (Swipe(MAINTAINER), ()),
        (Swipe(MAINTAINER, DoorRules(**SHUT)), (Reason.CLOSED,)),
        (Swipe(MAINTAINER, DoorRules(**OPEN), trusted=False), (Reason.CLOCK_UNTRUSTED,)),
        (Swipe({**MAINTAINER, "until": TOMORROW}, trusted=False), (Reason.CLOCK_UNTRUSTED,)),
        (Swipe(MAINTAINER, DoorRules(capacity=1), inside=(JULES,)), (Reason.FULL,)),
        (Swipe(MAINTAINER, issued=NOW - timedelta(days=9), oldest_s=DAY_S), (Reason.POLICY_TOO_OLD,)),
        (Swipe(MAINTAINER, MachineRules()), (Reason.NO_TRAINING,)),
        (Swipe(MAINTAINER, HARD, inside=(AMINATA,)), (Reason.INSIDE_ALREADY,)),
        (
            Swipe(MAINTAINER, DoorRules(roles=(Role.TRAINER,), supervised=True, **SHUT)),
            (Reason.WRONG_ROLE, Reason.CLOSED, Reason.SUPERVISOR_NEEDED),
        ),
    ],
)
def test_a_maintainer_passes_at_any_time_and_what_was_overlooked_is_noted(
    swipe: Swipe, notes: tuple[Reason, ...]
) -> None:
    assert (swipe.decision.granted, swipe.decision.reason, swipe.decision.notes) == (True, Reason.GRANTED, notes)


@table(
    with_a_lost_badge=(Swipe(MAINTAINER, badge=BadgeState.LOST), Reason.BADGE_LOST),
    with_a_revoked_badge=(Swipe(MAINTAINER, badge=BadgeState.REVOKED), Reason.BADGE_REVOKED),
    suspended=(Swipe({**MAINTAINER, "suspended": True}), Reason.SUSPENDED),
    no_longer_a_member=(Swipe({**MAINTAINER, "until": YESTERDAY}), Reason.MEMBERSHIP_ENDED),
    without_a_key_where_one_is_asked_for=(
        Swipe(MAINTAINER, DoorRules(requires=Strength.CRYPTO)),
        Reason.NEEDS_CRYPTO,
    ),
)
def test_but_not(swipe: Swipe, reason: Reason) -> None:
    check(swipe, reason)


LEAVING: dict[str, Any] = {"direction": Direction.OUT}


@table(
    suspended=(Swipe({"suspended": True}, **LEAVING), Reason.GRANTED),
    after_the_hours=(Swipe(rules=DoorRules(**SHUT), **LEAVING), Reason.GRANTED),
    without_a_clock=(Swipe(rules=DoorRules(**OPEN), trusted=False, **LEAVING), Reason.GRANTED),
    with_an_old_policy=(Swipe(issued=NOW - timedelta(days=9), oldest_s=DAY_S, **LEAVING), Reason.GRANTED),
    a_minor_alone=(Swipe(MINOR, WITH_ADULT, **LEAVING), Reason.GRANTED),
    with_a_number_only=(Swipe(rules=DoorRules(requires=Strength.CRYPTO), **LEAVING), Reason.GRANTED),
    with_a_lost_badge=(Swipe(badge=BadgeState.LOST, **LEAVING), Reason.BADGE_LOST),
    with_a_revoked_badge=(Swipe(badge=BadgeState.REVOKED, **LEAVING), Reason.BADGE_REVOKED),
)
def test_leaving(swipe: Swipe, reason: Reason) -> None:
    check(swipe, reason)


@table(
    the_badge_before_its_member=(Swipe({"suspended": True}, badge=BadgeState.LOST), Reason.BADGE_LOST),
    a_copied_number_learns_nothing_of_the_member=(
        Swipe({"suspended": True}, DoorRules(requires=Strength.CRYPTO)),
        Reason.NEEDS_CRYPTO,
    ),
    the_member_before_the_place=(Swipe({"until": YESTERDAY}, DoorRules(**SHUT)), Reason.MEMBERSHIP_ENDED),
    what_waiting_does_not_change_before_what_it_does=(Swipe(rules=MachineRules(**SHUT)), Reason.NO_TRAINING),
    closed_before_full=(Swipe(rules=DoorRules(capacity=1, **SHUT), inside=(JULES,)), Reason.CLOSED),
    a_companion_is_only_asked_for_when_one_would_help=(
        Swipe(MINOR, DoorRules(minors=Minors.WITH_ADULT, **SHUT)),
        Reason.CLOSED,
    ),
)
def test_of_several_reasons_the_first_is_said(swipe: Swipe, reason: Reason) -> None:
    check(swipe, reason)


@pytest.mark.parametrize("direction", Direction)
def test_without_a_policy_nothing_opens(direction: Direction) -> None:
    decision = decide(None, Presented(BADGE, Strength.UID), DOOR, Moment(NOW), Presence(), direction=direction)
    assert decision == Decision(granted=False, reason=Reason.NO_POLICY)


@pytest.mark.parametrize("direction", Direction)
def test_a_badge_that_nobody_knows_opens_nothing_and_tells_nothing(direction: Direction) -> None:
    policy = Swipe(rules=DoorRules(**SHUT)).policy
    unknown = Presented("b1" * 32, Strength.CRYPTO)
    for place in (DOOR, "elsewhere"):
        decision = decide(policy, unknown, place, Moment(NOW), Presence(), direction=direction)
        assert decision == Decision(granted=False, reason=Reason.UNKNOWN_BADGE)


def test_a_place_that_the_policy_does_not_know_opens_inwards_for_nobody() -> None:
    decision = decide(Swipe(MAINTAINER).policy, Presented(BADGE, Strength.UID), "elsewhere", Moment(NOW), Presence())
    assert (decision.granted, decision.reason) == (False, Reason.NO_RULES)


def test_a_badge_of_somebody_who_is_no_longer_there_is_unknown() -> None:
    policy = replace(Swipe().policy, members={})
    decision = decide(policy, Presented(BADGE, Strength.UID), DOOR, Moment(NOW), Presence())
    assert decision.reason is Reason.UNKNOWN_BADGE


def test_a_refusal_says_in_whose_language_it_is_to_be_shown() -> None:
    decision = Swipe({"suspended": True, "language": "tr"}).decision
    assert (decision.member, decision.language) == (AMINATA, "tr")


@pytest.mark.parametrize(
    ("swipe", "came"),
    [
        (Swipe(), AMINATA),
        (Swipe(rules=DoorRules(**SHUT)), AMINATA),
        (Swipe(MINOR, WITH_ADULT), AMINATA),
        (Swipe(badge=BadgeState.LOST), None),
        (Swipe(badge=BadgeState.REVOKED), None),
        (Swipe(rules=DoorRules(requires=Strength.CRYPTO)), None),
    ],
)
def test_only_who_has_proven_to_be_here_is_company_for_others(swipe: Swipe, came: str | None) -> None:
    assert swipe.decision.came == came


# What holds whatever the policy is.

dates = st.none() | st.sampled_from([YESTERDAY, TODAY, TOMORROW])
members = st.fixed_dictionaries(
    {},
    optional={
        "since": dates,
        "until": dates,
        "suspended": st.booleans(),
        "roles": st.frozensets(st.sampled_from(Role)),
        "groups": st.frozensets(st.sampled_from(["sewing", "arcade"])),
        "trainings": st.dictionaries(st.sampled_from([MACHINE, "cnc"]), dates),
        "adult_since": dates,
    },
)
common: dict[str, Any] = {
    "roles": st.lists(st.sampled_from(Role), max_size=2).map(tuple),
    "groups": st.lists(st.sampled_from(["sewing", "arcade"]), max_size=1).map(tuple),
    "hours": st.sampled_from([(), OPEN["hours"], SHUT["hours"]]),
    "closed": st.sampled_from([(), (TODAY,)]),
    "requires": st.sampled_from(Strength),
    "training": st.sampled_from([None, "cnc"]),
    "minors": st.sampled_from(Minors),
    "supervised": st.booleans(),
    "two_persons": st.booleans(),
}
doors = {"anti_passback": st.sampled_from(AntiPassback), "capacity": st.integers(1, 3)}
all_rules = st.fixed_dictionaries({}, optional={**common, **doors}).map(lambda given: DoorRules(**given)) | (
    st.fixed_dictionaries({}, optional={**common, "untrained": st.booleans()}).map(lambda given: MachineRules(**given))
)
people = st.lists(st.sampled_from([AMINATA, JULES, LINA, MAMADOU]), unique=True).map(tuple)
others = st.tuples(members, members).map(lambda two: (Member(JULES, **two[0]), Member(LINA, **two[1])))
swipes = st.builds(
    Swipe,
    member=members,
    rules=all_rules,
    badge=st.just(BadgeState.ACTIVE) | st.sampled_from(BadgeState),
    strength=st.sampled_from(Strength),
    others=others,
    inside=people,
    beside=people,
    trusted=st.booleans(),
    direction=st.sampled_from(Direction),
    oldest_s=st.none() | st.just(DAY_S),
    issued=st.sampled_from([NOW, NOW - timedelta(days=9)]),
)
entering = swipes.filter(lambda swipe: swipe.direction is Direction.IN)


@given(swipes)
def test_it_is_granted_exactly_when_the_reason_says_so(swipe: Swipe) -> None:
    decision = swipe.decision
    assert decision.granted is (decision.reason in {Reason.GRANTED, Reason.GRANTED_AGAIN})
    assert decision.granted or not decision.notes


@given(entering)
def test_nobody_suspended_enters(swipe: Swipe) -> None:
    assert not replace(swipe, member={**swipe.member, "suspended": True}).decision.granted


@given(swipes, st.sampled_from([BadgeState.LOST, BadgeState.REVOKED]))
def test_no_lost_or_revoked_badge_opens_anything_in_any_direction(swipe: Swipe, state: BadgeState) -> None:
    assert not replace(swipe, badge=state).decision.granted


@given(entering)
def test_where_crypto_is_required_no_bare_number_enters(swipe: Swipe) -> None:
    rules = replace(swipe.rules, requires=Strength.CRYPTO)
    assert not replace(swipe, rules=rules, strength=Strength.UID).decision.granted


def _without(swipe: Swipe, what: str) -> Swipe:
    lesser: Mapping[str, Any] = {"roles": frozenset(), "groups": frozenset(), "trainings": {}, "until": YESTERDAY}
    return replace(swipe, member={**swipe.member, what: lesser[what]})


@given(swipes, st.sampled_from(["roles", "groups", "trainings", "until"]))
def test_taking_a_right_away_never_grants(swipe: Swipe, what: str) -> None:
    assume(not swipe.decision.granted)
    assert not _without(swipe, what).decision.granted


STRICTER: Mapping[str, Any] = {
    "roles": (Role.ADMINISTRATOR,),
    "hours": SHUT["hours"],
    "closed": (TODAY,),
    "requires": Strength.CRYPTO,
    "minors": Minors.NO,
    "supervised": True,
    "two_persons": True,
}


@given(swipes, st.sampled_from(sorted(STRICTER)))
def test_a_stricter_rule_never_grants(swipe: Swipe, rule: str) -> None:
    assume(not swipe.decision.granted)
    assume(not (rule == "roles" and swipe.rules.roles))  # other roles are not stricter
    assert not replace(swipe, rules=replace(swipe.rules, **{rule: STRICTER[rule]})).decision.granted


@given(swipes)
def test_a_clock_that_cannot_be_believed_never_grants_what_a_good_one_refuses_for_rights(swipe: Swipe) -> None:
    timely = {Reason.CLOSED, Reason.POLICY_TOO_OLD, Reason.NOT_YET_MEMBER, Reason.MEMBERSHIP_ENDED}
    good = replace(swipe, trusted=True).decision
    maintains = Role.MAINTAINER in swipe.member.get("roles", ())
    assume(not good.granted and not (maintains and good.reason in timely))
    assert not replace(swipe, trusted=False).decision.granted


@given(entering, st.sampled_from([JULES, LINA]))
def test_company_never_harms_where_nobody_is_counted(swipe: Swipe, who: str) -> None:
    assume(swipe.decision.granted)
    assert replace(swipe, beside=(*swipe.beside, who)).decision.granted


@given(swipes)
def test_a_known_and_active_badge_always_leaves(swipe: Swipe) -> None:
    assert replace(swipe, direction=Direction.OUT, badge=BadgeState.ACTIVE).decision.granted


@given(swipes)
def test_the_same_question_has_the_same_answer(swipe: Swipe) -> None:
    assert swipe.decision == swipe.decision
