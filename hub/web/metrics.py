"""`/metrics`: the lab's figures in Prometheus' text format 0.0.4."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from fastapi import APIRouter, Response

from hub.health import Health
from hub.supervisor import Condition
from hub.web.models import Device
from hub.web.site import SiteHere

router = APIRouter(include_in_schema=False)


@router.get("/metrics")
async def metrics(site: SiteHere) -> Response:
    lines = [*_of_this_pi(site.health()), *_of_devices(site.view.devices())]
    lines += _metric("web_clients", "gauge", [({}, site.live.clients)])
    return Response("\n".join(lines) + "\n", media_type="text/plain; version=0.0.4")


Samples: TypeAlias = Sequence[tuple[Mapping[str, str], float]]


def _of_this_pi(health: Health) -> Iterator[str]:
    tasks = [
        ({"kind": kind, "name": task.name}, task)
        for kind, group in (("service", health.services), ("device", health.devices))
        for task in group
    ]
    yield from _metric("info", "gauge", [({"node": health.node, "version": health.version}, 1)])
    yield from _metric("clock_trusted", "gauge", [({}, health.clock_trusted)])
    if health.broker_connected is not None:
        yield from _metric("broker_connected", "gauge", [({}, health.broker_connected)])
    yield from _metric("outbox_depth", "gauge", [({}, health.outbox_depth)])
    for part, counters in (("outbox", health.outbox), ("history", health.history or {})):
        for counter, count in counters.items():
            yield from _metric(f"{part}_{counter.replace('-', '_')}", "untyped", [({}, count)])
    running = [(labels, task.condition is Condition.RUNNING) for labels, task in tasks]
    yield from _metric("task_running", "gauge", running)
    yield from _metric("task_failures", "gauge", [(labels, task.failures) for labels, task in tasks])


def _of_devices(devices: list[Device]) -> Iterator[str]:
    online = [({"device": device.name, "node": device.node}, device.online is True) for device in devices]
    readings = [
        ({"device": device.name, "channel": channel, "unit": reading.unit}, reading)
        for device in devices
        for channel, reading in device.readings.items()
    ]
    values = [(labels, reading.value) for labels, reading in readings if reading.value is not None]
    times = [(labels, reading.at.timestamp()) for labels, reading in readings]
    yield from _metric("device_online", "gauge", online)
    yield from _metric("reading", "gauge", values)
    yield from _metric("reading_timestamp_seconds", "gauge", times)


def _metric(name: str, kind: str, samples: Samples) -> Iterator[str]:
    if not samples:
        return
    yield f"# TYPE alcolab_{name} {kind}"
    for labels, value in samples:
        shown = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
        yield f"alcolab_{name}{{{shown}}} {float(value)!r}" if shown else f"alcolab_{name} {float(value)!r}"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
