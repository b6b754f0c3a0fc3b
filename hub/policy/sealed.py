"""A policy in an envelope: signed by the hub, readable by one node alone.

    length of the header (2 bytes, big-endian) | header: JSON, in clear | policy, sealed
    | Ed25519 signature over all before (64 bytes)

Sealed is by HPKE (RFC 9180) in base mode: an ephemeral X25519 key for each policy, HKDF-SHA256, ChaCha20-Poly1305; the
header is its `info`, so that neither fits another. Signed is by Ed25519 (RFC 8032).
"""

import json
import struct
from dataclasses import replace
from typing import Any

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from devices.policy.policy import Policy
from hub.policy.encoding import BadPolicy, decode, encode

__all__ = ["PAYLOAD_MOST", "BadPolicy", "open_sealed", "seal"]

FORMAT = 1
SIGNED = b"alcolab policy 1\0"
"""Stands before what is signed: no signature for anything else ever fits a policy, nor the reverse."""
SEALED = b"alcolab policy 1 seal\0"
"""The same for what is sealed."""
SIGNATURE_BYTES = 64
PAYLOAD_MOST = 4 * 1024 * 1024 - 1024
"""As much as the lab's broker takes in one packet, with its topic."""
LENGTH = struct.Struct(">H")
SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)


def seal(policy: Policy, *, signing_key: Ed25519PrivateKey, node_key: bytes) -> bytes:
    """The policy for the node with this X25519 public key (32 bytes).

    Raises:
        BadPolicy: it contradicts itself, is larger than the broker would carry, or the node's key is none.
    """
    header, content = _header(policy), encode(policy)
    try:
        body = SUITE.encrypt(content, X25519PublicKey.from_public_bytes(node_key), SEALED + header)
    except ValueError as error:
        raise BadPolicy(f"nodes.{policy.node}.policy_key is not a key: copy it from `alcolab keys` there") from error
    sealed = LENGTH.pack(len(header)) + header + body
    if len(sealed) + SIGNATURE_BYTES > PAYLOAD_MOST:
        raise BadPolicy(f"the policy of {policy.node} is too large for the broker: {len(sealed):,} bytes")
    return sealed + signing_key.sign(SIGNED + sealed)


def open_sealed(payload: bytes, *, site: str, node: str, signer: bytes, private_key: X25519PrivateKey) -> Policy:
    """The policy, found good; `signer` is the hub's Ed25519 public key (32 bytes).

    Nothing is read of what the hub has not signed.

    Raises:
        BadPolicy: unsigned, altered, of another site, node, key or format; whatever the bytes are.
    """
    signed = _verified(payload, signer)
    header, body = _split(signed)
    said = _read_header(header)
    if (said.get("site"), said.get("node")) != (site, node):
        raise BadPolicy(f"it is for {said.get('node')} of {said.get('site')}, not for {node} of {site}")
    policy = decode(_unsealed(body, header, private_key))
    if _header(policy) != header:
        raise BadPolicy("it is not for whom its header says")
    return replace(policy, signer=signer)


def _header(policy: Policy) -> bytes:
    said = {"format": FORMAT, "node": policy.node, "site": policy.site, "version": policy.version}
    return json.dumps(said, separators=(",", ":"), sort_keys=True).encode()


def _verified(payload: bytes, signer: bytes) -> bytes:
    signed, signature = payload[:-SIGNATURE_BYTES], payload[-SIGNATURE_BYTES:]
    if len(payload) > PAYLOAD_MOST:
        raise BadPolicy(f"it is larger than any policy: {len(payload):,} bytes")
    try:
        Ed25519PublicKey.from_public_bytes(signer).verify(signature, SIGNED + signed)
    except (InvalidSignature, ValueError):
        raise BadPolicy(
            "it was not signed with this lab's key: compare members.signing_key with `alcolab keys` on the hub"
        ) from None
    return signed


def _split(signed: bytes) -> tuple[bytes, bytes]:
    if len(signed) < LENGTH.size:
        raise BadPolicy("it is cut off")
    (length,) = LENGTH.unpack_from(signed)
    return signed[LENGTH.size : LENGTH.size + length], signed[LENGTH.size + length :]


def _read_header(header: bytes) -> dict[str, Any]:
    try:
        said = json.loads(header)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict) or said.get("format") != FORMAT:
        raise BadPolicy("it has a format that this release of alcolab does not know: update this Pi")
    return said


def _unsealed(body: bytes, header: bytes, private_key: X25519PrivateKey) -> bytes:
    try:
        return SUITE.decrypt(body, private_key, SEALED + header)
    except (InvalidTag, ValueError):
        own = private_key.public_key().public_bytes_raw().hex()
        raise BadPolicy(
            f"it is sealed for another key: this Pi's, for its policy_key in config.yaml, is {own}"
        ) from None
