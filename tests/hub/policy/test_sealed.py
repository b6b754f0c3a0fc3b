import json
import struct
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from devices.policy.policy import Policy
from hub.policy.encoding import encode
from hub.policy.sealed import PAYLOAD_MOST, SIGNATURE_BYTES, SIGNED, BadPolicy, seal
from tests.hub.policy.policies import AMINATA, BADGE, NODE, POLICY, SITE, Keys, policies

KEYS = Keys()
PAYLOAD = KEYS.seal(POLICY)


@given(policies())
def test_a_node_reads_what_the_hub_has_sealed_for_it_and_knows_who_signed(policy: Policy) -> None:
    opened = KEYS.open(KEYS.seal(policy), site=policy.site, node=policy.node)
    assert opened == replace(policy, signer=KEYS.signer)


def test_nobody_else_reads_more_than_for_whom_it_is() -> None:
    assert f'"node":"{NODE}","site":"{SITE}","version":7'.encode() in PAYLOAD
    for secret in (bytes.fromhex(BADGE), bytes.fromhex(AMINATA), b"laser", b"trainer", encode(POLICY)[4:40]):
        assert secret not in PAYLOAD


def test_the_same_policy_looks_different_each_time_so_that_nobody_sees_that_nothing_changed() -> None:
    assert KEYS.seal(POLICY)[60:] != KEYS.seal(POLICY)[60:]


@given(st.integers(0, len(PAYLOAD) - 1), st.integers(0, 7))
def test_one_bit_that_differs_makes_it_bad(place: int, bit: int) -> None:
    altered = bytearray(PAYLOAD)
    altered[place] ^= 1 << bit
    with pytest.raises(BadPolicy):
        KEYS.open(bytes(altered))


@given(st.integers(0, len(PAYLOAD) - 1))
def test_cut_off_anywhere_it_is_bad(length: int) -> None:
    with pytest.raises(BadPolicy):
        KEYS.open(PAYLOAD[:length])


@given(st.binary(max_size=400))
def test_any_bytes_are_bad(payload: bytes) -> None:
    with pytest.raises(BadPolicy):
        KEYS.open(payload)


def _signed(signed: bytes) -> bytes:
    return signed + KEYS.hub.sign(SIGNED + signed)


@given(st.binary(max_size=400))
def test_any_bytes_are_bad_even_if_the_hub_has_signed_them(signed: bytes) -> None:
    with pytest.raises(BadPolicy):
        KEYS.open(_signed(signed))


@given(st.binary(max_size=200))
def test_any_bytes_behind_a_good_header_are_bad_even_if_the_hub_has_signed_them(rest: bytes) -> None:
    header = json.dumps({"format": 1, "node": NODE, "site": SITE, "version": 7}).encode()
    with pytest.raises(BadPolicy):
        KEYS.open(_signed(struct.pack(">H", len(header)) + header + rest))


def test_signed_by_somebody_else_it_is_refused_with_what_to_compare() -> None:
    forged = seal(POLICY, signing_key=Ed25519PrivateKey.generate(), node_key=KEYS.node_public)
    with pytest.raises(BadPolicy, match=r"members\.signing_key"):
        KEYS.open(forged)


def test_unsigned_it_is_refused() -> None:
    with pytest.raises(BadPolicy, match="signed"):
        KEYS.open(PAYLOAD[:-SIGNATURE_BYTES] + bytes(SIGNATURE_BYTES))


def test_a_signature_of_the_hub_for_something_else_does_not_fit() -> None:
    with pytest.raises(BadPolicy, match="signed"):
        KEYS.open(PAYLOAD[:-SIGNATURE_BYTES] + KEYS.hub.sign(PAYLOAD[:-SIGNATURE_BYTES]))


@pytest.mark.parametrize(
    ("policy", "whose"),
    [(replace(POLICY, site="other"), "entrance of other"), (replace(POLICY, node="workshop"), "workshop of alco")],
    ids=["another site's", "another node's"],
)
def test_what_is_for_somebody_else_is_refused_though_it_is_signed(policy: Policy, whose: str) -> None:
    with pytest.raises(BadPolicy, match=whose):
        KEYS.open(KEYS.seal(policy))


def test_another_header_before_what_was_sealed_is_refused_though_both_are_signed() -> None:
    """Whoever could make the hub sign a header of their own would still not move a policy to another node."""
    other = KEYS.seal(replace(POLICY, node="workshop"))
    moved = other[:-SIGNATURE_BYTES].replace(b'"node":"workshop"', b'"node":"entrance"')
    with pytest.raises(BadPolicy, match="sealed for another key"):
        KEYS.open(_signed(moved))


def test_sealed_for_another_key_the_message_says_which_one_is_right() -> None:
    sealed = seal(POLICY, signing_key=KEYS.hub, node_key=Keys().node_public)
    with pytest.raises(BadPolicy, match=KEYS.node_public.hex()):
        KEYS.open(sealed)


def test_a_format_of_another_release_is_said() -> None:
    header = json.dumps({"format": 2, "node": NODE, "site": SITE, "version": 7}).encode()
    with pytest.raises(BadPolicy, match="update this Pi"):
        KEYS.open(_signed(struct.pack(">H", len(header)) + header + bytes(100)))


def test_nothing_larger_than_the_broker_takes_is_looked_at() -> None:
    with pytest.raises(BadPolicy, match="larger"):
        KEYS.open(bytes(PAYLOAD_MOST + 1))


@pytest.mark.parametrize("key", [b"", bytes(31), bytes(32)], ids=["none", "too short", "of low order"])
def test_the_hub_seals_for_no_key_that_is_none(key: bytes) -> None:
    with pytest.raises(BadPolicy, match=r"nodes\.entrance\.policy_key"):
        seal(POLICY, signing_key=KEYS.hub, node_key=key)
