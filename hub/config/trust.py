"""Doors and machines against the members: each needs somebody who says who may, and keys by which to believe it."""

from hub.config.document import Node as YamlNode
from hub.config.files import services_of
from hub.config.partial import believed_device
from hub.config.problems import Problems
from hub.lab import ServiceName


def check(root: YamlNode, problems: Problems) -> None:
    """Note what is missing so that doors and machines open to anybody at all."""
    places = (device.get("node") for device in _needing(root))
    nodes = sorted({str(place.data) for place in places if place is not None})
    if not nodes:
        return
    known = root.get("nodes")
    served = known is not None and any(ServiceName.MEMBERS in services_of(root, str(name)) for name in known.children)
    if not served:
        text = "doors and machines open to nobody: no node has the service members, which says who may"
        problems.note(("nodes",), text)
        return
    if root.get("members", "signing_key") is None:
        text = (
            "doors and machines open to nobody until members.signing_key is here: `alcolab keys` prints it on the hub"
        )
        problems.note(("members",), text)
    for node in nodes:
        if root.get("nodes", node) is not None and root.get("nodes", node, "policy_key") is None:
            text = "its doors and machines open to nobody until policy_key is here: `alcolab keys` prints it on that Pi"
            problems.note(("nodes", node), text)


def _needing(root: YamlNode) -> list[YamlNode]:
    devices = root.get("devices")
    return [
        device
        for device in (devices.children.values() if devices else ())
        if (believed := believed_device(device)) is not None and believed.loaded.needs_policy
    ]
