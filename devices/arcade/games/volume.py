"""How loud the cabinet is: a control of the sound card, through ALSA's own `amixer`."""

import asyncio
import re
from contextlib import suppress

from devices.errors import HardwareMissing, NoReply

ANSWER_WITHIN_S = 3.0
PERCENT = re.compile(r"\[(\d{1,3})%\]")
MUTED = "[off]"


def parse_volume(said: str) -> int:
    """The volume in percent that `amixer sget` says, of the loudest channel; 0 when it is switched off.

    Raises:
        HardwareMissing: the control has no volume.
    """
    volumes = [int(percent) for percent in PERCENT.findall(said)]
    if not volumes:
        raise HardwareMissing(f"this sound control has no volume: {said.strip()[:120]!r}")
    return 0 if MUTED in said else max(volumes)


class Volume:
    """One control of the sound card, in percent as people hear it (`amixer -M`).

    Every method raises:
        HardwareMissing: there is no sound card, no such control, or no `amixer`.
        NoReply: the sound card does not answer.
    """

    def __init__(self, mixer: str) -> None:
        self._mixer = mixer

    async def percent(self) -> int:
        """How loud it is."""
        return parse_volume(await self._amixer("sget", self._mixer))

    async def set(self, percent: int) -> None:
        """Make it so loud; 0 is silence."""
        await self._amixer("sset", self._mixer, f"{percent}%", "unmute" if percent else "mute")

    async def limit(self, ceiling: int) -> None:
        """Make it no louder than that."""
        if await self.percent() > ceiling:
            await self.set(ceiling)

    async def _amixer(self, *arguments: str) -> str:
        try:
            amixer = await asyncio.create_subprocess_exec(
                *("amixer", "-M", *arguments),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
            )
        except FileNotFoundError as error:
            raise HardwareMissing("amixer is missing: apt install alsa-utils") from error
        except OSError as error:
            raise HardwareMissing(f"amixer cannot be run: {error}") from error
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                said, _ = await amixer.communicate()
        except TimeoutError as error:
            raise NoReply("the sound card does not answer: see dmesg") from error
        finally:
            if amixer.returncode is None:
                with suppress(ProcessLookupError):
                    amixer.kill()
                await amixer.wait()
        text = said.decode(errors="replace")
        if amixer.returncode != 0:
            raise HardwareMissing(f"amixer refuses {' '.join(arguments)}: {text.strip()[:200]}")
        return text
