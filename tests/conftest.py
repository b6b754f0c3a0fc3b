"""What every test may use, and what every test is held to."""

import asyncio
import gc
import inspect
import logging
import os
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests.brokers import Mosquitto, find_mosquitto

pytest_plugins = ["tests.alone", "tests.virtual_pi.plugin", "tests.faults.summary"]

settings.register_profile("lab", deadline=None)  # a busy machine is no counter-example
settings.load_profile("lab")

ASYNC_WITHIN_S = 60.0
"""How long an `async def` test may take; a `timeout` mark says otherwise."""
TURNS_TO_END = 10
"""Turns of the loop that a cancelled task gets to finish before it counts as leaked."""


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """An `async def` test runs on a loop of its own, under a deadline, and must leave no task behind."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    wanted = inspect.signature(pyfuncitem.obj).parameters
    arguments = {name: value for name, value in pyfuncitem.funcargs.items() if name in wanted}
    mark = pyfuncitem.get_closest_marker("timeout")
    asyncio.run(_within(mark.args[0] if mark else ASYNC_WITHIN_S, pyfuncitem.obj(**arguments)))
    return True


async def _within(seconds: float, test: Coroutine[Any, Any, None]) -> None:
    async with asyncio.timeout(seconds):
        await test
    for _ in range(TURNS_TO_END):
        await asyncio.sleep(0)
    if leaked := asyncio.all_tasks() - {asyncio.current_task()}:
        pytest.fail("tasks left behind: " + ", ".join(sorted(str(task) for task in leaked)))


class _Complaints(logging.Handler):
    """Collects what asyncio has to say about exceptions that nobody retrieved, and tasks that nobody awaited."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.found.append(self.format(record))


@pytest.fixture(autouse=True, scope="module")
def search_everything_once_a_module() -> Iterator[None]:
    """What has survived one test of a module is not searched for garbage after each of the others: that takes long."""
    yield
    gc.unfreeze()


@pytest.fixture(autouse=True)
def no_hidden_failures(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fails a test in which a log call was malformed or asyncio reported an exception that nobody retrieved.

    Coroutines that were never awaited are warnings, and so errors already. Our own loggers let everything through,
    so that the arguments of debug messages are tried as well.
    """
    complaints = _Complaints()

    def malformed(_: logging.Handler, record: logging.LogRecord) -> None:
        complaints.found.append(
            f"malformed log call in {record.pathname}:{record.lineno}: {record.msg!r} {record.args!r}"
        )

    monkeypatch.setattr(logging.Handler, "handleError", malformed)
    monkeypatch.setattr("_pytest.logging.LogCaptureHandler.handleError", malformed)
    for ours in ("hub", "devices"):
        monkeypatch.setattr(logging.getLogger(ours), "level", logging.DEBUG)
        logging.getLogger(ours).manager._clear_cache()  # type: ignore[attr-defined]  # setLevel does it, a patch does not
    logging.getLogger("asyncio").addHandler(complaints)
    yield
    gc.collect()
    gc.freeze()
    logging.getLogger("asyncio").removeHandler(complaints)
    if complaints.found:
        pytest.fail("\n".join(complaints.found))


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    """A running broker on a free port; anonymous, and with Debian's settings."""
    if find_mosquitto() is None:
        pytest.skip("mosquitto is not installed (apt install mosquitto)")
    with Mosquitto(tmp_path / "mosquitto") as broker:
        yield broker


def pytest_xdist_auto_num_workers() -> int:
    """As many as there are processors: many tests wait for others, but the virtual Pi runs beside them."""
    return len(os.sched_getaffinity(0))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever asks for a real broker bears the mark; what takes longest comes first, what runs alone last."""
    last = {item.path for item in items if item.get_closest_marker("alone")}
    for item in items:
        if "mosquitto" in getattr(item, "fixturenames", ()):
            item.add_marker("broker")
    items.sort(key=lambda item: (item.path in last, item.get_closest_marker("fault") is None))
