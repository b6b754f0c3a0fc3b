"""A real browser looks at a lab that is really served."""

import asyncio
import shutil
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, sync_playwright

from devices.board.world import World
from devices.board.world_socket import WorldServer
from devices.device import Quality, State
from tests.hub.web.cabinets import ELSEWHERE, Cabinet, with_cabinets
from tests.hub.web.served import Served, now, small_lab

CHROMIUM = shutil.which("chromium")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP hub.local 127.0.0.1",
)
DESKTOP = ViewportSize(width=1280, height=900)
PHONE = ViewportSize(width=360, height=640)
PATIENCE_MS = 10_000

Said = TypeVar("Said")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker("browser")
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason="Chromium is not installed (apt install chromium)"))


@dataclass(slots=True)
class Lab:
    """A served lab on a loop of its own, in a thread: the browser's API is synchronous."""

    served: Served
    world: World
    cabinet: Cabinet
    """The one that stands at the Pi that serves the pages."""
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _running: list[Future[None]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return self.served.url

    @property
    def url_by_name(self) -> str:
        """As in a real lab, where browsers trust plain HTTP less than on the same machine."""
        return f"http://hub.local:{self.served.lab.web.port}"

    def say(self, what: Callable[[Served], Said]) -> Said:
        """Let something happen in the lab."""

        async def said() -> Said:
            return what(self.served)

        return asyncio.run_coroutine_threadsafe(said(), self._loop).result(10)

    def open(self) -> None:
        """Serve the pages, and the simulated world behind them."""
        web = self.served.web()
        world = WorldServer(self.world, self.served.worlds["garden"])
        self._running = [asyncio.run_coroutine_threadsafe(work(), self._loop) for work in (web.run, world.run)]
        asyncio.run_coroutine_threadsafe(web.listening.wait(), self._loop).result(10)

    def play(self, what: Callable[[Cabinet], Said]) -> Said:
        """Let something happen at the cabinet."""
        return self.say(lambda _: what(self.cabinet))

    def close(self) -> None:
        """Stop as a service stops; the port is free again afterwards."""
        for running in self._running:
            running.cancel()
        asyncio.run_coroutine_threadsafe(self._all_ended(), self._loop).result(10)

    async def _all_ended(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.gather(*others, return_exceptions=True)

    def run(self) -> Iterator["Lab"]:
        thread = threading.Thread(target=self._loop.run_forever, name="lab", daemon=True)
        thread.start()
        self.open()
        try:
            yield self
        finally:
            self.close()
            self._loop.call_soon_threadsafe(self._loop.stop)
            thread.join(10)
            self._loop.close()


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """A garden in which one thing of each kind is so: well, surprising, failed, stale, silent, not heard of yet.

    And two cabinets: one is played, the other is free.
    """
    world = World(tmp_path / "world")
    for target in ("vegetable-patch/air-temperature", "vegetable-patch/soil-moisture", "rain-tank/level"):
        world.offer(target)
    served = Served(lab=with_cabinets(small_lab()), worlds={"garden": tmp_path / "world.sock"})
    made = Lab(served, world, Cabinet(served))
    with made.cabinet.answering():
        for opened in made.run():
            opened.say(_as_on_a_common_day)
            opened.play(Cabinet.as_on_a_common_day)
            yield opened


def _as_on_a_common_day(served: Served) -> None:
    served.online()
    served.read(21.53)
    served.read(None, "soil-moisture", unit="%", quality=Quality.FAILED, age_s=700)
    served.bus.publish("vegetable-patch", State("problems", {"soil-moisture": "check the probe's cable"}, now()))
    served.offline("rain-tank", "no such port: check the plug")
    served.read(812.0, "level", "rain-tank", unit="mm", age_s=900)
    served.online(ELSEWHERE)
    Cabinet(served, ELSEWHERE).turn("free")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for a module; Playwright holds the thread's event loop until it ends, so no longer than that."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@dataclass(slots=True)
class Visitor:
    """Somebody with a browser, who notices what a page should not do."""

    chromium: Browser
    lab: Lab
    complaints: list[str] = field(default_factory=list)
    expected: tuple[str, ...] = ()
    """Parts of complaints that a test brings about on purpose."""
    _contexts: list[BrowserContext] = field(default_factory=list)

    def arrive(self, language: str = "fr", **wishes: object) -> Page:
        """A new browser that knows nothing yet."""
        options = {"viewport": PHONE, "locale": language, "base_url": self.lab.url} | wishes
        context = self.chromium.new_context(**options)  # type: ignore[arg-type]  # wishes are Playwright's own options
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        page.on("console", lambda message: self._heard(message.type, message.text))
        page.on("pageerror", lambda error: self._heard("error", str(error)))
        page.on("request", lambda request: self._asked(request.url))
        self._contexts.append(context)
        return page

    def _heard(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"} and not any(part in text for part in self.expected):
            self.complaints.append(f"{kind}: {text}")

    def _asked(self, url: str) -> None:
        ours = (f"{self.lab.url}/", f"{self.lab.url_by_name}/", "data:")
        if not url.startswith(ours):
            self.complaints.append(f"asked another server: {url}")

    def leave(self) -> None:
        for context in self._contexts:
            with suppress(Exception):
                context.close()


@pytest.fixture
def visitor(chromium: Browser, lab: Lab) -> Iterator[Visitor]:
    """Fails a test in which a page complained on the console or asked another server."""
    made = Visitor(chromium, lab)
    yield made
    made.leave()
    assert made.complaints == []
