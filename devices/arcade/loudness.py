"""How loud the cabinet is: never above the house's ceiling, lower in quiet hours, and then mute while nobody plays."""

import asyncio
from collections.abc import Callable

from devices.arcade.games.volume import Volume
from devices.arcade.options import SoundOptions

LOOK_EVERY_S = 5.0
"""Games and people turn the volume up by themselves."""
STEP = 10
"""Percent."""


class Loudness:
    """Of one cabinet. Every method raises as those of `Volume`."""

    def __init__(self, options: SoundOptions) -> None:
        self._options = options
        self._volume = Volume(options.mixer)
        self._quiet = False
        self._mute = False
        self._before: int | None = None
        """The volume that comes back after the silence; None: it is not silent."""
        self._changed = asyncio.Event()

    @property
    def ceiling(self) -> int:
        """In percent."""
        return self._options.quiet if self._quiet else self._options.ceiling

    def house(self, *, quiet: bool, playing: bool) -> None:
        """The house is quiet or not, and somebody plays or not."""
        mute = quiet and not playing
        if (quiet, mute) != (self._quiet, self._mute):
            self._quiet, self._mute = quiet, mute
            self._changed.set()

    async def run(self, kept: Callable[[], None]) -> None:
        """Keep to it until cancelled; `kept` hears each time that this could be done."""
        if self._before is None and await self._volume.percent() == 0:
            self._before = self._options.ceiling  # silence in which a restart, or a power cut, has left the sound card
        while True:
            self._changed.clear()
            await self._keep()
            kept()
            try:
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._changed.wait()
            except TimeoutError:
                continue

    async def louder(self) -> None:
        """A step louder, up to the ceiling; but silence stays."""
        if self._mute:
            return
        await self._volume.set(min(await self._volume.percent() + STEP, self.ceiling))

    async def quieter(self) -> None:
        """A step quieter."""
        await self._volume.set(max(await self._volume.percent() - STEP, 0))

    async def _keep(self) -> None:
        if self._mute:
            if (loud := await self._volume.percent()) > 0:
                self._before = loud
                await self._volume.set(0)
            return
        if self._before is not None:
            await self._volume.set(min(self._before, self.ceiling))
            self._before = None
        await self._volume.limit(self.ceiling)
