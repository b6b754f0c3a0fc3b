"""`/machines/<machine>/screen`: what a small display beside the machine says."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from hub.web import access_words
from hub.web.pages.machines.machine import MachineHere
from hub.web.pages.screen import screen
from hub.web.pages.visitor import VisitorHere

router = APIRouter()

TOLD = {**access_words.TOLD, **access_words.MACHINE_TOLD}


@router.get("/machines/{machine}/screen")
async def machine_screen(visitor: VisitorHere, machine: MachineHere) -> HTMLResponse:
    stopped = machine.phase == access_words.STOPPED
    idle = access_words.STOPPED if stopped else access_words.BUSY if machine.in_use else access_words.WELCOME
    return screen(visitor, machine.device, machine.display, TOLD, idle=idle, left_s=machine.left_s)
