"""Every node of the lab in this process, until it is stopped."""

import asyncio
import logging
import signal
import tempfile
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from devices import CATALOGUE
from hub.app import hardware_of, on_signals
from hub.config import read_lab_apart
from hub.lab import BoardKind, Broker, Lab, ServiceName
from hub.mqtt.broker.service import broker_for
from hub.pi import Pi
from hub.supervisor import Supervisor

log = logging.getLogger(__name__)

SPEED = 60.0
"""A simulated minute a second: a day in 24 minutes."""
LOCAL = "127.0.0.1"


async def demo(file: Path, duration_s: float | None, port: int, broker_port: int, speed: float | None) -> None:
    """Play the lab of `file` until SIGTERM or SIGINT, or for a time."""
    lab = await asyncio.to_thread(read_lab_apart, file)
    stop = on_signals(signal.SIGTERM, signal.SIGINT)
    with tempfile.TemporaryDirectory(prefix="alcolab-demo-") as folder:
        state = Path(folder)
        log.info("the demo's state is in %s while it runs", state)
        async with Supervisor() as supervisor, AsyncExitStack() as pis:
            broker = broker_for(Broker(host=LOCAL, port=broker_port), state / "broker", demo=True)
            supervisor.start("broker", broker.run)
            lab = on_this_machine(lab, await broker.listening(), port)
            if hubs := lab.nodes_with(ServiceName.MEMBERS):
                lab = await _with_members(lab, state, hubs[0])
            for name in lab.nodes:
                hardware = await pis.enter_async_context(hardware_of(lab, name, state / name, speed=speed or SPEED))
                await pis.enter_async_context(Pi(lab, name, hardware.board, state / name).running())
            try:
                await asyncio.wait_for(stop.wait(), duration_s)
            except TimeoutError:
                log.info("the demo ends after %g s", duration_s)


async def _with_members(lab: Lab, state: Path, hub: str) -> Lab:
    """People with badges, and keys with which everything that opens or starts believes the hub."""
    from hub.demo import people, trust  # a lab without members does without their libraries
    from hub.members.store import DATABASE, FOLDER, Store, in_file

    lab = await asyncio.to_thread(trust.with_keys, lab, state)
    site_key = await asyncio.to_thread(trust.one_site_key, lab, state)
    store = Store(partial(in_file, state / hub / FOLDER / DATABASE))
    await store.open()
    password = await store.write(people.move_in, lab, site_key, datetime.now(UTC).date())
    log.info("log in to the pages as %s with the password %s", people.ACCOUNT, password)
    return lab


def on_this_machine(lab: Lab, broker_port: int, web_port: int) -> Lab:
    """The same lab with simulated boards, at a quick pace, and everything at home on the loopback address."""
    nodes = {
        name: replace(
            node,
            board=BoardKind.SIMULATED,
            services=tuple(each for each in node.services if _is_needed(each, name, lab)),
        )
        for name, node in lab.nodes.items()
    }
    web = replace(lab.web, host=LOCAL, port=web_port, tls=None)
    devices = {
        name: replace(device, options=CATALOGUE[device.type].load_scene().quickened(device.options))
        for name, device in lab.devices.items()
    }
    return replace(lab, devices=devices, nodes=nodes, broker=Broker(host=LOCAL, port=broker_port), web=web)


def _is_needed(service: ServiceName, node: str, lab: Lab) -> bool:
    """The broker is the demo's own, and for one machine one set of pages is enough."""
    return service is not ServiceName.BROKER and (
        service is not ServiceName.WEB or node == lab.nodes_with(ServiceName.WEB)[0]
    )
