"""What technicians changed on the page of one profile of config.yaml."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from devices.arcade.buttons import DIRECTIONS, Button, Socd
from devices.arcade.options import Profile
from devices.device import Json

TURBO_LEAST_HZ, TURBO_MOST_HZ = 1.0, 30.0


@dataclass(frozen=True, slots=True)
class Change:
    """What it says stands above the profile: a button that is itself, and turbo of 0, take away what is said there."""

    socd: Socd | None = None
    remap: Mapping[Button, Button] = field(default_factory=dict)
    turbo: Mapping[Button, float] = field(default_factory=dict)

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> "Change":
        """The inverse of `kept`.

        Raises:
            NO_CONTENT of `kept_file.py`: it is none.
        """
        turbo = {Button(button): float(hertz) for button, hertz in kept["turbo"].items()}
        if wrong := [f"{hz:g}" for button, hz in turbo.items() if not is_turbo(hz) or button in DIRECTIONS]:
            raise ValueError(f"no turbo: {', '.join(wrong)}")
        return cls(
            socd=None if kept["socd"] is None else Socd(kept["socd"]),
            remap={Button(button): Button(to) for button, to in kept["remap"].items()},
            turbo=turbo,
        )

    def kept(self) -> Mapping[str, Json]:
        """As it stands in the file."""
        return {
            "socd": self.socd,
            "remap": {str(button): to for button, to in self.remap.items()},
            "turbo": {str(button): hertz for button, hertz in self.turbo.items()},
        }

    def on(self, profile: Profile) -> Profile:
        """The profile with this change."""
        remap = {**profile.remap, **self.remap}
        turbo = {**profile.turbo, **self.turbo}
        return replace(
            profile,
            socd=self.socd or profile.socd,
            remap={button: to for button, to in remap.items() if button is not to},
            turbo={button: hertz for button, hertz in turbo.items() if hertz},
        )

    def beyond(self, profile: Profile) -> "Change":
        """Without what the profile says by itself, so that an edit of config.yaml is not overruled for ever."""
        return Change(
            socd=None if self.socd is profile.socd else self.socd,
            remap={button: to for button, to in self.remap.items() if profile.remap.get(button, button) is not to},
            turbo={button: hertz for button, hertz in self.turbo.items() if profile.turbo.get(button, 0) != hertz},
        )

    def within(self, wired: Collection[Button]) -> "Change":
        """Without what it says of switches that are not there."""
        return replace(
            self,
            remap={button: to for button, to in self.remap.items() if button in wired},
            turbo={button: hertz for button, hertz in self.turbo.items() if button in wired},
        )


def is_turbo(hertz: float) -> bool:
    """Whether a button may fire so often, in times a second; 0 is no turbo."""
    return hertz == 0 or TURBO_LEAST_HZ <= hertz <= TURBO_MOST_HZ
