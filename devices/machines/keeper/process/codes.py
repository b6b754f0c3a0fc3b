"""What the keeper and its owner agree on.

The owner says first (descriptor, whether it is the kernel's), then beats: (epoch, when it was made, until when the
relay may be on), times of CLOCK_MONOTONIC in nanoseconds. The keeper says (epoch, whether the relay is on, why not)
when it is ready, after each beat, and when the relay turns.
"""

SILENCE_NS = 1_500_000_000
"""Without a beat for so long, the relay is off: within two seconds of the daemon's last sign of life."""
MESSAGE_MOST = 1 << 12
CHIP_GONE = 3
"""Exit code: the line cannot be driven any more."""

ASKED = "asked"
"""Off, because the owner wanted it."""
SILENT = "silent"
"""Off, because the owner said nothing."""
LIMIT = "limit"
"""Off, because the time was over to which the owner had limited it."""
