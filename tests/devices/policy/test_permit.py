"""A permit: good for one device and action, once, for seconds, and only from the hub."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from devices.board.clock import Moment
from devices.device import Command
from devices.errors import Refused
from devices.policy import permit as module
from devices.policy.permit import PURPOSE, Permit, Permits, sign_permit
from hub.mqtt.messages import decode_command, encode_command

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
SIGNER = KEY.public_key().public_bytes_raw()
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
NOW = Moment(NOON)
ADA = "a1b2c3d4e5f60718"


def later(seconds: float) -> Moment:
    return Moment(NOON + timedelta(seconds=seconds))


def signed(**changes: str) -> Permit:
    return sign_permit(KEY, **{"device": "front-door", "action": "unlock", "by": ADA, "now": NOON, **changes})  # type: ignore[arg-type] # a test's own changes


@pytest.fixture
def permits() -> Permits:
    """Of a door that has been there for an hour."""
    door = Permits("front-door")
    door._since_s -= 3600
    return door


def test_what_the_hub_signed_is_good_here_and_now() -> None:
    signed().check(SIGNER, "front-door", "unlock", later(1))


def test_it_goes_through_json_and_is_still_good() -> None:
    sent = signed(detail="nozzle")
    received = TypeAdapter(Permit).validate_python(json.loads(json.dumps(sent.arguments())))
    received.check(SIGNER, "front-door", "unlock", later(9.9))
    assert received == sent


def test_it_shares_no_field_with_the_command_that_carries_it() -> None:
    sent = Command("front-door", "unlock", signed().arguments(), "c1", later(5))
    received = decode_command("front-door", "unlock", encode_command(sent))
    assert dict(received.arguments) == dict(sent.arguments)


@pytest.mark.parametrize(("device", "action"), [("back-door", "unlock"), ("front-door", "release")])
def test_it_is_good_for_nothing_else(device: str, action: str) -> None:
    with pytest.raises(Refused, match="is for unlock at front-door"):
        signed().check(SIGNER, device, action, NOW)


def test_it_expires() -> None:
    with pytest.raises(Refused, match="expired at 2026-03-01T12:00:10"):
        signed().check(SIGNER, "front-door", "unlock", later(10))


def test_one_of_an_unknown_signer_is_refused() -> None:
    other = Ed25519PrivateKey.generate()
    forged = sign_permit(other, device="front-door", action="unlock", by=ADA, now=NOON)
    with pytest.raises(Refused, match="not signed by the hub"):
        forged.check(SIGNER, "front-door", "unlock", NOW)


@pytest.mark.parametrize("signer", [b"", bytes(31), bytes(32)])
def test_without_the_hubs_key_nothing_is_good(signer: bytes) -> None:
    with pytest.raises(Refused, match="not signed"):
        signed().check(signer, "front-door", "unlock", NOW)


CHANGES = {
    "device": "back-door",
    "action": "release",
    "issued": NOON + timedelta(seconds=1),
    "until": NOON + timedelta(seconds=11),
    "nonce": "0" * 32,
    "by": "0" * 16,
    "detail": "more",
    "signature": "0" * 128,
}


@pytest.mark.parametrize("field", CHANGES)
def test_whatever_is_altered_is_noticed(field: str) -> None:
    altered = replace(signed(), **{field: CHANGES[field]})  # type: ignore[arg-type] # each its own type
    with pytest.raises(Refused, match="not signed"):
        altered.check(SIGNER, altered.device, altered.action, NOW)


def test_what_the_hub_signed_for_another_purpose_is_no_permit() -> None:
    text = module._signed_text(signed()).removeprefix(PURPOSE)
    forged = replace(signed(), signature=KEY.sign(b"alcolab policy 1\n" + text).hex())
    with pytest.raises(Refused, match="not signed"):
        forged.check(SIGNER, "front-door", "unlock", NOW)


def test_not_even_the_hub_may_sign_for_longer_than_ten_seconds() -> None:
    for lifetime in (timedelta(seconds=10.001), timedelta(), timedelta(seconds=-1)):
        long = sign_permit(KEY, device="front-door", action="unlock", by=ADA, now=NOON, lifetime=lifetime)
        with pytest.raises(Refused, match="longer than 10 s"):
            long.check(SIGNER, "front-door", "unlock", NOW)


def test_clocks_may_be_two_seconds_apart_and_no_more() -> None:
    signed().check(SIGNER, "front-door", "unlock", later(-2))
    with pytest.raises(Refused, match="from the future"):
        signed().check(SIGNER, "front-door", "unlock", later(-2.5))


def test_a_pi_that_does_not_know_the_time_takes_none() -> None:
    with pytest.raises(Refused, match="does not know the time yet"):
        signed().check(SIGNER, "front-door", "unlock", Moment(NOON, trusted=False))


def test_a_time_without_offset_is_no_time() -> None:
    with pytest.raises(ValidationError, match="no offset from UTC"):
        TypeAdapter(Permit).validate_python({**signed().arguments(), "issued": "2026-03-01T12:00:00"})


@pytest.mark.parametrize("extra", [{"nonce": "short"}, {"by": "Ada Lovelace"}, {"signature": ""}, {"admin": True}])
def test_what_is_not_shaped_like_a_permit_is_none(extra: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Permit).validate_python({**signed().arguments(), **extra})


def test_it_counts_once(permits: Permits) -> None:
    permit = signed()
    permits.take(permit, "unlock", SIGNER, NOW)
    with pytest.raises(Refused, match="used already"):
        permits.take(permit, "unlock", SIGNER, later(5))


def test_one_that_is_refused_is_not_used_up(permits: Permits) -> None:
    permit = signed()
    with pytest.raises(Refused):
        permits.take(permit, "release", SIGNER, NOW)
    permits.take(permit, "unlock", SIGNER, NOW)


def test_two_orders_of_the_same_moment_both_count(permits: Permits) -> None:
    permits.take(signed(), "unlock", SIGNER, NOW)
    permits.take(signed(), "unlock", SIGNER, NOW)


def test_a_clock_that_is_set_back_brings_no_used_one_back(permits: Permits) -> None:
    permit = signed()
    permits.take(permit, "unlock", SIGNER, NOW)
    permits.take(
        sign_permit(KEY, device="front-door", action="unlock", by=ADA, now=later(20).utc), "unlock", SIGNER, later(20)
    )
    with pytest.raises(Refused, match="older than others"):
        permits.take(permit, "unlock", SIGNER, later(1))


def test_a_door_that_was_just_started_takes_none_from_before() -> None:
    """It does not remember which of them it used."""
    with pytest.raises(Refused, match="before front-door was ready"):
        Permits("front-door").take(signed(), "unlock", SIGNER, later(5))


def test_no_more_is_remembered_than_ten_seconds(permits: Permits) -> None:
    for second in range(100):
        permit = sign_permit(KEY, device="front-door", action="unlock", by=ADA, now=later(second).utc)
        permits.take(permit, "unlock", SIGNER, later(second))
    assert len(permits._used) <= 10


@given(st.lists(st.tuples(st.integers(0, 5), st.floats(0, 40)), max_size=30))
def test_whatever_the_clock_does_none_counts_twice(uses: list[tuple[int, float]]) -> None:
    door = Permits("front-door")
    door._since_s -= 3600
    made = [sign_permit(KEY, device="front-door", action="unlock", by=ADA, now=later(5 * n).utc) for n in range(6)]
    taken: list[str] = []
    for which, at_s in uses:
        try:
            door.take(made[which], "unlock", SIGNER, later(at_s))
        except Refused:
            continue
        taken.append(made[which].nonce)
    assert len(set(taken)) == len(taken)
