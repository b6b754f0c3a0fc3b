"""What EmulationStation's scripts say, heard on a UDP port of the loopback address: all that plain bash can reach."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from devices.arcade.games.emulationstation import parse_script
from devices.arcade.games.game import LOOPBACK, Game
from devices.errors import BadFrame, LineBusy

log = logging.getLogger(__name__)

Heard = Callable[[Game | None], None]


class _Receiver(asyncio.DatagramProtocol):
    def __init__(self, heard: Heard) -> None:
        self._heard = heard

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:  # noqa: ARG002 - asyncio's signature
        try:
            self._heard(parse_script(data))
        except BadFrame as error:
            log.warning("games: %s", error)


@asynccontextmanager
async def script_events(port: int, heard: Heard) -> AsyncIterator[int]:
    """Hear the scripts at `port` (0: any), which is returned; `heard` is told the game that starts, or None.

    Raises:
        LineBusy: another program listens there.
    """
    loop = asyncio.get_running_loop()
    try:
        transport, _ = await loop.create_datagram_endpoint(lambda: _Receiver(heard), local_addr=(LOOPBACK, port))
    except OSError as error:
        raise LineBusy(f"UDP port {port} for the games' scripts cannot be used: {error.strerror}") from error
    try:
        yield transport.get_extra_info("sockname")[1]
    finally:
        transport.close()
