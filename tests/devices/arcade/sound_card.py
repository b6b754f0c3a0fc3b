"""A sound card that a test can hear and unplug."""

from pathlib import Path


class SoundCard:
    """Played by a program called `amixer` in `folder`, which must be first on the PATH."""

    def __init__(self, folder: Path, *, percent: int) -> None:
        self._volume = folder / "volume"
        self._unplugged = folder / "unplugged"
        program = folder / "amixer"
        program.write_text(
            f"""#!/bin/sh
test -e {self._unplugged} && {{ echo "amixer: Mixer attach default error: No such file or directory" >&2; exit 1; }}
test "$3" = Master || {{ echo "amixer: Unable to find simple control '$3',0" >&2; exit 1; }}
test "$2" = sset && echo "${{4%\\%}}" >{self._volume}.new && mv {self._volume}.new {self._volume}
read -r percent <{self._volume}
echo "  Mono: Playback 1 [$percent%] [-3.00dB] [on]"
"""
        )
        program.chmod(0o755)
        self.percent = percent

    @property
    def percent(self) -> int:
        return int(self._volume.read_text())

    @percent.setter
    def percent(self, percent: int) -> None:
        self._volume.write_text(f"{percent}\n")

    def unplug(self) -> None:
        self._unplugged.touch()

    def plug_in(self) -> None:
        self._unplugged.unlink()
