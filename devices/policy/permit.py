"""A permit: one order from a page to one device, signed by the hub, good once and for a few seconds.

Whoever can publish on MQTT can ask a door to open; only the hub can sign. A permit says for which device and action
it is, so that it moves nothing else, and how long it lives, so that one that was overheard is worth nothing later.
Nobody tells a fresh permit from an old one without knowing the time, so a node whose clock is not trusted takes none:
badges still open its doors.
"""

import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

from devices.board.clock import Moment, rfc3339
from devices.errors import Refused
from devices.options import STRICT, About, Name, Within

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

PURPOSE = b"alcolab permit 1\n"
"""Stands before what is signed, so that no signature of the hub under something else, such as a policy, fits here."""
LIFETIME_MOST = timedelta(seconds=10)
AHEAD_MOST = timedelta(seconds=2)
"""How far the clocks of hub and node may be apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit:
    """What the command to a door or machine carries, beside the command's own deadline.

    Raises:
        ValueError: a time has no offset.
    """

    __pydantic_config__ = STRICT
    device: Annotated[Name, About("The device that is meant.")]
    action: Annotated[Name, About("What it may do.")]
    issued: Annotated[datetime, About("When the hub signed it, RFC 3339.")]
    until: Annotated[datetime, About("Until when it is good: at most ten seconds later.")]
    nonce: Annotated[str, Within(pattern=r"^[0-9a-f]{32}$"), About("32 hex digits that no other permit has.")]
    by: Annotated[str, Within(pattern=r"^[0-9a-f]{16}$"), About("Who asked for it: a pseudonym.")]
    detail: Annotated[str | None, Within(pattern=r"^.{0,200}$"), About("What else the action needs.")] = None
    signature: Annotated[str, Within(pattern=r"^[0-9a-f]{128}$"), About("Ed25519, by the hub, 128 hex digits.")]

    def __post_init__(self) -> None:
        if self.issued.tzinfo is None or self.until.tzinfo is None:
            raise ValueError("a time has no offset from UTC: write it as 2026-03-01T08:15:30.000Z")

    def arguments(self) -> Mapping[str, str | None]:
        """As the arguments of a command, JSON."""
        return {**_content(self), "signature": self.signature}

    def check(self, signer: bytes, device: str, action: str, now: Moment) -> None:
        """Find it good for this device and action, now. `signer`: the hub's Ed25519 public key, 32 bytes.

        Raises:
            Refused: it is not; the message says why.
        """
        if not now.trusted:
            raise Refused(
                "this Pi does not know the time yet, so it cannot tell a new order from an old one: use a badge"
            )
        if not _signed_by(signer, self):
            raise Refused("the permit is not signed by the hub")
        if (self.device, self.action) != (device, action):
            raise Refused(f"the permit is for {self.action} at {self.device}")
        if not timedelta() < self.until - self.issued <= LIFETIME_MOST:
            raise Refused(f"the permit lives longer than {LIFETIME_MOST.seconds} s")
        if self.until <= now.utc:
            raise Refused(f"the permit expired at {rfc3339(self.until.astimezone(UTC))}, it is {now.rfc3339()} here")
        if self.issued > now.utc + AHEAD_MOST:
            raise Refused(f"the permit comes from the future: it is {now.rfc3339()} here; check the clocks of both Pis")


def sign_permit(
    key: "Ed25519PrivateKey",
    *,
    device: str,
    action: str,
    by: str,
    now: datetime,
    detail: str | None = None,
    lifetime: timedelta = LIFETIME_MOST,
) -> Permit:
    """A new permit, on the hub. `by` is a pseudonym, 16 hex digits; `now` is UTC and aware."""
    issued = now.replace(microsecond=now.microsecond // 1000 * 1000)
    unsigned = Permit(
        device=device,
        action=action,
        issued=issued,
        until=issued + lifetime,
        nonce=secrets.token_hex(16),
        by=by,
        detail=detail,
        signature="",
    )
    return replace(unsigned, signature=key.sign(_signed_text(unsigned)).hex())


class Permits:
    """The permits that one device has taken, so that none counts twice.

    Those that have expired are forgotten, and none that is as old as they are is taken ever after, even if the clock
    should be set back; nor is any from before this was made, for of those nobody here remembers which were used.
    """

    def __init__(self, device: str) -> None:
        self._device = device
        self._since_s = time.monotonic()
        self._used: dict[str, Permit] = {}
        self._issued_after = datetime.min.replace(tzinfo=UTC)

    def take(self, permit: Permit, action: str, signer: bytes, now: Moment) -> None:
        """Use a permit up.

        Raises:
            Refused: it is not good here and now, or no longer; the message says why.
        """
        permit.check(signer, self._device, action, now)
        self._forget_expired(now)
        if permit.nonce in self._used:
            raise Refused("the permit was used already: each is good once")
        if permit.issued <= self._issued_after:
            raise Refused("the permit is older than others that have expired here: try again")
        if permit.issued < now.utc - timedelta(seconds=time.monotonic() - self._since_s):
            raise Refused(f"the permit was made before {self._device} was ready: try again")
        self._used[permit.nonce] = permit

    def _forget_expired(self, now: Moment) -> None:
        for nonce, permit in tuple(self._used.items()):
            if permit.until <= now.utc:
                self._issued_after = max(self._issued_after, permit.issued)
                del self._used[nonce]


def _content(permit: Permit) -> dict[str, str | None]:
    return {
        "device": permit.device,
        "action": permit.action,
        "issued": rfc3339(permit.issued.astimezone(UTC)),
        "until": rfc3339(permit.until.astimezone(UTC)),
        "nonce": permit.nonce,
        "by": permit.by,
        "detail": permit.detail,
    }


def _signed_text(permit: Permit) -> bytes:
    """One text for one permit: JSON with sorted keys and no spaces, times in UTC with milliseconds."""
    return PURPOSE + json.dumps(_content(permit), sort_keys=True, separators=(",", ":")).encode("ascii")


def _signed_by(signer: bytes, permit: Permit) -> bool:
    from cryptography.exceptions import InvalidSignature  # a node without members never pays
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(signer).verify(bytes.fromhex(permit.signature), _signed_text(permit))
    except (InvalidSignature, ValueError):
        return False
    return True
