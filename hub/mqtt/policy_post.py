"""The hub's policies go to their nodes; what one of them refused was somebody else's, and the right one goes again."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from hub.bus import Bus, NodeStatus, SignedPolicy
from hub.mqtt import birth
from hub.mqtt.mailbox import Say
from hub.mqtt.topics import Topics


class PolicyPost:
    """Where no members are kept, it has nothing to do."""

    def __init__(self, bus: Bus, node: str, topics: Topics, say: Say) -> None:
        self.topics = topics
        self._bus = bus
        self._node = node
        self._say = say
        self._refused: dict[str, object] = {}
        """Why each node last refused one."""

    @contextmanager
    def on_the_bus(self) -> Iterator[None]:
        with self._bus.policies.heard_by(self._hear), self._bus.nodes.heard_by(self._hear_node):
            yield

    def _hear(self, signed: SignedPolicy) -> None:
        """That of this very Pi is on its bus already."""
        if signed.local and signed.node != self._node:
            self._say(birth.policy(self.topics, signed))

    def _hear_node(self, status: NodeStatus) -> None:
        """Once for each new reason: a node that can never read its policy is not told for ever."""
        policy = status.info.get("policy")
        reason = policy.get("refused") if isinstance(policy, Mapping) else None
        before, self._refused[status.node] = self._refused.get(status.node), reason
        signed = self._bus.latest.policies.get(status.node)
        if reason and reason != before and signed is not None:
            self._hear(signed)
