"""What the lab is told of a cabinet's turns: its states, each said when it is another."""

from collections.abc import Mapping

from devices.arcade.turns.hours import HoursNow
from devices.arcade.turns.situation import Situation
from devices.device import Json, Port

SAY_TIME_EVERY_S = 10.0
"""While a time runs down, the state `turn` is said so often; pages count between."""


class States:
    """Of one cabinet. Times are monotonic seconds."""

    def __init__(self, port: Port) -> None:
        self._port = port
        self._said: dict[str, object] = {}
        self._time_said_s = float("-inf")

    def look_again_s(self, situation: Situation, now_s: float) -> float:
        """How soon `say` has something to say although nothing happens."""
        runs_down = situation.remaining_s(now_s) is not None
        return self._time_said_s + SAY_TIME_EVERY_S - now_s if runs_down else float("inf")

    def say(self, situation: Situation, hours: HoursNow, now_s: float) -> None:
        """Turn, credits, hours and queue."""
        self._say_turn(situation, now_s)
        self.are("credits", situation.credits)
        self.are("hours", hours.state())
        places: tuple[Mapping[str, Json], ...] = tuple(
            {"ticket": place.ticket, "wait_s": round(place.wait_s, -1)} for place in situation.waiting(now_s)
        )
        self.are("queue", places)

    def are(self, name: str, value: Json) -> None:
        """One state."""
        if self._said.get(name) != value:
            self._said[name] = value
            self._port.state(name, value)

    def _say_turn(self, situation: Situation, now_s: float) -> None:
        remaining_s = situation.remaining_s(now_s)
        until_s = None if remaining_s is None else round(now_s + remaining_s)
        lasting = (situation.phase, situation.ticket, situation.players, until_s)
        counts = remaining_s is not None and now_s - self._time_said_s >= SAY_TIME_EVERY_S
        if not counts and self._said.get("turn") == lasting:
            return
        self._said["turn"] = lasting
        self._time_said_s = now_s
        turn: Mapping[str, Json] = {
            "phase": situation.phase,
            "ticket": situation.ticket,
            "players": situation.players,
            "remaining_s": None if remaining_s is None else round(remaining_s),
            "pay": situation.rules.pay,
        }
        self._port.state("turn", turn)
