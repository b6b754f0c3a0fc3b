"""Commands from this Pi to devices of others: published with their deadline, and waited for until it."""

import asyncio
from collections.abc import Callable
from math import ceil
from typing import TypeAlias

from devices.board.clock import Clock
from devices.device import Command, Reply
from devices.errors import NoReply
from hub.bus import Bus
from hub.lab import Lab
from hub.mqtt.fields import BadPayload
from hub.mqtt.mailbox import Outgoing
from hub.mqtt.messages import decode_reply, encode_command
from hub.mqtt.sender import EXPIRY_MOST_S
from hub.mqtt.topics import DeviceTopicKind, Topics

REPLY_BYTES_MOST = 1024 * 1024
Send: TypeAlias = Callable[[Outgoing], bool]
"""Sends a message at once, or not at all: false where there is no connection."""


class RemoteCommands:
    """`ask` is what `Bus.reaching` wants; replies are handed in by whoever hears them."""

    def __init__(self, bus: Bus, lab: Lab, topics: Topics, clock: Clock, send: Send) -> None:
        self.lab = lab
        self.topics = topics
        self._bus = bus
        self._clock = clock
        self._send = send
        self._waiting: dict[tuple[str, str], asyncio.Future[Reply]] = {}

    async def ask(self, command: Command) -> Reply:
        """The reply of a distant device.

        Raises:
            NoReply: none came before the command expired.
        """
        if problem := self._problem(command):
            return Reply(ok=False, error=problem)
        left_s = (command.expires.utc - self._clock.now().utc).total_seconds()
        if left_s <= 0:
            return Reply(ok=False, error=f"expired at {command.expires.rfc3339()}")
        key = (command.device, command.id)
        reply = self._waiting.setdefault(key, asyncio.get_running_loop().create_future())
        topic = self.topics.device(command.device, DeviceTopicKind.COMMAND, command.action)
        try:
            if not self._send(Outgoing(topic, encode_command(command), expiry_s=min(ceil(left_s), EXPIRY_MOST_S))):
                return Reply(ok=False, error="the broker is not reachable, and with it the other Pis")
            async with asyncio.timeout(left_s):
                return await asyncio.shield(reply)
        except TimeoutError:
            raise NoReply(f"{command.device} did not answer before {command.expires.rfc3339()}") from None
        finally:
            self._waiting.pop(key, None)

    def _problem(self, command: Command) -> str:
        entry = self.lab.devices.get(command.device)
        if entry is None:
            return f"there is no device {command.device} in config.yaml"
        status = self._bus.latest.nodes.get(entry.node)
        if status is not None and not status.online:
            return f"{command.device} cannot be reached: its Pi ({entry.node}) is offline"
        return ""

    def answer(self, device: str, identifier: str, payload: bytes) -> None:
        """A reply was heard; perhaps nobody here asked."""
        reply = self._waiting.get((device, identifier))
        if reply is None or reply.done() or len(payload) > REPLY_BYTES_MOST:
            return
        try:
            reply.set_result(decode_reply(payload))
        except BadPayload as error:
            reply.set_result(Reply(ok=False, error=f"{device} answered something that cannot be read: {error}"))
