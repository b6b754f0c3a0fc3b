"""amqtt inside this process: enough for a demo on a machine without mosquitto, and no more.

It speaks MQTT 3.1.1 only, keeps nothing on disk, and needs several times the processor time.
"""

import asyncio
import logging
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # its own business, and an error where warnings are errors
    from amqtt.broker import Broker as Amqtt  # type: ignore[import-untyped]  # it ships no types
    from amqtt.errors import AMQTTError  # type: ignore[import-untyped]  # it ships no types

from hub.mqtt.broker.service import ANY_ADDRESS, BrokerLost, BrokerService

log = logging.getLogger(__name__)


class AmqttBroker(BrokerService):
    """A broker on the event loop of this process."""

    @asynccontextmanager
    async def _serving(self, port: int) -> AsyncIterator[None]:
        if self._broker.tls or self._broker.username:
            raise BrokerLost("passwords and TLS need mosquitto: apt install mosquitto")
        if self._address is None:
            log.warning("the broker lets anybody in who reaches it: for a lab, apt install mosquitto")
        for chatty in ("amqtt", "transitions"):
            logging.getLogger(chatty).setLevel(logging.CRITICAL)
        broker = Amqtt(self._configuration(port))
        try:
            await broker.start()
        except AMQTTError as error:
            raise BrokerLost(f"amqtt cannot listen on port {port}: {error}") from None
        try:
            yield
        finally:
            await broker.shutdown()

    async def _until_it_ends(self) -> None:
        await asyncio.get_running_loop().create_future()

    def _configuration(self, port: int) -> dict[str, Any]:
        return {
            "listeners": {"default": {"type": "tcp", "bind": f"{self._address or ANY_ADDRESS}:{port}"}},
            "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
        }
