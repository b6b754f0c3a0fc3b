"""The files that `config.yaml` names: relative to it, and there."""

import dataclasses
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from devices.options import NamesSecret
from hub.config import shape
from hub.config.document import Node as YamlNode
from hub.config.document import Path as YamlPath
from hub.config.partial import believed_device
from hub.config.problems import Problems, printable
from hub.config.validation import hint_at
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
    absolute: Lab = _absolute(lab, folder)
    return absolute


def _absolute(value: Any, folder: Path) -> Any:
    if isinstance(value, PurePath):
        return folder / value
    if isinstance(value, Mapping):
        return {key: _absolute(inner, folder) for key, inner in value.items()}
    if isinstance(value, tuple):
        return tuple(_absolute(inner, folder) for inner in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        options = shape.options_of(type(value))
        changed = {
            name: _absolute_option(getattr(value, name), option.hint, folder) for name, option in options.items()
        }
        return dataclasses.replace(value, **changed)
    return value


def _absolute_option(value: Any, hint: Any, folder: Path) -> Any:
    if isinstance(value, str) and _is_secret(hint):
        return value if names_credential(value) else str(folder / value)
    return _absolute(value, folder)


def _is_secret(hint: Any) -> bool:
    return any(isinstance(mark, NamesSecret) for member in shape.members(hint) for mark in shape.marks(member))


def names_credential(secret: str) -> bool:
    """Whether it is the name of a systemd credential (a word) and not a path (with a slash or a dot)."""
    return "/" not in secret and "." not in secret


@dataclass(frozen=True, slots=True)
class Named:
    """A path that is written in the file, and where it stands."""

    place: YamlPath
    written: str
    is_secret: bool = False


def check(root: YamlNode, problems: Problems, folder: Path, only: str | None) -> None:
    """Add every file that is not there and that the node `only` (without it: any node) needs."""
    for named in (*_of_the_lab(root, only), *_of_devices(root, only)):
        path = named.place
        file = folder / named.written
        is_there = os.path.isdir if path[-1] == "sysfs" else os.path.isfile
        if named.is_secret and names_credential(named.written):
            _check_credential(path, named.written, problems)
        elif not is_there(file):
            what = "folder" if path[-1] == "sysfs" else "file"
            found = f"found '{printable(named.written)}', but there is no such {what} ({printable(str(file))})"
            problems.add(path, f"{found}; allowed: a {what} that exists")
        elif not os.access(file, os.R_OK):
            problems.note(path, f"{printable(str(file))} is there, but you may not read it; may the service?")


def _check_credential(path: YamlPath, name: str, problems: Problems) -> None:
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if folder and not (Path(folder) / name).is_file():
        advice = f"a credential that the unit loads: LoadCredential={name}:FILE"
        problems.add(path, f"found '{printable(name)}', which systemd did not load; allowed: {advice}")


def _of_the_lab(root: YamlNode, only: str | None) -> Iterator[Named]:
    nodes = root.get("nodes")
    names = [name for name in nodes.children if only in {None, name}] if nodes else []
    needs_pages = only is None or any(ServiceName.WEB in services_of(root, str(name)) for name in names)
    places = [*OF_THE_BROKER, *(OF_THE_PAGES if needs_pages else ()), *(("nodes", name, "sysfs") for name in names)]
    for place in places:
        node = root.get(*place)
        if node is not None and isinstance(node.data, str):
            yield Named(place, node.data, is_secret=place[-1] == "password_file")


def _of_devices(root: YamlNode, only: str | None) -> Iterator[Named]:
    """The secrets that devices name."""
    devices = root.get("devices")
    for name, device in devices.children.items() if devices else ():
        node = device.get("node")
        is_needed = node is not None and (only is None or node.data == only)
        if not is_needed or (believed := believed_device(device)) is None:
            continue
        for path, leaf in device.leaves():
            if isinstance(leaf.data, str) and _is_secret(hint_at(believed.loaded.options, device, path)):
                yield Named(("devices", name, *path), leaf.data, is_secret=True)


def services_of(root: YamlNode, node: str) -> list[str]:
    """The services that the file gives to a node, whether the rest of it is valid or not."""
    services = root.get("nodes", node, "services")
    return [str(name) for name in services.data] if services and isinstance(services.data, list) else []
