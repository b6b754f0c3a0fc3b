"""YAML as `config.yaml` understands it: what words mean, anchors, merge keys, and bombs."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.config.document import Unreadable, parsed
from hub.config.scalars import meaning


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("no", "no"),
        ("on", "on"),
        ("yes", "yes"),
        ("12:30:45", "12:30:45"),
        ("010", "010"),
        ("1_000", "1_000"),
        ("2026-03-01", "2026-03-01"),
        ("1e3", 1000.0),
        ("1.5e-3", 0.0015),
        (".5", 0.5),
        ("-7", -7),
        ("0x48", 0x48),
        ("0o17", 0o17),
        ("true", True),
        ("False", False),
        ("~", None),
        ("", None),
        ("null", None),
        ("-.inf", float("-inf")),
    ],
)
def test_a_word_means_what_it_looks_like_and_not_what_yaml_1_1_made_of_it(word: str, value: Any) -> None:
    assert meaning(word) == value
    assert type(meaning(word)) is type(value)


def test_a_quoted_word_is_text() -> None:
    root, _ = parsed("{a: '5', b: \"no\", c: 'null', d: !!str 5}")
    assert root.data == {"a": "5", "b": "no", "c": "null", "d": "5"}


def test_a_value_knows_the_line_of_its_key_and_an_item_its_own() -> None:
    root, _ = parsed("a:\n  b:\n    - 1\n    - 2\nc: |\n  long\n  text\nd: 5\n")
    lines = [root.nearest(path).line for path in [("a",), ("a", "b"), ("a", "b", 1), ("c",), ("d",)]]
    assert lines == [1, 2, 4, 5, 8]


def test_anchors_and_merge_keys_save_writing() -> None:
    root, _ = parsed("base: &base {x: 1, y: 2}\none: {<<: *base, y: 3}\ntwo: {<<: [*base, {z: 4}]}\nthree: *base\n")
    assert root.data["one"] == {"x": 1, "y": 3}
    assert root.data["two"] == {"x": 1, "y": 2, "z": 4}
    assert root.data["three"] == {"x": 1, "y": 2}
    assert root.nearest(("three",)).line == 4


def test_a_key_twice_is_noticed_wherever_it_is() -> None:
    root, duplicates = parsed("a:\n  b: 1\n  c: 2\n  b: 3\na: 4\n")
    assert [(each.path, each.line, each.first_line) for each in duplicates] == [(("a", "b"), 4, 2), (("a",), 5, 1)]
    assert root.data == {"a": {"b": 1, "c": 2}}


@pytest.mark.parametrize("payload", ["lol", "x" * 9000])
def test_aliases_that_multiply_are_refused(payload: str) -> None:
    bomb = f"a0: &a0 {payload}\n" + "".join(
        f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]\n" for level in range(1, 10)
    )
    with pytest.raises(Unreadable, match="aliases"):
        parsed(bomb)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(10**17), 10**17) | st.text(),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
        max_leaves=12,
    )
)
def test_json_is_read_as_what_it_says(value: Any) -> None:
    import json

    try:
        root, duplicates = parsed(json.dumps({"value": value}))
    except Unreadable as refused:
        assert "\\u" in json.dumps(value) or "key" in str(refused)  # noqa: PT017 - either is fine
        return
    assert duplicates == []
    assert root.data == {"value": value}
