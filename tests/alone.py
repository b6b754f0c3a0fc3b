"""Tests marked `alone` measure short times: while one of them runs, the other workers of pytest-xdist run none.

They come last, when few are left to wait for each other. A test that can be judged without a clock needs no mark.
"""

import fcntl
from collections.abc import Generator
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import pytest

LOCK = "lock of the tests that run alone"


def pytest_configure(config: pytest.Config) -> None:
    if told := getattr(config, "workerinput", None):
        config.pluginmanager.register(Worker(Path(told[LOCK])), "alone")
    else:
        config.pluginmanager.register(Host(), "alone")


class Host:
    """Has the file that its workers lock."""

    def __init__(self) -> None:
        self._file = NamedTemporaryFile(prefix="alone-")  # noqa: SIM115 - it is there as long as the run

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        node.workerinput[LOCK] = self._file.name

    def pytest_unconfigure(self) -> None:
        self._file.close()


class Worker:
    """Shares the lock in a test, or has it to itself."""

    def __init__(self, lock: Path) -> None:
        self._lock = lock

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        with self._lock.open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX if item.get_closest_marker("alone") else fcntl.LOCK_SH)
            return (yield)
