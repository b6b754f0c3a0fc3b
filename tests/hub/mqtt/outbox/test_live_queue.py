"""The live queue: fair to every lane, and bounded."""

from hypothesis import given
from hypothesis import strategies as st

from hub.mqtt.outbox.live_queue import LiveQueue


def opened(capacity: int = 100) -> LiveQueue:
    queue = LiveQueue(capacity)
    queue.open(lambda: None)
    return queue


def drain(queue: LiveQueue) -> list[int]:
    return list(iter(queue.take, None))


def test_nothing_waits_while_nobody_sends() -> None:
    queue = LiveQueue()
    queue.put(("bed", "t"), 1)
    assert not len(queue)
    assert queue.take() is None


def test_a_flood_in_one_lane_delays_no_other_by_more_than_a_turn() -> None:
    queue = opened()
    for seq in range(50):
        queue.put(("bed", "flood"), seq)
    queue.put(("bed", "quiet"), 1000)
    assert drain(queue)[:3] == [0, 1000, 1]


def test_when_full_the_oldest_of_the_same_lane_gives_way() -> None:
    queue = opened(capacity=3)
    for seq in range(1, 6):
        queue.put(("bed", "t"), seq)
    assert queue.overtaken == 2
    assert drain(queue) == [3, 4, 5]


def test_when_full_a_lane_that_has_nothing_waiting_still_gets_its_place() -> None:
    queue = opened(capacity=2)
    for seq in (1, 2):
        queue.put(("bed", "flood"), seq)
    queue.put(("bed", "quiet"), 3)
    assert sorted(drain(queue)) == [1, 2, 3]


def test_closing_lets_go_of_what_waits() -> None:
    queue = opened()
    queue.put(("bed", "t"), 1)
    queue.close()
    assert not len(queue)


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.booleans()), max_size=200), st.integers(1, 20))
def test_each_lane_keeps_its_order_and_the_bound_holds(steps: list[tuple[str, bool]], capacity: int) -> None:
    queue = opened(capacity)
    taken: dict[int, str] = {}
    lanes = {seq: name for seq, (name, _) in enumerate(steps)}
    for seq, (name, take) in enumerate(steps):
        queue.put((name, ""), seq)
        assert len(queue) <= capacity + 4
        if take and (got := queue.take()) is not None:
            taken[got] = lanes[got]
    taken.update((seq, lanes[seq]) for seq in drain(queue))
    for name in "abcd":
        order = [seq for seq, lane in taken.items() if lane == name]
        assert order == sorted(order)
    assert len(taken) + queue.overtaken == len(steps)
