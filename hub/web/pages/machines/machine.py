"""A machine as the pages see it: its states, each as it can be read, or as if it had not been said."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, HTTPException, Path
from pydantic import TypeAdapter

from devices.policy.rules import MachineRules
from hub.web.api import known
from hub.web.models import Device, Presence
from hub.web.pages.access.door import DISPLAY, POLICY
from hub.web.pages.access.states import Display, PolicyState
from hub.web.pages.machines.states import Counters, Session, Task
from hub.web.pages.said import reason, said
from hub.web.site import Site, SiteHere

FAMILY = "machine"

SESSION = TypeAdapter[Session | None](Session | None)
COUNTERS = TypeAdapter[Counters](Counters)
IN_USE = frozenset({"running", "warning", "grace"})


@dataclass(frozen=True, slots=True)
class Machine:
    """One machine, now."""

    device: Device
    rules: MachineRules

    @property
    def name(self) -> str:
        return self.device.name

    @property
    def session(self) -> Session | None:
        """None as well when it cannot be true any more."""
        return said(self.device, "session", SESSION, None) if self.device.presence is Presence.ONLINE else None

    @property
    def phase(self) -> str:
        """In one word of `access_words.MACHINES`."""
        return session.phase if (session := self.session) else "unknown"

    @property
    def in_use(self) -> bool:
        return self.phase in IN_USE

    @property
    def left_s(self) -> float | None:
        """What is left of the session."""
        session = self.session
        if session is None or session.phase not in IN_USE:
            return None
        if session.ends is not None and self.device.states["session"].clock == "trusted":
            return max(0.0, (session.ends - datetime.now(UTC)).total_seconds())
        return session.remaining_s

    @property
    def counters(self) -> Counters:
        return said(self.device, "counters", COUNTERS, Counters())

    @property
    def due(self) -> tuple[Task, ...]:
        """The maintenance that should be done before more is made."""
        return tuple(task for task in self.counters.maintenance if task.due)

    @property
    def training(self) -> str | None:
        """The training that one needs."""
        return None if self.rules.untrained else self.rules.training or self.name

    @property
    def policy(self) -> PolicyState | None:
        return said(self.device, "policy", POLICY, None)

    @property
    def display(self) -> Display | None:
        return said(self.device, "display", DISPLAY, None)

    @property
    def reason(self) -> str:
        """Why it or something of it does not work, for a technician."""
        return reason(self.device)


def machines(site: Site) -> list[Machine]:
    """Those of the lab, in the order of the configuration."""
    return [_machine(device, site) for device in site.view.devices(FAMILY)]


def _machine(device: Device, site: Site) -> Machine:
    return Machine(device, site.view.lab.devices[device.name].options.rules)


async def machine_named(machine: Annotated[str, Path(max_length=63)], site: SiteHere) -> Machine:
    """The machine that the address names, or a 404."""
    device = site.view.device(known(machine, site.view.lab))
    if device.type != FAMILY:
        raise HTTPException(404, f"{machine} is no machine but a {device.type}")
    return _machine(device, site)


MachineHere = Annotated[Machine, Depends(machine_named)]
