"""What a tag encrypts and signs, for one value of its counter.

Sources: NXP AN12196 rev. 2.0, section 3; NT4H2421Gx data sheet rev. 3.0, section 9.3.
"""

from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.base import Cipher
from cryptography.hazmat.primitives.ciphers.modes import CBC, ECB
from cryptography.hazmat.primitives.cmac import CMAC

BLOCK = KEY_BYTES = 16
UID_BYTES = 7
COUNTER_BYTES = 3
SV1 = bytes.fromhex("C33C00010080")
"""Before UID and counter: the key that encrypts file data."""
SV2 = bytes.fromhex("3CC300010080")
"""The same for the key that signs."""


def cmac(key: bytes, message: bytes) -> bytes:
    """AES-CMAC, RFC 4493."""
    made = CMAC(AES(key))
    made.update(message)
    return made.finalize()


def decrypted_picc_data(meta_key: bytes, encrypted: bytes) -> bytes:
    """PICCDataTag, UID, SDMReadCtr and padding, by the SDMMetaReadKey."""
    return Cipher(AES(meta_key), CBC(bytes(BLOCK))).decryptor().update(encrypted)


def encrypted_picc_data(meta_key: bytes, plain: bytes) -> bytes:
    """What a tag does."""
    return Cipher(AES(meta_key), CBC(bytes(BLOCK))).encryptor().update(plain)


class Session:
    """The keys of one reading: by the tag's SDMFileReadKey, its UID and SDMReadCtr."""

    def __init__(self, file_key: bytes, uid: bytes, counter: int) -> None:
        self._counter = counter.to_bytes(COUNTER_BYTES, "little")
        self._encrypting = cmac(file_key, SV1 + uid + self._counter)
        self._signing = cmac(file_key, SV2 + uid + self._counter)

    def mac(self, message: bytes) -> bytes:
        """SDMMAC: every second byte of the CMAC."""
        return cmac(self._signing, message)[1::2]

    def decrypted(self, file_data: bytes) -> bytes:
        """SDMENCFileData, whole blocks."""
        return Cipher(AES(self._encrypting), CBC(self._start())).decryptor().update(file_data)

    def encrypted(self, file_data: bytes) -> bytes:
        """What a tag does."""
        return Cipher(AES(self._encrypting), CBC(self._start())).encryptor().update(file_data)

    def _start(self) -> bytes:
        block = self._counter.ljust(BLOCK, b"\0")
        return Cipher(AES(self._encrypting), ECB()).encryptor().update(block)  # noqa: S305 - one block, as AN12196 says
