"""What every board does with GPIO lines."""

import asyncio
import statistics
import threading
import time
from itertools import pairwise

import pytest

from devices.board.board import Bias, Edge, EdgeKind, Line
from devices.errors import HardwareMissing, LineBusy
from tests.devices.board.bench import Bench, take, until

KEPT = 1024
"""For one request; the kernel's own bound."""
HEADER = [f"GPIO{number}" for number in range(28)]


async def test_edges_come_in_order_with_rising_times_and_numbers(bench: Bench) -> None:
    bench.drive("GPIO17", False)
    before_ns = time.monotonic_ns()
    async with bench.board.edges([Line("GPIO17")]) as edges:
        for level in (True, False, True):
            bench.drive("GPIO17", level)
        taken = await take(edges, 3)
    assert [edge.active for edge in taken] == [True, False, True]
    assert [edge.line_seqno for edge in taken] == [1, 2, 3]
    assert {edge.line for edge in taken} == {"GPIO17"}
    times = [edge.monotonic_ns for edge in taken]
    assert times == sorted(times)
    assert before_ns <= times[0]
    assert times[-1] <= time.monotonic_ns()


@pytest.mark.parametrize(("kind", "wanted"), [(EdgeKind.RISING, [True, True]), (EdgeKind.FALLING, [False, False])])
async def test_only_the_wanted_edges_are_reported(bench: Bench, kind: EdgeKind, wanted: list[bool]) -> None:
    bench.drive("GPIO17", False)
    async with bench.board.edges([Line("GPIO17", edges=kind)]) as edges:
        for level in (True, False, True, False):
            bench.drive("GPIO17", level)
        assert [edge.active for edge in await take(edges, 2)] == wanted


async def test_a_line_that_stays_as_it_is_has_no_edge(bench: Bench) -> None:
    bench.drive("GPIO17", False)
    async with bench.board.edges([Line("GPIO17")]) as edges:
        for level in (False, False, True, True):
            bench.drive("GPIO17", level)
        bench.drive("GPIO17", False)
        assert [edge.active for edge in await take(edges, 2)] == [True, False]


async def test_many_lines_are_held_together_and_numbered_apart(bench: Bench) -> None:
    names = ["GPIO4", "GPIO17", "GPIO27"]
    for name in names:
        bench.drive(name, False)
    async with bench.board.edges([Line(name) for name in names]) as edges:
        for name in (*names, "GPIO4"):
            bench.drive(name, not edges.level(name))
        taken = await take(edges, 4)
    assert [(edge.line, edge.line_seqno) for edge in taken] == [
        ("GPIO4", 1),
        ("GPIO17", 1),
        ("GPIO27", 1),
        ("GPIO4", 2),
    ]


async def test_the_whole_header_is_held_at_once_and_every_edge_of_it_is_seen_in_order(bench: Bench) -> None:
    for name in HEADER:
        bench.drive(name, False)
    async with bench.board.edges([Line(name) for name in HEADER]) as edges:
        for level in (True, False):
            for name in HEADER:
                bench.drive(name, level)
        taken = await take(edges, 56)
    assert [(edge.line, edge.active) for edge in taken] == [(name, level) for level in (True, False) for name in HEADER]
    assert [edge.line_seqno for edge in taken] == [1] * 28 + [2] * 28
    times = [edge.monotonic_ns for edge in taken]
    assert times == sorted(times)


async def test_an_active_low_line_is_active_while_low(bench: Bench) -> None:
    bench.drive("GPIO17", True)
    async with bench.board.edges([Line("GPIO17", active_low=True)]) as edges:
        assert edges.level("GPIO17") is False
        bench.drive("GPIO17", False)
        assert [edge.active for edge in await take(edges, 1)] == [True]
        assert edges.level("GPIO17") is True


async def test_bouncing_contacts_give_one_edge_once_they_have_settled(bench: Bench) -> None:
    bench.drive("GPIO17", False)
    async with bench.board.edges([Line("GPIO17", debounce_s=0.1)]) as edges:
        for level in (True, False, True, False, True):
            bench.drive("GPIO17", level)
        first = await take(edges, 1)
        bench.drive("GPIO17", False)
        second = await take(edges, 1)
    assert [(edge.active, edge.line_seqno) for edge in (*first, *second)] == [(True, 1), (False, 2)]


async def test_a_glitch_shorter_than_the_debounce_time_is_no_edge(bench: Bench) -> None:
    bench.drive("GPIO17", False)
    bench.drive("GPIO18", False)
    async with bench.board.edges([Line("GPIO17", debounce_s=0.1), Line("GPIO18", debounce_s=0.1)]) as edges:
        bench.drive("GPIO17", True)
        bench.drive("GPIO17", False)
        bench.drive("GPIO18", True)
        assert [edge.line for edge in await take(edges, 1)] == ["GPIO18"]


async def test_when_nobody_reads_the_oldest_edges_go_and_the_numbers_show_it(bench: Bench) -> None:
    bench.drive("GPIO17", False)
    async with bench.board.edges([Line("GPIO17")]) as edges:
        for n in range(KEPT + 500):
            bench.drive("GPIO17", n % 2 == 0)
        await asyncio.sleep(0.01)
        taken = await take(edges, KEPT)
    assert [edge.line_seqno for edge in taken] == list(range(501, 501 + KEPT))


async def test_a_cancelled_listener_loses_no_edge_to_the_next(bench: Bench) -> None:
    bench.drive("GPIO17", False)
    taken: list[Edge] = []
    async with bench.board.edges([Line("GPIO17")]) as edges:
        for n in range(1, 20):
            listening = asyncio.ensure_future(edges.listen(taken.append))
            await asyncio.sleep(0)
            bench.drive("GPIO17", n % 2 == 1)
            for _ in range(n % 4):
                await asyncio.sleep(0)
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
        if len(taken) < 19:
            taken += await take(edges, 19 - len(taken))
    assert [edge.line_seqno for edge in taken] == list(range(1, 20))


async def test_edges_come_in_batches_too_and_a_wait_that_is_cancelled_loses_none(bench: Bench) -> None:
    bench.drive("GPIO17", False)
    taken: list[Edge] = []
    async with bench.board.edges([Line("GPIO17")]) as edges:
        for n in range(1, 20):
            waiting = asyncio.ensure_future(anext(aiter(edges)))
            await asyncio.sleep(0)
            bench.drive("GPIO17", n % 2 == 1)
            for _ in range(n % 5):
                await asyncio.sleep(0)
            waiting.cancel()
            (outcome,) = await asyncio.gather(waiting, return_exceptions=True)
            taken += () if isinstance(outcome, BaseException) else outcome
        async with asyncio.timeout(5):
            while len(taken) < 19:
                taken += await anext(aiter(edges))
    assert [edge.line_seqno for edge in taken] == list(range(1, 20))


async def test_whoever_cannot_take_an_edge_ends_his_listening_with_his_own_error(bench: Bench) -> None:
    bench.drive("GPIO17", False)

    def stumble(edge: Edge) -> None:
        raise ZeroDivisionError(edge.line)

    async with bench.board.edges([Line("GPIO17")]) as edges:
        bench.drive("GPIO17", True)
        with pytest.raises(ZeroDivisionError, match="GPIO17"):
            await asyncio.wait_for(edges.listen(stumble), 5)


async def test_edges_driven_from_another_thread_are_all_seen(bench: Bench) -> None:
    bench.drive("GPIO17", False)

    def press_often() -> None:
        for n in range(500):
            bench.drive("GPIO17", n % 2 == 0)

    async with bench.board.edges([Line("GPIO17")]) as edges:
        thread = threading.Thread(target=press_often)
        thread.start()
        taken = await take(edges, 500)
        thread.join()
    assert [edge.line_seqno for edge in taken] == list(range(1, 501))


async def test_none_of_300_edges_a_second_is_lost(bench: Bench) -> None:
    bench.drive("GPIO17", False)

    def turn_for_three_seconds() -> None:
        began_s = time.monotonic()
        for n in range(900):
            time.sleep(max(0.0, began_s + n / 300 - time.monotonic()))
            bench.drive("GPIO17", n % 2 == 0)

    async with bench.board.edges([Line("GPIO17")]) as edges:
        turning = asyncio.create_task(asyncio.to_thread(turn_for_three_seconds))
        taken = await take(edges, 900)
        await turning
    assert [edge.line_seqno for edge in taken] == list(range(1, 901))
    assert [edge.active for edge in taken] == [True, False] * 450
    gaps_ns = [after.monotonic_ns - before.monotonic_ns for before, after in pairwise(taken)]
    assert statistics.median(gaps_ns) < 1e9 / 290


async def test_an_edge_bears_the_time_at_which_it_happened_however_late_it_is_read(bench: Bench) -> None:
    bench.drive("GPIO17", False)
    async with bench.board.edges([Line("GPIO17")]) as edges:
        around_ns = []
        for level in (True, False):
            before_ns = time.monotonic_ns()
            bench.drive("GPIO17", level)
            around_ns.append((before_ns, time.monotonic_ns()))
            time.sleep(0.1)  # noqa: ASYNC251 - the loop is late, that is the point
        taken = await take(edges, 2)
    for edge, (before_ns, after_ns) in zip(taken, around_ns, strict=True):
        assert before_ns <= edge.monotonic_ns <= after_ns


async def test_a_line_is_held_by_one_at_a_time_and_the_message_names_the_holder(bench: Bench) -> None:
    async with bench.board.edges([Line("GPIO17")]):
        with pytest.raises(LineBusy, match="GPIO17 is held by alcolab"):
            async with bench.board.edges([Line("GPIO18"), Line("GPIO17")]):
                pass
        async with bench.board.edges([Line("GPIO18")]):
            pass  # what was asked for together was let go together
    async with bench.board.edges([Line("GPIO17")]):
        pass


async def test_one_request_cannot_ask_for_a_line_twice(bench: Bench) -> None:
    with pytest.raises(LineBusy, match="GPIO17"):
        async with bench.board.edges([Line("GPIO17"), Line("GPIO17")]):
            pass


@pytest.mark.parametrize("line", ["GPIO99", "gpio17", "17", ""])
async def test_a_line_that_does_not_exist_is_said_with_those_that_do(bench: Bench, line: str) -> None:
    with pytest.raises(HardwareMissing, match=f"there is no line {line}"):
        async with bench.board.edges([Line(line)]):
            pass


async def test_a_pulled_up_line_with_nothing_connected_is_high(bench: Bench) -> None:
    async with bench.board.edges([Line("GPIO22", bias=Bias.PULL_UP), Line("GPIO23", bias=Bias.PULL_DOWN)]) as edges:
        assert edges.level("GPIO22") is True
        assert edges.level("GPIO23") is False


@pytest.mark.parametrize("active_low", [False, True])
async def test_an_output_is_inactive_at_first_and_follows(bench: Bench, active_low: bool) -> None:
    async with bench.board.output("GPIO5", active_low=active_low) as output:
        assert bench.level("GPIO5") is active_low
        output.set(True)
        assert bench.level("GPIO5") is not active_low
        output.set(False)
        assert bench.level("GPIO5") is active_low


async def test_an_output_is_safe_when_its_holder_is_cancelled(bench: Bench) -> None:
    async def lamp() -> None:
        async with bench.board.output("GPIO5") as output:
            output.set(True)
            await asyncio.Event().wait()

    task = asyncio.create_task(lamp())
    await until(lambda: bench.level("GPIO5"))
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert bench.level("GPIO5") is False


async def test_an_output_is_safe_when_its_holder_fails_and_can_be_held_again(bench: Bench) -> None:
    async def lamp() -> None:
        async with bench.board.output("GPIO5") as output:
            output.set(True)
            raise ZeroDivisionError

    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            await lamp()
        assert bench.level("GPIO5") is False


async def test_an_output_is_held_by_one_at_a_time(bench: Bench) -> None:
    async with bench.board.output("GPIO5"):
        with pytest.raises(LineBusy, match="GPIO5"):
            async with bench.board.output("GPIO5"):
                pass


async def test_an_output_that_does_not_exist_is_said(bench: Bench) -> None:
    with pytest.raises(HardwareMissing, match="there is no line GPIO99"):
        async with bench.board.output("GPIO99"):
            pass
