"""The logs of the nodes as the history knows them: how far each is stored, and what its clock was worth."""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from hub.history.marks import Marks
from hub.history.schema import log, stored_above

ACKNOWLEDGED_LOGS_MOST = 16
"""Logs of one node that its acknowledgement names: those heard most recently."""


@dataclass(slots=True)
class Log:
    """One process of a node."""

    id: int
    name: str
    node: str
    marks: Marks = field(default_factory=Marks)
    correction_ms: int | None = None


class Logs:
    """All logs that were ever heard; their rows change in the transaction that stores the data."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._by_name: dict[str, Log] = {}
        self._heard: dict[str, OrderedDict[str, Log]] = {}
        above: dict[int, list[tuple[int, int]]] = {}
        for row in connection.execute(select(stored_above).order_by(stored_above.c.log, stored_above.c.first)):
            above.setdefault(row.log, []).append((row.first, row.last))
        for row in connection.execute(select(log).order_by(log.c.id)):
            marks = Marks(row.watermark, above.get(row.id), row.lost)
            known = self._by_name[row.name] = Log(row.id, row.name, row.node, marks, row.correction_ms)
            self._note_heard(known)

    @property
    def nodes(self) -> Iterable[str]:
        """The nodes that own any log."""
        return self._heard.keys()

    def get(self, name: str) -> Log | None:
        return self._by_name.get(name)

    def of(self, name: str, node: str) -> Log:
        """The log `name`, which `node` says is its own; made where it is new."""
        known = self._by_name.get(name)
        if known is None:
            new = insert(log).values(name=name, node=node, watermark=0, lost=0).returning(log.c.id)
            known = self._by_name[name] = Log(self._connection.execute(new).scalar_one(), name, node)
        elif known.node != node:
            self._heard[known.node].pop(name, None)
            known.node = node
            self._connection.execute(update(log).where(log.c.id == known.id).values(node=node))
        return known

    def save(self, touched: Iterable[Log]) -> None:
        """Write how far these logs are stored, and remember that they were heard."""
        rows = [
            {
                "this": one.id,
                "watermark": one.marks.watermark,
                "lost": one.marks.lost,
                "correction_ms": one.correction_ms,
            }
            for one in touched
        ]
        self._connection.execute(update(log).where(log.c.id == bindparam("this")), rows)
        for one in touched:
            self._note_heard(one)
            if one.marks.changed:
                self._save_above(one)

    def acknowledged(self, node: str) -> dict[str, int]:
        """What the node may forget: log → all up to this number is stored."""
        return {name: one.marks.watermark for name, one in self._heard.get(node, {}).items() if one.marks.watermark}

    def _note_heard(self, one: Log) -> None:
        heard = self._heard.setdefault(one.node, OrderedDict())
        heard[one.name] = one
        heard.move_to_end(one.name)
        while len(heard) > ACKNOWLEDGED_LOGS_MOST:
            heard.popitem(last=False)

    def _save_above(self, one: Log) -> None:
        self._connection.execute(delete(stored_above).where(stored_above.c.log == one.id))
        rows = [{"log": one.id, "first": first, "last": last} for first, last in one.marks.above]
        if rows:
            self._connection.execute(insert(stored_above), rows)
        one.marks.changed = False
