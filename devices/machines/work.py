"""Whether a machine does a job, from what its current or its own contact says. Times are `time.monotonic()` seconds."""

LOST_AFTER_S = 60.0
"""A sensor that says nothing for so long says nothing of the job either; until then it is as it was."""


class Work:
    """Of one machine. Without a sensor nobody says anything, and no job is known of."""

    def __init__(self, rest_s: float) -> None:
        self._rest_s = rest_s
        self._heard_s = float("-inf")
        self._works = False
        self._worked_s = float("-inf")
        """When it did so last."""

    def hear(self, works: bool | None, now_s: float) -> None:
        """What the sensor says; None: neither clearly at work nor clearly at rest."""
        self._heard_s = now_s
        if works is not None:
            self._works = works
        if self._works:
            self._worked_s = now_s

    def runs(self, now_s: float) -> bool:
        """Whether there is a job; one that rests shortly goes on."""
        if now_s - self._heard_s > LOST_AFTER_S:
            return False
        return self._works or now_s - self._worked_s < self._rest_s
