"""The files in which RetroArch has saved the states of one game."""

from glob import escape
from pathlib import Path

from devices.board.blocking import BlockingCalls
from devices.errors import NoReply

FOUND_WITHIN_S = 1.0


class SavedStates:
    """Below `folder`, sorted into folders or not, in whichever slots. A folder that we may not read holds none."""

    def __init__(self, folder: str, game: str, calls: BlockingCalls) -> None:
        self._folder = folder
        self._pattern = f"{escape(game)}.state*"
        self._calls = calls

    async def newest(self) -> tuple[int, int] | None:
        """When the latest was written (ns) and how long it is (bytes); None if there is none."""
        try:
            return await self._calls.run(f"states in {self._folder}", self._newest, deadline_s=FOUND_WITHIN_S)
        except NoReply:
            return None

    def _newest(self) -> tuple[int, int] | None:
        if not Path(self._folder).is_absolute():
            return None
        try:
            found = [state.stat() for state in Path(self._folder).rglob(self._pattern)]
        except (OSError, ValueError, NotImplementedError):  # the latter for names that are no files' names
            return None
        return max(((state.st_mtime_ns, state.st_size) for state in found), default=None)
