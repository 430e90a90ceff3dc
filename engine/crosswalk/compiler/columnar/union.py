"""Several outputs that write to one stream: their rows in the order of the records, as one table where that fits."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ...batch import Batch, Columns
from ...lean import lean_dataclass
from .column import single


@lean_dataclass
class Rows:
    """The rows of one output; `records` and `within`: see Found."""

    columns: Columns
    records: Any
    within: Any


def union(parts: list[Rows]) -> tuple[Batch, Any]:
    """The rows of all outputs of a stream, and the record of each (None: one each)."""
    if len(parts) == 1:
        return Batch.of_arrow(parts[0].columns), parts[0].records
    # Of a row that several outputs start from, they come in turn.
    keys = [pc.add(pc.multiply(_places(part), single(len(parts))), single(number)) for number, part in enumerate(parts)]
    order = pc.sort_indices(pa.concat_arrays(keys))
    records = pa.concat_arrays([_known(part.records, part) for part in parts]).take(order)
    columns = _one_table([part.columns for part in parts])
    if columns is not None:
        return Batch.of_arrow(columns.taken(order)), records
    rows = [row for part in parts for row in part.columns.rows()]
    return Batch.of_rows([rows[place] for place in order.to_pylist()]), records


def _places(part: Rows) -> Any:
    return _known(part.within, part)


def _known(places: Any, part: Rows) -> Any:
    if places is None:
        return pa.array(range(part.columns.table.num_rows), pa.int64())
    return places.cast(pa.int64())


def _one_table(parts: list[Columns]) -> Columns | None:
    """One table after the other, where members that one lacks may be told from those that are null."""
    if any(part.null_at for part in parts):
        return None
    tables = [part.table for part in parts]
    names = list(dict.fromkeys(name for table in tables for name in table.schema.names))
    for table in tables:
        own = table.schema.names
        if own != [name for name in names if name in own]:
            return None
    # Members at greater depth must be the same: concatenated, each object would have those of all.
    inner = {(field.name, _inner(field.type)) for table in tables for field in table.schema if field.type != pa.null()}
    if len(inner) > len({name for name, _ in inner}):
        return None
    nulls = {part.nulls for part in parts if any_null(part.table)}
    even = all(len(table.schema.names) == len(names) for table in tables)
    if len(nulls) > 1 or (nulls == {"null"} and not even):
        return None
    try:
        whole = pa.concat_tables([pa.Table.from_batches([table]) for table in tables], promote_options="default")
    except pa.ArrowException:
        return None
    found = whole.select(names).combine_chunks().to_batches()
    if len(found) > 1:
        return None
    table = found[0] if found else tables[0]
    return Columns(table, "null" if nulls == {"null"} else "missing")


def _inner(kind: pa.DataType) -> Any:
    """The names of the members at any depth of a type; None where there are none."""
    if pa.types.is_struct(kind):
        return tuple((field.name, _inner(field.type)) for field in kind)
    if pa.types.is_nested(kind):
        return tuple(_inner(kind.field(place).type) for place in range(kind.num_fields))
    return None


def any_null(table: pa.RecordBatch) -> bool:
    """Whether any value is null, at any depth but as the plain item of a list."""
    return any(column.null_count or _deep(column) for column in table.columns)


def _deep(array: Any) -> bool:
    if pa.types.is_struct(array.type):
        return any(part.null_count or _deep(part) for part in array.flatten())
    if pa.types.is_list(array.type):
        items = array.flatten()
        return bool(pa.types.is_nested(items.type) and (items.null_count or _deep(items)))
    return False
