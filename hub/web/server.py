"""The web service: uvicorn inside our event loop, on a socket of our own."""

import asyncio
import errno
import logging
import socket
import ssl
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, closing, nullcontext
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn

from devices.board.clock import Clock
from devices.errors import AlcolabError
from hub.bus import Bus
from hub.health import Health
from hub.lab import Lab
from hub.lab import Web as Options
from hub.web.app import build
from hub.web.asking import Asking
from hub.web.decisions import Decisions
from hub.web.live import Live
from hub.web.site import Site
from hub.web.tickets import Tickets
from hub.web.view import LabView

if TYPE_CHECKING:
    from hub.members.members import Members
    from hub.web.login.login import Login

log = logging.getLogger(__name__)

PORTS_TRIED = 100
CONNECTIONS_AT_MOST = 400
STOP_WITHIN_S = 0.7


class Web:
    """The pages and the API of the lab."""

    def __init__(
        self,
        bus: Bus,
        lab: Lab,
        health: Callable[[], Health],
        worlds: Mapping[str, Path],
        clock: Clock,
        *,
        members: "Members | None" = None,
    ) -> None:
        self.listening = asyncio.Event()
        self.url = ""
        """Where the pages are, once `listening`."""
        self._options = lab.web
        view = LabView(bus, lab)
        self._live = Live(bus, view)
        self._tickets = Tickets(bus)
        self._decisions = Decisions(bus)
        site = Site(
            view,
            self._live,
            health,
            worlds,
            Asking(bus, clock),
            self._tickets,
            members,
            None if members is None else _login(members),
            decisions=self._decisions,
        )
        self._app = build(site, version("alcolab"))

    async def run(self) -> None:
        """Serve until cancelled; then every open page is let go within a second.

        Raises:
            AlcolabError: the address or the certificate cannot be used.
        """
        server = _Server(_config(self._app, self._options))
        with (
            closing(listen(self._options.host, self._options.port)) as listener,
            self._tickets.followed(),
            self._decisions.followed(),
        ):
            serving = asyncio.create_task(server.serve(sockets=[listener]), name="web: uvicorn")
            self._say_where(listener.getsockname()[1])
            try:
                await asyncio.shield(serving)
            finally:
                self.listening.clear()
                self._live.close()
                server.should_exit = True
                await asyncio.wait({serving}, timeout=STOP_WITHIN_S)
                server.drop_connections()
                await serving

    def _say_where(self, port: int) -> None:
        scheme = "https" if self._options.tls else "http"
        host = "localhost" if self._options.host in {"0.0.0.0", "::"} else self._options.host  # noqa: S104 - compared, not bound
        self.url = f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"
        taken = f" (port {self._options.port} is taken)" if port != self._options.port else ""
        log.info("the pages are at %s/%s", self.url, taken)
        self.listening.set()


def _login(members: "Members") -> "Login":
    from hub.web.login.login import Login

    return Login(members.store)


class _Server(uvicorn.Server):
    """Uvicorn without hands of its own on the process's signals."""

    def capture_signals(self) -> AbstractContextManager[None]:  # type: ignore[override]  # it is written as a generator there
        return nullcontext()

    def drop_connections(self) -> None:
        """Give up browsers that do not read their last words."""
        for connection in tuple(self.server_state.connections):
            if connection.transport is not None:
                connection.transport.abort()


def _config(app: object, options: Options) -> uvicorn.Config:
    config = uvicorn.Config(
        app,  # type: ignore[arg-type]  # an ASGI application, whose type uvicorn spells in its own way
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,  # who asks is who is connected, whatever a header says
        limit_concurrency=CONNECTIONS_AT_MOST,
        ssl_certfile=options.tls.cert if options.tls else None,
        ssl_keyfile=options.tls.key if options.tls else None,
    )
    try:
        config.load()
    except (OSError, ssl.SSLError) as error:
        why = f"the certificate of the pages cannot be used: {error}; see web.tls in config.yaml"
        raise AlcolabError(why) from error
    return config


def listen(host: str, port: int) -> socket.socket:
    """A listening socket at `port`, or at the next free one.

    Raises:
        AlcolabError: this host is not ours, or the port needs rights that we do not have.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    last = min(port + PORTS_TRIED, 65535)
    for candidate in range(port, last + 1):
        try:
            return socket.create_server((host, candidate), family=family)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                why = f"the pages cannot be at {host}:{candidate}: {error.strerror}; see web in config.yaml"
                raise AlcolabError(why) from error
    raise AlcolabError(f"the pages found no free port from {port} to {last}; see web.port in config.yaml")
