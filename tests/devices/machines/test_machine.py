"""A whole machine: badges, relay, jobs, button and pages."""

from pathlib import Path

from tests.devices.machines.running import PEOPLE, badge_of, running


async def test_a_trained_member_has_power_from_badge_in_to_badge_out(tmp_path: Path) -> None:
    async with running(tmp_path) as mill:
        assert not mill.powered
        access = await mill.badge("amina")
        assert (access["granted"], access["reason"], access["direction"]) == (True, "granted", "in")
        await mill.until(lambda: mill.powered and mill.state("power"))
        assert mill.phase == "running"
        assert mill.state("session")["member"] == PEOPLE["amina"].id
        await mill.a_while(3.2)
        access = await mill.badge("amina")
        assert (access["granted"], access["direction"]) == (True, "out")
        await mill.until(lambda: not mill.powered and not mill.state("power"))
        assert mill.phase == "idle"
        assert [ended["why"] for ended in mill.of("session-ended")] == ["badge-out"]
