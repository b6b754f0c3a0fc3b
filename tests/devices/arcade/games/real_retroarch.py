"""Debian's RetroArch, without screen, sound or joystick, playing a Game Boy cartridge that does nothing for ever."""

import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

RETROARCH = "/usr/bin/retroarch"
INFO = Path("/usr/share/libretro/info")


@dataclass(frozen=True)
class RealRetroArch:
    """A running one: its network port, and where it saves states."""

    port: int
    states: Path
    process: subprocess.Popen[bytes]


def find_core() -> Path | None:
    """Debian's Game Boy core, where it and RetroArch are installed."""
    cores = sorted(Path("/usr/lib").glob("*/libretro/gambatte_libretro.so"))
    return cores[0] if cores and INFO.is_dir() and shutil.which(RETROARCH) else None


def cartridge() -> bytes:
    """32 KiB whose entry point jumps to a loop; the header's checksum is right (Pan Docs, *The Cartridge Header*)."""
    rom = bytearray(32 * 1024)
    rom[0x100:0x104] = b"\x00\xc3\x50\x01"  # NOP, JP $0150
    rom[0x150:0x152] = b"\x18\xfe"  # JR to itself
    rom[0x134:0x138] = b"LOOP"
    checksum = 0
    for byte in rom[0x134:0x14D]:
        checksum = (checksum - byte - 1) & 0xFF
    rom[0x14D] = checksum
    return bytes(rom)


@contextmanager
def real_retroarch(folder: Path, core: Path) -> Iterator[RealRetroArch]:
    """RetroArch in a folder of its own."""
    game, states = folder / "Loop, the (World).gb", folder / "states"
    states.mkdir()
    game.write_bytes(cartridge())
    settings = {
        "network_cmd_enable": "true",
        "network_cmd_port": str(port := free_udp_port()),
        **dict.fromkeys(("video_driver", "audio_driver", "input_driver", "input_joypad_driver"), "null"),
        "libretro_directory": str(core.parent),
        "libretro_info_path": str(INFO),
        "savestate_directory": str(states),
        "config_save_on_exit": "false",
        "pause_nonactive": "false",
    }
    config = folder / "retroarch.cfg"
    config.write_text("".join(f'{name} = "{value}"\n' for name, value in settings.items()))
    command = [RETROARCH, "--config", str(config), "-L", str(core), str(game)]
    home = {"HOME": str(folder), "PATH": "/usr/bin:/bin", "XDG_RUNTIME_DIR": str(folder)}
    with subprocess.Popen(command, env=home, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            yield RealRetroArch(port, states, process)
        finally:
            process.kill()


def free_udp_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.bind(("127.0.0.1", 0))
        port: int = asking.getsockname()[1]
        return port
