"""What a newcomer and a Pi get: the Makefile, the lock files, the unit of systemd."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

REPOSITORY = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
LOCKED = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", re.MULTILINE)


def locked(file: str) -> dict[str, Version]:
    text = (REPOSITORY / file).read_text()
    return {canonicalize_name(name): Version(version) for name, version in LOCKED.findall(text)}


def wanted(*, test: bool) -> list[Requirement]:
    project = PYPROJECT["project"]
    lines = [*project["dependencies"], *PYPROJECT["dependency-groups"]["build"]]
    return [Requirement(line) for line in (*lines, *(project["optional-dependencies"]["test"] if test else ()))]


@pytest.mark.parametrize(("file", "test"), [("requirements.lock", False), ("tests/requirements.lock", True)])
def test_the_lock_files_are_in_step_with_pyproject(file: str, test: bool) -> None:
    versions = locked(file)
    for requirement in wanted(test=test):
        name = canonicalize_name(requirement.name)
        assert name in versions, f"run `make lock`: {name} is missing"
        assert requirement.specifier.contains(versions[name]), f"run `make lock`: {name} {versions[name]}"


def test_tests_run_with_the_versions_that_the_lab_runs_with() -> None:
    run, tests = locked("requirements.lock"), locked("tests/requirements.lock")
    assert {name: tests.get(name) for name in run} == run


@pytest.mark.parametrize("file", ["requirements.lock", "tests/requirements.lock", "bench/requirements.lock"])
def test_every_locked_package_has_its_hashes_and_no_registry_is_named(file: str) -> None:
    text = (REPOSITORY / file).read_text()
    assert "://" not in text
    assert "--index-url" not in text
    packages = re.split(r"(?m)^(?=[A-Za-z0-9])", re.sub(r"(?m)^\s*#.*\n", "", text))
    assert all("--hash=sha256:" in package for package in packages if package.strip())


def test_what_only_debian_serves_well_is_not_locked() -> None:
    assert not locked("requirements.lock").keys() & {"lgpio", "evdev", "picamera2", "opencv-python-headless", "numpy"}


def test_make_alone_lists_every_target_with_a_line() -> None:
    command = ["make", "-C", str(REPOSITORY), "--no-print-directory"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    targets = re.findall(r"(?m)^([a-z-]+):", (REPOSITORY / "Makefile").read_text())
    listed = dict(re.findall(r"(?m)^make (\S+) +(\S.*)$", done.stdout))
    assert set(listed) == set(targets)
    assert {"install", "run", "test", "test-pi", "check", "bench", "lock", "clean"} <= set(listed)


def test_too_old_a_python_is_said_in_words(tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text('#!/bin/sh\ncase "$1" in --version) echo Python 3.9.2;; *) exit 1;; esac\n')
    old.chmod(0o755)
    done = _install(tmp_path, str(old))
    assert done.returncode == 1
    assert "Python 3.9.2 is too old, 3.11 or newer is needed" in done.stderr


def test_a_missing_venv_module_is_said_in_words(tmp_path: Path) -> None:
    bare = tmp_path / "python3"
    bare.write_text('#!/bin/sh\ncase "$2" in *venv*) exit 1;; *) exit 0;; esac\n')
    bare.chmod(0o755)
    done = _install(tmp_path, str(bare))
    assert done.returncode == 1
    assert "sudo apt install python3-venv" in done.stderr


def test_a_missing_python_is_said_in_words(tmp_path: Path) -> None:
    assert "there is no python9" in _install(tmp_path, "python9").stderr


def _install(folder: Path, python: str) -> "subprocess.CompletedProcess[str]":
    """`install.sh` in an empty folder, so that it can touch nothing here."""
    script = shutil.copy(REPOSITORY / "install.sh", folder)
    environment = {"PATH": "/usr/bin:/bin", "PYTHON": python}
    return subprocess.run([script, "none.lock"], env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def analyze() -> str:
    if (found := shutil.which("systemd-analyze")) is None:
        pytest.skip("systemd-analyze is not installed (apt install systemd)")
    return found


def _verified(analyze: str, folder: Path, unit: str) -> "subprocess.CompletedProcess[str]":
    """The unit, with a program and a user that exist here."""
    file = folder / "alcolab.service"
    unit = re.sub(r"(?m)^(ExecSt\w+)=\S+", r"\1=/bin/true", unit)
    file.write_text(re.sub(r"(?m)^User=.*", "User=root", unit))
    command = [analyze, "verify", "--recursive-errors=yes", "--man=no", str(file)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("unit", sorted((REPOSITORY / "systemd").glob("*.service")), ids=lambda unit: unit.name)
def test_systemd_understands_the_unit(unit: Path, analyze: str, tmp_path: Path) -> None:
    done = _verified(analyze, tmp_path, unit.read_text())
    assert (done.returncode, done.stderr) == (0, "")


def test_systemd_would_have_complained(analyze: str, tmp_path: Path) -> None:
    spoilt = (REPOSITORY / "systemd/alcolab.service").read_text().replace("WatchdogSec=", "WatchDogSecs=")
    assert _verified(analyze, tmp_path, spoilt).returncode != 0


def test_the_unit_never_gives_up_and_waits_for_no_network() -> None:
    unit = (REPOSITORY / "systemd/alcolab.service").read_text()
    hardened = ("DevicePolicy=closed", "NoNewPrivileges=yes")
    for line in ("Type=notify", "Restart=always", "StartLimitIntervalSec=0", *hardened):
        assert f"\n{line}\n" in unit
    assert "network-online" not in unit
    assert "PrivateDevices=yes" not in unit


def test_the_unit_runs_a_command_that_exists() -> None:
    unit = (REPOSITORY / "systemd/alcolab.service").read_text()
    assert "/.venv/bin/alcolab run --config /etc/alcolab/config.yaml" in unit
    assert PYPROJECT["project"]["scripts"]["alcolab"] == "hub.__main__:main"
