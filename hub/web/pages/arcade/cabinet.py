"""A cabinet as the pages see it: its states, each as it can be read, or as if it had not been said."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, HTTPException, Path
from pydantic import TypeAdapter

from hub.web.api import known
from hub.web.models import Device, Presence
from hub.web.pages.arcade.states import (
    Controls,
    Count,
    Game,
    Hours,
    Message,
    Pressed,
    Problems,
    Statistics,
    Switches,
    Turn,
    Waiting,
)
from hub.web.pages.said import Value, said
from hub.web.site import Site, SiteHere

FAMILY = "arcade"

TURN = TypeAdapter[Turn | None](Turn | None)
QUEUE = TypeAdapter[tuple[Waiting, ...]](tuple[Waiting, ...])
HOURS = TypeAdapter[Hours | None](Hours | None)
GAME = TypeAdapter[Game | None](Game | None)
CREDITS = TypeAdapter[int](Count)
STATISTICS = TypeAdapter[Statistics | None](Statistics | None)
MESSAGE = TypeAdapter[Message | None](Message | None)
CONTROLS = TypeAdapter[Controls](Controls)
PRESSED = TypeAdapter[Pressed](Pressed)
SWITCHES = TypeAdapter[Switches](Switches)
PROBLEMS = TypeAdapter[Problems](Problems)


@dataclass(frozen=True, slots=True)
class Cabinet:
    """One cabinet, now."""

    device: Device

    @property
    def name(self) -> str:
        return self.device.name

    @property
    def turn(self) -> Turn | None:
        """None as well when it cannot be true any more."""
        return self._said("turn", TURN, None) if self.device.presence is Presence.ONLINE else None

    @property
    def left_s(self) -> float | None:
        """What is left of the turn."""
        if (turn := self.turn) is None or turn.remaining_s is None:
            return None
        state = self.device.states["turn"]
        passed_s = (datetime.now(UTC) - state.at).total_seconds() if state.clock == "trusted" else 0.0
        return max(0.0, turn.remaining_s - max(0.0, passed_s))

    @property
    def queue(self) -> tuple[Waiting, ...]:
        return self._said("queue", QUEUE, ())

    @property
    def hours(self) -> Hours | None:
        return self._said("hours", HOURS, None)

    @property
    def game(self) -> Game | None:
        return self._said("game", GAME, None)

    @property
    def credits(self) -> int:
        return self._said("credits", CREDITS, 0)

    @property
    def statistics(self) -> Statistics | None:
        return self._said("statistics", STATISTICS, None)

    @property
    def message(self) -> Message | None:
        return self._said("message", MESSAGE, None)

    @property
    def controls(self) -> Controls:
        return self._said("controls", CONTROLS, Controls())

    @property
    def pressed(self) -> Pressed:
        return self._said("pressed", PRESSED, {})

    @property
    def switches(self) -> Switches:
        return self._said("switches", SWITCHES, {})

    @property
    def problems(self) -> Problems:
        return self._said("problems", PROBLEMS, {})

    @property
    def is_closed(self) -> bool:
        turn, hours = self.turn, self.hours
        return (turn is not None and turn.phase == "closed") or (hours is not None and not hours.open)

    @property
    def reason(self) -> str:
        """Why it or something of it does not work, for a technician."""
        return self.device.reason or "; ".join(f"{what}: {problem}" for what, problem in self.problems.items())

    def _said(self, name: str, reader: TypeAdapter[Value], otherwise: Value) -> Value:
        return said(self.device, name, reader, otherwise)


def cabinets(site: Site) -> list[Cabinet]:
    """Those of the lab, in the order of the configuration."""
    return [Cabinet(device) for device in site.view.devices(FAMILY)]


async def cabinet_named(cabinet: Annotated[str, Path(max_length=63)], site: SiteHere) -> Cabinet:
    """The cabinet that the address names, or a 404."""
    device = site.view.device(known(cabinet, site.view.lab))
    if device.type != FAMILY:
        raise HTTPException(404, f"{cabinet} is no arcade cabinet but a {device.type}")
    return Cabinet(device)


CabinetHere = Annotated[Cabinet, Depends(cabinet_named)]
