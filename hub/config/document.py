"""A YAML file as a tree in which every value knows its line.

Built from the parser's events and not from PyYAML's own constructor, so that nothing in a file can make it run
code, recurse or grow without bound, and so that a key that is written twice is noticed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

import yaml

from hub.config.scalars import meaning

BYTES_AT_MOST = 1_000_000
DEEP_AT_MOST = 32
VALUES_AT_MOST = 100_000
"""With every alias counted as often as it is used, and a long text as several."""

Path: TypeAlias = tuple[str | int, ...]
"""From the top of the file to one value: keys, and positions in lists."""

STRING_TAG = "tag:yaml.org,2002:str"


@dataclass(frozen=True, slots=True)
class Node:
    """One value: the line to point at, the plain data, how it was written, and what is inside."""

    line: int
    data: Any
    text: str = ""
    children: "Mapping[str | int, Node]" = field(default_factory=dict)
    size: int = 1

    def nearest(self, path: Path) -> "Node":
        """What stands at `path`, or the last thing on the way there."""
        node = self
        for part in path:
            if part not in node.children:
                break
            node = node.children[part]
        return node

    def get(self, *path: str | int) -> "Node | None":
        """What stands at `path`, if anything does."""
        node = self
        for part in path:
            if part not in node.children:
                return None
            node = node.children[part]
        return node

    def leaves(self, path: Path = ()) -> "Iterator[tuple[Path, Node]]":
        """Every scalar inside, with its path."""
        if not self.children:
            yield path, self
        for key, child in self.children.items():
            yield from child.leaves((*path, key))


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A key that stands twice in one mapping; the first one counts."""

    path: Path
    line: int
    first_line: int


class Unreadable(Exception):
    """The text is not YAML that can be used at all."""

    def __init__(self, line: int, text: str) -> None:
        super().__init__(text)
        self.line = line


def decoded(content: bytes) -> str:
    """The text of the file.

    Raises:
        Unreadable: too large, or not UTF-8.
    """
    if len(content) > BYTES_AT_MOST:
        raise Unreadable(
            1, f"found more than {BYTES_AT_MOST} bytes, which is the most allowed; is this the right file?"
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        found = f"found the byte 0x{content[error.start]:02x}, which is not UTF-8"
        raise Unreadable(line, f"{found}; save the file as UTF-8 (in the editor: encoding)") from None


def parsed(text: str) -> tuple[Node, list[Duplicate]]:
    """The tree of a YAML text, and the keys that stand twice.

    Raises:
        Unreadable: not YAML, or something of YAML that is not allowed here.
    """
    builder = _Builder(yaml.parse(text, Loader=yaml.CSafeLoader))
    try:
        return builder.document(), builder.duplicates
    except yaml.MarkedYAMLError as error:
        raise _syntax_error(error, text) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise Unreadable(line, f"found a control character (0x{error.character:02x}); remove it") from None


def _syntax_error(error: yaml.MarkedYAMLError, text: str) -> Unreadable:
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark else 1
    lines = text.splitlines()
    here = lines[line - 1] if line <= len(lines) else ""
    if "\t" in here[: len(here) - len(here.lstrip())]:
        return Unreadable(line, "found a tab at the start of the line; allowed: spaces")
    column = f" at column {mark.column + 1}" if mark else ""
    context = f" {error.context}" if error.context else ""
    hint = "; look at the indentation, colons, quotes and brackets here and just above"
    return Unreadable(line, f"not YAML{column}: {error.problem}{context}{hint}")


class _Builder:
    """Turns the parser's events into a tree, one node after the other."""

    def __init__(self, events: Iterator[Any]) -> None:
        self.duplicates: list[Duplicate] = []
        self._events = events
        self._anchors: dict[str, Node] = {}
        self._values = 0

    def document(self) -> Node:
        next(self._events)
        if isinstance(next(self._events), yaml.StreamEndEvent):
            return Node(1, None)
        root = self._node(next(self._events), ())
        next(self._events)
        if not isinstance(after := next(self._events), yaml.StreamEndEvent):
            raise Unreadable(after.start_mark.line + 1, "found a second document (---); allowed: one in a file")
        return root

    def _node(self, event: Any, path: Path) -> Node:
        line = event.start_mark.line + 1
        if len(path) > DEEP_AT_MOST:
            raise Unreadable(line, f"found more than {DEEP_AT_MOST} levels; is a bracket left open?")
        if isinstance(event, yaml.AliasEvent):
            return self._counted(self._alias(event, line))
        if isinstance(event, yaml.ScalarEvent):
            node = self._scalar(event, line)
        elif isinstance(event, yaml.SequenceStartEvent):
            node = self._sequence(event, line, path)
        else:
            node = self._mapping(event, line, path)
        if event.anchor:
            self._anchors[event.anchor] = node
        return node

    def _counted(self, node: Node) -> Node:
        self._values += node.size
        if self._values > VALUES_AT_MOST:
            raise Unreadable(node.line, f"found more than {VALUES_AT_MOST} values; aliases (*name) count each time")
        return node

    def _alias(self, event: Any, line: int) -> Node:
        if event.anchor not in self._anchors:
            raise Unreadable(line, f"found *{event.anchor}, but no &{event.anchor} stands complete before it")
        return replace(self._anchors[event.anchor], line=line)

    def _scalar(self, event: Any, line: int) -> Node:
        if event.tag not in {None, STRING_TAG}:
            raise _tag_refused(event, line)
        is_plain = event.implicit[0] and event.tag is None
        value = meaning(event.value) if is_plain else event.value
        return self._counted(Node(line, value, event.value, size=1 + len(event.value) // 64))

    def _sequence(self, event: Any, line: int, path: Path) -> Node:
        if event.tag is not None:
            raise _tag_refused(event, line)
        items: list[Node] = []
        while not isinstance(following := next(self._events), yaml.SequenceEndEvent):
            items.append(self._node(following, (*path, len(items))))
        return _joined(line, [item.data for item in items], dict(enumerate(items)))

    def _mapping(self, event: Any, line: int, path: Path) -> Node:
        if event.tag is not None:
            raise _tag_refused(event, line)
        entries: dict[str | int, Node] = {}
        merged: list[Node] = []
        while not isinstance(following := next(self._events), yaml.MappingEndEvent):
            key = self._key(following)
            value = self._node(next(self._events), (*path, key.text))
            if key.text == "<<" and key.data == "<<":
                merged += _mappings_to_merge(value)
            elif key.text in entries:
                self.duplicates.append(Duplicate((*path, key.text), key.line, entries[key.text].line))
            else:
                entries[key.text] = replace(value, line=key.line)
        for source in merged:
            entries = {**source.children, **entries}
        return _joined(line, {str(key): child.data for key, child in entries.items()}, entries)

    def _key(self, event: Any) -> Node:
        line = event.start_mark.line + 1
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, line)
        if isinstance(event, yaml.AliasEvent) and not (anchored := self._alias(event, line)).children:
            return anchored
        raise Unreadable(line, "found a list or mapping as a key; allowed: a word (is a quote missing around {…}?)")


def _joined(line: int, data: Any, children: dict[str | int, Node]) -> Node:
    return Node(line, data, children=children, size=1 + sum(child.size for child in children.values()))


def _mappings_to_merge(value: Node) -> list[Node]:
    sources = list(value.children.values()) if isinstance(value.data, list) else [value]
    for source in sources:
        if not isinstance(source.data, dict):
            raise Unreadable(source.line, "found '<<' with something else than a mapping; allowed: <<: *name")
    return sources


def _tag_refused(event: Any, line: int) -> Unreadable:
    return Unreadable(line, f"found the tag {event.tag}; allowed: plain values without tags")
