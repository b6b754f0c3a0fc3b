"""Who may pass: ten thousand members, a hundred badges a second, for a minute."""

import asyncio
import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime

from bench.access.crowd import DOORS, SWIPES_PER_S, Crowd, door
from bench.access.pace import ROUNDS, paced, percentiles
from bench.measure import Goal, Measurement
from devices.board.clock import Moment
from devices.policy.decision import Presence, Presented, decide
from devices.policy.rules import Strength

GOALS = {99: Goal(most=1.0)}
INSIDE = 100
OLDEST_S = 7 * 86400.0


def measure() -> Iterator[Measurement]:
    crowd = Crowd()
    rolling = random.Random(1)  # noqa: S311 - no secret
    rounds = [asyncio.run(_round(crowd, rolling)) for _ in range(ROUNDS)]
    yield from percentiles("a decision, of 10,000 members", rounds, GOALS)


async def _round(crowd: Crowd, rolling: random.Random) -> list[float]:
    policy, took = crowd.policy, []
    credentials, members = [*policy.badges, *(rolling.randbytes(32).hex() for _ in range(500))], [*policy.members]
    async for _ in paced(SWIPES_PER_S):
        presented = Presented(rolling.choice(credentials), Strength.UID)
        presence = Presence(frozenset(rolling.sample(members, INSIDE)), frozenset(rolling.sample(members, 2)))
        place, now = door(rolling.randrange(DOORS)), Moment(datetime.now(UTC))
        begun = time.perf_counter()
        decide(policy, presented, place, now, presence, oldest_s=OLDEST_S)
        took.append(time.perf_counter() - begun)
    return took
