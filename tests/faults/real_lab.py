"""A whole lab of real processes around one `config.yaml`: nodes, hub, and a mosquitto that the test owns."""

import io
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import yaml
from sqlalchemy.exc import OperationalError

from hub.database.sqlite import reading_engine
from hub.history.export import Format, NoHistory, export
from hub.history.queries import Wanted, count
from hub.history.service import DATABASE
from tests.faults.journal import Key, Reported, reported
from tests.faults.process import TAIL, Process, until
from tests.faults.verdict import Held, Verdict, held, judge

SITE = "faults"
HUB = "hub"


class RealLab:
    """Nodes by name, each with its devices. The hub keeps the history, and nothing else.

    No fault is worth a traceback in a log, unless a driver has a bug: `bugs` says how many.
    """

    def __init__(self, folder: Path, port: int, devices: Mapping[str, Mapping[str, Any]], *, bugs: int = 0) -> None:
        self._bugs = bugs
        self.config = folder / "config.yaml"
        self.processes: dict[str, Process] = {}
        self._folder = folder
        self._database = folder / "state" / HUB / "history" / DATABASE
        self._lab: dict[str, Any] = {
            "site": SITE,
            "broker": {"host": "127.0.0.1", "port": port},
            "nodes": {HUB: {"services": ["history"]}} | {str(device["node"]): {} for device in devices.values()},
            "devices": devices,
        }
        folder.mkdir(parents=True, exist_ok=True)
        self.write()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        tracebacks = 0
        for name, process in self.processes.items():
            process.stop()
            tracebacks += process.log.read_text(errors="replace").count("Traceback")
            print(f"--- {name}", *process.log.read_text(errors="replace").splitlines()[-TAIL:], sep="\n")  # noqa: T201 - shown when a test fails
        if kind is None:
            assert tracebacks == self._bugs

    def node(self, name: str, **options: Any) -> None:
        """Set options of a node; call it before the node starts."""
        self._lab["nodes"][name] |= options
        self.write()

    def write(self, text: str | None = None) -> None:
        """Write the configuration, or something else in its place."""
        self.config.write_text(yaml.safe_dump(self._lab, allow_unicode=True) if text is None else text)

    def start(self, node: str, *, before: Sequence[str] = (), environment: Mapping[str, str] | None = None) -> Process:
        """Start a node's process; it is stopped with the lab."""
        process = self.processes[node] = Process(self.config, node, before=before, environment=environment)
        return process

    def journal(self, device: str) -> Path:
        """Where a scripted device writes what it reported."""
        return self._folder / f"{device}.journal"

    def reported(self, device: str) -> Reported:
        return reported(self.journal(device))

    def history(self) -> list[str]:
        """The history as JSON lines; empty while there is none."""
        out = io.StringIO()
        with suppress(NoHistory):  # or its tables are being made
            export(self._database, format=Format.JSONL, out=out)
        return out.getvalue().splitlines()

    def stored(self) -> int:
        """About how many readings and events are in the history, and quickly."""
        if not self._database.exists():
            return 0
        with suppress(OperationalError), reading_engine(self._database).connect() as connection:
            return count(connection, Wanted())
        return 0

    def held(self, device: str) -> Held:
        return held(self.history(), device)

    def until_stored(self, entries: int, within_s: float) -> float:
        """Wait until the history holds so many readings and events; how long it took, in seconds."""
        return until(lambda: self.stored() >= entries, within_s, f"{entries} entries in the history", every_s=0.5)

    def until_all_is_stored(self, device: str, within_s: float, owed: AbstractSet[Key] | None = None) -> Verdict:
        """Wait for what is owed (all that the device has reported so far, unless told otherwise), and judge."""
        if owed is None:
            owed = self.reported(device).keys()
        with suppress(AssertionError):  # the verdict says it better
            until(lambda: self._holds(device, owed), within_s, "all in the history", every_s=0.25)
        held = self.held(device)
        return judge(held, self.reported(device), owed)

    def _holds(self, device: str, owed: AbstractSet[Key]) -> bool:
        """Counting first is cheap: it leaves the processor to those who work."""
        return self.stored() >= len(owed) and owed <= self.held(device).keys()


def scripted(type_: str, node: str, journal: Path, **options: Any) -> dict[str, Any]:
    """A scripted device, as `config.yaml` describes it."""
    return {"type": type_, "node": node, "journal": str(journal), **options}
