"""Commands that come in over MQTT: refused with a reason, or carried out once; answered always."""

import asyncio
import logging
import re

from devices.device import Command, Reply
from hub.bus import Bus
from hub.mqtt.connection.packets import Incoming
from hub.mqtt.fields import BadPayload
from hub.mqtt.mailbox import Outgoing, Say
from hub.mqtt.messages import decode_command, encode_reply
from hub.mqtt.topics import UNKNOWN, DeviceTopicKind, Topics

log = logging.getLogger(__name__)

BYTES_MOST = 16 * 1024
AT_ONCE = 64
"""Commands under way on this Pi; each device has a limit of its own besides."""
LOOKED_AT = 1_024
"""Bytes in which the id of a command is looked for that cannot be read otherwise."""
ID = re.compile(rb'"id"\s*:\s*"([A-Za-z0-9-]{1,64})"')


class CommandEdge:
    """Commands to this Pi's devices. Cancel what is under way by leaving `closing`."""

    def __init__(self, bus: Bus, topics: Topics, say: Say) -> None:
        self.refused = 0
        self.topics = topics
        self._bus = bus
        self._say = say
        self._tasks: set[asyncio.Task[None]] = set()

    def take(self, device: str, action: str, message: Incoming) -> None:
        """Begin to carry it out, or say why not. Never waits."""
        if problem := self._problem(device, message):
            self._refuse(device, message, problem)
            return
        try:
            command = decode_command(device, action, message.payload)
        except BadPayload as error:
            self._refuse(device, message, f"malformed: {error}")
            return
        if len(self._tasks) >= AT_ONCE:
            self._refuse(device, message, f"busy: {AT_ONCE} other commands are under way; try again")
            return
        task = asyncio.create_task(self._carry_out(command, message), name=f"command {command.id} to {device}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _problem(self, device: str, message: Incoming) -> str:
        if message.retained:
            return "retained: a command is for now, publish it without the retain flag"
        if len(message.payload) > BYTES_MOST:
            return f"too large: {len(message.payload)} bytes, at most {BYTES_MOST}"
        if not self._bus.owns(device):
            return f"{device} does not run yet"
        return ""

    async def _carry_out(self, command: Command, message: Incoming) -> None:
        self._answer(command.device, command.id, message, await self._bus.ask(command))

    def _refuse(self, device: str, message: Incoming, problem: str) -> None:
        self.refused += 1
        found = ID.search(message.payload[:LOOKED_AT])
        self._answer(device, found[1].decode() if found else UNKNOWN, message, Reply(ok=False, error=problem))

    def _answer(self, device: str, identifier: str, message: Incoming, reply: Reply) -> None:
        try:
            payload = encode_reply(reply)
        except (TypeError, ValueError) as error:
            log.error("%s answered with something that is not JSON: %s", device, error)  # noqa: TRY400 - a driver's mistake
            payload = encode_reply(Reply(ok=False, error=f"{device} carried it out, but its answer cannot be sent"))
        usual = self.topics.device(device, DeviceTopicKind.REPLY, identifier)
        self._say(Outgoing(usual, payload, correlation=message.correlation, keep=True))
        if (asked := message.response_topic) and asked != usual and self._may_answer_at(asked):
            self._say(Outgoing(asked, payload, correlation=message.correlation, keep=True))

    def _may_answer_at(self, topic: str) -> bool:
        """Anywhere but among our own topics, where a reply could pass for something else."""
        return not topic.startswith(self.topics.prefix) and not set("+#\0") & set(topic)

    async def close(self) -> None:
        """Nobody can be answered any more."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
