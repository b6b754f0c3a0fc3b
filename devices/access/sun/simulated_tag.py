"""An NTAG 424 DNA, as far as a reader meets it: each time it is held there, its message is another one."""

import secrets

from devices.access.sun.keys import PICC_DATA_TAG, file_key_of, meta_key_of
from devices.access.sun.session import BLOCK, COUNTER_BYTES, UID_BYTES, Session, encrypted_picc_data

PAGE = "https://alco.example/tag"


class SimulatedTag:
    """A tag of the site that has the master key, personalised as docs/access-sun.md says.

    `plain` ones mirror UID and counter in plain text; `file_data` (whole blocks of 16 bytes) is encrypted and signed.
    """

    def __init__(
        self,
        uid: bytes,
        master: bytes,
        *,
        system: bytes = b"",
        counter: int = 0,
        plain: bool = False,
        file_data: bytes = b"",
    ) -> None:
        self.counter = counter
        """Of the last message."""
        self._uid = uid
        self._meta_key = meta_key_of(master, system)
        self._file_key = file_key_of(master, system, uid)
        self._plain = plain
        self._file_data = file_data

    def tapped(self) -> str:
        """The address that it now shows."""
        self.counter += 1
        session = Session(self._file_key, self._uid, self.counter)
        shown, signed = self._shown(), ""
        if self._file_data:
            signed = f"{session.encrypted(self._file_data).hex().upper()}&cmac="
            return f"{PAGE}?{shown}&enc={signed}{session.mac(signed.encode()).hex().upper()}"
        return f"{PAGE}?{shown}&cmac={session.mac(b'').hex().upper()}"

    def _shown(self) -> str:
        if self._plain:
            return f"uid={self._uid.hex().upper()}&ctr={self.counter:06X}"
        plain = bytes([PICC_DATA_TAG]) + self._uid + self.counter.to_bytes(COUNTER_BYTES, "little")
        padded = plain + secrets.token_bytes(BLOCK - 1 - UID_BYTES - COUNTER_BYTES)
        return f"picc_data={encrypted_picc_data(self._meta_key, padded).hex().upper()}"
