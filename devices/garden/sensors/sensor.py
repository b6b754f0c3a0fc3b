"""What all kinds of sensors have in common: opened, they can be asked for a number."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias

from devices.board.clock import Moment
from devices.errors import BadFrame


@dataclass(frozen=True, slots=True)
class Sample:
    """What a sensor gave, before calibration, and when."""

    raw: float
    at: Moment


Measure: TypeAlias = Callable[[], Awaitable[Sample]]
"""Gives a sample that has not been given before, as soon as there is one.

Raises:
    NoReply: nothing came before the sensor's deadline.
    DeviceOffline, BadFrame, …: the sensor answered with an error, or is gone.
"""


class Sensor(ABC):
    """One measured quantity, as far as its raw number."""

    @abstractmethod
    def opened(self) -> AbstractAsyncContextManager[Measure]:
        """Hold the hardware while inside. Any failure is an exception here or in `Measure`; then it is opened anew."""


@asynccontextmanager
async def beside(work: Coroutine[Any, Any, None], *, name: str) -> AsyncIterator[None]:
    """Run `work` while inside; its failure ends the body with that very failure, and leaving the body ends `work`."""
    try:
        async with asyncio.TaskGroup() as group:
            task = group.create_task(work, name=name)
            yield
            task.cancel()
    except BaseExceptionGroup as failures:
        body = asyncio.current_task()
        if body is not None and body.cancelling():
            # Cancelled in the same moment in which `work` failed: a TaskGroup would tell only of the failure.
            raise asyncio.CancelledError from None
        raise failures.exceptions[0] from None


def hex_bytes(text: str, count: int) -> bytes:
    """`count` bytes written as hex digits, in either case, with or without spaces.

    Raises:
        BadFrame: anything else.
    """
    try:
        data = bytes.fromhex(text)
    except ValueError:
        raise BadFrame("these are not bytes in hex: write two digits for each, such as 50 05 4b") from None
    if len(data) != count:
        raise BadFrame(f"a frame has {count} bytes, this has {len(data)}")
    return data
