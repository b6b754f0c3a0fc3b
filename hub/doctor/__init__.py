"""What is missing on this Pi: each check finds something and says what to do; `alcolab doctor` prints it."""

from pathlib import Path

from hub.doctor import machine, share
from hub.doctor.finding import Finding, Level

__all__ = ["Finding", "Level", "examined"]


def examined(config: Path, node: str, *, root: Path = Path("/")) -> list[Finding]:
    """All findings, the machine's first; `root` is where the machine's own files are, another one in tests."""
    return [*machine.examined(root), *share.examined(config, node, root)]
