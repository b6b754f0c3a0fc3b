"""Machines that only those use who have learnt to: a relay, a badge, a session, and a keeper that switches off."""
