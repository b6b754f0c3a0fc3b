"""A process of its own that a device has started: what must outrun or outlive a busy daemon, as its owner sees it.

Its program is a package called `process` beside the owner, whose `process.program` has a `main`. It gets the number of
a control socket as its argument, imports nothing of ALCOLAB, and ends when the socket does.
"""

import asyncio
import logging
import marshal
import socket
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from signal import Signals
from typing import Any

log = logging.getLogger(__name__)

ENDS_WITHIN_S = 2.0
MESSAGE_MOST = 1 << 16
"""Bytes of one message between the two."""
BEGIN = "import sys; sys.path.append(sys.argv.pop()); from process.program import main; main()"
"""`process` is a package of its own here: importing ours would take more time than all the rest."""


class Child:
    """A running process. It ends when its control socket is closed."""

    def __init__(self, name: str, process: Process, control: socket.socket) -> None:
        self._name = name
        self._process = process
        self._control = control
        self.pid = process.pid

    def tell(self, message: Any) -> None:
        """Send it a message; whoever does not take it is ended, because its successor starts with everything."""
        try:
            self._control.send(marshal.dumps(message))
        except BlockingIOError:
            log.warning("the %s takes no messages and is started again", self._name)
            self.kill()
        except OSError:  # it has just died; `messages` will say so
            return

    def kill(self) -> None:
        """End it at once."""
        with suppress(ProcessLookupError):
            self._process.kill()

    async def messages(self) -> AsyncIterator[Any]:
        """What it says, until it has ended."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                message = await loop.sock_recv(self._control, MESSAGE_MOST)
            except OSError:
                return
            if not message:
                return
            yield marshal.loads(message)  # noqa: S302 - from our child, by a socket that nobody else has

    async def ended(self) -> tuple[int, str]:
        """Its exit code, and why: the signal that ended it, or its last words. It is killed if it does not end."""
        self._control.close()
        killing = asyncio.get_running_loop().call_later(ENDS_WITHIN_S, self.kill)
        try:
            _, words = await self._process.communicate()
        finally:
            killing.cancel()
        code = await self._process.wait()
        last_words = words.decode(errors="replace").strip().rpartition("\n")[2]
        return code, Signals(-code).name if code < 0 else last_words or "without a word"


@asynccontextmanager
async def started(name: str, folder: Path, descriptors: Collection[int]) -> AsyncIterator[Child]:
    """Start the `process` of `folder` with these descriptors. When this is left it has ended."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        ours.setblocking(False)
        control = theirs.fileno()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", "-c", BEGIN, str(control), str(folder)),
            pass_fds=(control, *descriptors),
            stdin=DEVNULL,
            stdout=DEVNULL,
            stderr=PIPE,
            start_new_session=True,  # a Ctrl-C is for us, and the child ends with us
        )
        theirs.close()
        child = Child(name, process, ours)
        try:
            yield child
        finally:
            await child.ended()
