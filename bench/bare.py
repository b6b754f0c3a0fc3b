"""Bare aiomqtt as one would write it: twenty tasks publish at QoS 1, and nothing is kept.

`python -m bench.bare PORT`. Topics and payloads are those of ALCOLAB, put together by formatting alone.
"""

import asyncio
import itertools
import secrets
import sys
from datetime import UTC, datetime

import aiomqtt

from bench.lab import BED, GARDEN

TASKS = 20


async def main(port: int) -> None:
    log = f"{GARDEN}.{secrets.token_hex(6)}"
    numbers = itertools.count(1)
    version = aiomqtt.ProtocolVersion.V5
    async with aiomqtt.Client("127.0.0.1", port, protocol=version) as client, asyncio.TaskGroup() as group:
        client.pending_calls_threshold = TASKS  # else it logs a warning with nearly every message
        for n in range(TASKS):
            topic = f"alcolab/alco/{BED}/reading/sensor-{n}"
            group.create_task(_publish(client, topic, log, numbers), name=topic)


async def _publish(client: aiomqtt.Client, topic: str, log: str, numbers: "itertools.count[int]") -> None:
    for seq in numbers:
        at = datetime.now(UTC).isoformat(timespec="milliseconds")[:-6]
        payload = f'{{"value":{seq / 8},"unit":"V","quality":"ok","at":"{at}Z","log":"{log}","seq":{seq}}}'
        await client.publish(topic, payload.encode(), qos=1, retain=True)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
