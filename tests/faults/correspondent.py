"""Somebody else on the broker, who sends what he likes and collects the replies."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

ANSWERS_WITHIN_S = 10.0


class Correspondent:
    """Connected while inside; `replies` holds the last level of each reply's topic, and its payload."""

    def __init__(self, port: int, device: str, site: str) -> None:
        self.replies: list[tuple[str, bytes]] = []
        self._port = port
        self._topic = f"alcolab/{site}/{device}"
        self._subscribed = threading.Event()
        self._client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
        self._client.max_inflight_messages_set(0)
        self._client.on_message = self._take
        self._client.on_subscribe = self._on_subscribe

    @contextmanager
    def connected(self) -> Iterator[None]:
        self._client.connect("127.0.0.1", self._port)
        self._client.loop_start()
        try:
            self._client.subscribe(f"{self._topic}/reply/+", qos=1)
            assert self._subscribed.wait(ANSWERS_WITHIN_S)
            yield
        finally:
            self._client.disconnect()
            self._client.loop_stop()

    def send(self, action: str, payload: bytes, *, retain: bool = False) -> None:
        """Send a command, and wait until the broker has it."""
        sent = self._client.publish(f"{self._topic}/command/{action}", payload, qos=1, retain=retain)
        sent.wait_for_publish(ANSWERS_WITHIN_S)

    def _take(self, _client: Client, _user: Any, message: MQTTMessage) -> None:
        self.replies.append((message.topic.rpartition("/")[2], bytes(message.payload)))

    def _on_subscribe(self, *_: object) -> None:
        self._subscribed.set()
