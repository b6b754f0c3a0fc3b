"""The arrows between the parts, and what a small Pi must not pay for."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
HEAVY = {"pydantic", "yaml", "typer", "rich", "fastapi", "starlette", "uvicorn", "jinja2", "babel", "sqlalchemy"}
HEAVY |= {"alembic", "amqtt", "argon2", "cryptography", "cv2", "numpy", "osdp", "picamera2"}
NOT_FOR_THE_COMMAND_LINE = {"pydantic", "yaml", "sqlalchemy", "fastapi", "aiomqtt", "hub.app", "hub.web", "hub.history"}


def test_imports_follow_the_arrows() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([lint], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_every_family_of_devices_stands_in_the_contract() -> None:
    """Else a new family could import the others unnoticed."""
    families = {f"devices.{path.parent.name}" for path in REPOSITORY.glob("devices/*/__init__.py")} - {"devices.board"}
    contract = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"][0]
    assert families <= {name.strip() for layer in contract["layers"] for name in re.split("[|:]", layer)}


def _imported_by(*modules: str) -> set[str]:
    """What is loaded after these were imported, in a process of its own."""
    program = f"import sys, importlib; [importlib.import_module(m) for m in {modules}]; print(*sys.modules, sep='\\n')"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


DEVICES = ("devices.access.badge_reader", "devices.access.door.door", "devices.garden.bed", "devices.machines.machine")


def test_a_node_that_runs_only_devices_loads_nothing_heavy() -> None:
    assert sorted(_imported_by("hub.app", "devices.board.pi", *DEVICES) & HEAVY) == []


def test_a_quick_command_loads_neither_the_application_nor_the_validation() -> None:
    program = (
        "import atexit, sys; from hub.__main__ import main; atexit.register(lambda: print(*sys.modules, sep='\\n')); "
        "sys.argv = ['alcolab', 'decode', 'w1', '00']; main()"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    loaded = set(done.stdout.split())
    assert "devices.garden.sensors.w1" in loaded
    assert sorted(loaded & NOT_FOR_THE_COMMAND_LINE) == []


def _imports(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


OPTIONS_READERS = {"hub/commands.py"}
"""May import pydantic, lazily, besides `hub/config/` and `hub/web/`."""


def test_pydantic_is_imported_only_where_the_outside_comes_in() -> None:
    found = {
        str(file.relative_to(REPOSITORY))
        for folder in ("hub", "devices")
        for file in (REPOSITORY / folder).rglob("*.py")
        if any(name.split(".")[0] in {"pydantic", "pydantic_core"} for name in _imports(file))
    }
    allowed = OPTIONS_READERS | {"devices/options.py"}  # the marks speak pydantic's protocol, inside their methods
    assert {name for name in found - allowed if not name.startswith(("hub/config/", "hub/web/"))} == set()


@pytest.mark.parametrize("file", ["hub/app.py", "hub/pi.py", "hub/fleet.py", "hub/port.py"])
def test_the_core_names_no_family_of_devices(file: str) -> None:
    """It finds them through the catalogue."""
    assert not [name for name in _imports(REPOSITORY / file) if name.startswith("devices.garden")]
