"""What time it is, and whether to believe it."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.board import clock as clock_module
from devices.board.clock import Moment, SystemClock, parse_rfc3339, rfc3339

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = 3600.0


class Machine:
    """A machine whose clocks a test turns by hand: `wall` may jump, the time since boot never does."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
        self.wall = NOON.timestamp()
        self.since_boot = 100.0
        self.synchronised = False
        self.model = folder / "model"
        self.flag = folder / "synchronized"
        monkeypatch.setattr(clock_module, "PI_MODEL", self.model)
        monkeypatch.setattr(clock_module, "SYNCHRONISED_FLAG", self.flag)
        monkeypatch.setattr(clock_module, "_kernel_synchronised", lambda: self.synchronised)
        monkeypatch.setattr(clock_module, "_since_boot_s", lambda: self.since_boot)
        monkeypatch.setattr("devices.board.clock.time.time", lambda: self.wall)
        monkeypatch.setattr("devices.board.clock.time.monotonic", lambda: self.since_boot)

    def passes(self, seconds: float) -> None:
        self.wall += seconds
        self.since_boot += seconds


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Machine:
    return Machine(monkeypatch, tmp_path)


@pytest.fixture
def pi(machine: Machine) -> Machine:
    machine.model.write_text("Raspberry Pi Zero 2 W")
    return machine


def test_the_real_clock_of_this_machine_gives_the_time() -> None:
    before = datetime.now(UTC)
    moment = SystemClock().now()
    assert before - timedelta(milliseconds=50) <= moment.utc <= datetime.now(UTC) + timedelta(milliseconds=50)
    assert moment.utc.tzinfo is UTC


def test_the_boot_is_named_by_the_kernel() -> None:
    assert SystemClock().boot == SystemClock().boot != "unknown"


@pytest.mark.usefixtures("machine")
def test_a_pc_is_trusted_from_the_start() -> None:
    clock = SystemClock()
    assert clock.now() == Moment(NOON, trusted=True)
    assert clock.correction() == timedelta(0)


def test_a_pi_is_not_trusted_until_somebody_says_that_it_is_synchronised(pi: Machine) -> None:
    clock = SystemClock()
    assert clock.now().trusted is False
    assert clock.correction() is None
    pi.synchronised = True
    pi.passes(SystemClock.CHECK_EVERY_S)
    assert clock.now().trusted is True


def test_the_flag_of_systemd_timesyncd_is_believed(pi: Machine) -> None:
    pi.flag.touch()
    assert SystemClock().now().trusted is True


def test_one_constant_corrects_every_moment_before_the_time_came(pi: Machine) -> None:
    pi.wall = 0.0  # 1970, as a Pi without a battery may boot
    clock = SystemClock()
    measured = []
    for _ in range(3):
        measured.append(clock.now().utc)
        pi.passes(10)
    assert measured[2] - measured[0] == timedelta(seconds=20)
    pi.wall = (NOON + timedelta(seconds=30)).timestamp()
    pi.synchronised = True
    correction = clock.correction()
    assert correction is not None
    assert [moment + correction for moment in measured] == [NOON + timedelta(seconds=s) for s in (0, 10, 20)]
    assert clock.now() == Moment(NOON + timedelta(seconds=30))


def test_the_constant_stays_whatever_the_wall_clock_does_later(pi: Machine) -> None:
    clock = SystemClock()
    pi.wall += HOUR
    pi.synchronised = True
    assert clock.correction() == timedelta(hours=1)
    pi.passes(60)
    pi.wall += HOUR
    assert clock.correction() == timedelta(hours=1)


def test_jumps_of_an_untrusted_clock_do_not_reach_the_moments(pi: Machine) -> None:
    clock = SystemClock()
    first = clock.now().utc
    for jump in (HOUR, -2 * HOUR):
        pi.wall += jump
        pi.passes(5)
    assert clock.now().utc - first == timedelta(seconds=10)


@pytest.mark.parametrize("jump", [HOUR, -HOUR])
def test_a_trusted_clock_that_is_set_by_hand_is_not_followed_and_said_once(
    machine: Machine, caplog: pytest.LogCaptureFixture, jump: float
) -> None:
    clock = SystemClock()
    clock.now()
    machine.wall += jump
    for _ in range(3):
        machine.passes(5)
        clock.now()
    assert clock.now() == Moment(NOON + timedelta(seconds=15))
    assert len(caplog.records) == 1
    assert f"set {jump:+.0f} s without a time server" in caplog.text


def test_a_clock_set_an_hour_forth_and_back_leaves_no_trace(machine: Machine) -> None:
    clock = SystemClock()
    times = [clock.now().utc]
    for jump in (HOUR, 0, -HOUR, 0):
        machine.wall += jump
        machine.passes(1)
        times.append(clock.now().utc)
    assert times == [NOON + timedelta(seconds=s) for s in range(5)]


def test_a_step_that_a_time_server_vouches_for_is_followed(machine: Machine) -> None:
    clock = SystemClock()
    clock.now()
    machine.wall += HOUR
    machine.synchronised = True
    machine.passes(1)
    assert clock.now() == Moment(NOON + timedelta(hours=1, seconds=1))


def test_a_small_nudge_is_followed(machine: Machine) -> None:
    clock = SystemClock()
    clock.now()
    machine.wall += 0.5
    machine.passes(1)
    assert clock.now() == Moment(NOON + timedelta(seconds=1.5))


def test_the_kernel_is_asked_at_most_once_a_second(pi: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[float] = []

    def not_yet() -> bool:
        asked.append(pi.since_boot)
        return False

    monkeypatch.setattr(clock_module, "_kernel_synchronised", not_yet)
    clock = SystemClock()
    for _ in range(100):
        clock.now()
        pi.passes(0.01)
    assert len(asked) == 1


def test_the_kernel_answers_whether_it_is_synchronised() -> None:
    assert clock_module._kernel_synchronised() in (True, False)


def test_a_moment_is_written_in_utc_with_milliseconds() -> None:
    moment = Moment(datetime(2026, 3, 1, 8, 15, 30, 250_999, tzinfo=UTC))
    assert moment.rfc3339() == "2026-03-01T08:15:30.250Z"


@pytest.mark.parametrize(
    "text", ["2026-03-01T08:15:30.250Z", "2026-03-01T09:15:30.250+01:00", "2026-03-01 08:15:30.25+00:00"]
)
def test_any_offset_is_understood(text: str) -> None:
    parsed = parse_rfc3339(text)
    assert parsed == datetime(2026, 3, 1, 8, 15, 30, 250_000, tzinfo=UTC)
    assert parsed.tzinfo is UTC


@pytest.mark.parametrize("text", ["", "yesterday", "2026-03-01T08:15:30", "2026-03-01", "2026-13-01T00:00:00Z"])
def test_a_time_that_nobody_can_place_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"offset|isoformat|month"):
        parse_rfc3339(text)


@given(st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - bounds are naive
def test_what_is_written_is_read_back_to_the_millisecond(utc: datetime) -> None:
    assert timedelta(0) <= utc - parse_rfc3339(rfc3339(utc)) < timedelta(milliseconds=1)


@given(st.datetimes(datetime(1970, 1, 2), datetime(2200, 1, 1)), st.integers(-14 * 60, 14 * 60))  # noqa: DTZ001 - likewise
def test_an_offset_changes_how_a_time_is_written_not_when_it_is(naive: datetime, minutes: int) -> None:
    aware = naive.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    assert parse_rfc3339(aware.isoformat()) == aware
