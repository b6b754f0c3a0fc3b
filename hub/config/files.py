"""The files that `config.yaml` names: relative to it, and there."""

import dataclasses
import os
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePath
from typing import Any

from hub.config.document import Node as YamlNode
from hub.config.document import Path as YamlPath
from hub.config.problems import Problems, printable
from hub.lab import Lab, ServiceName

OF_THE_BROKER: tuple[YamlPath, ...] = (
    ("broker", "tls", "ca"),
    ("broker", "tls", "cert"),
    ("broker", "tls", "key"),
    ("broker", "password_file"),
)
OF_THE_PAGES: tuple[YamlPath, ...] = (("web", "tls", "cert"), ("web", "tls", "key"))


def with_absolute_paths(lab: Lab, folder: Path) -> Lab:
    """The lab with every relative path taken from the folder of `config.yaml`."""
    broker = lab.broker
    if broker.password_file and not names_credential(broker.password_file):
        broker = dataclasses.replace(broker, password_file=str(folder / broker.password_file))
    absolute: Lab = _absolute(dataclasses.replace(lab, broker=broker), folder)
    return absolute


def _absolute(value: Any, folder: Path) -> Any:
    if isinstance(value, PurePath):
        return folder / value
    if isinstance(value, Mapping):
        return {key: _absolute(inner, folder) for key, inner in value.items()}
    if isinstance(value, tuple):
        return tuple(_absolute(inner, folder) for inner in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = [field.name for field in dataclasses.fields(value) if field.init]
        return dataclasses.replace(value, **{name: _absolute(getattr(value, name), folder) for name in fields})
    return value


def names_credential(password_file: str) -> bool:
    """Whether it is the name of a systemd credential (a word) and not a path (with a slash or a dot)."""
    return "/" not in password_file and "." not in password_file


def check(root: YamlNode, problems: Problems, folder: Path, only: str | None) -> None:
    """Add every file that is not there and that the node `only` (without it: any node) needs."""
    for path, written in _named(root, only):
        file = folder / written
        is_there = os.path.isdir if path[-1] == "sysfs" else os.path.isfile
        if path[-1] == "password_file" and names_credential(written):
            _check_credential(path, written, problems)
        elif not is_there(file):
            what = "folder" if path[-1] == "sysfs" else "file"
            found = f"found '{printable(written)}', but there is no such {what} ({printable(str(file))})"
            problems.add(path, f"{found}; allowed: a {what} that exists")
        elif not os.access(file, os.R_OK):
            problems.note(path, f"{printable(str(file))} is there, but you may not read it; may the service?")


def _check_credential(path: YamlPath, name: str, problems: Problems) -> None:
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if folder and not (Path(folder) / name).is_file():
        advice = f"a credential that the unit loads: LoadCredential={name}:FILE"
        problems.add(path, f"found '{printable(name)}', which systemd did not load; allowed: {advice}")


def _named(root: YamlNode, only: str | None) -> Iterator[tuple[YamlPath, str]]:
    """The paths that are written in the file, with where they stand."""
    nodes = root.get("nodes")
    names = [name for name in nodes.children if only in {None, name}] if nodes else []
    needs_pages = only is None or any(ServiceName.WEB in services_of(root, str(name)) for name in names)
    places = [*OF_THE_BROKER, *(OF_THE_PAGES if needs_pages else ()), *(("nodes", name, "sysfs") for name in names)]
    for place in places:
        node = root.get(*place)
        if node is not None and isinstance(node.data, str):
            yield place, node.data


def services_of(root: YamlNode, node: str) -> list[str]:
    """The services that the file gives to a node, whether the rest of it is valid or not."""
    services = root.get("nodes", node, "services")
    return [str(name) for name in services.data] if services and isinstance(services.data, list) else []
