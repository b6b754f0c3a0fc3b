"""Every change reaches the nodes soon, in a policy with a higher version than any before."""

import asyncio
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from devices.board.clock import Moment
from devices.policy.policy import BadgeState
from devices.policy.rules import DoorRules, Role
from hub.bus import NodeStatus
from hub.lab import DeviceEntry, Node
from hub.members import badges, erasure, people, publisher, trainings
from hub.members.details import Details
from hub.members.in_use import InUse
from hub.members.model import CONSOLE
from hub.policy.keys import public_half
from hub.policy.sealed import BadPolicy, open_sealed
from tests.hub.members.material import ENTRY, NAME, SITE, FakeClock, Options, credential, lab, member, opened, running
from tests.waiting import until

WITHIN_S = 2.0
REPOSITORY = Path(__file__).parents[3]


async def test_a_policy_is_published_at_the_start_and_after_each_change(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        first = await here.quiet()
        assert (first.site, first.node, set(first.places)) == (SITE, "entrance", {"front-door", "laser"})
        known = await member(here.store, badge=1)
        second = await here.quiet()
        assert second.version > first.version
        assert second.badges[credential(1)].member == known.id


@pytest.mark.alone
async def test_whatever_takes_a_right_away_arrives_within_two_seconds(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        known = await member(here.store, badge=1)
        badge = (await here.store.read(badges.of, known.id))[0]
        await here.store.write(trainings.grant, known.id, "laser", by=CONSOLE)
        policy = await here.quiet()
        assert policy.members[known.id].trainings == {"laser": None}
        await here.store.write(trainings.withdraw, known.id, "laser", by=CONSOLE)
        await until(lambda: here.policy and not here.policy.members[known.id].trainings, within_s=WITHIN_S)
        await here.store.write(people.suspend, known.id, by=CONSOLE)
        await until(lambda: here.policy and here.policy.members[known.id].suspended, within_s=WITHIN_S)
        await here.store.write(badges.revoke, badge.id, by=CONSOLE)
        revoked = BadgeState.REVOKED
        await until(lambda: here.policy and here.policy.badges[credential(1)].state is revoked, within_s=WITHIN_S)
        await here.store.write(erasure.erase, known.id, by=CONSOLE)
        await until(lambda: here.policy and not here.policy.badges and not here.policy.members, within_s=WITHIN_S)


async def test_changes_that_come_in_a_row_share_policies(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        await here.quiet()
        before = len(here.published)
        for number in range(20):
            await member(here.store, f"Member {number}", badge=number)
        assert len((await here.quiet()).badges) == 20
        assert len(here.published) - before < 10


async def test_what_no_door_asks_for_makes_no_new_policy(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        known = await member(here.store, badge=1)
        await here.quiet()
        before = len(here.published)
        await here.store.write(people.change, known.id, Details(name="Another name", phone="0612345678"), by=CONSOLE)
        await here.store.write(trainings.grant, known.id, "no-machine-here", by=CONSOLE)
        await here.quiet()
        assert len(here.published) == before


@pytest.mark.alone
async def test_a_change_by_another_process_is_seen_too(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        await here.quiet()
        command = [sys.executable, "-m", "hub", "member", "add", NAME, "--state", str(tmp_path)]
        environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
        await asyncio.to_thread(subprocess.run, command, env=environment, check=True, capture_output=True)
        async with opened(tmp_path) as other:
            found = await other.read(people.search, NAME)
            await other.write(badges.enrol, found.members[0].id, credential(1), by=CONSOLE)
            await until(lambda: here.policy and credential(1) in here.policy.badges, within_s=WITHIN_S)


async def test_versions_rise_over_restarts_even_without_a_clock(tmp_path: Path) -> None:
    versions = []
    for _ in range(3):
        async with running(tmp_path, clock=FakeClock(datetime(1970, 1, 2, tzinfo=UTC), trusted=False)) as here:
            versions.append((await here.quiet()).version)
    assert versions == sorted(set(versions))


async def test_a_node_with_a_newer_policy_than_the_hub_knows_gets_a_newer_one(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        version = (await here.quiet()).version + 1_000_000
        here.bus.report(NodeStatus("entrance", online=True, info={"policy": {"version": version}}))
        await until(lambda: here.policy and here.policy.version > version)
        here.bus.report(NodeStatus("entrance", online=True, info={"policy": {"version": (await here.quiet()).version}}))
        (report,) = await here.members.nodes()
        assert report.up_to_date


@pytest.mark.parametrize("info", [{}, {"policy": None}, {"policy": {"version": "7"}}, {"policy": {"version": 2**60}}])
async def test_nonsense_from_a_node_is_no_version(tmp_path: Path, info: dict[str, object]) -> None:
    async with running(tmp_path) as here:
        await here.quiet()
        here.bus.report(NodeStatus("entrance", online=True, info=info))
        (report,) = await here.members.nodes()
        assert (report.has, report.up_to_date) == (None, False)


async def test_a_node_without_a_key_gets_none_and_somebody_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    mill = DeviceEntry("mill", "machine", "workshop", Options(DoorRules()))
    async with running(tmp_path, lab(more={"mill": mill})) as here:
        await member(here.store, badge=1)
        await here.quiet()
        assert {signed.node for signed in here.published} == {"entrance"}
        (problem,) = here.members.problems()
        assert (problem.kind, problem.about) == ("no-policy", "workshop")
        assert [report.has_key for report in await here.members.nodes()] == [True, False]
        said = [record.message for record in caplog.records if "gets no policy" in record.message]
        assert len(said) == 1
        assert "nodes.workshop.policy_key is missing" in said[0]
        here.members.reload(lab())
        await here.quiet()
        assert here.members.problems() == ()


async def test_other_rules_in_the_configuration_are_published(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        await here.quiet()
        here.members.reload(lab({"front-door": DoorRules(roles=(Role.MAINTAINER,))}))
        await until(lambda: here.policy and set(here.policy.places) == {"front-door"})


async def test_a_node_with_another_key_gets_the_same_policy_anew(tmp_path: Path) -> None:
    key = X25519PrivateKey.generate()
    async with running(tmp_path) as here:
        before = await here.quiet()
        nodes = {**lab().nodes, "entrance": Node(policy_key=public_half(key))}
        here.members.reload(replace(lab(), nodes=nodes))
        count = len(here.published)
        await until(lambda: len(here.published) > count)
        payload = here.published[-1].payload
        again = open_sealed(payload, site=SITE, node="entrance", signer=before.signer, private_key=key)
        assert again.version > before.version


async def test_at_midnight_in_the_house_what_has_begun_is_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publisher, "LOOK_AT_CLOCK_EVERY_S", 0.02)
    clock = FakeClock(datetime(2026, 7, 1, 21, 59, 59, tzinfo=UTC))
    async with running(tmp_path, clock=clock) as here:
        known = await member(here.store, badge=1, since=date(2026, 7, 2))
        assert (await here.quiet()).members[known.id].since == date(2026, 7, 2)
        clock.moment = Moment(datetime(2026, 7, 1, 22, 0, 0, tzinfo=UTC))
        await until(lambda: here.policy and here.policy.members[known.id].since is None)


async def test_a_policy_is_published_again_before_doors_find_it_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publisher, "LOOK_AT_CLOCK_EVERY_S", 0.02)
    clock = FakeClock(datetime(2026, 7, 1, 8, tzinfo=UTC))
    async with running(tmp_path, clock=clock) as here:
        first = await here.quiet()
        clock.moment = Moment(clock.moment.utc + publisher.AGAIN_EVERY)
        await until(lambda: here.policy and here.policy.version > first.version)
        assert replace(await here.quiet(), version=0, issued=first.issued) == replace(first, version=0)


async def test_only_the_node_itself_can_read_its_policy(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        await here.quiet()
        payload = here.published[-1].payload
        assert b"front-door" not in payload
        with pytest.raises(BadPolicy):
            open_sealed(payload, site=SITE, node="workshop", signer=b"x" * 32, private_key=ENTRY)


async def test_a_second_process_cannot_serve_the_same_members(tmp_path: Path) -> None:
    async with running(tmp_path):
        with pytest.raises(InUse, match="another alcolab serves"):
            async with running(tmp_path):
                pass


async def test_a_permit_is_signed_by_the_key_that_signs_policies(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        policy = await here.quiet()
        permit = await here.members.permit("front-door", "unlock", by="a" * 16)
        permit.check(policy.signer, "front-door", "unlock", Moment(permit.issued + timedelta(seconds=1)))


async def test_it_can_be_started_again(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        first = await here.quiet()
    task = asyncio.create_task(here.members.run())
    with here.bus.policies.heard_by(here.published.append):
        await until(lambda: here.policy and here.policy.version > first.version)
    task.cancel()
    await asyncio.wait([task])
