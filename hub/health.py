"""How this Pi is, in one picture: the composition root takes it, `/health`, `/metrics` and `doctor` show it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from hub.supervisor import Condition, Status

TROUBLED = frozenset({Condition.WAITING, Condition.STUCK})


class Verdict(StrEnum):
    """In the words of draft-inadarei-api-health-check, which monitors know."""

    PASS = "pass"  # noqa: S105 - not a password
    WARN = "warn"
    """This Pi does its share; something around it needs a look."""
    FAIL = "fail"
    """A service of this Pi does not run: someone must come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """One Pi at one moment."""

    node: str
    version: str
    clock_trusted: bool
    services: tuple[Status, ...] = ()
    devices: tuple[Status, ...] = ()
    broker_connected: bool | None = None
    """None where this Pi has no MQTT link."""
    outbox_depth: int = 0
    """Readings and events that the history has not acknowledged yet."""
    outbox: Mapping[str, int] = field(default_factory=dict)
    """The outbox's counters since this process began, such as how many readings it lost."""
    history: Mapping[str, int] | None = None
    """The history's counters; None where this Pi keeps none."""

    @property
    def verdict(self) -> Verdict:
        """A sensor that is unplugged is the garden's trouble, not this Pi's: it never makes a Pi fail."""
        if any(service.condition in TROUBLED for service in self.services):
            return Verdict.FAIL
        troubled_device = any(device.condition in TROUBLED for device in self.devices)
        if troubled_device or self.broker_connected is False or not self.clock_trusted:
            return Verdict.WARN
        return Verdict.PASS
