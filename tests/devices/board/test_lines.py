"""What every board does with GPIO lines."""

import asyncio
import threading
import time
from collections.abc import Sequence

import pytest

from devices.board.board import Bias, Edge, EdgeKind, Edges, Line
from devices.errors import HardwareMissing, LineBusy
from tests.devices.board.bench import Bench, until

MORE_THAN_ARE_KEPT = 1500


async def take(edges: Edges, count: int) -> Sequence[Edge]:
    """The next `count` edges, in whatever batches they come."""
    taken: list[Edge] = []
    async with asyncio.timeout(5):
        async for batch in edges:
            taken += batch
            if len(taken) >= count:
                break
    return taken


async def test_edges_come_in_order_with_rising_times_and_numbers(lines: Bench) -> None:
    lines.drive("GPIO17", False)
    before_ns = time.monotonic_ns()
    async with lines.board.edges([Line("GPIO17")]) as edges:
        for level in (True, False, True):
            lines.drive("GPIO17", level)
        taken = await take(edges, 3)
    assert [edge.active for edge in taken] == [True, False, True]
    assert [edge.line_seqno for edge in taken] == [1, 2, 3]
    assert {edge.line for edge in taken} == {"GPIO17"}
    times = [edge.monotonic_ns for edge in taken]
    assert times == sorted(times)
    assert before_ns <= times[0]
    assert times[-1] <= time.monotonic_ns()


@pytest.mark.parametrize(("kind", "wanted"), [(EdgeKind.RISING, [True, True]), (EdgeKind.FALLING, [False, False])])
async def test_only_the_wanted_edges_are_reported(lines: Bench, kind: EdgeKind, wanted: list[bool]) -> None:
    lines.drive("GPIO17", False)
    async with lines.board.edges([Line("GPIO17", edges=kind)]) as edges:
        for level in (True, False, True, False):
            lines.drive("GPIO17", level)
        assert [edge.active for edge in await take(edges, 2)] == wanted


async def test_a_line_that_stays_as_it_is_has_no_edge(lines: Bench) -> None:
    lines.drive("GPIO17", False)
    async with lines.board.edges([Line("GPIO17")]) as edges:
        for level in (False, False, True, True):
            lines.drive("GPIO17", level)
        lines.drive("GPIO17", False)
        assert [edge.active for edge in await take(edges, 2)] == [True, False]


async def test_many_lines_are_held_together_and_numbered_apart(lines: Bench) -> None:
    names = ["GPIO4", "GPIO17", "GPIO27"]
    for name in names:
        lines.drive(name, False)
    async with lines.board.edges([Line(name) for name in names]) as edges:
        for name in (*names, "GPIO4"):
            lines.drive(name, not edges.level(name))
        taken = await take(edges, 4)
    assert [(edge.line, edge.line_seqno) for edge in taken] == [
        ("GPIO4", 1),
        ("GPIO17", 1),
        ("GPIO27", 1),
        ("GPIO4", 2),
    ]


async def test_an_active_low_line_is_active_while_low(lines: Bench) -> None:
    lines.drive("GPIO17", True)
    async with lines.board.edges([Line("GPIO17", active_low=True)]) as edges:
        assert edges.level("GPIO17") is False
        lines.drive("GPIO17", False)
        assert [edge.active for edge in await take(edges, 1)] == [True]
        assert edges.level("GPIO17") is True


async def test_bouncing_contacts_give_one_edge_once_they_have_settled(lines: Bench) -> None:
    lines.drive("GPIO17", False)
    async with lines.board.edges([Line("GPIO17", debounce_s=0.1)]) as edges:
        for level in (True, False, True, False, True):
            lines.drive("GPIO17", level)
        first = await take(edges, 1)
        lines.drive("GPIO17", False)
        second = await take(edges, 1)
    assert [(edge.active, edge.line_seqno) for edge in (*first, *second)] == [(True, 1), (False, 2)]


async def test_a_glitch_shorter_than_the_debounce_time_is_no_edge(lines: Bench) -> None:
    lines.drive("GPIO17", False)
    lines.drive("GPIO18", False)
    async with lines.board.edges([Line("GPIO17", debounce_s=0.1), Line("GPIO18", debounce_s=0.1)]) as edges:
        lines.drive("GPIO17", True)
        lines.drive("GPIO17", False)
        lines.drive("GPIO18", True)
        assert [edge.line for edge in await take(edges, 1)] == ["GPIO18"]


async def test_when_nobody_reads_the_oldest_edges_go_and_the_numbers_show_it(lines: Bench) -> None:
    lines.drive("GPIO17", False)
    async with lines.board.edges([Line("GPIO17")]) as edges:
        for n in range(MORE_THAN_ARE_KEPT):
            lines.drive("GPIO17", n % 2 == 0)
        await asyncio.sleep(0.01)
        taken = await take(edges, 1000)
    numbers = [edge.line_seqno for edge in taken]
    assert numbers[-1] == MORE_THAN_ARE_KEPT
    assert numbers[0] > 1
    assert len(numbers) < MORE_THAN_ARE_KEPT


async def test_edges_driven_from_another_thread_are_all_seen(lines: Bench) -> None:
    lines.drive("GPIO17", False)

    def press_often() -> None:
        for n in range(500):
            lines.drive("GPIO17", n % 2 == 0)

    async with lines.board.edges([Line("GPIO17")]) as edges:
        thread = threading.Thread(target=press_often)
        thread.start()
        taken = await take(edges, 500)
        thread.join()
    assert [edge.line_seqno for edge in taken] == list(range(1, 501))


async def test_a_line_is_held_by_one_at_a_time_and_the_message_names_the_holder(lines: Bench) -> None:
    async with lines.board.edges([Line("GPIO17")]):
        with pytest.raises(LineBusy, match="GPIO17 is held by alcolab"):
            async with lines.board.edges([Line("GPIO18"), Line("GPIO17")]):
                pass
        async with lines.board.edges([Line("GPIO18")]):
            pass  # what was asked for together was let go together
    async with lines.board.edges([Line("GPIO17")]):
        pass


async def test_one_request_cannot_ask_for_a_line_twice(lines: Bench) -> None:
    with pytest.raises(LineBusy, match="GPIO17"):
        async with lines.board.edges([Line("GPIO17"), Line("GPIO17")]):
            pass


@pytest.mark.parametrize("line", ["GPIO99", "gpio17", "17", ""])
async def test_a_line_that_does_not_exist_is_said_with_those_that_do(lines: Bench, line: str) -> None:
    with pytest.raises(HardwareMissing, match=f"there is no line {line}"):
        async with lines.board.edges([Line(line)]):
            pass


async def test_a_pulled_up_line_with_nothing_connected_is_high(lines: Bench) -> None:
    async with lines.board.edges([Line("GPIO22", bias=Bias.PULL_UP), Line("GPIO23", bias=Bias.PULL_DOWN)]) as edges:
        assert edges.level("GPIO22") is True
        assert edges.level("GPIO23") is False


@pytest.mark.parametrize("active_low", [False, True])
async def test_an_output_is_inactive_at_first_and_follows(lines: Bench, active_low: bool) -> None:
    async with lines.board.output("GPIO5", active_low=active_low) as output:
        assert lines.level("GPIO5") is active_low
        output.set(True)
        assert lines.level("GPIO5") is not active_low
        output.set(False)
        assert lines.level("GPIO5") is active_low


async def test_an_output_is_safe_when_its_holder_is_cancelled(lines: Bench) -> None:
    async def lamp() -> None:
        async with lines.board.output("GPIO5") as output:
            output.set(True)
            await asyncio.Event().wait()

    task = asyncio.create_task(lamp())
    await until(lambda: lines.level("GPIO5"))
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert lines.level("GPIO5") is False


async def test_an_output_is_safe_when_its_holder_fails_and_can_be_held_again(lines: Bench) -> None:
    async def lamp() -> None:
        async with lines.board.output("GPIO5") as output:
            output.set(True)
            raise ZeroDivisionError

    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            await lamp()
        assert lines.level("GPIO5") is False


async def test_an_output_is_held_by_one_at_a_time(lines: Bench) -> None:
    async with lines.board.output("GPIO5"):
        with pytest.raises(LineBusy, match="GPIO5"):
            async with lines.board.output("GPIO5"):
                pass


async def test_an_output_that_does_not_exist_is_said(lines: Bench) -> None:
    with pytest.raises(HardwareMissing, match="there is no line GPIO99"):
        async with lines.board.output("GPIO99"):
            pass
