"""Passwords: argon2id (RFC 9106), with parameters that a Pi can bear."""

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from devices.errors import AlcolabError

SHORTEST = 10
LONGEST = 256
HASHER = PasswordHasher(time_cost=3, memory_cost=32 * 1024, parallelism=1)
"""32 MiB and three passes, above OWASP's least (19 MiB, two): some 0.3 s on a Pi 4, and no load on its other cores."""


class BadPassword(AlcolabError, ValueError):
    """A password that is too short to be one, or too long to be hashed."""


def hash_password(password: str) -> str:
    """The hash to keep. Takes a moment on purpose: call it in a thread.

    Raises:
        BadPassword: it is too short or too long.
    """
    if len(password) < SHORTEST:
        raise BadPassword(f"a password needs {SHORTEST} characters or more: three words that do not belong together")
    if len(password) > LONGEST:
        raise BadPassword(f"a password has at most {LONGEST} characters")
    return HASHER.hash(password)


def is_right(password_hash: str | None, password: str) -> bool:
    """Whether the password is the one that was hashed. Without a hash (nobody has this name) it takes as long."""
    try:
        HASHER.verify(password_hash or _nobodys(), password[:LONGEST])
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None and len(password) <= LONGEST


def is_outdated(password_hash: str) -> bool:
    """Whether it was hashed with other parameters than today's: hash the password again when it is next known."""
    return HASHER.check_needs_rehash(password_hash)


@cache
def _nobodys() -> str:
    return HASHER.hash("nobody has this password")
