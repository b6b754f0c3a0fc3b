"""Secrets come from files or systemd credentials, never from `config.yaml`."""

import os
from pathlib import Path

from devices.errors import AlcolabError


class SecretMissing(AlcolabError, FileNotFoundError):
    """A secret that the configuration names cannot be read."""


def read_secret(name: str) -> str:
    """The secret in the file `name`, or in the systemd credential of that name; without the line end after it.

    Raises:
        SecretMissing: there is neither, or it may not be read.
    """
    credentials = os.environ.get("CREDENTIALS_DIRECTORY")
    path = Path(name)
    if credentials and "/" not in name and not path.exists():
        path = Path(credentials, name)
    try:
        return path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise SecretMissing(f"the secret {path} cannot be read: {reason}") from None
