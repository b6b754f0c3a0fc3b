import json
import zlib
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.policy.policy import Badge, Policy
from hub.policy.encoding import LENGTH, TABLE_MOST, BadPolicy, decode, encode
from tests.hub.policy.policies import AMINATA, BADGE, POLICY, policies


@given(policies())
def test_what_comes_back_is_what_went_in(policy: Policy) -> None:
    assert decode(encode(policy)) == policy


@given(policies())
def test_the_same_policy_has_the_same_bytes_whatever_the_order_in_which_it_was_made(policy: Policy) -> None:
    turned = replace(
        policy,
        badges=dict(reversed([*policy.badges.items()])),
        members=dict(reversed([*policy.members.items()])),
        places=dict(reversed([*policy.places.items()])),
    )
    assert encode(turned) == encode(policy)


@given(st.binary(max_size=300))
def test_whatever_the_bytes_are_they_are_a_policy_or_a_bad_one(content: bytes) -> None:
    with pytest.raises(BadPolicy):
        decode(content)


any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


def _table(policy: Policy) -> tuple[dict[str, Any], bytes]:
    content = encode(policy)
    (length,) = LENGTH.unpack_from(content)
    return json.loads(zlib.decompress(content[4 : 4 + length])), content[4 + length :]


def _with_table(table: object, random: bytes) -> bytes:
    packed = zlib.compress(json.dumps(table).encode())
    return LENGTH.pack(len(packed)) + packed + random


@given(st.sampled_from(sorted(_table(POLICY)[0])), any_json)
def test_a_table_with_anything_in_it_is_a_policy_or_a_bad_one(key: str, value: object) -> None:
    table, random = _table(POLICY)
    with suppress(BadPolicy):
        decode(_with_table(table | {key: value}, random))


@pytest.mark.parametrize("option", ["hours", "requires", "capacity", "kind"])
@given(value=any_json)
def test_rules_with_anything_in_them_are_rules_or_bad_ones(option: str, value: object) -> None:
    table, random = _table(POLICY)
    table["places"]["front-door"][option] = value
    with suppress(BadPolicy):
        decode(_with_table(table, random))


def test_a_restriction_that_this_release_does_not_know_is_not_passed_over() -> None:
    table, random = _table(POLICY)
    table["places"]["laser"]["sober"] = True
    with pytest.raises(BadPolicy, match=r"sober.*update this Pi"):
        decode(_with_table(table, random))


def test_a_restriction_that_is_missing_is_not_taken_for_none() -> None:
    table, random = _table(POLICY)
    del table["places"]["laser"]["requires"]
    with pytest.raises(BadPolicy, match="requires"):
        decode(_with_table(table, random))


def test_a_time_zone_that_this_pi_does_not_know_is_said() -> None:
    with pytest.raises(BadPolicy, match="tzdata"):
        decode(encode(replace(POLICY, timezone="Europe/Amiens")))


def test_a_table_that_unpacks_to_more_than_any_lab_has_is_not_unpacked() -> None:
    bomb = zlib.compress(b" " * (TABLE_MOST + 1), 9)
    with pytest.raises(BadPolicy, match="larger"):
        decode(LENGTH.pack(len(bomb)) + bomb)


@pytest.mark.parametrize("change", [lambda random: random[:-1], lambda random: random + b"x"])
def test_credentials_that_are_cut_off_or_too_many_are_refused(change: Any) -> None:
    table, random = _table(POLICY)
    with pytest.raises(BadPolicy, match="cut off"):
        decode(_with_table(table, change(random)))


@pytest.mark.parametrize("credential", ["ab" * 31, "AB" * 32, "xy" * 32, "ab " * 32])
def test_a_credential_is_64_hex_digits(credential: str) -> None:
    with pytest.raises(BadPolicy, match="64"):
        encode(replace(POLICY, badges={credential: Badge(AMINATA)}))


def test_a_badge_of_somebody_who_does_not_stand_in_the_policy_is_a_mistake_of_the_hub() -> None:
    with pytest.raises(BadPolicy, match="does not stand"):
        encode(replace(POLICY, badges={BADGE: Badge("00000000000000ff")}))
