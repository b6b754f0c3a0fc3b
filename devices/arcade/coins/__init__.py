"""Coins as a ledger: from the pulses of an acceptor to credits that survive a power cut."""
