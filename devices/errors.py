"""What can go wrong, named. Everything inherits from `AlcolabError` and, where one fits, from a builtin.

A message tells a technician what to do; it never needs a traceback beside it.
"""


class AlcolabError(Exception):
    """Any error that ALCOLAB raises on purpose."""


class DeviceOffline(AlcolabError, ConnectionError):
    """The equipment is absent, unplugged or silent; the supervisor tries again later."""


class LineBusy(AlcolabError, OSError):
    """Another program holds this line, port or socket; the message names it where the kernel does."""


class HardwareMissing(AlcolabError, FileNotFoundError):
    """A driver, a device node or a permission that this Pi should have is not there."""


class BadFrame(AlcolabError, ValueError):
    """Bytes or text that are not a valid frame of the sensor's protocol."""


class NoReply(AlcolabError, TimeoutError):
    """Nothing came back before the deadline."""


class Refused(AlcolabError, PermissionError):
    """A command that will not be carried out; the message says why, in words for the sender."""


class Flooded(AlcolabError, BufferError):
    """More events than can be kept; the sender must slow down, nothing was lost silently."""


class StorageFull(AlcolabError, OSError):
    """The disk, or the room configured for it, is full; nothing more can be made durable."""


class BadConfig(AlcolabError, ValueError):
    """`config.yaml` cannot be used; the message lists every error with its line."""
