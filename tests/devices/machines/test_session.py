"""Who has power, and until when: by example, and over everything that can happen in any order."""

import math

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from devices.machines.options import SessionRules
from devices.machines.session import AGAIN_S, Ended, Interlock, Phase, Started, User, Why

RULES = SessionRules(most=100.0, warning=20.0, grace=10.0)
AMINA, BRUNO = User("a" * 16, "a" * 64), User("b" * 16, "b" * 64)


def whys(changes: object) -> list[Why]:
    assert isinstance(changes, tuple)
    return [change.why for change in changes if isinstance(change, Ended)]


def test_a_session_runs_is_warned_of_its_end_and_has_a_grace() -> None:
    machine = Interlock(RULES)
    assert machine.enter(AMINA, 0.0) == (Started(AMINA),)
    assert [machine.phase(now) for now in (0.0, 79.0, 80.0, 99.0, 100.0)] == [
        *(Phase.RUNNING, Phase.RUNNING),
        *(Phase.WARNING, Phase.WARNING),
        Phase.GRACE,
    ]
    assert (machine.ends_s(0.0), machine.ends_s(100.0)) == (100.0, 110.0)
    assert machine.look(109.9) == ()
    assert whys(machine.look(110.0)) == [Why.TIME_UP]
    assert machine.phase(110.0) is Phase.IDLE


def test_whoever_badges_out_is_off_at_once() -> None:
    machine = Interlock(RULES)
    machine.enter(AMINA, 0.0)
    assert machine.leave(5.0) == (Ended(AMINA, 5.0, Why.BADGE_OUT),)


def test_a_job_is_never_cut_because_a_card_left() -> None:
    machine = Interlock(RULES)
    machine.enter(AMINA, 0.0)
    machine.job = True
    assert machine.leave(5.0) == ()
    assert (machine.phase(5.0), machine.ends_s(5.0)) == (Phase.GRACE, math.inf)
    assert machine.look(1e6) == ()
    machine.job = False
    assert whys(machine.look(1e6)) == [Why.BADGE_OUT]


def test_a_job_is_never_cut_because_the_time_is_over() -> None:
    machine = Interlock(RULES)
    machine.enter(AMINA, 0.0)
    machine.job = True
    assert machine.look(1e6) == ()
    machine.job = False
    assert whys(machine.look(1e6)) == [Why.TIME_UP]


def test_a_job_that_ends_in_the_grace_leaves_the_rest_of_it() -> None:
    machine = Interlock(RULES)
    machine.enter(AMINA, 0.0)
    machine.job = True
    machine.look(101.0)
    machine.job = False
    assert machine.look(105.0) == ()
    assert whys(machine.look(110.0)) == [Why.TIME_UP]


def test_unless_so_configured_and_then_with_its_grace() -> None:
    machine = Interlock(SessionRules(most=100.0, warning=20.0, grace=10.0, cut_jobs=True))
    machine.enter(AMINA, 0.0)
    machine.job = True
    assert machine.look(109.0) == ()
    assert whys(machine.look(110.0)) == [Why.TIME_UP]
    machine.enter(AMINA, 200.0)
    assert whys(machine.leave(201.0)) == [Why.BADGE_OUT]


def test_a_hard_limit_for_jobs_holds() -> None:
    machine = Interlock(SessionRules(most=100.0, warning=20.0, grace=10.0, job_most=50.0))
    machine.enter(AMINA, 0.0)
    machine.job = True
    assert machine.look(149.0) == ()
    assert whys(machine.look(150.0)) == [Why.JOB_LIMIT]
    machine.enter(AMINA, 200.0)
    machine.leave(210.0)
    assert machine.look(259.0) == ()
    assert whys(machine.look(260.0)) == [Why.JOB_LIMIT]


def test_whoever_left_a_job_can_come_back_to_it() -> None:
    machine = Interlock(RULES)
    machine.enter(AMINA, 0.0)
    machine.job = True
    machine.leave(5.0)
    assert not machine.belongs_to(AMINA.credential, AMINA.member)
    assert machine.enter(AMINA, 9.0) == ()
    assert machine.phase(9.0) is Phase.RUNNING


def test_another_takes_over_without_a_gap() -> None:
    machine = Interlock(RULES)
    machine.enter(AMINA, 0.0)
    assert machine.enter(BRUNO, 30.0) == (Ended(AMINA, 30.0, Why.TAKEN_OVER), Started(BRUNO))
    assert machine.powered
    assert machine.ends_s(30.0) == 130.0


def test_oops_is_off_until_it_is_released_and_then_still_off() -> None:
    machine = Interlock(RULES)
    machine.enter(AMINA, 0.0)
    machine.job = True
    assert whys(machine.oops(1.0)) == [Why.OOPS]
    assert machine.enter(AMINA, 10.0) == ()
    assert (machine.phase(10.0), machine.powered) == (Phase.STOPPED, False)
    machine.release(11.0)
    assert (machine.phase(11.0), machine.powered) == (Phase.IDLE, False)


def test_a_badge_that_is_held_twice_counts_once() -> None:
    machine = Interlock(RULES)
    machine.enter(AMINA, 0.0)
    assert machine.is_again(AMINA.credential, AGAIN_S - 0.1)
    assert not machine.is_again(AMINA.credential, AGAIN_S)
    assert not machine.is_again(BRUNO.credential, 1.0)


RULE_SETS = st.builds(
    lambda most, warning, grace, cut_jobs, job_most: SessionRules(
        most=most, warning=most * warning, grace=grace, cut_jobs=cut_jobs, job_most=job_most
    ),
    st.floats(1, 1000),
    st.floats(0.01, 0.99),
    st.floats(0.1, 100),
    st.booleans(),
    st.none() | st.floats(0.1, 1000),
)
USERS = st.sampled_from([AMINA, BRUNO, User(AMINA.member, "c" * 64)])


class AnyOrder(RuleBasedStateMachine):
    """Badges, time, jobs, the button and a failing relay, in any order, against the rules in their simplest words."""

    @initialize(rules=RULE_SETS, stopped=st.booleans())
    def begin(self, rules: SessionRules, stopped: bool) -> None:
        self.allowed, self.machine, self.now_s = rules, Interlock(rules, stopped=stopped), 0.0
        self.stopped = stopped
        self.open: User | None = None
        self.since_s = 0.0

    def heed(self, changes: object) -> list[Why]:
        """Sessions begin and end in turn."""
        assert isinstance(changes, tuple)
        for change in changes:
            if isinstance(change, Ended):
                assert self.open == change.user
                assert change.seconds == self.now_s - self.since_s
                self.open = None
            else:
                assert self.open is None
                self.open, self.since_s = change.user, self.now_s
        return whys(changes)

    @rule(passed_s=st.floats(0, 2000))
    def time_passes(self, passed_s: float) -> None:
        self.now_s += passed_s
        limit_s, job, powered = self.machine.limit_s, self.machine.job, self.machine.powered
        ended = self.heed(self.machine.look(self.now_s))
        assert bool(ended) is (powered and self.now_s >= limit_s)
        if job and not self.allowed.cut_jobs and self.allowed.job_most is None:
            assert ended == []

    @rule(job=st.booleans())
    def job(self, job: bool) -> None:
        self.machine.job = job

    @rule(user=USERS)
    def badge_in(self, user: User) -> None:
        was_powered = self.machine.powered
        ended = self.heed(self.machine.enter(user, self.now_s))
        if self.stopped:
            assert not self.machine.powered
        elif was_powered:
            assert ended in ([], [Why.TAKEN_OVER]) or self.now_s >= self.since_s + self.allowed.most

    @precondition(lambda self: self.machine.powered)
    @rule()
    def badge_out(self) -> None:
        ended = self.heed(self.machine.leave(self.now_s))
        if self.machine.job and not self.allowed.cut_jobs and self.allowed.job_most is None:
            assert ended == []
        if not self.machine.job:
            over = self.now_s >= self.since_s + self.allowed.most
            assert ended == [Why.BADGE_OUT] or over

    @rule()
    def somebody_says_oops(self) -> None:
        self.heed(self.machine.oops(self.now_s))
        self.stopped = True
        assert not self.machine.powered

    @rule()
    def a_maintainer_releases(self) -> None:
        was_powered = self.machine.powered
        self.machine.release(self.now_s)
        self.stopped = False
        assert self.machine.powered is was_powered

    @rule()
    def the_relay_fails(self) -> None:
        self.heed(self.machine.cut(self.now_s))
        assert not self.machine.powered

    @invariant()
    def power_is_for_a_session_and_a_session_has_a_phase(self) -> None:
        machine = self.machine
        assert machine.powered is (self.open is not None)
        assert machine.stopped is self.stopped
        assert not (machine.powered and machine.stopped)
        phase = machine.phase(self.now_s)
        assert machine.powered is (phase in {Phase.RUNNING, Phase.WARNING, Phase.GRACE})
        assert (phase is Phase.STOPPED) is self.stopped

    @invariant()
    def power_has_a_limit_unless_a_job_may_run_on(self) -> None:
        endless = self.machine.limit_s == math.inf
        assert endless <= (self.machine.job and not self.allowed.cut_jobs and self.allowed.job_most is None)


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(deadline=None, max_examples=150, stateful_step_count=30)
