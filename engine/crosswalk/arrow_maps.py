"""Records of Arrow data with maps, which are objects in rows and stand in no columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .arrow_types import has_map
from .batch import Columns, Records, Row

if TYPE_CHECKING:
    import pyarrow as pa


class MapRecords(Records):
    """Checked records, some members of which are or hold maps; `aside`: those members, None where they are read."""

    certain = True

    def __init__(self, table: pa.RecordBatch, aside: list[str] | None) -> None:
        self._table = table
        self._aside = aside

    def columns(self) -> Columns | None:
        return None if self._aside is None else Columns(self._table.drop_columns(self._aside))

    def rows(self, places: Sequence[int] | None = None) -> list[Row]:
        import pyarrow as pa

        table = self._table if places is None else self._table.take(pa.array(places, pa.int64()))
        rows: list[Row] = table.to_pylist(maps_as_pydicts="strict")
        return rows


def keys_once(array: pa.Array) -> bool:
    """Whether no map in an array has one key twice."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.types as t

    kind = array.type
    plain = t.is_map(kind) and not has_map(kind.item_type)
    if not plain or not (t.is_string(kind.key_type) or t.is_integer(kind.key_type)):
        try:
            array.to_pylist(maps_as_pydicts="strict")
        except KeyError:
            return False
        return True
    keys: Any = pa.ListArray.from_arrays(array.offsets, array.keys)
    pairs = pa.table({"map": pc.list_parent_indices(keys), "key": keys.flatten()})
    return bool(pairs.group_by(["map", "key"], use_threads=False).aggregate([]).num_rows == pairs.num_rows)
