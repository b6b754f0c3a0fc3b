"""Payloads: what is written is read as it was, and no bytes of anybody's get further than `BadPayload`."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.board.clock import Moment
from devices.device import Command, Event, Quality, Reading, Reply, State
from hub.bus import Entry, Stored
from hub.mqtt import messages
from hub.mqtt.fields import BadPayload
from hub.mqtt.outbox.batch import compose
from hub.port import RESERVED

NAMES = st.from_regex(r"[a-z0-9-]{1,20}", fullmatch=True)
LOGS = st.from_regex(r"[a-z0-9-]{1,20}\.[0-9a-f]{12}", fullmatch=True)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=40)
MOMENTS = st.builds(
    Moment,
    st.integers(0, 4_000_000_000_000).map(lambda ms: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)),
    trusted=st.booleans(),
)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
DATA = st.dictionaries(TEXTS.filter(lambda name: name not in RESERVED), JSON, max_size=4)
READINGS = st.builds(Reading, NAMES, st.none() | NUMBERS, TEXTS, MOMENTS, st.sampled_from(Quality), st.none() | NUMBERS)
EVENTS = st.builds(Event, NAMES, DATA, MOMENTS)
SEQUENCE_NUMBERS = st.integers(1, 2**53)


@given(READINGS, LOGS, SEQUENCE_NUMBERS)
def test_a_reading_comes_back_as_it_went(reading: Reading, log: str, seq: int) -> None:
    payload = messages.encode_reading(reading, log, seq)
    assert messages.decode_reading("bed", reading.channel, payload) == Entry("bed", reading, log, seq, local=False)


@given(EVENTS, LOGS, SEQUENCE_NUMBERS)
def test_an_event_comes_back_as_it_went(event: Event, log: str, seq: int) -> None:
    payload = messages.encode_event(event, log, seq)
    assert messages.decode_event("bed", event.kind, payload) == Entry("bed", event, log, seq, local=False)


@given(JSON, MOMENTS)
def test_a_state_comes_back_as_it_went(value: Any, at: Moment) -> None:
    payload = messages.encode_state(State("mode", value, at))
    assert messages.decode_state("bed", "mode", payload) == Entry("bed", State("mode", value, at), local=False)


@given(st.lists(READINGS | EVENTS, min_size=1, max_size=20), LOGS)
def test_a_backlog_comes_back_as_it_went(kept: list[Reading | Event], log: str) -> None:
    entries = [Entry("bed", message, log, 2 * n, local=False) for n, message in enumerate(kept, 1)]
    batch = compose(log, entries, first=2, after=0, tell_lost=True)
    assert batch is not None
    backlog = messages.decode_backlog("garden", batch.payload)
    assert list(backlog.entries) == entries
    assert (backlog.log, backlog.first, backlog.lost) == (
        log,
        2,
        tuple((2 * n + 1, 2 * n + 1) for n in range(1, len(kept))),
    )


def test_a_batch_takes_as_many_as_fit_into_a_message_and_no_more() -> None:
    at = Moment(datetime(2026, 3, 1, tzinfo=UTC))
    entries = [Entry("bed", Event("note", {"text": "é" * 500}, at), "garden.1", n) for n in range(1, 200)]
    batch = compose("garden.1", entries, first=1, after=0, tell_lost=True)
    assert batch is not None
    assert 60_000 < len(batch.payload) <= 65_536
    assert [entry.seq for entry in batch.entries] == list(range(1, batch.last + 1))


@given(DATA.filter(lambda data: not {"ok", "error"} & data.keys()), st.none() | TEXTS, st.booleans())
def test_a_reply_comes_back_as_it_went(data: dict[str, Any], error: str | None, ok: bool) -> None:
    assert messages.decode_reply(messages.encode_reply(Reply(ok, error, data))) == Reply(ok, error, data)


def test_a_replys_data_cannot_pretend_success() -> None:
    assert not messages.decode_reply(messages.encode_reply(Reply(ok=False, error="no", data={"ok": True}))).ok


@given(DATA.filter(lambda data: not {"id", "expires"} & data.keys()), MOMENTS)
def test_a_command_comes_back_as_it_went(arguments: dict[str, Any], expires: Moment) -> None:
    command = Command("door", "open", arguments, "a-1", Moment(expires.utc))
    assert messages.decode_command("door", "open", messages.encode_command(command)) == command


def test_acknowledgements_come_back_as_they_went() -> None:
    stored = Stored("garden", {"garden.1": 7, "garden.2": 0})
    assert messages.decode_stored("garden", messages.encode_stored(stored)) == stored


DECODERS: list[Callable[[bytes], object]] = [
    lambda payload: messages.decode_reading("bed", "t", payload),
    lambda payload: messages.decode_event("bed", "e", payload),
    lambda payload: messages.decode_state("bed", "s", payload),
    lambda payload: messages.decode_backlog("garden", payload),
    lambda payload: messages.decode_stored("garden", payload),
    lambda payload: messages.decode_command("door", "open", payload),
    messages.decode_reply,
    messages.decode_availability,
]
NEAR_MISSES = st.dictionaries(
    st.sampled_from(
        [
            "value",
            "unit",
            "quality",
            "at",
            "log",
            "seq",
            "items",
            "first",
            "lost",
            "id",
            "expires",
            "ok",
            "error",
            "raw",
            "clock",
        ]
    ),
    JSON | st.sampled_from(["2026-03-01T08:15:30.000Z", "0001-01-01T00:00:00+23:59", "ok", "untrusted"]),
).map(lambda found: json.dumps(found).encode())


@pytest.mark.parametrize("decode", DECODERS)
@given(payload=st.binary() | NEAR_MISSES)
def test_any_bytes_are_understood_or_refused_in_words(decode: Callable[[bytes], object], payload: bytes) -> None:
    said = ""
    try:
        decode(payload)
    except BadPayload as error:
        said = str(error)
    else:
        return
    assert said


GOOD = {"value": 1.5, "unit": "°C", "quality": "ok", "at": "2026-03-01T08:15:30.000Z", "log": "garden.1", "seq": 1}


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("value", "1.5", "value must be a number or null"),
        ("value", True, "value must be a number or null"),
        ("unit", 3, "unit must be text"),
        ("quality", "good", "quality must be one of ok, suspect, stale, failed"),
        ("at", "2026-03-01T08:15:30", "at must be a time such as"),
        ("at", "2026-02-30T08:15:30Z", "at is no time that exists"),
        ("at", "0001-01-01T00:00:00+23:59", "at is no time that exists"),
        ("at", 1772352930, "at must be a time such as"),
        ("seq", 0, "seq must be a whole number from 1"),
        ("seq", 1.0, "seq must be a whole number from 1"),
        ("seq", 2**60, "seq must be a whole number from 1"),
        ("log", "", "log must be text"),
        ("clock", "wrong", "clock can only be"),
    ],
)
def test_a_wrong_field_is_named_and_so_is_what_it_should_be(field: str, value: object, said: str) -> None:
    with pytest.raises(BadPayload, match=said):
        messages.decode_reading("bed", "t", json.dumps({**GOOD, field: value}).encode())


@pytest.mark.parametrize("field", GOOD)
def test_a_missing_field_is_named(field: str) -> None:
    payload = json.dumps({name: value for name, value in GOOD.items() if name != field}).encode()
    with pytest.raises(BadPayload, match=f"{field} is missing"):
        messages.decode_reading("bed", "t", payload)


@pytest.mark.parametrize(
    "payload",
    [
        b'{"value": NaN}',
        b'{"value": Infinity}',
        b'{"value": 1e999}',
        b'{"value": "\\ud800"}',
        b'{"value": ' + b"9" * 5000 + b"}",
        b"[" * 100_000,
        b"null",
        b"\xff",
        b"",
    ],
)
def test_what_json_has_not_or_nobody_can_write_again_is_refused(payload: bytes) -> None:
    with pytest.raises(BadPayload):
        messages.decode_state("bed", "s", payload)


def test_a_failed_reading_has_no_value_and_never_a_zero() -> None:
    at = Moment(datetime(2026, 3, 1, 8, 15, 30, 250_999, tzinfo=UTC), trusted=False)
    payload = messages.encode_reading(Reading("t", None, "°C", at, Quality.FAILED), "garden.1", 7)
    assert json.loads(payload) == {
        "value": None,
        "unit": "°C",
        "quality": "failed",
        "at": "2026-03-01T08:15:30.250Z",
        "clock": "untrusted",
        "log": "garden.1",
        "seq": 7,
    }
