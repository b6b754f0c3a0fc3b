"""A backup of all that a hub cannot be without: members, keys and audit logs, in one file."""
