"""A whole door: a card at its reader, the relay, the contact, and what the lab hears."""

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from devices.access.door.options import Fails, Strike
from devices.board.world import World
from devices.device import Event, Reading
from devices.errors import Flooded, LineBusy, Refused
from devices.opening_hours import Hours
from devices.policy.permit import Permit, sign_permit
from devices.policy.policy import Badge, BadgeState, Member
from devices.policy.rules import AntiPassback, DoorRules, Minors, Role
from hub.bus import Bus, Entry, UnkeptJournal
from hub.port import DevicePort
from tests.devices.access.door.running import (
    ADA,
    ADA_ID,
    BOB,
    BOB_ID,
    EVE,
    FIRE,
    HUB,
    SITE_KEY,
    STRIKE,
    WIRING,
    SettableClock,
    policy,
    running,
)
from tests.waiting import until

ALL_DAY = Hours(since=time(0, 0), until=time(23, 59, 59))


def _audited(folder: Path) -> str:
    return "".join(file.read_text() for file in folder.rglob("audit/*.jsonl"))


async def test_a_members_card_opens_the_door(tmp_path: Path) -> None:
    async with running(tmp_path, known=policy()) as door:
        assert not door.unlocked
        door.show(ADA)
        await until(lambda: door.unlocked)
        assert await door.event("access") == {
            "granted": True,
            "reason": "granted",
            "member": ADA_ID,
            "language": "fr",
            "direction": "in",
            "strength": "uid",
            "policy": 7,
            "notes": [],
        }
        assert await door.event("unlocked") == {"by": "badge", "member": ADA_ID}
        door.opens()
        assert await door.event("passed") == {"member": ADA_ID, "direction": "in"}
        assert door.state("people") == {"inside": 1, "capacity": None}
        door.closes()
        await until(lambda: not door.unlocked)
        assert door.kinds() == ["access", "unlocked", "opened", "passed", "closed", "locked"]


async def test_nobody_elses_does(tmp_path: Path) -> None:
    async with running(tmp_path, known=policy()) as door:
        door.show(EVE)
        access = await door.event("access")
        assert (access["granted"], access["reason"], access["member"]) == (False, "unknown-badge", None)
        assert not door.unlocked
        assert door.state("display") == {"reason": "unknown-badge", "language": None}


async def test_without_a_policy_it_opens_to_nobody(tmp_path: Path) -> None:
    async with running(tmp_path, known=None) as door:
        door.show(ADA)
        assert (await door.event("access"))["reason"] == "no-policy"
        assert not door.unlocked


async def test_a_revocation_counts_from_the_next_card_on(tmp_path: Path) -> None:
    async with running(tmp_path, known=policy()) as door:
        door.show(ADA)
        await door.event("unlocked")
        door.bus.latest.policy = policy(badges={SITE_KEY.credential(ADA): Badge(ADA_ID, BadgeState.REVOKED)})
        await door.event("locked")
        door.show(ADA)
        assert (await door.event("access", 2))["reason"] == "badge-revoked"
        assert not door.unlocked


async def test_it_is_locked_again_when_nobody_opens_it(tmp_path: Path) -> None:
    async with running(tmp_path, known=policy()) as door:
        door.show(ADA)
        await door.event("locked")
        assert not door.unlocked
        await door.until_state("people", lambda people: people["inside"] == 0)
        assert door.events("passed") == []


async def test_leaving_by_badge_makes_room(tmp_path: Path) -> None:
    async with running(tmp_path, known=policy(DoorRules(capacity=1))) as door:
        for card, inside, kind in ((ADA, False, "passed"), (BOB, False, "access"), (ADA, True, "passed")):
            before = len(door.events(kind))
            door.show(card, inside=inside)
            if kind == "passed":
                await until(lambda: door.unlocked)
                door.opens()
            await door.event(kind, before + 1)
            door.closes()
            await until(lambda: not door.unlocked)
        assert [access["reason"] for access in door.events("access")] == ["granted", "full", "granted"]
        assert door.state("people") == {"inside": 0, "capacity": 1}


async def test_who_has_been_let_in_takes_a_place_before_going_through(tmp_path: Path) -> None:
    async with running(tmp_path, known=policy(DoorRules(capacity=1))) as door:
        door.show(ADA)
        await door.event("access")
        door.show(BOB)
        assert (await door.event("access", 2))["reason"] == "full"


async def test_a_badge_that_is_handed_back_does_not_open_twice(tmp_path: Path) -> None:
    async with running(tmp_path, known=policy(DoorRules(anti_passback=AntiPassback.HARD))) as door:
        door.show(ADA)
        await until(lambda: door.unlocked)
        door.opens()
        await door.event("passed")
        door.closes()
        await asyncio.sleep(0.35)  # the card was away
        door.show(ADA)
        assert (await door.event("access", 2))["reason"] == "inside-already"


async def test_who_is_inside_is_known_after_a_restart(tmp_path: Path) -> None:
    known = policy(DoorRules(anti_passback=AntiPassback.HARD))
    async with running(tmp_path, known=known) as door:
        door.show(ADA)
        await until(lambda: door.unlocked)
        door.opens()
        await door.event("passed")
        await until(lambda: list(tmp_path.rglob("inside.json")))
    async with running(tmp_path, known=known) as door:
        door.show(ADA)
        assert (await door.event("access"))["reason"] == "inside-already"


async def test_a_minor_comes_in_with_the_adult_who_comes_after(tmp_path: Path) -> None:
    minor = Member(ADA_ID, adult_since=(policy().issued + timedelta(days=900)).date())
    known = policy(DoorRules(minors=Minors.WITH_ADULT), members={ADA_ID: minor, BOB_ID: Member(BOB_ID)})
    async with running(tmp_path, known=known) as door:
        door.show(ADA)
        assert (await door.event("access"))["reason"] == "adult-needed"
        assert not door.unlocked
        door.show(BOB)
        await door.event("access", 3)
        assert [(access["member"], access["granted"]) for access in door.events("access")] == [
            (ADA_ID, False),
            (BOB_ID, True),
            (ADA_ID, True),
        ]
        door.opens()
        await door.event("passed", 2)


async def test_passages_at_other_doors_of_the_same_room_count(tmp_path: Path) -> None:
    options = replace(WIRING, others=("back-door",))
    async with running(tmp_path, options, known=policy(DoorRules(capacity=1))) as door:
        passed = Event("passed", {"member": BOB_ID, "direction": "in"}, door.clock.now())
        door.bus.relay(Entry("back-door", passed, local=False))
        await door.until_state("people", lambda people: people["inside"] == 1)
        door.show(ADA)
        assert (await door.event("access"))["reason"] == "full"


async def test_the_last_place_is_not_given_away_at_two_doors_at_once(tmp_path: Path) -> None:
    options = replace(WIRING, others=("back-door",))
    async with running(tmp_path, options, known=policy(DoorRules(capacity=1))) as door:
        back_door = DevicePort("back-door", door.bus, door.clock)
        back_door.event("access", {"granted": True, "member": BOB_ID, "direction": "in"})
        await door.until_state("people", lambda people: people["inside"] == 1)
        door.show(ADA)
        assert (await door.event("access"))["reason"] == "full"
        back_door.event("locked")
        await door.until_state("people", lambda people: people["inside"] == 0)


async def test_opened_without_a_release_it_is_forced_until_it_is_closed(tmp_path: Path) -> None:
    async with running(tmp_path, known=policy()) as door:
        door.opens()
        await door.event("forced")
        assert door.state("door") == {
            "locked": True,
            "open": True,
            "mode": "normal",
            "alarm": "forced",
            "warning": False,
        }
        door.closes()
        await door.until_state("door", lambda state: state["alarm"] is None)


async def test_held_open_it_warns_and_then_raises_the_alarm(tmp_path: Path) -> None:
    options = replace(WIRING, held_open=0.8, warning=0.4)
    async with running(tmp_path, options, known=policy()) as door:
        door.show(ADA)
        await until(lambda: door.unlocked)
        door.opens()
        await door.until_state("door", lambda state: state["warning"])
        assert await door.event("held-open") == {"seconds": 0.8}
        assert door.state("door")["alarm"] == "held-open"


async def test_the_exit_button_lets_people_out(tmp_path: Path) -> None:
    async with running(tmp_path, known=None) as door:
        door.presses_exit()
        assert await door.event("unlocked") == {"by": "exit", "member": None}
        door.opens()
        await door.event("opened")
        assert "forced" not in door.kinds()


async def test_a_fire_is_shown_and_the_strike_is_left_to_its_wiring(tmp_path: Path) -> None:
    async with running(tmp_path, known=policy()) as door:
        door.pin(FIRE).drive(True)
        assert await door.event("fire") == {"active": True}
        assert (door.state("door")["mode"], door.state("door")["locked"]) == ("fire", False)
        assert not door.unlocked
        door.pin(FIRE).drive(False)
        assert await door.event("fire", 2) == {"active": False}


async def test_a_magnet_holds_while_it_is_powered(tmp_path: Path) -> None:
    options = replace(WIRING, strike=Strike(line=STRIKE, fails=Fails.SAFE, unlock=0.6))
    async with running(tmp_path, options, known=policy()) as door:
        assert door.pin(STRIKE).level
        door.show(ADA)
        await until(lambda: not door.pin(STRIKE).level)
        await until(lambda: door.pin(STRIKE).level)
        pin = door.pin(STRIKE)
    assert not pin.level


async def test_stopped_while_somebody_passes_the_strike_is_off_at_once(tmp_path: Path) -> None:
    async with running(tmp_path, replace(WIRING, strike=Strike(line=STRIKE, unlock=60.0)), known=policy()) as door:
        door.show(ADA)
        await until(lambda: door.unlocked)
        assert door.port.busy_because == "somebody passes"
        pin = door.pin(STRIKE)
    assert not pin.level
    assert door.port.busy_because == ""


async def test_a_strike_that_another_program_holds_is_said(tmp_path: Path) -> None:
    world = World(tmp_path / "world")
    with world.pin(STRIKE).held("the other program"), pytest.raises(LineBusy, match="the other program"):
        async with running(tmp_path, known=policy(), world=world):
            pass


async def test_a_contact_that_another_program_holds_is_a_problem_and_badges_open_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("devices.access.door.inputs.TRY_AGAIN_S", 0.05)
    world = World(tmp_path / "world")
    options = replace(WIRING, contact=None)
    with world.pin(FIRE).held("the other program"):
        async with running(tmp_path, options, known=policy(), world=world) as door:
            problems = await door.until_state("problems", lambda problems: "inputs" in problems)
            assert "the other program" in problems["inputs"]
            door.show(ADA)
            await until(lambda: door.unlocked)
    async with running(tmp_path, options, known=policy()) as door:
        await door.until_state("problems", lambda problems: problems == {})


def permit_for(door: str = "front-door") -> Permit:
    return sign_permit(HUB, device=door, action="unlock", by=BOB_ID, now=datetime.now(UTC))


async def test_a_page_unlocks_with_a_permit_once(tmp_path: Path) -> None:
    async with running(tmp_path, known=policy()) as door:
        permit = permit_for()
        assert await door.port.handlers["unlock"](permit) == {"seconds": 0.6}
        assert door.unlocked
        assert await door.event("unlocked") == {"by": "page", "member": BOB_ID}
        with pytest.raises(Refused, match="used already"):
            await door.port.handlers["unlock"](permit)


async def test_a_permit_for_another_door_or_of_somebody_else_unlocks_nothing(tmp_path: Path) -> None:
    async with running(tmp_path, known=policy()) as door:
        with pytest.raises(Refused, match="back-door"):
            await door.port.handlers["unlock"](permit_for("back-door"))
        door.bus.latest.policy = policy(signer=bytes(32))
        with pytest.raises(Refused, match="not signed"):
            await door.port.handlers["unlock"](permit_for())
        door.bus.latest.policy = None
        with pytest.raises(Refused, match="no policy"):
            await door.port.handlers["unlock"](permit_for())
        assert not door.unlocked
        assert door.kinds() == []


async def test_free_hours_unlock_as_soon_as_the_policy_says_so(tmp_path: Path) -> None:
    always = DoorRules(free=(ALL_DAY,))
    async with running(tmp_path, known=policy()) as door:
        door.bus.latest.policy = policy(always, version=8)
        assert await door.event("unlocked") == {"by": "hours", "member": None}
        assert door.state("door")["mode"] == "free"
        door.bus.latest.policy = policy(version=9)
        await door.event("locked")
        assert door.state("policy")["version"] == 9


async def test_free_hours_need_a_clock_that_can_be_believed(tmp_path: Path) -> None:
    clock = SettableClock()
    async with running(tmp_path, known=policy(DoorRules(free=(ALL_DAY,))), clock=clock) as door:
        await until(lambda: door.unlocked)
        clock.trusted = False
        await until(lambda: not door.unlocked)
        clock.trusted = True
        await until(lambda: door.unlocked)


async def test_a_policy_that_is_too_old_opens_to_nobody_and_is_said(tmp_path: Path) -> None:
    known = policy(DoorRules(free=(ALL_DAY,)), issued=policy().issued - timedelta(days=8))
    async with running(tmp_path, known=known) as door:
        assert door.state("policy")["too_old"]
        assert not door.unlocked
        door.show(ADA)
        assert (await door.event("access"))["reason"] == "policy-too-old"


async def test_who_guesses_numbers_is_slowed_down_and_a_member_is_not(tmp_path: Path) -> None:
    async with running(tmp_path, known=policy()) as door:
        for number in range(30):
            door.show(EVE.numbered(number))
        await until(lambda: len(door.events("badge", "front-badges")) == 30)
        assert len(door.events("access")) == 6
        assert "30 unknown badges" in (await door.until_state("problems", lambda problems: problems))["front-badges"]
        door.show(BOB, inside=True)
        assert (await door.event("access", 7))["granted"]
        door.show(ADA)
        assert (await door.event("access", 8))["granted"]


async def test_what_comes_from_elsewhere_is_no_badge_of_this_reader(tmp_path: Path) -> None:
    """Whatever the configuration says: who can publish on MQTT cannot open a door."""
    async with running(tmp_path, known=policy()) as door:
        spoofed = Event("badge", {"credential": SITE_KEY.credential(ADA), "strength": "crypto"}, door.clock.now())
        door.bus.relay(Entry("front-badges", spoofed, local=False))
        door.show(EVE)
        await door.event("access")
        assert [access["reason"] for access in door.events("access")] == ["unknown-badge"]
        assert not door.unlocked


async def test_the_audit_log_has_what_happened_and_its_head_is_told(tmp_path: Path) -> None:
    async with running(tmp_path, known=policy()) as door:
        door.show(ADA)
        await door.event("locked")
        head = await door.until_state("audit", lambda audit: audit["entries"] >= 3)
        assert len(head["head"]) == 64
        text = _audited(tmp_path)
    assert '"access"' in text
    assert '"unlocked"' in text
    assert SITE_KEY.credential(ADA) not in text


async def test_a_display_says_why_for_ten_seconds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("devices.access.door.record.SHOWN_S", 0.1)
    async with running(tmp_path, known=policy()) as door:
        door.show(BOB)
        await door.until_state("display", lambda display: display == {"reason": "granted", "language": "en"})
        await door.until_state("display", lambda display: display == {"reason": None, "language": None})


class FloodedJournal(UnkeptJournal):
    """The disk takes no events any more, neither of readers nor of doors."""

    def record(self, device: str, message: Reading | Event) -> tuple[Entry, Awaitable[None]]:
        raise Flooded(f"{device}: more events than the disk can take: {message}")


async def test_a_disk_that_takes_no_more_events_keeps_nobody_out(tmp_path: Path) -> None:
    async with running(tmp_path, known=policy(), bus=Bus(FloodedJournal())) as door:
        door.show(ADA)
        await until(lambda: door.unlocked)
        problems = await door.until_state("problems", lambda problems: "events" in problems)
        assert "more events" in problems["events"]
        await until(lambda: not door.unlocked)
        door.show(BOB)
        await until(lambda: door.unlocked)


async def test_without_the_time_hours_are_refused_and_maintainers_pass_with_a_note(tmp_path: Path) -> None:
    clock = SettableClock()
    clock.trusted = False
    members = {ADA_ID: Member(ADA_ID, roles=frozenset({Role.MAINTAINER})), BOB_ID: Member(BOB_ID)}
    async with running(tmp_path, known=policy(DoorRules(hours=(ALL_DAY,)), members=members), clock=clock) as door:
        door.show(BOB)
        assert (await door.event("access"))["reason"] == "clock-untrusted"
        door.show(ADA)
        access = await door.event("access", 2)
        assert (access["granted"], access["notes"]) == (True, ["clock-untrusted"])
        await until(lambda: '"notes":["clock-untrusted"]' in _audited(tmp_path))
        with pytest.raises(Refused, match="does not know the time"):
            await door.port.handlers["unlock"](permit_for())


async def test_a_clock_that_jumps_neither_locks_in_nor_lets_in(tmp_path: Path) -> None:
    """Durations are the monotonic clock's."""
    clock = SettableClock()
    async with running(tmp_path, known=policy(), clock=clock) as door:
        for ahead in (timedelta(days=-20_000), timedelta(days=3), timedelta()):
            before = len(door.events("locked"))
            door.show(ADA)
            await until(lambda: door.unlocked)
            clock.ahead = ahead
            await door.event("locked", before + 1)
            clock.ahead = timedelta()
            assert not door.unlocked
