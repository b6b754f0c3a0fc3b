"""The parts of the lab against each other: names, services, and what must never stand in the file.

All of it looks at the file itself and not at the models, so that it is found even where a model fails.
"""

import re
from collections.abc import Mapping, Sequence

from hub.config.document import Node as YamlNode
from hub.config.document import Path
from hub.config.files import services_of
from hub.config.partial import believed_device
from hub.config.problems import Problems, printable, unknown
from hub.lab import ServiceName

SECRET_KEY = re.compile(r"(?:^|[-_])(?:pass(?:word|wd|phrase)?|pwd|secret|token|api[-_]?key)$", re.IGNORECASE)
ONCE_IN_A_LAB = (ServiceName.BROKER, ServiceName.HISTORY, ServiceName.MEMBERS)


def check(root: YamlNode, problems: Problems) -> None:
    """Add whatever does not fit together."""
    _no_secrets(root, problems)
    if root.get("devices", "node") is not None:
        problems.add(("devices", "node"), "found a device called node; allowed: any other name (MQTT topics need it)")
    _services(root, problems)
    _heard_devices(root, problems)


def _no_secrets(root: YamlNode, problems: Problems) -> None:
    for path, _ in root.leaves():
        if path and isinstance(path[-1], str) and SECRET_KEY.search(path[-1]):
            advice = "keep it in a file that only ALCOLAB can read, or in a systemd credential, and name that"
            problems.replace(path, f"found a secret; allowed: none in this file: {advice}, as in password_file: …")


def _services(root: YamlNode, problems: Problems) -> None:
    nodes = root.get("nodes")
    where: Mapping[str, Sequence[str]] = {
        service: [str(name) for name in nodes.children if service in services_of(root, str(name))] if nodes else []
        for service in ServiceName
    }
    for service in ONCE_IN_A_LAB:
        for extra in where[service][1:]:
            text = f"found {service} here and on {where[service][0]}; allowed: on one node of the lab"
            problems.add(("nodes", extra, "services"), text)
    _unserved(root, where, problems)


def _unserved(root: YamlNode, where: Mapping[str, Sequence[str]], problems: Problems) -> None:
    """Sections for a service that runs nowhere: legal, and rarely meant."""
    host = root.get("broker", "host")
    if host and root.get("nodes", str(host.data).partition(".")[0]) and not where[ServiceName.BROKER]:
        problems.note(("broker", "host"), "this is a node of the lab, but no node has the service broker")
    if root.get("web") and not where[ServiceName.WEB]:
        problems.note(("web",), "no node has the service web: nothing will serve the pages")


def _heard_devices(root: YamlNode, problems: Problems) -> None:
    devices = root.get("devices")
    for name, device in devices.children.items() if devices else ():
        if (believed := believed_device(device)) is None:
            continue
        others = [str(other) for other in devices.children if other != name] if devices else []
        for heard in believed.hears():
            if heard not in others:
                problems.add(_where(name, device, heard), unknown("device", heard, others))
        for beside, types in believed.beside().items():
            if beside in others:
                _beside(root, problems, str(name), beside, types)


def _beside(root: YamlNode, problems: Problems, name: str, beside: str, types: Sequence[str]) -> None:
    """What must be at the same Pi is there, and is what it should be."""
    device = root.nearest(("devices", name))
    kind = root.get("devices", beside, "type")
    if kind and kind.text not in types:
        text = f"found {printable(beside)}, which is a {printable(kind.text)}; allowed: a {' or '.join(types)}"
        problems.add(_where(name, device, beside), text)
        return
    here, there = device.get("node"), root.get("devices", beside, "node")
    if here and there and here.data != there.data:
        text = f"found {printable(beside)}, which is at {printable(there.text)}; allowed: one at the same Pi"
        problems.add(_where(name, device, beside), text)


def _where(name: str | int, device: YamlNode, written: str) -> Path:
    """Where a device names another."""
    inside = next((path for path, leaf in device.leaves() if leaf.data == written), ())
    return ("devices", name, *inside)
