"""A key of its own for each tag, from one master key: NXP AN10922, "Symmetric key diversifications", AES-128.

Who reads the key out of one tag knows nothing of the others. It is AES-CMAC (RFC 4493), except that the message always
fills two blocks: what is shorter than one would have another key by CMAC.
"""

from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.base import Cipher
from cryptography.hazmat.primitives.ciphers.modes import CBC, ECB

BLOCK = 16
AES_128 = b"\x01"
INPUT_AT_MOST = 2 * BLOCK - len(AES_128)
"""Bytes."""
PADDED_WITH = b"\x80"
R128 = 0x87
"""RFC 4493, section 2.3."""


def diversified(master: bytes, diversification_input: bytes) -> bytes:
    """The key for 1 to 31 bytes that nobody else has, such as the tag's UID and the name of the system.

    Raises:
        ValueError: they are fewer or more.
    """
    if not 0 < len(diversification_input) <= INPUT_AT_MOST:
        raise ValueError(f"a key is diversified by 1 to {INPUT_AT_MOST} bytes, not {len(diversification_input)}")
    message = AES_128 + diversification_input
    subkey = _doubled(_encrypted(master, bytes(BLOCK)))
    if len(message) < 2 * BLOCK:
        subkey = _doubled(subkey)
        message = (message + PADDED_WITH).ljust(2 * BLOCK, b"\0")
    first, last = message[:BLOCK], bytes(a ^ b for a, b in zip(message[BLOCK:], subkey, strict=True))
    chain = Cipher(AES(master), CBC(bytes(BLOCK))).encryptor()
    return chain.update(first + last)[BLOCK:]


def _encrypted(key: bytes, block: bytes) -> bytes:
    return Cipher(AES(key), ECB()).encryptor().update(block)  # noqa: S305 - one block, as AES-CMAC defines its subkeys


def _doubled(block: bytes) -> bytes:
    """Times x in GF(2¹²⁸)."""
    number = int.from_bytes(block) << 1
    return (number & (2**128 - 1) ^ (R128 if number >> 128 else 0)).to_bytes(BLOCK)
