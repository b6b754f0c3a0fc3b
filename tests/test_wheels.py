"""What a Pi installs is there for a Pi: a dry resolution for 64-bit ARM, with wheels alone."""

import subprocess
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path

import pytest
from packaging.requirements import Requirement

REPOSITORY = Path(__file__).parents[1]
PYTHONS = ("3.11", "3.13")
"""Raspberry Pi OS 12 and 13."""
PLATFORM = "aarch64-manylinux_2_36"
"""The older one's C library."""
FROM_DEBIAN = {
    "evdev": "python3-evdev",
    "lgpio": "python3-lgpio",
    "opencv-python-headless": "python3-opencv",
    "picamera2": "python3-picamera2",
}
"""What Raspberry Pi OS brings as a package, because there is no wheel of it or none that fits its libraries."""
UNREACHABLE = 2
"""uv's exit status when it could not ask the index."""


def resolved(lines: Iterable[str], python: str, folder: Path) -> str:
    """What uv complains of; empty when every requirement has a wheel that a Pi can use."""
    requirements = folder / "requirements.txt"
    requirements.write_text("\n".join(lines))
    uv = [str(Path(sys.executable).with_name("uv")), "pip", "compile", "--quiet", "--no-annotate"]
    target = ["--only-binary", ":all:", "--python-platform", PLATFORM, "--python-version", python]
    done = subprocess.run([*uv, *target, str(requirements)], capture_output=True, text=True, check=False)
    if done.returncode == UNREACHABLE:
        pytest.skip(f"the package index cannot be asked: {done.stderr}")
    return done.stderr


@pytest.mark.parametrize("python", PYTHONS)
def test_everything_that_is_locked_has_a_wheel_for_a_pi(python: str, tmp_path: Path) -> None:
    lock = (REPOSITORY / "requirements.lock").read_text()
    assert resolved([lock], python, tmp_path) == ""


@pytest.mark.parametrize("python", PYTHONS)
def test_what_is_for_a_pi_only_has_a_wheel_or_a_debian_package(python: str, tmp_path: Path) -> None:
    extras = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    for line in (*extras["pi"], *extras["camera"]):
        assert Requirement(line).name in FROM_DEBIAN or resolved([line], python, tmp_path) == ""


@pytest.mark.parametrize("python", PYTHONS)
def test_a_dependency_that_would_have_to_be_compiled_on_the_pi_is_noticed(python: str, tmp_path: Path) -> None:
    lock = (REPOSITORY / "requirements.lock").read_text()
    assert "evdev==1.9.2 has no usable wheels" in resolved([lock, "evdev==1.9.2"], python, tmp_path)
