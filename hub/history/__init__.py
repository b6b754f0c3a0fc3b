"""The history keeps every reading and event of the lab, and tells each node what it has (`hub/history/service.py`).

Only the hub imports anything below: SQLAlchemy is not for a Pi Zero.
"""
