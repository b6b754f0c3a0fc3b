"""The keeper of a machine's relay: a process of its own, and its owner in the daemon."""
