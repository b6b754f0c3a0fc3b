"""One piece of hardware on one Pi has one user: lines, serial ports and whatever else devices claim."""

from collections.abc import Iterator
from dataclasses import dataclass

from devices.board.board import Claim
from hub.config.document import Node as YamlNode
from hub.config.document import Path
from hub.config.partial import believed_device
from hub.config.problems import Problems, dotted, printable

WORDS = {"line": "GPIO line", "serial": "serial port", "input": "input device"}


@dataclass(frozen=True, slots=True)
class Use:
    """A claim, and where in the file it is made."""

    claim: Claim
    path: Path


def check(root: YamlNode, problems: Problems) -> None:
    """Add every clash, also where devices or nodes are not valid as a whole."""
    users: dict[tuple[str, str, str], Use] = {}
    for node, use in _uses(root):
        claim = use.claim
        first = users.setdefault((node, claim.kind, claim.name), use)
        if first is use or (claim.shared_as is not None and claim.shared_as == first.claim.shared_as):
            continue
        what = f"{WORDS.get(claim.kind, claim.kind)} {printable(claim.name)} on {printable(node)}"
        where = f"{dotted(first.path)} (line {root.nearest(first.path).line})"
        problems.add(use.path, f"found {what}, which {where} uses already; allowed: one user")


def _uses(root: YamlNode) -> Iterator[tuple[str, Use]]:
    devices = root.get("devices")
    for name, device in devices.children.items() if devices else ():
        if (believed := believed_device(device)) is None or device.get("node") is None:
            continue
        places = _Places(("devices", name), device)
        for claim in believed.claims():
            yield str(device.data.get("node")), Use(claim, places.of(claim.name))


class _Places:
    """Where in the file a claimed name is written; each place is used once."""

    def __init__(self, path: Path, device: YamlNode) -> None:
        self._path = path
        self._leaves = [(inner, leaf.data) for inner, leaf in device.leaves() if inner != ("node",)]

    def of(self, name: str) -> Path:
        for leaf in self._leaves:
            if leaf[1] == name:
                self._leaves.remove(leaf)
                return (*self._path, *leaf[0])
        return self._path
