"""The virtual Pi as a process: built when it must be, booted, and heard line by line."""

import shlex
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

REPOSITORY = Path(__file__).parents[2]
WIRE = "/dev/ttyS1"
"""Inside the virtual Pi, what is written here is heard outside."""
SILENCE_MOST_S = 240.0
"""After so long without a line it is switched off."""
LISTEN_EVERY_S = 0.02
LAST_WORDS = 25
"""Lines."""


class NotBuilt(Exception):
    """The virtual Pi could not be built; the message is the end of the log."""


def missing() -> list[str]:
    """The Debian packages without which there is no virtual Pi here."""
    lines = Path(__file__).with_name("debian-packages.txt").read_text().splitlines()
    wanted = [line for line in lines if not line.startswith("#")]
    if shutil.which("dpkg-query") is None:
        return wanted
    query = ["dpkg-query", "--show", "--showformat=${Package} ${db:Status-Status}\n", *wanted]
    known = subprocess.run(query, capture_output=True, text=True, check=False).stdout.splitlines()
    return [package for package in wanted if f"{package} installed" not in known]


def build() -> Path:
    """The folder of kernel and initramfs; takes a minute for a kernel that is new here.

    Raises:
        NotBuilt: it did not work out.
    """
    built = subprocess.run([Path(__file__).with_name("build")], capture_output=True, text=True, check=False)
    if built.returncode != 0:
        raise NotBuilt(built.stdout + built.stderr)
    return Path(built.stdout.splitlines()[-1])


class Machine:
    """A virtual Pi that runs `command` in this checkout, as root, and then is switched off.

    With one processor the kernel's interrupt threads have always run before a test drives the next level.

    Raises:
        NotBuilt: as in `build`.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], *, processors: int = 1) -> None:
        built = build()
        self._folder = TemporaryDirectory(prefix="virtual-pi-")
        folder = Path(self._folder.name)
        self._console = folder / "console"
        (folder / "modules").symlink_to(built / "modules")
        variables = [f"{name}={value}" for name, value in environment.items()]
        line = shlex.join(["env", "-C", str(REPOSITORY), *variables, *command])
        (folder / "command").write_text(f"{line}\n")
        self._wire = folder / "wire"
        self._wire.touch()
        self._process = subprocess.Popen(_qemu(built, folder, processors), stdin=subprocess.DEVNULL)

    def lines(self) -> Iterator[str]:
        """What is written to `WIRE` inside, as it comes, from its start on; ends when the machine is off."""
        heard_s, line = time.monotonic(), ""
        with self._wire.open(encoding="utf-8") as wire:
            while True:
                off = self._process.poll() is not None  # asked first: then nothing can follow what is read
                if more := wire.readline():
                    heard_s, line = time.monotonic(), line + more
                    if line.endswith("\n"):
                        yield line
                        line = ""
                elif off:
                    return
                elif time.monotonic() - heard_s > SILENCE_MOST_S:
                    self._process.kill()
                else:
                    time.sleep(LISTEN_EVERY_S)

    def last_words(self) -> str:
        """The end of what its kernel and its command have said."""
        said = self._console.read_text(errors="replace") if self._console.exists() else ""
        return "\n".join(said.splitlines()[-LAST_WORDS:])

    def switch_off(self) -> None:
        self._process.kill()
        self._process.wait()
        self._folder.cleanup()


def _qemu(built: Path, folder: Path, processors: int) -> list[str]:
    """No network, no disk: this machine's files, read-only, and two serial ports.

    Emulated in software everywhere: where a machine is itself a virtual one, its KVM may be there and yet hang.
    """
    return [
        *("qemu-system-x86_64", "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", str(processors), "-m", "1024"),
        *("-display", "none", "-monitor", "none", "-nic", "none", "-no-reboot"),
        *("-kernel", str(built / "vmlinuz"), "-initrd", str(built / "initramfs.cpio")),
        *("-append", f"console=ttyS0 quiet panic=-1 mitigations=off -- {folder}"),
        *("-virtfs", "local,path=/,mount_tag=root,security_model=none,readonly=on,multidevs=remap"),
        *("-serial", f"file:{folder / 'console'}", "-serial", f"file:{folder / 'wire'}"),
    ]
