"""A cabinet whose panel is tried: two players, with what is said of it."""

from pathlib import Path

from devices.arcade.buttons import Button, Seen, Socd
from devices.arcade.options import CabinetOptions, Profile
from devices.arcade.panel.profiles import Profiles
from devices.arcade.problems import Problems
from tests.devices.recording_port import RecordingPort

BUTTONS = (
    Button.UP,
    Button.DOWN,
    Button.LEFT,
    Button.RIGHT,
    Button.SOUTH,
    Button.EAST,
    Button.WEST,
    Button.NORTH,
    Button.START,
    Button.SELECT,
)
PROFILES = {
    "default": Profile(),
    "fighting": Profile(
        games=("Street*", "Sonic [!].zip"),
        socd=Socd.LAST_WINS,
        remap={Button.SOUTH: Button.EAST},
        turbo={Button.WEST: 10.0},
    ),
    "keys": Profile(games=("dosbox?",), seen=Seen.KEYBOARD),
}


def cabinet(*, buttons: tuple[Button, ...] = BUTTONS, profiles: dict[str, Profile] | None = None) -> CabinetOptions:
    players = tuple({button: f"P{player}-{button}" for button in buttons} for player in (1, 2))
    return CabinetOptions(players=players, profiles=profiles or PROFILES)


async def opened(folder: Path, port: RecordingPort, options: CabinetOptions | None = None) -> Profiles:
    profiles = Profiles(options or cabinet(), folder, Problems(port))
    await profiles.load()
    return profiles
