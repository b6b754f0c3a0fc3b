"""What a page asks of a door: a permit of the hub for each order, and a line in the log for those that had none."""

import time

from devices.access.door.record import Record
from devices.device import Port
from devices.errors import Refused
from devices.policy.attempts import Attempts
from devices.policy.permit import Permit, Permits

PART = "orders"


class Orders:
    """To one door."""

    def __init__(self, port: Port, record: Record) -> None:
        self._port = port
        self._record = record
        self._permits = Permits(port.device)
        self._refused = Attempts()

    def take(self, permit: Permit, action: str) -> None:
        """Use the permit up for this action.

        Raises:
            Refused: it is not good; the message says why.
        """
        try:
            self._take(permit, action)
        except Refused as refused:
            if self._refused.made(time.monotonic()):
                self._record.audit("order-refused", {"action": action, "why": str(refused)})
            self.advance(time.monotonic())
            raise
        self._record.audit("order", {"action": action, "by": permit.by})

    def advance(self, now_s: float) -> None:
        """Say whether somebody should look after refused ones; monotonic time."""
        self._refused.calm(now_s)
        many = f"{self._refused.count} orders were refused: the audit log says why" if self._refused.suspicious else ""
        self._record.problem(PART, many)

    def _take(self, permit: Permit, action: str) -> None:
        if (policy := self._port.policy()) is None:
            raise Refused(f"{self._port.device} has no policy from the hub yet, so it cannot tell who signed this")
        self._permits.take(permit, action, policy.signer, self._port.now())
