"""What this Pi says of itself, on the bus and on its `info` topic."""

from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from devices.board.clock import Clock
from hub.lab import Lab
from hub.mqtt.outbox.outbox import Outbox


def node_info(lab: Lab, clock: Clock, outbox: Outbox, counts: Mapping[str, int]) -> dict[str, object]:
    """The `info` topic's JSON. `counts` are the link's own; zeros are left out of the counters."""
    counters = {
        "coalesced": outbox.counters.coalesced,
        "dropped-by-size": outbox.counters.dropped_by_size,
        "dropped-by-age": outbox.counters.dropped_by_age,
        "overtaken": outbox.live.overtaken,
        **counts,
    }
    return {
        "version": _version(),
        "log": outbox.log,
        "config": lab.fingerprint,
        "outbox": {"waiting": outbox.depth, "trouble": outbox.trouble or None},
        "clock": {"trusted": clock.now().trusted, "corrections": dict(outbox.corrections or {})},
        "counters": {name: count for name, count in counters.items() if count},
    }


@cache
def _version() -> str:
    try:
        return version("alcolab")
    except PackageNotFoundError:
        return "unknown"
