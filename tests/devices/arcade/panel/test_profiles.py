"""Profiles are those of config.yaml, with what technicians changed on the page laid over them."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.arcade.buttons import DIRECTIONS, Button, Seen, Socd
from devices.arcade.options import Profile
from devices.arcade.panel.change import Change
from devices.arcade.panel.profiles import FILE, Choices
from devices.errors import Refused, StorageFull
from tests.devices.arcade.panel.cabinet import BUTTONS, PROFILES, cabinet, opened
from tests.devices.recording_port import RecordingPort
from tests.faults.small_disk import small_disk

SOUTH, EAST, NORTH, WEST = Button.SOUTH, Button.EAST, Button.NORTH, Button.WEST

changes = st.builds(
    Change,
    socd=st.none() | st.sampled_from(Socd),
    remap=st.dictionaries(st.sampled_from(Button), st.sampled_from(Button)),
    turbo=st.dictionaries(st.sampled_from(sorted(set(Button) - DIRECTIONS)), st.just(0.0) | st.floats(1, 30)),
)


@pytest.fixture
def port() -> RecordingPort:
    return RecordingPort("cabinet")


def problems(port: RecordingPort) -> Any:
    return port.states["problems"]


class TestWhichOne:
    async def test_at_first_it_is_the_default_one(self, tmp_path: Path, port: RecordingPort) -> None:
        profiles = await opened(tmp_path, port)
        assert (profiles.name, profiles.current) == ("default", PROFILES["default"])

    @pytest.mark.parametrize(
        ("game", "profile"),
        [
            ("Street Fighter II", "fighting"),
            ("STREETS OF RAGE", "fighting"),
            ("Sonic [!]", "fighting"),
            ("Sonic !", "default"),
            ("dosbox9", "keys"),
            ("dosbox", "default"),
            ("Pac-Man", "default"),
            (None, "default"),
        ],
    )
    async def test_a_game_takes_the_one_whose_pattern_fits(
        self, tmp_path: Path, port: RecordingPort, game: str | None, profile: str
    ) -> None:
        profiles = await opened(tmp_path, port)
        assert profiles.for_game(game) == PROFILES[profile]
        assert profiles.name == profile

    async def test_the_chosen_one_is_for_games_without_their_own(self, tmp_path: Path, port: RecordingPort) -> None:
        profiles = await opened(tmp_path, port)
        profiles.for_game("Street Fighter II")
        assert await profiles.choose("keys") == PROFILES["fighting"]
        assert profiles.for_game("Pac-Man").seen is Seen.KEYBOARD
        assert profiles.for_game(None).seen is Seen.KEYBOARD

    async def test_what_was_chosen_is_so_after_a_restart(self, tmp_path: Path, port: RecordingPort) -> None:
        await (await opened(tmp_path, port)).choose("fighting")
        assert (await opened(tmp_path, port)).name == "fighting"


class TestChanges:
    async def test_they_are_laid_over_the_profile_and_kept(self, tmp_path: Path, port: RecordingPort) -> None:
        profiles = await opened(tmp_path, port)
        await profiles.remap("default", NORTH, WEST)
        await profiles.socd("default", Socd.BYPASS)
        now = await profiles.turbo("default", EAST, 12)
        assert now == Profile(remap={NORTH: WEST}, socd=Socd.BYPASS, turbo={EAST: 12})
        assert (await opened(tmp_path, port)).current == now
        assert problems(port) == {}

    async def test_a_button_that_is_itself_again_is_no_longer_remapped(
        self, tmp_path: Path, port: RecordingPort
    ) -> None:
        profiles = await opened(tmp_path, port)
        await profiles.choose("fighting")
        assert (await profiles.remap("fighting", SOUTH, SOUTH)).remap == {}
        assert (await opened(tmp_path, port)).current.remap == {}

    async def test_no_turbo_takes_away_that_of_the_configuration(self, tmp_path: Path, port: RecordingPort) -> None:
        profiles = await opened(tmp_path, port)
        await profiles.choose("fighting")
        assert (await profiles.turbo("fighting", WEST, 0)).turbo == {}
        assert (await opened(tmp_path, port)).current.turbo == {}

    async def test_another_profile_than_the_one_that_is_on_may_be_changed(
        self, tmp_path: Path, port: RecordingPort
    ) -> None:
        profiles = await opened(tmp_path, port)
        assert await profiles.socd("keys", Socd.FIRST_WINS) == PROFILES["default"]
        assert profiles.for_game("dosbox1").socd is Socd.FIRST_WINS

    async def test_several_at_once_are_all_kept(self, tmp_path: Path, port: RecordingPort) -> None:
        profiles = await opened(tmp_path, port)
        await asyncio.gather(*(profiles.remap("default", button, Button.MODE) for button in BUTTONS))
        assert (await opened(tmp_path, port)).current.remap == dict.fromkeys(BUTTONS, Button.MODE)

    async def test_what_is_changed_back_follows_the_configuration_again(
        self, tmp_path: Path, port: RecordingPort
    ) -> None:
        profiles = await opened(tmp_path, port)
        await profiles.socd("default", Socd.BYPASS)
        await profiles.socd("default", Socd.NEUTRAL)
        edited = cabinet(profiles={**PROFILES, "default": Profile(socd=Socd.FIRST_WINS)})
        assert (await opened(tmp_path, port, edited)).current.socd is Socd.FIRST_WINS

    @given(changes)
    def test_what_is_kept_is_what_was_changed(self, change: Change) -> None:
        choices = Choices("default", {"default": change})
        assert Choices.read(json.loads(json.dumps(choices.kept()))) == choices

    @given(changes)
    def test_what_goes_beyond_a_profile_says_as_much_as_the_whole(self, change: Change) -> None:
        for profile in PROFILES.values():
            assert change.beyond(profile).on(profile) == change.on(profile)


class TestRefusals:
    async def test_an_unknown_profile_is_refused_with_those_there_are(
        self, tmp_path: Path, port: RecordingPort
    ) -> None:
        profiles = await opened(tmp_path, port)
        with pytest.raises(Refused, match="there are: default, fighting, keys; did you mean fighting"):
            await profiles.choose("figthing")
        with pytest.raises(Refused, match=r"there is no profile x; there are: default, fighting, keys$"):
            await profiles.socd("x", Socd.BYPASS)

    async def test_a_switch_that_nobody_has_is_refused_with_those_there_are(
        self, tmp_path: Path, port: RecordingPort
    ) -> None:
        profiles = await opened(tmp_path, port)
        with pytest.raises(Refused, match="no player has a switch l3; there are: up, down, left, right, south"):
            await profiles.remap("default", Button.L3, SOUTH)
        with pytest.raises(Refused, match="no player has a switch l3"):
            await profiles.turbo("default", Button.L3, 5)

    async def test_turbo_is_refused_for_a_direction(self, tmp_path: Path, port: RecordingPort) -> None:
        with pytest.raises(Refused, match="turbo is for buttons, not for up"):
            await (await opened(tmp_path, port)).turbo("default", Button.UP, 5)

    @pytest.mark.parametrize("hertz", [-1, 0.5, 31, float("nan"), float("inf")])
    async def test_turbo_is_refused_when_too_slow_or_too_fast(
        self, tmp_path: Path, port: RecordingPort, hertz: float
    ) -> None:
        with pytest.raises(Refused, match="1 to 30 times a second, or 0 for none"):
            await (await opened(tmp_path, port)).turbo("default", SOUTH, hertz)

    async def test_what_cannot_be_kept_is_not_so(self, tmp_path: Path, port: RecordingPort) -> None:
        folder = tmp_path / "disk"
        with small_disk(folder, "64k") as disk:
            profiles = await opened(folder, port)
            disk.fill()
            with pytest.raises(StorageFull, match="free some space"):
                await profiles.remap("default", SOUTH, EAST)
            assert profiles.current == PROFILES["default"]
            disk.free()
            assert (await profiles.remap("default", SOUTH, EAST)).remap == {SOUTH: EAST}


class TestTrouble:
    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"\x00" * 64,
            b"[1]",
            b"null",
            b"[" * 100_000,
            b'{"chosen": "default"}',
            b'{"chosen": "default", "changes": {"default": {"socd": "x", "remap": {}, "turbo": {}}}}',
            b'{"chosen": "default", "changes": {"default": {"socd": null, "remap": {}, "turbo": {"up": 5}}}}',
            b'{"chosen": "default", "changes": {"default": {"socd": null, "remap": {}, "turbo": {"south": NaN}}}}',
        ],
    )
    async def test_a_damaged_file_is_set_aside_and_said(
        self, tmp_path: Path, port: RecordingPort, content: bytes
    ) -> None:
        (tmp_path / FILE).write_bytes(content)
        profiles = await opened(tmp_path, port)
        assert profiles.current == PROFILES["default"]
        assert "began anew; the old file is profiles.damaged; change them again" in problems(port)["profiles"]
        assert (tmp_path / "profiles.damaged").read_bytes() == content
        await profiles.choose("keys")
        assert problems(port) == {}
        assert (await opened(tmp_path, port)).name == "keys"

    async def test_what_cannot_be_read_is_set_aside_before_anything_is_written(
        self, tmp_path: Path, port: RecordingPort
    ) -> None:
        (tmp_path / FILE).mkdir()
        (tmp_path / FILE / "precious").touch()
        profiles = await opened(tmp_path, port)
        assert "cannot be read" in problems(port)["profiles"]
        await profiles.choose("keys")
        assert (tmp_path / "profiles.damaged" / "precious").exists()
        assert (await opened(tmp_path, port)).name == "keys"

    async def test_what_no_longer_fits_the_configuration_is_dropped_with_a_word(
        self, tmp_path: Path, port: RecordingPort
    ) -> None:
        before = await opened(tmp_path, port)
        await before.choose("fighting")
        await before.socd("fighting", Socd.BYPASS)
        await before.remap("default", NORTH, WEST)
        await before.turbo("default", NORTH, 5)
        await before.remap("default", EAST, WEST)
        fewer = cabinet(buttons=(SOUTH, EAST), profiles={"default": Profile()})
        profiles = await opened(tmp_path, port, fewer)
        assert (profiles.name, profiles.current) == ("default", Profile(remap={EAST: WEST}))
        assert "no profile fighting any more" in problems(port)["profiles"]
        assert "no longer all the switches that were changed in default" in problems(port)["profiles"]
        await profiles.socd("default", Socd.BYPASS)
        assert problems(port) == {}
        assert (await opened(tmp_path, port, fewer)).current == Profile(remap={EAST: WEST}, socd=Socd.BYPASS)
        assert problems(port) == {}


async def test_the_state_says_what_the_page_shows(tmp_path: Path, port: RecordingPort) -> None:
    profiles = await opened(tmp_path, port)
    profiles.for_game("Street Fighter II")
    assert json.loads(json.dumps(profiles.state())) == {
        "profile": "fighting",
        "profiles": ["default", "fighting", "keys"],
        "seen": "gamepad",
        "socd": "last-wins",
        "remap": {"south": "east"},
        "turbo": {"west": 10},
        "players": {player: [*BUTTONS] for player in ("1", "2")},
    }
