"""A door as the pages see it: its states, each as it can be read, or as if it had not been said."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, HTTPException, Path
from pydantic import TypeAdapter

from devices.opening_hours import Hours
from devices.policy.rules import DoorRules
from hub.web.api import known
from hub.web.models import Device, Presence
from hub.web.pages.access.states import Display, Leaf, People, PolicyState
from hub.web.pages.said import reason, said
from hub.web.site import Site, SiteHere

FAMILY = "door"

LEAF = TypeAdapter[Leaf | None](Leaf | None)
PEOPLE = TypeAdapter[People | None](People | None)
POLICY = TypeAdapter[PolicyState | None](PolicyState | None)
DISPLAY = TypeAdapter[Display | None](Display | None)


@dataclass(frozen=True, slots=True)
class Door:
    """One door, now."""

    device: Device
    rules: DoorRules

    @property
    def name(self) -> str:
        return self.device.name

    @property
    def leaf(self) -> Leaf | None:
        """None as well when it cannot be true any more."""
        return said(self.device, "door", LEAF, None) if self.device.presence is Presence.ONLINE else None

    @property
    def state(self) -> str:
        """In one word of `access_words.DOORS`."""
        if (leaf := self.leaf) is None:
            return "unknown"
        if leaf.mode != "normal":
            return leaf.mode
        return "locked" if leaf.locked else "unlocked"

    @property
    def people(self) -> People | None:
        return said(self.device, "people", PEOPLE, None)

    @property
    def policy(self) -> PolicyState | None:
        return said(self.device, "policy", POLICY, None)

    @property
    def display(self) -> Display | None:
        return said(self.device, "display", DISPLAY, None)

    @property
    def hours(self) -> Sequence[Hours]:
        """When members may come."""
        return self.rules.hours

    @property
    def free(self) -> Sequence[Hours]:
        """When everybody may come."""
        return self.rules.free

    @property
    def reason(self) -> str:
        """Why it or something of it does not work, for a technician."""
        return reason(self.device)


def doors(site: Site) -> list[Door]:
    """Those of the lab, in the order of the configuration."""
    return [_door(device, site) for device in site.view.devices(FAMILY)]


def _door(device: Device, site: Site) -> Door:
    return Door(device, site.view.lab.devices[device.name].options.rules)


async def door_named(door: Annotated[str, Path(max_length=63)], site: SiteHere) -> Door:
    """The door that the address names, or a 404."""
    device = site.view.device(known(door, site.view.lab))
    if device.type != FAMILY:
        raise HTTPException(404, f"{door} is no door but a {device.type}")
    return _door(device, site)


DoorHere = Annotated[Door, Depends(door_named)]
