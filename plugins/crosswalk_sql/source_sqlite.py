"""The sqlite source: the rows of a query, in the order of a column that only grows."""

from __future__ import annotations

import base64
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from crosswalk import Batch, ConnectorError, Context, Source

from .sqlite_common import quoted, surfaced


@dataclass(frozen=True)
class SqliteSource(Source):
    """Rows of an SQLite database.

    `path`: the database file.
    `query`: a SELECT; or give `table`.
    `table`: the table or view to read whole.
    `order_by`: a column of the result that is unique, never null and only grows (an id); runs go on behind its last
        value. Without it every run reads everything, and a killed run begins anew.
    """

    type: ClassVar[str] = "sqlite"
    path: str
    query: str | None = None
    table: str | None = None
    order_by: str | None = None
    _context: Context = field(default_factory=Context, compare=False, repr=False)

    def bind(self, context: Context) -> SqliteSource:
        """With the path made absolute and the batch size of the run."""
        return replace(self, path=context.path(self.path), _context=context)

    def check(self) -> list[str]:
        """Exactly one of `query` and `table`."""
        return [] if (self.query is None) != (self.table is None) else ["give either query or table"]

    def read(self, cursor: Any = None) -> Iterator[Batch]:
        """Rows with an ordering value greater than the cursor."""
        inner = self.query.rstrip().rstrip(";") if self.query else f"SELECT * FROM {quoted(self.table or '')}"
        text, values = f"SELECT * FROM ({inner})", []
        if self.order_by is not None:
            if cursor is not None:
                text += f" WHERE {quoted(self.order_by)} > ?"
                values = [_decoded(cursor)]
            text += f" ORDER BY {quoted(self.order_by)}"
        with surfaced(self.path):
            connection = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)
        try:
            with surfaced(self.path):
                found = connection.execute(text, values)
            names = [column[0] for column in found.description]
            number = 1
            while True:
                with surfaced(self.path):
                    rows = found.fetchmany(self._context.read.records)
                if not rows:
                    return
                records = [dict(zip(names, row, strict=True)) for row in rows]
                yield Batch.of_rows(records, cursor=self._cursor(records), first=number, file=self.path)
                number += len(rows)
        finally:
            connection.close()

    def _cursor(self, records: list[dict[str, Any]]) -> Any:
        if self.order_by is None:
            return None
        if self.order_by not in records[-1]:
            raise ConnectorError("C305", f"the query gives no column {self.order_by!r} to order by")
        if records[0][self.order_by] is None:
            raise ConnectorError("C306", f"the ordering column {self.order_by!r} has nulls; those rows would be lost")
        return _encoded(records[-1][self.order_by])


def _encoded(value: Any) -> Any:
    return {"base64": base64.b64encode(value).decode("ascii")} if isinstance(value, bytes) else value


def _decoded(value: Any) -> Any:
    return base64.b64decode(value["base64"]) if isinstance(value, dict) else value
