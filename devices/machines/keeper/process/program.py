"""The keeper, a program of its own: it holds the relay of one machine, and lets it go when the daemon does not live.

It imports next to nothing, sleeps while the relay is off, and ends when its control socket does: with the daemon.
"""

import _signal  # type: ignore[import-not-found] # `signal` brings enum, half of the time until we are ready
import marshal
import os
import sys
from math import ceil
from select import POLLIN, poll
from time import monotonic_ns

from .codes import CHIP_GONE, MESSAGE_MOST
from .guard import Guard
from .relay import Relay

NS_PER_MS = 1_000_000


def main() -> None:
    """`python -c … CONTROL`: the number of the control socket's descriptor."""
    _signal.signal(_signal.SIGTERM, _leave)
    try:
        _keep(int(sys.argv[1]))
    except EOFError:
        return
    except OSError:
        sys.exit(CHIP_GONE)


def _keep(control: int) -> None:
    relay = Relay(*marshal.loads(os.read(control, MESSAGE_MOST)))  # noqa: S302 - from our owner
    os.set_blocking(control, False)
    try:
        Keeper(control, relay).serve()
    finally:
        relay.set(False)


class Keeper:
    """The relay, and who decides about it."""

    def __init__(self, control: int, relay: Relay) -> None:
        self._control = control
        self._relay = relay
        self._guard = Guard()

    def serve(self) -> None:
        """Keep it until the owner has gone.

        Raises:
            EOFError: the owner has gone.
            OSError: the line cannot be driven any more.
        """
        poller = poll()
        poller.register(self._control, POLLIN)
        self._report()
        while True:
            poller.poll(self._wait_ms())
            self._guard.look(monotonic_ns())
            self._turn()
            if self._obey():
                self._turn()
                self._report()

    def _wait_ms(self) -> int | None:
        if not self._guard.on:
            return None
        return max(0, ceil((self._guard.due_ns - monotonic_ns()) / NS_PER_MS))

    def _turn(self) -> None:
        """The relay becomes what the guard says."""
        if self._guard.on is not self._relay.active:
            self._relay.set(self._guard.on)
            self._report()

    def _obey(self) -> bool:
        """Hear the beats that have come; whether there were any."""
        beats = 0
        while True:
            try:
                message = os.read(self._control, MESSAGE_MOST)
            except BlockingIOError:
                return beats > 0
            except OSError:
                raise EOFError from None
            if not message:
                raise EOFError
            epoch, at_ns, until_ns = marshal.loads(message)  # noqa: S302 - from our owner, by a socket of us two alone
            self._guard.hear(epoch, at_ns, until_ns, monotonic_ns())
            beats += 1

    def _report(self) -> None:
        """The owner may be too busy to listen; that must not stop us."""
        guard = self._guard
        try:
            os.write(self._control, marshal.dumps((guard.epoch, self._relay.active, guard.why)))
        except BlockingIOError:
            return
        except OSError:
            raise EOFError from None


def _leave(*_: object) -> None:
    sys.exit()
