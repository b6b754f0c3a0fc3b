"""ALCOLAB's side: a lab with one garden node, its sensors in a tree of the shape of /sys, run as on a Pi."""

import json
import sys
from pathlib import Path

GARDEN, HUB, BED = "garden", "hub", "vegetable-patch"
READINGS = "alcolab/alco/+/reading/+"
STORED = f"alcolab/alco/node/{GARDEN}/stored"
ALCOLAB = Path(sys.executable).with_name("alcolab")
CHANNELS_PER_CHIP = 4
"""As an ADS1115 has, the converter behind most soil probes."""


def configure(
    folder: Path, port: int, *, sensors: int, every_s: float = 1.0, history: bool = False, web: int | None = None
) -> Path:
    """Write `config.yaml` and the sensors' files.

    `history` adds a hub that stores and acknowledges; with `web`, a port, the node itself stores, and serves pages.
    """
    bed = {f"sensor-{n}": _sensor(folder / "sys", n, every_s) for n in range(sensors)}
    lab = {
        "site": "alco",
        "broker": {"host": "127.0.0.1", "port": port},
        **({"web": {"host": "127.0.0.1", "port": web}} if web else {}),
        "nodes": {
            GARDEN: {
                "board": "pi",
                "sysfs": str(folder / "sys"),
                **({"services": ["history", "web"]} if web else {}),
            },
            **({HUB: {"services": ["history"]}} if history else {}),
        },
        "devices": {BED: {"type": "garden", "node": GARDEN, "sensors": bed}},
    }
    config = folder / "config.yaml"
    config.write_text(json.dumps(lab))  # JSON is YAML
    return config


def node(config: Path, name: str = GARDEN) -> list[str | Path]:
    """The command that a technician's unit runs on that Pi."""
    return [ALCOLAB, "run", "--config", config, "--node", name]


def state(folder: Path, name: str = GARDEN) -> dict[str, str]:
    """The environment that gives a node a state folder of its own."""
    place = folder / f"state-{name}"
    place.mkdir(exist_ok=True)
    return {"STATE_DIRECTORY": str(place)}


def _sensor(sysfs: Path, n: int, every_s: float) -> dict[str, object]:
    number, channel = divmod(n, CHANNELS_PER_CHIP)
    chip, attribute = f"adc-{number}", f"in_voltage{channel}_raw"
    files = sysfs / "bus/iio/devices" / f"iio:device{number}"
    files.mkdir(parents=True, exist_ok=True)
    (files / "name").write_text(f"{chip}\n")
    (files / attribute).write_text(f"{12_000 + n}\n")
    return {"type": "iio", "name": chip, "attribute": attribute, "scale": 0.000125, "unit": "V", "every": every_s}
