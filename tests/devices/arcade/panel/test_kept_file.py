"""Whatever a file holds, it is understood or set aside."""

import asyncio
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from devices.arcade.panel import kept_file
from devices.arcade.panel.kept_file import NO_CONTENT, KeptFile, Unreadable
from devices.arcade.panel.lives import read_lives
from devices.arcade.panel.profiles import Choices
from devices.board.durable_file import replace_file
from devices.errors import StorageFull
from tests.waiting import until

FIELDS = st.sampled_from(
    [
        "chosen",
        "changes",
        "socd",
        "remap",
        "turbo",
        "player",
        "button",
        "total",
        "youth",
        "blocks",
        "neighbours",
        "south",
    ]
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | FIELDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(FIELDS, inner, max_size=6),
    max_leaves=20,
)


@given(anything)
@example({"chosen": "x", "changes": {"x": {"socd": None, "remap": {}, "turbo": {"south": 10**400}}}})
@example([{"player": float("inf")}])
def test_any_content_is_understood_or_told_from_the_right_one(content: Any) -> None:
    for read in (Choices.read, read_lives):
        with suppress(*NO_CONTENT):
            read(content)


async def test_there_is_nothing_at_first(tmp_path: Path) -> None:
    assert await KeptFile(tmp_path / "it.json", "it").load(list) is None


async def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    await KeptFile(tmp_path / "it.json", "it").save([1, "é"])
    assert await KeptFile(tmp_path / "it.json", "it").load(list) == [1, "é"]


async def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(StorageFull, match="it cannot be kept"):
        await KeptFile(tmp_path / "no" / "it.json", "it").save([])


async def test_what_is_read_too_late_is_not_replaced_but_set_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free, late = threading.Event(), threading.Event()

    def hang(content: Any) -> Any:
        free.wait(20)
        late.set()
        return content

    path = tmp_path / "it.json"
    path.write_text("[1]")
    file = KeptFile(path, "it")
    monkeypatch.setattr(kept_file, "WITHIN_S", 0.05)
    with pytest.raises(Unreadable, match="cannot be read"):
        await file.load(hang)
    monkeypatch.undo()
    free.set()
    await until(late.is_set)
    await file.save([2])
    assert (path.read_text(), path.with_suffix(".damaged").read_text()) == ("[2]", "[1]")


async def test_the_latest_remains_though_an_older_one_was_still_being_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free, began = threading.Event(), threading.Event()

    def slowly(path: Path, content: bytes) -> None:
        began.set()
        free.wait(20)
        replace_file(path, content)

    monkeypatch.setattr(kept_file, "replace_file", slowly)
    file = KeptFile(tmp_path / "it.json", "it")
    older = asyncio.create_task(file.save(["older"]))
    await until(began.is_set)
    older.cancel()
    latest = asyncio.create_task(file.save(["latest"]))
    await asyncio.wait([older])
    free.set()
    await latest
    assert await KeptFile(tmp_path / "it.json", "it").load(list) == ["latest"]
