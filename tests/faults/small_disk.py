"""A file system so small that it can really be filled, for the tests of full disks."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

CHUNK = bytes(4096)


class SmallDisk:
    """A mounted tmpfs, and a ballast that fills it to the last block."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ballast = folder / "ballast"

    def fill(self) -> int:
        """Leave no block free; bytes of the ballast."""
        with suppress(OSError), self._ballast.open("ab", buffering=0) as ballast:
            while True:
                ballast.write(CHUNK)
        return self._ballast.stat().st_size

    def free(self) -> None:
        self._ballast.unlink()

    def protect(self) -> None:
        """Nothing can be written any more, as on an SD card that the kernel has given up."""
        subprocess.run(["mount", "-o", "remount,ro", str(self._folder)], check=True)

    def unprotect(self) -> None:
        subprocess.run(["mount", "-o", "remount,rw", str(self._folder)], check=True)


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[SmallDisk]:
    """Mount a disk of `size` (`4m`) at `folder`; skips the test, aloud, where that is not allowed."""
    folder.mkdir(parents=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "small", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip(f"only root can mount a disk that is small enough to be filled: {mounted.stderr.decode().strip()}")
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
