"""What a broken client, a curious child or an attacker may send instead of a command or a configuration."""

import json
import random
from collections.abc import Callable

KINDS: tuple[Callable[[random.Random, int], bytes], ...] = (
    lambda chance, _: chance.randbytes(chance.randrange(1, 200)),
    lambda _, __: b"",
    lambda chance, _: json.dumps({"id": "cut", "expires": "2030-01-01T00:00:00.000Z"}).encode()[
        : chance.randrange(1, 40)
    ],
    lambda chance, _: b"[" * chance.randrange(100, 20_000),
    lambda _, number: str(number).encode(),
    lambda _, __: b'{"id":"nan","expires":NaN}',
    lambda _, number: json.dumps({"id": f"no-deadline-{number}"}).encode(),
    lambda _, number: json.dumps({"id": f"bad-deadline-{number}", "expires": "tomorrow"}).encode(),
    lambda _, number: json.dumps({"id": f"late-{number}", "expires": "2001-01-01T00:00:00.000Z"}).encode(),
    lambda _, number: json.dumps({"id": number, "expires": "2030-01-01T00:00:00.000Z"}).encode(),
    lambda _, __: json.dumps({"id": "../../#", "expires": "2030-01-01T00:00:00.000Z"}).encode(),
    lambda _, number: json.dumps({"id": f"stranger-{number}", "expires": "2099-01-01T00:00:00.000Z", "a": 1}).encode(),
    lambda _, number: b'{"id":"\\ud800","expires":%d}' % number,
    lambda chance, number: b'{"id":"deep-%d","expires":' % number + b'{"a":' * chance.randrange(100, 9_000),
    lambda _, number: b'{"id":"number-%d","expires":1%s}' % (number, b"0" * 5_000),
)


def malformed_command(chance: random.Random, number: int) -> bytes:
    """One of many kinds in turn; no two of them need be the same."""
    return KINDS[number % len(KINDS)](chance, number)
