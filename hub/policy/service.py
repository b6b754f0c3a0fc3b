"""A node's own policy: heard, verified, kept over a loss of power."""

from pathlib import Path

from hub.bus import Bus
from hub.lab import Lab


class NodePolicy:
    """Sets `bus.latest.policy` to the newest policy that was found good. `state` is this Pi's state folder."""

    def __init__(self, bus: Bus, lab: Lab, node: str, state: Path) -> None:
        self._bus = bus
        self._lab = lab
        self._node = node
        self._state = state

    async def run(self) -> None:
        """Hear `bus.policies` until cancelled."""
        raise NotImplementedError
