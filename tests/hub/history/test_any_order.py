"""However live messages, backlogs and restarts interleave: everything once, and no acknowledgement too early."""

import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.bus import Entry
from hub.history import store
from hub.history.service import DATABASE
from hub.history.store import Counters, Item, Store
from tests.hub.history.material import LAB, LOG, backlog, event, reading, stored, stored_events

SENT = 12


def entry(seq: int) -> Entry:
    """Every third is an event; readings share their millisecond in pairs."""
    return event(seq) if seq % 3 == 0 else reading(seq, at=seq // 2)


live = st.integers(min_value=1, max_value=SENT).map(entry)
batch = st.tuples(st.integers(1, SENT), st.integers(0, 5))
act = st.one_of(st.tuples(st.just("live"), live), st.tuples(st.just("backlog"), batch), st.sampled_from(["commit"]))
# A kill loses what was not committed; a merge may come at any time.
course = st.lists(st.one_of(act, st.sampled_from(["kill", "merge"])), max_size=40)


class Node:
    """Keeps what was not acknowledged to it, as an outbox does."""

    def __init__(self) -> None:
        self.acknowledged = 0

    def resend(self, start: int, length: int) -> Item | None:
        first = self.acknowledged + 1
        kept = [entry(seq) for seq in range(max(start, first), min(start + length, SENT) + 1)]
        return backlog(kept, first=min(first, SENT)) if kept else None


@given(course)
@settings(deadline=None, max_examples=100)
def test_everything_stands_once_and_no_acknowledgement_passes_what_is_not_stored(course: list[object]) -> None:
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder, node, waiting = Path(name), Node(), list[Item]()

        def opened() -> Store:
            return stack.enter_context(Store.open(folder / DATABASE, LAB, Counters()))

        def commit(history: Store) -> None:
            for said in history.take(waiting):
                node.acknowledged = max(node.acknowledged, said.marks.get(LOG, 0))
            waiting.clear()
            assert set(range(1, node.acknowledged + 1)) <= numbers(folder)

        history = opened()
        for step in [*course, *(("backlog", (1, SENT)), "commit")]:
            match step:
                case ("live", Entry() as one):
                    waiting.append(one)
                case ("backlog", (int(start), int(length))):
                    waiting.extend(filter(None, [node.resend(start, length)]))
                case "commit":
                    commit(history)
                case "merge":
                    history.merge()
                case "kill":
                    waiting.clear()
                    stack.close()
                    history = opened()
        assert node.acknowledged == SENT
        assert sorted(all_numbers(folder)) == list(range(1, SENT + 1))


def numbers(folder: Path) -> set[int]:
    return set(all_numbers(folder))


def all_numbers(folder: Path) -> list[int]:
    """Each entry's number, as often as it stands: a reading's value is its number."""
    measured = [int(one.value) for one in stored(folder) if one.value is not None]
    return measured + [one.seq for one in stored_events(folder)]


def test_a_store_that_failed_stores_nothing_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Store.open(tmp_path / DATABASE, LAB, Counters()) as history:
        monkeypatch.setattr(history, "_write", None)
        with pytest.raises(TypeError):
            history.take([reading(1)])
        monkeypatch.undo()
        with pytest.raises(RuntimeError):
            history.take([reading(1)])


def test_readings_are_merged_after_an_hour_or_when_they_are_many(tmp_path: Path) -> None:
    with Store.open(tmp_path / DATABASE, LAB, Counters()) as history:
        history.take([reading(1)])
        assert not history.merge_due
        history._merge_at -= store.MERGE_EVERY_S
        assert history.merge_due
        history.merge()
        assert not history.merge_due
        history.take([backlog(reading(seq) for seq in range(2, store.MERGE_ROWS + 2))])
        assert history.merge_due
