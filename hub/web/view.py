"""The lab as it is now: what `config.yaml` expects, joined with the last word on each device, judged for freshness."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from math import isfinite
from typing import Any

from devices import CATALOGUE
from devices import device as said
from devices.board.clock import Moment
from devices.device import Channel, Quality
from hub.bus import Availability, Bus, Entry
from hub.lab import Lab
from hub.web.discretion import discreet
from hub.web.models import (
    AvailabilityEvent,
    Device,
    DeviceEvent,
    EventEvent,
    Reading,
    ReadingEvent,
    State,
    StateEvent,
)

PERIODS = 3
"""After so many periods a reading says nothing about now; MQTT lets it expire as well."""
MEASURED = frozenset({Quality.OK, Quality.SUSPECT})


class LabView:
    """Reads the bus, keeps nothing. What it tells, everybody may hear, except where it says otherwise."""

    def __init__(self, bus: Bus, lab: Lab) -> None:
        self.lab = lab
        self._latest = bus.latest
        self._channels = {
            name: {channel.name: channel for channel in CATALOGUE[entry.type].load().channels(entry.options)}
            for name, entry in lab.devices.items()
        }

    def channels(self, device: str) -> Mapping[str, Channel]:
        """The readings that a device will give, whether or not it has given them yet."""
        return self._channels[device]

    def devices(self, family: str | None = None) -> list[Device]:
        """Every device of the lab, or those of one type, in the order of the configuration."""
        return [self.device(entry.name) for entry in self.lab.devices.values() if family in {None, entry.type}]

    def device(self, name: str) -> Device:
        """One device.

        Raises:
            KeyError: the lab has no such device.
        """
        entry = self.lab.devices[name]
        online, reason = self.availability(name)
        return Device(
            name=name,
            type=entry.type,
            node=entry.node,
            online=online,
            reason=reason,
            readings={
                channel: self.reading(name, kept.message)
                for (device, channel), kept in self._latest.readings.items()
                if device == name and isinstance(kept.message, said.Reading)
            },
            states={
                state: State(value=discreet(kept.message.value), **_dated(kept.message.at))
                for (device, state), kept in self._latest.states.items()
                if device == name and isinstance(kept.message, said.State)
            },
        )

    def private_state(self, device: str, state: str) -> said.Json:
        """A state with all that it tells, persons' pseudonyms too: for pages behind the login."""
        kept = self._latest.states.get((device, state))
        return kept.message.value if kept and isinstance(kept.message, said.State) else None

    def availability(self, device: str) -> tuple[bool | None, str | None]:
        """Whether a device and its node are online (None: there is no news), and why not, for a technician."""
        entry = self._latest.availability.get(device)
        if entry is None or not isinstance(entry.message, Availability):
            return None, None
        if not entry.local:
            node = self.lab.devices[device].node
            if (there := self.node_online(node)) is None:
                return None, None
            if not there:
                return False, f"{node}, the Pi that it is plugged into, is off or has no network"
        return entry.message.online, entry.message.reason or None

    def node_online(self, node: str) -> bool | None:
        """Whether a Pi is there; None when there is no news of it."""
        status = self._latest.nodes.get(node)
        return None if status is None else status.online

    def reading(self, device: str, reading: said.Reading) -> Reading:
        """A reading as it can be believed now."""
        channel = self._channels[device].get(reading.channel)
        period_s = reading.period_s or (channel.period_s if channel else None)
        quality = self._believed(device, reading, period_s)
        return Reading(
            value=reading.value if quality in MEASURED else None,
            unit=reading.unit,
            quality=quality,
            period_s=period_s,
            **_dated(reading.at),
        )

    def _believed(self, device: str, reading: said.Reading, period_s: float | None) -> Quality:
        if reading.quality not in MEASURED:
            return reading.quality
        if reading.value is None or not isfinite(reading.value):
            return Quality.FAILED
        is_old = self.availability(device)[0] is False or _expired(reading.at, period_s)
        return Quality.STALE if is_old else reading.quality

    def event(self, entry: Entry) -> DeviceEvent | None:
        """What a browser is told of an entry; None when the lab has no such device."""
        name, message = entry.device, entry.message
        if name not in self.lab.devices:
            return None
        match message:
            case said.Reading():
                return ReadingEvent(device=name, channel=message.channel, **dict(self.reading(name, message)))
            case said.State():
                return StateEvent(device=name, name=message.name, value=discreet(message.value), **_dated(message.at))
            case said.Event():
                return EventEvent(device=name, kind=message.kind, data=discreet(message.data), **_dated(message.at))
            case Availability():
                online, reason = self.availability(name)
                return AvailabilityEvent(device=name, online=online, reason=reason)


def _expired(at: Moment, period_s: float | None) -> bool:
    """An untrusted clock cannot tell: its device says itself when a reading is stale."""
    return at.trusted and period_s is not None and datetime.now(UTC) - at.utc > PERIODS * timedelta(seconds=period_s)


def _dated(at: Moment) -> Mapping[str, Any]:
    return {"at": at.utc, "clock": "trusted" if at.trusted else "untrusted"}
