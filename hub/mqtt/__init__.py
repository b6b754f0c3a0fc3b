"""The lab's Pis and everybody else's programs, joined by MQTT: the link, the outbox and what they need."""
