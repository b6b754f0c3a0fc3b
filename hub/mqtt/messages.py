"""What each topic carries: JSON to messages and back. Nothing that comes from outside gets past here unchecked.

Readings come by the thousand, so their JSON is put together from parts that are made once; everything else goes
through `json`. Decoding is strict and done by hand: a Pi Zero pays for no validation library.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from devices.board.clock import Moment, rfc3339
from devices.device import Command, Event, Json, Quality, Reading, Reply, State
from hub.bus import Backlog, Entry, Stored
from hub.mqtt.fields import (
    BadPayload,
    identifier,
    moment,
    number_or_none,
    parse_object,
    sequence_number,
    text,
    time_of,
    without,
)
from hub.port import RESERVED

ONLINE = b"online"
OFFLINE = b"offline"
UNTRUSTED = "untrusted"


def encode(value: object) -> str:
    """Compact JSON.

    Raises:
        ValueError, TypeError: it holds something that JSON has not, such as NaN or an object of a class.
    """
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


@lru_cache(1024)
def _quoted(name: str) -> str:
    return encode(name)


_QUALITY = {quality: encode(str(quality)) for quality in Quality}


def _time(at: Moment) -> str:
    clock = "" if at.trusted else f',"clock":"{UNTRUSTED}"'
    return f'"at":"{rfc3339(at.utc)}"{clock}'


def _measured(reading: Reading) -> str:
    value = "null" if reading.value is None else repr(float(reading.value))
    raw = "" if reading.raw is None else f',"raw":{float(reading.raw)!r}'
    return f'"value":{value},"unit":{_quoted(reading.unit)},"quality":{_QUALITY[reading.quality]}{raw}'


def _data(data: Mapping[str, Json]) -> str:
    return f",{encode(data)[1:-1]}" if data else ""


def encode_reading(reading: Reading, log: str, seq: int) -> bytes:
    """`{"value","unit","quality","raw"?,"at","clock"?,"log","seq"}`."""
    return f'{{{_measured(reading)},{_time(reading.at)},"log":"{log}","seq":{seq}}}'.encode()


def encode_event(event: Event, log: str, seq: int) -> bytes:
    """`{"at","clock"?,"log","seq",…data}`."""
    return f'{{{_time(event.at)},"log":"{log}","seq":{seq}{_data(event.data)}}}'.encode()


def encode_state(state: State) -> bytes:
    """`{"value","at","clock"?}`."""
    return f'{{"value":{encode(state.value)},{_time(state.at)}}}'.encode()


def encode_availability(online: bool) -> bytes:
    return ONLINE if online else OFFLINE


def encode_command(command: Command) -> bytes:
    """`{"id","expires",…arguments}`."""
    return encode({**command.arguments, "id": command.id, "expires": command.expires.rfc3339()}).encode()


def encode_reply(reply: Reply) -> bytes:
    """`{"ok","error"?,…data}`."""
    error = {} if reply.error is None else {"error": reply.error}
    return encode({**reply.data, "ok": reply.ok, **error}).encode()


def encode_stored(stored: Stored) -> bytes:
    return encode(dict(stored.marks)).encode()


def encode_item(entry: Entry) -> str:
    """One item of a backlog: what its own topic would carry, and the name that its topic would bear."""
    message = entry.message
    start = f'{{"seq":{entry.seq},"device":{_quoted(entry.device)},'
    if isinstance(message, Reading):
        return f'{start}"reading":{_quoted(message.channel)},{_measured(message)},{_time(message.at)}}}'
    if isinstance(message, Event):
        return f'{start}"event":{_quoted(message.kind)},{_time(message.at)}{_data(message.data)}}}'
    raise TypeError(f"a {type(message).__name__} is not numbered")


def encode_backlog(log: str, first: int, lost: Sequence[tuple[int, int]], items: Iterable[str]) -> bytes:
    """`{"log","first","lost"?,"items":[…]}` of items made by `encode_item`."""
    holes = f'"lost":{encode(lost)},' if lost else ""
    return f'{{"log":"{log}","first":{first},{holes}"items":[{",".join(items)}]}}'.encode()


def decode_reading(device: str, channel: str, payload: bytes) -> Entry:
    """Raises:
    BadPayload: as every `decode_…`, with what is wrong in words for the sender.
    """
    found = parse_object(payload)
    return Entry(device, _reading(channel, found), text(found, "log"), sequence_number(found, "seq"), local=False)


def decode_event(device: str, kind: str, payload: bytes) -> Entry:
    found = parse_object(payload)
    return Entry(device, _event(kind, found), text(found, "log"), sequence_number(found, "seq"), local=False)


def decode_state(device: str, name: str, payload: bytes) -> Entry:
    found = parse_object(payload)
    if "value" not in found:
        raise BadPayload("value is missing")
    return Entry(device, State(name, found["value"], moment(found, "at")), local=False)


def decode_availability(payload: bytes) -> bool:
    if payload not in {ONLINE, OFFLINE}:
        raise BadPayload("it must be online or offline")
    return payload == ONLINE


def decode_backlog(node: str, payload: bytes) -> Backlog:
    found = parse_object(payload)
    log = text(found, "log")
    items = found.get("items")
    if not isinstance(items, list):
        raise BadPayload("items must be a list")
    entries = tuple(_item(log, item) for item in items)
    first = sequence_number(found, "first") if "first" in found else min((entry.seq for entry in entries), default=1)
    return Backlog(node, log, entries, first, _lost(found.get("lost", [])))


def decode_stored(node: str, payload: bytes) -> Stored:
    found = parse_object(payload)
    return Stored(node, {log: sequence_number(found, log, least=0) for log in found})


def decode_command(device: str, action: str, payload: bytes) -> Command:
    found = parse_object(payload)
    return Command(
        device=device,
        action=action,
        arguments=without(found, "id", "expires"),
        id=identifier(found, "id"),
        expires=Moment(time_of(found, "expires")),
    )


def decode_reply(payload: bytes) -> Reply:
    found = parse_object(payload)
    ok, error = found.get("ok"), found.get("error")
    if not isinstance(ok, bool):
        raise BadPayload("ok must be true or false")
    if error is not None and not isinstance(error, str):
        raise BadPayload("error must be text")
    return Reply(ok, error, without(found, "ok", "error"))


def _reading(channel: str, found: Mapping[str, Any]) -> Reading:
    quality = QUALITIES.get(text(found, "quality"))
    if quality is None:
        raise BadPayload(f"quality must be one of {', '.join(QUALITIES)}")
    value, raw = number_or_none(found, "value"), number_or_none(found, "raw", absent_is_none=True)
    return Reading(channel, value, text(found, "unit", may_be_empty=True), moment(found, "at"), quality, raw)


def _event(kind: str, found: Mapping[str, Any]) -> Event:
    return Event(kind, without(found, *RESERVED), moment(found, "at"))


def _item(log: str, item: object) -> Entry:
    if not isinstance(item, dict):
        raise BadPayload("an item must be an object")
    device = text(item, "device")
    seq = sequence_number(item, "seq")
    if "reading" in item:
        return Entry(device, _reading(text(item, "reading"), item), log, seq, local=False)
    return Entry(device, _event(text(item, "event"), item), log, seq, local=False)


def _lost(found: object) -> tuple[tuple[int, int], ...]:
    if not isinstance(found, list):
        raise BadPayload("lost must be a list of ranges")
    return tuple(_range(pair) for pair in found)


def _range(pair: object) -> tuple[int, int]:
    match pair:
        case [int(first), int(last)] if 0 < first <= last:
            return first, last
        case _:
            raise BadPayload("a lost range must be two rising numbers")


QUALITIES = {str(quality): quality for quality in Quality}
