"""What PostgreSQL does for each statement that is sent to it: which tables it reads as a whole."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import event

from bbconsumer.db.session import Database

_EXPLAINED = ("SELECT", "WITH", "INSERT", "UPDATE", "DELETE")
# Whether an index is worth its price, at the sizes of a test, is a guess of PostgreSQL's; that one can serve is not. So
# it may read a whole table, or join whole tables, only where there is no other way.
_WAYS = ("enable_seqscan", "enable_hashjoin", "enable_mergejoin")
_FORBID, _ALLOW = "; ".join(f"SET {way} = off" for way in _WAYS), "; ".join(f"RESET {way}" for way in _WAYS)
_INDEX_SCANS = {"Index Scan", "Index Only Scan", "Bitmap Index Scan"}
# Columns that part a table into a few large parts: an index that is asked for nothing else reads one as a whole.
_COARSE = {"object_kind", "kind"}
# What stands before an operator in a condition, casts aside.
_COLUMN = re.compile(r"(?<!:)\b[a-z_]+(?=\)?(?:::\w+)* (?:[<>=]|IS ))")


@dataclass(frozen=True, slots=True)
class WholeRead:
    """A table of which a statement reads every row."""

    table: str
    statement: str


class Plans:
    """The tables that were read as a whole while it was watched, and how many statements were explained."""

    def __init__(self) -> None:
        self.whole_reads: set[WholeRead] = set()
        self.explained_count = 0

    def note(self, statement: str, plan: Mapping[str, Any]) -> None:
        """Take in what EXPLAIN says of a statement."""
        self.explained_count += 1
        self.whole_reads |= {WholeRead(table, statement) for table in _read_as_a_whole(plan, is_cut_short=False)}


@contextmanager
def explained(database: Database) -> Iterator[Plans]:
    """Explain each kind of statement that is sent meanwhile, once, with the parameters that it was sent with first.

    It is explained right before it is executed, on its own connection, so what its transaction did is seen.
    """
    plans, seen = Plans(), set[str]()

    def explain(
        _connection: object, cursor: Any, statement: str, parameters: Any, _context: object, many: bool
    ) -> None:
        if statement in seen or "pg_catalog" in statement or not statement.lstrip().upper().startswith(_EXPLAINED):
            return
        seen.add(statement)
        with cursor.connection.cursor() as own:
            own.execute(_FORBID)
            own.execute(f"EXPLAIN (FORMAT JSON) {statement}", parameters[0] if many else parameters)
            ((answer,),) = own.fetchall()
            own.execute(_ALLOW)
        plans.note(statement, answer[0]["Plan"])

    engines = {database.engine, database._committing}
    for engine in engines:
        event.listen(engine, "before_cursor_execute", explain)
    try:
        yield plans
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", explain)


def _read_as_a_whole(plan: Mapping[str, Any], *, is_cut_short: bool, table: str = "") -> Iterator[str]:
    """The tables below a node that are read without a condition that an index knows, and not only until a limit.

    `table` is that of the node above: those that make a bitmap of it name only its index.
    """
    kind, table = plan["Node Type"], plan.get("Relation Name", table)
    columns = set(_COLUMN.findall(plan.get("Index Cond", "")))
    if kind == "Seq Scan" or (kind in _INDEX_SCANS and columns <= _COARSE and not is_cut_short):
        yield table
    # A sort, a hash or an aggregate takes all rows before the limit above it can cut anything.
    passes_on = kind in {"Limit", "LockRows", "Nested Loop", "Append", "Merge Append", "Subquery Scan"}
    for below in plan.get("Plans", ()):
        yield from _read_as_a_whole(below, is_cut_short=passes_on and (is_cut_short or kind == "Limit"), table=table)
