"""Badge readers against each other: a card is the same badge wherever the site's key is the same."""

from hub.config.document import Node as YamlNode
from hub.config.problems import Problems


def check(root: YamlNode, problems: Problems) -> None:
    """Note each reader that makes a key of its own although there are others with another key."""
    devices = root.get("devices")
    readers = {
        name: device
        for name, device in (devices.children.items() if devices else ())
        if (kind := device.get("type")) and kind.data == "badge-reader"
    }
    keyless = [name for name, device in readers.items() if device.get("key_file") is None]
    pis = {node.text for device in readers.values() if (node := device.get("node"))}
    if len(pis) > 1 or len(keyless) < len(readers):
        for name in keyless:
            text = "without key_file this Pi makes a key of its own, and a card is another badge here than elsewhere"
            problems.note(("devices", name), f"{text}: give all readers of the lab the same key, see docs/access.md")
