"""The whole `config.yaml`: each part against its model, then the parts against each other."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from devices import CATALOGUE
from devices.errors import BadConfig
from devices.options import Name
from hub.config import document, files, hardware, references, site_keys, trust
from hub.config.document import Node as YamlNode
from hub.config.document import Unreadable
from hub.config.partial import OF_EVERY_DEVICE
from hub.config.problems import Problem, Problems, described, listed, suggestion, unknown
from hub.config.validation import INVALID, validated
from hub.lab import Broker, DeviceEntry, Lab, Members, Node, Web

SECTIONS = ("site", "broker", "web", "members", "nodes", "devices")


@dataclass(frozen=True, slots=True)
class Examination:
    """What was found in one file; `lab` only when nothing is wrong."""

    lab: Lab | None
    problems: list[Problem]
    notes: list[Problem] = field(default_factory=list)

    def lab_or_raise(self) -> Lab:
        """The lab.

        Raises:
            BadConfig: something is wrong; a line for each.
        """
        if self.lab is None:
            raise BadConfig("\n".join(map(str, self.problems)))
        return self.lab


def examine(file: Path, *, node: str | None = None) -> Examination:
    """Read, validate and cross-check; it never raises. With `node`, files that only other nodes need may be missing."""
    problems = Problems(str(file))
    try:
        content = _content(file)
        _parse(content, problems)
    except Unreadable as error:
        problems.add((), str(error), line=error.line)
        return Examination(None, problems.in_order(notes=False))
    folder = file.absolute().parent
    lab = _Reader(problems.root, problems).lab(hashlib.sha256(content).hexdigest()[:16])
    hardware.check(problems.root, problems)
    files.check(problems.root, problems, folder, node)
    references.check(problems.root, problems)
    site_keys.check(problems.root, problems)
    trust.check(problems.root, problems)
    wrong, notes = problems.in_order(notes=False), problems.in_order(notes=True)
    return Examination(None if wrong else files.with_absolute_paths(lab, folder), wrong, notes)


def _content(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(document.BYTES_AT_MOST + 1)
    except OSError as error:
        is_missing = isinstance(error, FileNotFoundError)
        advice = "; name another file, or start from the example config.yaml" if is_missing else ""
        raise Unreadable(1, f"cannot be read: {error.strerror}{advice}") from None


def _parse(content: bytes, problems: Problems) -> None:
    """Put the tree into `problems`, and what is already wrong with it."""
    problems.root, duplicates = document.parsed(document.decoded(content))
    if not isinstance(problems.root.data, dict):
        found = "an empty file" if problems.root.data is None else described(problems.root)
        raise Unreadable(1, f"found {found}; allowed: the sections {listed(SECTIONS)}")
    for again in duplicates:
        text = f"found a second time, first on line {again.first_line}; allowed: once"
        problems.add(again.path, text, line=again.line)


@dataclass(frozen=True, slots=True)
class _Reader:
    root: YamlNode
    problems: Problems

    def lab(self, fingerprint: str) -> Lab:
        """What could be read of each part; where something is missing, a problem says so."""
        for key in self.root.children:
            if key not in SECTIONS:
                self.problems.add((key,), unknown("section", str(key), SECTIONS))
        return Lab(
            site=self._required("site", Name, ""),
            broker=self._optional("broker", Broker),
            web=self._optional("web", Web),
            nodes=self._nodes(),
            devices=self._devices(),
            fingerprint=fingerprint,
            members=self._optional("members", Members),
        )

    def _required(self, key: str, hint: Any, otherwise: Any) -> Any:
        if (node := self.root.get(key)) is None:
            self.problems.add((key,), f"found nothing; allowed: a name, such as {key}: alco")
            return otherwise
        value = validated(hint, node, (key,), self.problems)
        return otherwise if value is INVALID else value

    def _optional(self, key: str, hint: type[Any]) -> Any:
        if (node := self.root.get(key)) is None:
            return hint()
        value = validated(hint, node, (key,), self.problems)
        return hint() if value is INVALID else value

    def _entries(self, section: str) -> Mapping[str, YamlNode]:
        node = self.root.get(section)
        if node is None or not isinstance(node.data, dict) or not node.data:
            found = described(node) if node and not isinstance(node.data, dict) else "nothing"
            self.problems.add((section,), f"found {found}; allowed: a mapping (name: …) with at least one entry")
            return {}
        for name in node.children:
            validated(Name, YamlNode(node.line, name, str(name)), (section, name), self.problems)
        return {str(name): child for name, child in node.children.items()}

    def _nodes(self) -> Mapping[str, Node]:
        nodes = {
            name: validated(Node, node, ("nodes", name), self.problems) for name, node in self._entries("nodes").items()
        }
        return {name: node for name, node in nodes.items() if node is not INVALID}

    def _devices(self) -> Mapping[str, DeviceEntry]:
        devices = {name: self._device(name, node) for name, node in self._entries("devices").items()}
        return {name: device for name, device in devices.items() if device is not None}

    def _device(self, name: str, node: YamlNode) -> DeviceEntry | None:
        path = ("devices", name)
        if not isinstance(node.data, dict):
            self.problems.add(path, f"found {described(node)}; allowed: a mapping with type, node and its options")
            return None
        for key, known in (("type", CATALOGUE), ("node", self._node_names())):
            self._check_choice(node, name, key, known)
        if (device_type := CATALOGUE.get(str(node.data.get("type")))) is None:
            return None
        children = {key: child for key, child in node.children.items() if key not in OF_EVERY_DEVICE}
        own = YamlNode(node.line, {str(key): child.data for key, child in children.items()}, children=children)
        options = validated(device_type.load().options, own, path, self.problems)
        if options is INVALID:
            return None
        return DeviceEntry(name, str(node.data["type"]), str(node.data.get("node")), options)

    def _node_names(self) -> list[str]:
        nodes = self.root.get("nodes")
        return [str(name) for name in nodes.children] if nodes and isinstance(nodes.data, dict) else []

    def _check_choice(self, device: YamlNode, name: str, key: str, known: Any) -> None:
        path = ("devices", name, key)
        written = device.get(key)
        if written is None:
            misspelt = next((str(other) for other in device.children if suggestion(str(other), [key])), None)
            hint = f"; did you mean {key} instead of {misspelt}?" if misspelt else ""
            self.problems.add(path, f"found nothing; allowed: {listed(known)}{hint}")
        elif written.data not in list(known):
            found = unknown(key, written.text, known) if written.text else f"found {described(written)}"
            self.problems.add(path, found if written.text else f"{found}; allowed: {listed(known)}")
