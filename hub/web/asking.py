"""Asks devices to do things for whoever uses a page."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import uuid4

from devices.board.clock import Clock, Moment
from devices.device import Command, Json
from devices.errors import Refused
from hub.bus import Bus

WITHIN = timedelta(seconds=5)
"""What somebody who pressed a button waits for."""


class Asking:
    """The way from the pages to the devices, wherever they are."""

    def __init__(self, bus: Bus, clock: Clock) -> None:
        self._bus = bus
        self._clock = clock

    async def __call__(
        self, device: str, action: str, arguments: Mapping[str, Json] | None = None, *, command_id: str | None = None
    ) -> Mapping[str, Json]:
        """What the device replied. The same `command_id` twice gets the same reply and is carried out once.

        Raises:
            Refused: the device refuses, cannot be reached or is too slow; the message says why, for a technician.
        """
        now = self._clock.now()
        expires = Moment(now.utc + WITHIN, now.trusted)
        reply = await self._bus.ask(Command(device, action, arguments or {}, command_id or uuid4().hex, expires))
        if not reply.ok:
            raise Refused(reply.error or f"{device} refused {action} without a reason")
        return reply.data
