"""The API, asked everything that its schema allows and much that it does not: it never breaks, and keeps its word."""

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.schemas import BaseSchema

from tests.hub.web.desks import DOOR, Desk

EXAMPLES = 25
PATHS = ("/api/devices", "/api/devices/{device}", "/health")
STREAM = "/api/events"
"""It never ends, so it is asked by itself."""
BOUNDED = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A lab on a loop of its own: schemathesis asks from here, and waits."""
    served = Desk(folder=tmp_path_factory.mktemp("fuzz"))
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="lab", daemon=True)
    thread.start()

    async def begin() -> asyncio.Task[None]:
        await served.members.store.open()
        web = served.web()
        running = asyncio.create_task(web.run(), name="web")
        await web.listening.wait()
        served.as_on_a_common_day()
        return running

    async def end(running: asyncio.Task[None]) -> None:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    running = asyncio.run_coroutine_threadsafe(begin(), loop).result(20)
    yield served
    asyncio.run_coroutine_threadsafe(end(running), loop).result(20)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()


@pytest.fixture(scope="module")
def api(lab: Desk) -> BaseSchema:
    return schemathesis.openapi.from_url(f"{lab.url}/api/openapi.json")


def test_nothing_of_the_api_is_left_out(api: BaseSchema) -> None:
    assert set(api) == {*PATHS, STREAM}


@pytest.mark.parametrize("path", PATHS)
@BOUNDED
@given(data=st.data())
def test_every_answer_is_what_the_schema_says(api: BaseSchema, path: str, data: st.DataObject) -> None:
    case: schemathesis.Case[Any] = data.draw(api[path]["GET"].as_strategy())
    case.call_and_validate()


@BOUNDED
@given(devices=st.lists(st.one_of(st.just(DOOR), st.text(max_size=70)), max_size=70))
def test_the_stream_begins_or_says_why_not(lab: Desk, devices: list[str]) -> None:
    asked = httpx.stream("GET", f"{lab.url}{STREAM}", params=[("device", device) for device in devices])
    with asked as answer:
        kind = "text/event-stream" if answer.status_code == 200 else "application/problem+json"
        assert answer.status_code in {200, 404, 422}
        assert answer.headers["content-type"].startswith(kind)
        assert answer.status_code != 200 or next(answer.iter_lines()).startswith("event: clock")
