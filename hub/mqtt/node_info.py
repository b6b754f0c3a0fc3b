"""What this Pi says of itself, on the bus and on its `info` topic."""

from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from devices.board.clock import Clock, rfc3339
from hub.bus import Latest
from hub.lab import Lab
from hub.mqtt.outbox.outbox import Outbox


def node_info(lab: Lab, clock: Clock, outbox: Outbox, counts: Mapping[str, int], latest: Latest) -> dict[str, object]:
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
        **_policy(latest),
    }


def _policy(latest: Latest) -> dict[str, object]:
    """Which policy this Pi goes by, so that the hub sees which changes have arrived; nothing where none is needed."""
    policy, trouble = latest.policy, latest.policy_trouble
    said = {"version": policy.version, "issued": rfc3339(policy.issued)} if policy else {}
    refused = {"refused": trouble} if trouble else {}
    return {"policy": {**said, **refused}} if said or refused else {}


@cache
def _version() -> str:
    try:
        return version("alcolab")
    except PackageNotFoundError:
        return "unknown"
