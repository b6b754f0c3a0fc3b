"""`/api`: the devices of the lab, for programs."""

from difflib import get_close_matches
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path

from hub.lab import Lab
from hub.web.models import Device, problem
from hub.web.site import SiteHere

router = APIRouter(prefix="/api", tags=["devices"])

NO_DEVICE = problem("The lab has no such device; `detail` suggests one.")
NOT_UNDERSTOOD = problem("A parameter was not understood.")


@router.get("/devices")
async def devices(site: SiteHere) -> list[Device]:
    """Every device of the lab, with its latest readings and states."""
    return site.view.devices()


@router.get("/devices/{device}", responses={404: dict(NO_DEVICE), 422: dict(NOT_UNDERSTOOD)})
async def device(device: Annotated[str, Path(description="Its name in `config.yaml`.")], site: SiteHere) -> Device:
    """One device, with its latest readings and states."""
    return site.view.device(known(device, site.view.lab))


def known(device: str, lab: Lab) -> str:
    """`device`, or a 404 that suggests what may have been meant."""
    if device in lab.devices:
        return device
    close = get_close_matches(device, lab.devices, n=1, cutoff=0.4)
    hint = f"did you mean {close[0]!r}?" if close else f"the lab has: {', '.join(lab.devices) or 'no device'}"
    raise HTTPException(404, f"there is no device {device!r}; {hint}")
