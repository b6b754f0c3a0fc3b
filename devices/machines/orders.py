"""What pages ask of a machine: oops by anybody, and with a permit of the hub the rest."""

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

from devices.device import Json, NoArguments, Port
from devices.errors import Refused
from devices.machines.operation import Operation
from devices.machines.reports import Reports
from devices.policy.attempts import Attempts
from devices.policy.permit import Permit, Permits

PART = "orders"

Release: TypeAlias = Callable[[str], Awaitable[None]]


class Orders:
    """To one machine. `release` as that of `Operation`, by a pseudonym."""

    def __init__(self, port: Port, reports: Reports, operation: Operation, release: Release) -> None:
        self._port = port
        self._reports = reports
        self._operation = operation
        self._release = release
        self._permits = Permits(port.device)
        self._refused = Attempts()

    def serve(self) -> None:
        """Be ready for them."""
        self._port.serve("oops", self._asked_oops)
        self._port.serve("end", self._asked_end)
        self._port.serve("release", self._asked_release)
        self._port.serve("maintained", self._asked_maintained)

    def look(self, now_s: float) -> None:
        """Say whether somebody should look after refused ones."""
        self._refused.calm(now_s)
        many = f"{self._refused.count} orders were refused: the audit log says why" if self._refused.suspicious else ""
        self._reports.problem(PART, many)

    async def _asked_oops(self, _: NoArguments) -> Mapping[str, Json]:
        self._operation.oops("page")
        return {}

    async def _asked_end(self, permit: Permit) -> Mapping[str, Json]:
        self._use_up(permit, "end")
        if not self._operation.interlock.powered:
            raise Refused("nobody uses it")
        self._operation.leave()
        return {}

    async def _asked_release(self, permit: Permit) -> Mapping[str, Json]:
        self._use_up(permit, "release")
        if not self._operation.interlock.stopped:
            raise Refused("it is not stopped")
        await self._release(permit.by)
        return {}

    async def _asked_maintained(self, permit: Permit) -> Mapping[str, Json]:
        self._use_up(permit, "maintained")
        await self._operation.maintained(permit.detail or "", permit.by)
        return {}

    def _use_up(self, permit: Permit, action: str) -> None:
        try:
            self._take(permit, action)
        except Refused as refused:
            if self._refused.made(time.monotonic()):
                self._reports.log("order-refused", {"action": action, "why": str(refused)})
            self.look(time.monotonic())
            raise
        self._reports.log("order", {"action": action, "by": permit.by})

    def _take(self, permit: Permit, action: str) -> None:
        if (policy := self._port.policy()) is None:
            raise Refused(f"{self._port.device} has no policy from the hub yet, so it cannot tell who signed this")
        self._permits.take(permit, action, policy.signer, self._port.now())
