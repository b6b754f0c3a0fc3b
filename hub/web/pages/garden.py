"""`/garden`: the beds and tanks, with what their sensors measure now."""

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from devices.device import Channel
from hub.web.models import Device, Reading
from hub.web.pages.live_words import live_words
from hub.web.pages.visitor import VisitorHere
from hub.web.view import LabView

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Measure:
    """One line of a bed's card: what should be measured, and what was."""

    channel: Channel
    reading: Reading | None

    @property
    def quality(self) -> str:
        return self.reading.quality if self.reading else "waiting"

    @property
    def period_s(self) -> float:
        return (self.reading and self.reading.period_s) or self.channel.period_s


@dataclass(frozen=True, slots=True)
class Bed:
    """One card."""

    device: Device
    measures: tuple[Measure, ...]

    @property
    def reason(self) -> str:
        """Why the bed or some of its sensors do not answer, for a technician."""
        problems = self.device.states.get("problems")
        silent = problems.value if problems and isinstance(problems.value, Mapping) else {}
        return self.device.reason or "; ".join(f"{channel}: {problem}" for channel, problem in silent.items())


@router.get("/garden")
async def garden(visitor: VisitorHere) -> HTMLResponse:
    view = visitor.site.view
    beds = [_bed(device, view) for device in view.devices("garden")]
    return visitor.page("garden.html", beds=beds, words=live_words(visitor.language))


def _bed(device: Device, view: LabView) -> Bed:
    channels = view.channels(device.name).values()
    return Bed(device, tuple(Measure(channel, device.readings.get(channel.name)) for channel in channels))
