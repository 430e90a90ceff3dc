"""Rows to Arrow columns: the schema is gathered first, later records must fit it; errors name column and record."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from crosswalk import MISSING, DataError, type_name

from .arrow_fit import check_fit
from .arrow_kinds import NULL, Kind, Misfit, arrow_type, kind_of, merge
from .column_order import ColumnOrder


class Gathered:
    """The columns of the records seen so far: `columns` in their order, then other keys."""

    def __init__(self, columns: Iterable[str]) -> None:
        self._order = ColumnOrder(columns)
        self._kinds: dict[str, Kind] = dict.fromkeys(self._order.names, NULL)

    def add(self, rows: Sequence[Any], first: int) -> None:
        """Take in records; `first` is the number of the first.

        Raises DataError naming column and record when they do not go with each other and those before, and takes none.
        """
        found = {}
        for name in dict.fromkeys(key for row in _objects(rows, first) for key in row):
            if not isinstance(name, str):
                raise DataError("M313", "a column's name must be a string", name)
            values = [row.get(name, MISSING) for row in rows]
            known = self._kinds.get(name, NULL)
            try:
                merged = merge(known, kind_of(values))
                if merged != known:
                    arrow_type(merged)
            except Misfit as misfit:
                raise _located(name, values, first, misfit, arrow_type, known) from None
            found[name] = merged
        self._kinds |= found
        self._order = self._order.with_rows(rows)

    def schema(self) -> Any:
        """The Arrow schema that holds them all exactly."""
        import pyarrow as pa

        return pa.schema([pa.field(name, arrow_type(self._kinds[name])) for name in self._order.names])


def columns_of(rows: Sequence[Any], schema: Any, first: int) -> Any:
    """The records as a RecordBatch of the schema; raises DataError for a value that does not fit or an extra key."""
    import pyarrow as pa

    extra = set().union(*_objects(rows, first)) - set(schema.names)
    if extra:
        name = min(map(str, extra))
        at = next(index for index, row in enumerate(rows) if name in map(str, row))
        raise DataError("M313", f'record {first + at} has the column "{name}", which the output does not have')
    arrays = []
    for field in schema:
        values = [None if (value := row.get(field.name)) is MISSING else value for row in rows]
        if not field.nullable and None in values:
            raise DataError("M313", f'column "{field.name}", record {first + values.index(None)}: null is not allowed')

        def check(kind: Kind, wanted: Any = field.type) -> None:
            check_fit(kind, wanted)

        try:
            check(kind_of(values))
            arrays.append(pa.array(values, field.type))
        except Misfit as misfit:
            raise _located(field.name, values, first, misfit, check) from None
        except (pa.ArrowException, ValueError, TypeError, OverflowError) as error:
            raise DataError("M313", f'column "{field.name}" ({field.type}): {error}') from error
    if not arrays:
        raise DataError("M313", "records without any column cannot be written")
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _objects(rows: Sequence[Any], first: int) -> Sequence[dict[str, Any]]:
    for index, row in enumerate(rows):
        if not isinstance(row, dict):
            raise DataError("M313", f"record {first + index} is {type_name(row)}, not an object", row)
    return rows


def _located(
    name: str, values: Sequence[Any], first: int, misfit: Misfit, check: Callable[[Kind], Any], known: Kind = NULL
) -> DataError:
    """The error with the number of the first record that does not go with those before it, which are `known`."""
    for index, value in enumerate(values):
        try:
            known = merge(known, kind_of([value]))
            check(known)
        except Misfit as found:
            where = f'column "{name}{found.member}", record {first + index}'
            return DataError(found.code, f"{where}: {found.message}", value)
    return DataError(misfit.code, f'column "{name}{misfit.member}": {misfit.message}')
