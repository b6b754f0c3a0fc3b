"""The lab over MQTT: the link joins this Pi's bus to the others'.

Rooms of their own: the `connection` to the broker, the `outbox` that loses nothing, and the `broker` itself.
"""
