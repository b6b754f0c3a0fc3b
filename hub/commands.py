"""Commands, wherever they come from, reach a device here: checked, run once, answered within their deadline."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from devices.board.clock import Clock
from devices.device import Action, Command, NoArguments, Reply
from devices.errors import AlcolabError, Refused
from hub.port import DevicePort

if TYPE_CHECKING:
    from pydantic import TypeAdapter

log = logging.getLogger(__name__)

REMEMBERED = 256
"""How many replies a device keeps for a command that is repeated."""
AT_ONCE = 8
"""Commands that one device carries out at the same time; more are refused."""
ON_THE_WAY_S = 0.5
"""What a reply may take to get back to its sender before the deadline."""
LONGEST_UNTRUSTED = timedelta(hours=1)
"""While the clock is not trusted, no command may claim to live longer than this."""


class CommandDesk:
    """Answers the commands to one local device."""

    def __init__(self, actions: tuple[Action, ...], port: DevicePort, clock: Clock) -> None:
        self._actions: Mapping[str, Action] = {action.name: action for action in actions}
        self._port = port
        self._clock = clock
        self._replies: OrderedDict[str, asyncio.Task[Reply]] = OrderedDict()
        self._running = 0

    async def ask(self, command: Command) -> Reply:
        """The reply; the same one for a repeated id, which never runs a second time."""
        if (known := self._replies.get(command.id)) is not None:
            return await asyncio.shield(known)
        task = asyncio.create_task(self._answer(command), name=f"{command.device}: {command.action} {command.id}")
        self._replies[command.id] = task
        self._forget_oldest()
        return await asyncio.shield(task)

    def _forget_oldest(self) -> None:
        """Never one that still runs: repeated, it would run a second time."""
        excess = len(self._replies) - REMEMBERED
        if excess > 0:
            for known in [known for known, task in self._replies.items() if task.done()][:excess]:
                del self._replies[known]

    async def _answer(self, command: Command) -> Reply:
        left_s = self._time_left_s(command)
        if left_s <= 0:
            return Reply(
                ok=False, error=f"expired at {command.expires.rfc3339()}, it is {self._clock.now().rfc3339()} here"
            )
        if (action := self._actions.get(command.action)) is None:
            known = ", ".join(sorted(self._actions)) or "none"
            return Reply(ok=False, error=f"unknown action {command.action!r}; {command.device} knows: {known}")
        if (handler := self._port.handlers.get(command.action)) is None:
            return Reply(ok=False, error=f"{command.device} is offline")
        if self._running >= AT_ONCE:
            return Reply(ok=False, error=f"{command.device} is busy with {AT_ONCE} other commands")
        self._running += 1
        deadline = asyncio.timeout(left_s - min(ON_THE_WAY_S, left_s / 10))
        try:
            async with deadline:
                arguments = await _validated(action, command.arguments)
                return Reply(ok=True, data=await handler(arguments))
        except AlcolabError as error:
            return Reply(ok=False, error=str(error))
        except Exception:
            if deadline.expired():
                return Reply(ok=False, error=f"not done before {command.expires.rfc3339()}")
            log.exception("%s failed at %s", command.device, command.action)
            return Reply(ok=False, error=f"{command.device} failed at {command.action}; its log says why")
        finally:
            self._running -= 1

    def _time_left_s(self, command: Command) -> float:
        now = self._clock.now()
        left = command.expires.utc - now.utc
        if not now.trusted and left > LONGEST_UNTRUSTED:
            return 0.0
        return left.total_seconds()


async def _validated(action: Action, arguments: Mapping[str, object]) -> object:
    """The action's arguments object. Pydantic is imported with the first command that has any, in a thread."""
    if action.arguments is NoArguments and not arguments:
        return NoArguments()
    return await asyncio.to_thread(_validate, action, arguments)


def _validate(action: Action, arguments: Mapping[str, object]) -> object:
    from pydantic import ValidationError

    try:
        return _adapter(action.arguments).validate_python(dict(arguments))  # type: ignore[arg-type]  # mypy: a class is hashable
    except ValidationError as error:
        found = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'arguments'}: {e['msg']}" for e in error.errors())
        raise Refused(f"{action.name}: {found}") from None


@cache
def _adapter(arguments: type[Any]) -> "TypeAdapter[Any]":
    from pydantic import TypeAdapter  # see devices/options.py: a node without commands never pays

    return TypeAdapter(arguments)
