"""What every board does with keyboards, and with the badge readers that type as one."""

import asyncio
import time
from collections.abc import Sequence

import pytest

from devices.board.board import InputDevice, InputReport
from devices.board.input_records import EV_KEY
from devices.board.keys import KEY_LEFTSHIFT, PLAIN, SHIFTED
from devices.errors import DeviceOffline, HardwareMissing, LineBusy
from tests.devices.board.bench import Bench, opened

READER = "Sycreader RFID Technology"
CARD = "0012345678\n"
KEY_A, KEY_B, KEY_C = (PLAIN[letter] for letter in "abc")
MORE_THAN_IS_KEPT = "0" * 100


async def take(device: InputDevice, count: int) -> Sequence[InputReport]:
    """The next `count` reports."""
    taken: list[InputReport] = []
    async with asyncio.timeout(20):
        async for report in device:
            taken.append(report)
            if len(taken) >= count:
                break
    return taken


def moves(reports: Sequence[InputReport]) -> Sequence[tuple[int, int]]:
    """Code and value of what the keys did."""
    return [(event.code, event.value) for report in reports for event in report.events if event.type == EV_KEY]


def typed(text: str) -> Sequence[tuple[int, int]]:
    """The moves that type this."""
    return [(PLAIN[character], value) for character in text for value in (1, 0)]


async def test_a_card_is_read_key_by_key_in_order_with_the_times_of_the_kernel(bench: Bench) -> None:
    reader = bench.keyboard(READER)
    async with bench.board.input_device(READER) as device:
        before_ns = time.monotonic_ns()
        reader.type(CARD)
        after_ns = time.monotonic_ns()
        time.sleep(0.05)  # noqa: ASYNC251 - the loop is late, and the times are not
        reports = await take(device, 2 * len(CARD))
    assert moves(reports) == typed(CARD)
    assert not any(report.lost for report in reports)
    times = [event.monotonic_ns for report in reports for event in report.events]
    assert times == sorted(times)
    assert before_ns // 1000 * 1000 <= times[0]
    assert times[-1] <= after_ns


async def test_capital_letters_are_typed_with_shift(bench: Bench) -> None:
    reader = bench.keyboard(READER)
    async with bench.board.input_device(READER) as device:
        reader.type("A")
        assert moves(await take(device, 4)) == [
            (KEY_LEFTSHIFT, 1),
            (SHIFTED["A"], 1),
            (SHIFTED["A"], 0),
            (KEY_LEFTSHIFT, 0),
        ]


async def test_what_was_typed_before_it_was_held_is_not_for_us(bench: Bench) -> None:
    reader = bench.keyboard(READER)
    reader.type(CARD)
    async with bench.board.input_device(READER) as device:
        reader.type("7")
        assert moves(await take(device, 2)) == typed("7")


async def test_a_key_that_was_down_when_it_was_held_goes_up(bench: Bench) -> None:
    reader = bench.keyboard(READER)
    reader.press(KEY_A)
    async with bench.board.input_device(READER) as device:
        reader.release(KEY_A)
        assert moves(await take(device, 1)) == [(KEY_A, 0)]


async def test_reports_wait_for_whoever_asks_next(bench: Bench) -> None:
    reader = bench.keyboard(READER)
    async with bench.board.input_device(READER) as device:
        reader.type(CARD)
        reports = [report for _ in range(2 * len(CARD)) for report in await take(device, 1)]
    assert moves(reports) == typed(CARD)


async def test_two_are_held_together_and_told_apart(bench: Bench) -> None:
    one, other = bench.keyboard("one"), bench.keyboard("other")
    async with bench.board.input_device("one") as first, bench.board.input_device("other") as second:
        one.type("1")
        other.type("2")
        assert moves(await take(first, 2)) == typed("1")
        assert moves(await take(second, 2)) == typed("2")


async def test_it_is_held_by_one_at_a_time_and_the_message_names_the_holder(bench: Bench) -> None:
    reader = bench.keyboard(READER)
    async with bench.board.input_device(READER) as device:
        with pytest.raises(LineBusy, match=f"{READER} is held by alcolab"):
            async with bench.board.input_device(READER):
                pass
        reader.type("1")
        assert moves(await take(device, 2)) == typed("1")
    async with bench.board.input_device(READER):
        pass


async def test_one_that_is_not_there_is_said_with_those_that_are(bench: Bench) -> None:
    for absent in ("Sycreader", "/dev/input/by-id/usb-Sycreader-event-kbd"):
        bench.keyboard(READER)
        with pytest.raises(HardwareMissing, match=f"no input device {absent}: plug it in; there is: .*{READER}"):
            async with bench.board.input_device(absent):
                pass


async def test_unplugged_while_we_wait_it_is_offline(bench: Bench) -> None:
    reader = bench.keyboard(READER)
    async with bench.board.input_device(READER) as device:
        waiting = asyncio.create_task(take(device, 1))
        await asyncio.sleep(0.05)
        assert not waiting.done()
        reader.unplug()
        with pytest.raises(DeviceOffline, match=f"{READER} was unplugged"):
            await waiting


async def test_unplugged_while_nobody_waited_it_is_offline_and_what_was_not_read_is_gone(bench: Bench) -> None:
    reader = bench.keyboard(READER)
    async with bench.board.input_device(READER) as device:
        reader.type(CARD)
        reader.unplug()
        for _ in range(2):
            with pytest.raises(DeviceOffline, match=f"{READER} was unplugged"):
                await take(device, 1)
    with pytest.raises(HardwareMissing, match="plug it in"):
        async with bench.board.input_device(READER):
            pass


async def test_plugged_in_again_it_is_read_again(bench: Bench) -> None:
    reader = bench.keyboard(READER)
    for _ in range(2):
        async with bench.board.input_device(READER) as device:
            reader.type(CARD)
            assert moves(await take(device, 2 * len(CARD))) == typed(CARD)
            reader.unplug()
            with pytest.raises(DeviceOffline):
                await take(device, 1)
        reader.plug()


async def test_plugged_in_again_it_can_be_held_although_the_old_one_is_not_yet_let_go(bench: Bench) -> None:
    reader = bench.keyboard(READER)
    async with bench.board.input_device(READER):
        reader.unplug()
        reader.plug()
        async with bench.board.input_device(READER) as device:
            reader.type("1")
            assert moves(await take(device, 2)) == typed("1")


async def test_a_loss_is_said_and_afterwards_no_key_stays_down_or_is_missed(bench: Bench) -> None:
    reader = bench.keyboard(READER)
    async with bench.board.input_device(READER) as device:
        reader.press(KEY_A)
        reader.press(KEY_B)
        assert moves(await take(device, 2)) == [(KEY_A, 1), (KEY_B, 1)]
        reader.release(KEY_A)
        reader.press(KEY_C)
        reader.type(MORE_THAN_IS_KEPT)
        (report,) = await take(device, 1)
        assert report.lost
        assert moves([report]) == [(KEY_A, 0), (KEY_C, 1)]
        reader.release(KEY_B)
        after = [report for report in await take(device, 1) if report.events]
        assert (moves(after), [report.lost for report in after]) == ([(KEY_B, 0)], [False])


async def test_a_key_that_went_down_before_it_was_held_does_not_stay_down_by_a_loss(bench: Bench) -> None:
    reader = bench.keyboard(READER)
    reader.press(KEY_A)
    async with bench.board.input_device(READER) as device:
        reader.release(KEY_A)
        reader.type(MORE_THAN_IS_KEPT)
        (report,) = await take(device, 1)
        assert (report.lost, moves([report])) == (True, [(KEY_A, 0)])


async def test_a_card_read_after_a_loss_is_whole(bench: Bench) -> None:
    reader = bench.keyboard(READER)
    async with bench.board.input_device(READER) as device:
        for _ in range(3):
            reader.type(MORE_THAN_IS_KEPT)
            (report,) = await take(device, 1)
            assert (report.lost, moves([report])) == (True, [])
            reader.type(CARD)
            assert moves(await take(device, 2 * len(CARD))) == typed(CARD)


async def test_cancelled_it_is_free_again(bench: Bench) -> None:
    bench.keyboard(READER)
    holding = asyncio.Event()

    async def read() -> None:
        async with bench.board.input_device(READER) as device:
            holding.set()
            await take(device, 1)

    before = opened()
    for _ in range(3):
        task = asyncio.create_task(read())
        await asyncio.wait_for(holding.wait(), 20)
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        holding.clear()
    assert opened() <= before + 1  # the pipe by which threads wake the loop is there already, libraries may load late
    async with bench.board.input_device(READER):
        pass


async def test_a_failure_lets_go_of_it(bench: Bench) -> None:
    bench.keyboard(READER)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            async with bench.board.input_device(READER):
                raise ZeroDivisionError


async def test_whoever_still_waits_when_it_is_let_go_is_told(bench: Bench) -> None:
    bench.keyboard(READER)
    async with bench.board.input_device(READER) as device:
        waiting = asyncio.create_task(take(device, 1))
        await asyncio.sleep(0.01)
    with pytest.raises(DeviceOffline):
        await waiting
