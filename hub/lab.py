"""The whole lab as `config.yaml` describes it: frozen dataclasses, the options of everything that is not a device."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from devices import CATALOGUE
from devices.options import STRICT, About, Bytes, PortNumber, Seconds, SecretFile, Within


class BoardKind(StrEnum):
    PI = "pi"
    SIMULATED = "simulated"


class ServiceName(StrEnum):
    BROKER = "broker"
    HISTORY = "history"
    MEMBERS = "members"
    WEB = "web"


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerTls:
    """Encryption to the broker; `cert` and `key` where the broker asks each client for a certificate."""

    __pydantic_config__ = STRICT
    ca: Annotated[Path, About("File of the certificate authority that signed the broker's certificate.")]
    cert: Annotated[Path | None, About("File of this client's certificate.")] = None
    key: Annotated[Path | None, About("File of this client's private key.")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """Where the MQTT broker is and how to get in."""

    __pydantic_config__ = STRICT
    host: Annotated[str, About("Name or address of the broker.")] = "localhost"
    port: Annotated[PortNumber | None, About("Its port; 1883, or 8883 with tls.")] = None
    tls: Annotated[BrokerTls | None, About("Encryption and client certificates.")] = None
    username: Annotated[str | None, About("Name to log in with.")] = None
    password_file: Annotated[
        SecretFile | None,
        About("File that holds the password, or the name of a systemd credential; never the password itself."),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WebTls:
    """The pages' certificate."""

    __pydantic_config__ = STRICT
    cert: Annotated[Path, About("File of the certificate chain.")]
    key: Annotated[Path, About("File of the private key.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Web:
    """Where the pages are served."""

    __pydantic_config__ = STRICT
    host: Annotated[str, About("Address to listen on; 0.0.0.0 for the whole network.")] = "127.0.0.1"
    port: Annotated[PortNumber, About("Port to listen on; if taken, the next free one, which is printed.")] = 8080
    tls: Annotated[WebTls | None, About("Serve over TLS.")] = None


PublicKey = Annotated[str, Within(pattern=r"^[0-9a-f]{64}$")]
"""32 bytes in hex: anybody may know it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Members:
    """Whom the nodes believe when it is about members."""

    __pydantic_config__ = STRICT
    signing_key: Annotated[
        PublicKey | None, About("The hub's public key (`alcolab keys` prints it there): its policies count, no others.")
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbox:
    """How much a node keeps for a broker or a history that is away."""

    __pydantic_config__ = STRICT
    size: Annotated[Bytes, About("Room for unacknowledged readings and events; beyond it the oldest readings go.")] = (
        100_000_000
    )
    age: Annotated[Seconds, About("Unacknowledged readings older than this go.")] = 30 * 86400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One Pi: what it runs besides its devices, and how its hardware is reached."""

    __pydantic_config__ = STRICT
    board: Annotated[BoardKind, About("The real Pi, or simulated hardware.")] = BoardKind.PI
    services: Annotated[tuple[ServiceName, ...], About("What runs here above the devices.")] = ()
    sysfs: Annotated[Path, About("Another tree than /sys to read sensors from.")] = Path("/sys")
    outbox: Annotated[Outbox, About("How much is kept for a broker or history that is away.")] = field(
        default_factory=Outbox
    )
    policy_key: Annotated[
        PublicKey | None, About("This Pi's public key (`alcolab keys` prints it there): its policy is sealed with it.")
    ] = None


@dataclass(frozen=True, slots=True)
class DeviceEntry:
    """One device of the lab: where it stands, and its type's own options (`Device.options`)."""

    name: str
    type: str
    node: str
    options: Any


@dataclass(frozen=True, slots=True)
class Lab:
    """Everything that `config.yaml` says, validated."""

    site: str
    broker: Broker
    web: Web
    nodes: Mapping[str, Node]
    devices: Mapping[str, DeviceEntry]
    fingerprint: str
    """Hash of the file's text, so that two Pis can be seen to run the same configuration."""
    members: Members = field(default_factory=Members)

    def devices_of(self, node: str) -> Mapping[str, DeviceEntry]:
        """The devices that stand at one node."""
        return {name: device for name, device in self.devices.items() if device.node == node}

    def nodes_with(self, service: ServiceName) -> tuple[str, ...]:
        """The nodes that run a service."""
        return tuple(name for name, node in self.nodes.items() if service in node.services)

    def needs_policy(self, node: str) -> bool:
        """Whether anything stands at this node that decides about badges."""
        return any(CATALOGUE[entry.type].load().needs_policy for entry in self.devices_of(node).values())

    @property
    def keeps_history(self) -> bool:
        """Whether any node acknowledges readings end to end; without one, the broker's PUBACK serves."""
        return bool(self.nodes_with(ServiceName.HISTORY))
