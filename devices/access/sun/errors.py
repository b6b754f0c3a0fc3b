"""Why a message is not believed. No text here says anything of the tag: it goes to pages and logs."""

from devices.errors import AlcolabError


class SunRefused(AlcolabError, PermissionError):
    """A message that is one, and still opens nothing. `counter` is what it says, where that is known."""

    def __init__(self, message: str, counter: int | None = None) -> None:
        super().__init__(message)
        self.counter = counter


class Forged(SunRefused):
    """It was not made with the tag's key, or with another one than we have."""


class Replayed(SunRefused):
    """Its counter has not risen: it was used before, here or at another reader."""


class CounterUnknown(SunRefused):
    """The counters were lost, and this is the first message since: the next one of this tag is believed."""


class CounterNotStored(SunRefused):
    """The counter could not be brought to the disk: the same message would pass again after a restart."""
