"""Writes what the decoder reads."""

from devices.access.readers.osdp.frame import CRC, REPLY, SECURITY_BLOCK, SOM, Check, Frame


def encode(frame: Frame) -> bytes:
    security = b""
    if frame.security is not None:
        security = bytes([2 + len(frame.security.data), frame.security.type]) + frame.security.data
    content = security + bytes([frame.code]) + frame.data + (frame.mac or b"")
    control = frame.sequence | (CRC if frame.check is Check.CRC else 0) | (SECURITY_BLOCK if security else 0)
    length = 5 + len(content) + frame.check.size
    head = bytes([SOM, frame.address | (REPLY if frame.reply else 0), *length.to_bytes(2, "little"), control])
    return head + content + frame.check.of(head + content)
