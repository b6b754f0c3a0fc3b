"""What happened at a door, a machine or the members' desk, so that nobody can change it unseen.

Each entry carries the hash of the one before, and the latest hash, the head, leaves the device: see docs/audit-log.md.
"""

from devices.audit_log.audit_log import AuditLog
from devices.audit_log.chain import Finding
from devices.audit_log.entry import Head
from devices.audit_log.verify import Verdict, verify

__all__ = ["AuditLog", "Finding", "Head", "Verdict", "verify"]
