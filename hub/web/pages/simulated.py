"""`/simulated`: break sensors of the simulated lab and mend them. It exists only with a simulated board."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, HTTPException
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel, ConfigDict, Field

from devices.board.world import Fault
from devices.board.world_socket import ask_world
from devices.errors import AlcolabError
from hub.web import words
from hub.web.pages.visitor import VisitorHere
from hub.web.security import SameOrigin
from hub.web.site import SiteHere

router = APIRouter(include_in_schema=False)


class Wish(BaseModel):
    """What a visitor's form asks for."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    node: Annotated[str, Field(max_length=63)]
    target: Annotated[str, Field(max_length=200)]
    fault: Fault | Literal["none"]


@dataclass(frozen=True, slots=True)
class Target:
    """Something that can be broken, such as `vegetable-patch/air-temperature`."""

    node: str
    name: str
    playing: Fault | None

    @property
    def device(self) -> str:
        return self.name.partition("/")[0]

    @property
    def channel(self) -> str:
        return self.name.partition("/")[2]


@router.get("/simulated")
async def simulated(visitor: VisitorHere) -> HTMLResponse:
    asked = (_targets(node, socket) for node, socket in visitor.site.worlds.items())
    targets = [target for found in await asyncio.gather(*asked) for target in found]
    return visitor.page("simulated.html", targets=targets, faults=words.FAULTS, playing=words.PLAYING)


@router.post("/simulated")
async def play(wish: Annotated[Wish, Form()], site: SiteHere, _: SameOrigin) -> RedirectResponse:
    if (socket := site.worlds.get(wish.node)) is None:
        raise HTTPException(404, f"no simulated node is called {wish.node!r}")
    if wish.fault == "none":
        await _ask(socket, {"do": "mend", "target": wish.target})
    else:
        await _ask(socket, {"do": "play", "target": wish.target, "fault": wish.fault})
    return RedirectResponse("/simulated", 303)


async def _targets(node: str, socket: Path) -> list[Target]:
    answer = await _ask(socket, {"do": "targets"})
    return [Target(node, name, fault and Fault(fault)) for name, fault in answer["targets"].items()]


async def _ask(socket: Path, request: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = await ask_world(socket, request)
    if not answer["ok"]:
        raise AlcolabError(str(answer.get("error", "the simulated world refused")))
    return answer
