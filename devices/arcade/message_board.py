"""What the cabinet's own screen says: the rules have their word, and are interrupted now and then."""

import asyncio
from collections.abc import Callable
from typing import TypeAlias

from devices.device import Port

MOMENT_S = 6.0

Message: TypeAlias = tuple[str, str | None, float | None]
"""Kind, ticket and seconds, as in the state `message`."""


class MessageBoard:
    """The state `message`; `also` hears each one. Call `close` when nobody looks any more."""

    def __init__(self, port: Port, *, also: Callable[[Message], None]) -> None:
        self._port = port
        self._also = also
        self._rules: Message | None = None
        self._insisted: Message | None = None
        self._shown: Message | None = None
        self._moment: asyncio.TimerHandle | None = None

    def holds(self, kind: str, ticket: str | None = None, seconds: float | None = None) -> None:
        """The rules say this, until they say something else."""
        self._rules = (kind, ticket, seconds)
        self.close()
        self._show(self._insisted or self._rules)

    def for_a_moment(self, kind: str, ticket: str | None = None) -> None:
        """Say this first, and then again what the rules say."""
        self.close()
        self._show((kind, ticket, None))
        self._moment = asyncio.get_running_loop().call_later(MOMENT_S, self._go_on)

    def insist(self, kind: str | None) -> None:
        """Whatever the rules say, this is more important; None: no more."""
        self._insisted = None if kind is None else (kind, None, None)
        self._go_on()

    def close(self) -> None:
        """No moment is waited for any more."""
        if self._moment is not None:
            self._moment.cancel()
            self._moment = None

    def _go_on(self) -> None:
        self.close()
        if (message := self._insisted or self._rules) is not None:
            self._show(message)

    def _show(self, message: Message) -> None:
        if message != self._shown:
            self._shown = message
            self._also(message)
            kind, ticket, seconds = message
            self._port.state(
                "message", {"kind": kind, "ticket": ticket, "seconds": None if seconds is None else round(seconds)}
            )
