"""Values that an Arrow kernel would take otherwise than the row function, in every place where a batch may hold one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pytest

from crosswalk import MISSING, Batch, Engine, Mapper
from crosswalk.compiler.by_columns import ByColumns
from crosswalk.compiler.mapper import Applied

ENGINE = Engine()


@dataclass(frozen=True)
class Refused:
    """The record is refused, with this code."""

    code: str


@dataclass(frozen=True)
class Trap:
    """`field` makes `wanted` of the column `x` where it is `value`, and `clean_wanted` of a `clean` one.

    `kind`: the column's Arrow type, None: as pyarrow finds it. `null_wanted`: what becomes of null. `more`: further
    keys of the mapping. `others`: further columns, the same value in each record. `held`: whether a column holds what
    is wanted beside what is wanted of clean ones, as it does not for decimals of two scales.
    """

    name: str
    field: Any
    value: Any
    wanted: Any
    clean: Any
    clean_wanted: Any
    kind: Any = None
    null_wanted: Any = None
    more: dict[str, Any] = field(default_factory=dict)
    others: dict[str, Any] = field(default_factory=dict)
    held: bool = True


PLACES: dict[str, list[str]] = {
    "alone": ["trap"],
    "first": ["trap", "clean", "clean"],
    "between": ["clean", "trap", "clean"],
    "last": ["clean", "clean", "trap"],
    "after nulls": ["null", "null", "trap", "clean"],
    "before nulls": ["clean", "trap", "null"],
    "among many": ["clean"] * 20 + ["trap"] + ["clean"] * 20,
    "among many and nulls": ["clean", "null"] * 20 + ["trap", "trap"] + ["clean"] * 20,
}


def cases(traps: list[Trap]) -> list[Any]:
    """The traps as parameters of a test, each by its name."""
    names = [trap.name for trap in traps]
    assert len(set(names)) == len(names), [name for name in names if names.count(name) > 1]
    return [pytest.param(trap, id=trap.name.replace(" ", "-")) for trap in traps]


def check(trap: Trap) -> None:
    """Map the trap in each place by rows and by columns: both must give what is wanted, and columns must be used."""
    mapper = ENGINE.mapping({"mapping": "1", "name": "trap", "fields": {"no": "no", "out": trap.field}, **trap.more})
    wanted = {"trap": trap.wanted, "clean": trap.clean_wanted, "null": trap.null_wanted}
    for place, kinds in PLACES.items():
        for how, table in _tables(trap, kinds):
            made = [wanted[kind] for kind in kinds]
            clean = sum(kind == "clean" and not isinstance(wanted[kind], Refused) for kind in kinds)
            _compare(trap, mapper, table, made, clean, f"{place}, {how}")


LISTS: list[list[str]] = [["clean", "trap"], ["clean"], [], ["null", "clean"], ["trap"], ["clean", "clean"]]


def check_in_lists(trap: Trap) -> None:
    """The same for the items of lists."""
    fields = {"no": "no", "out": {"each": "items", "value": trap.field}}
    mapper = ENGINE.mapping({"mapping": "1", "name": "trap", "fields": fields})
    wanted = {"trap": trap.wanted, "clean": trap.clean_wanted, "null": trap.null_wanted}
    values = {"trap": trap.value, "clean": trap.clean, "null": None}
    made: list[Any] = []
    for kinds in LISTS:
        items = [wanted[kind] for kind in kinds]
        refused = next((item for item in items if isinstance(item, Refused)), None)
        made.append(refused or [item for item in items if item is not MISSING])
    kind = pa.list_(pa.struct([("x", _kind(trap))]))
    lists = [[{"x": values[kind]} for kind in kinds] for kinds in LISTS]
    whole = _with_numbers(pa.array(lists, kind))
    longer = _with_numbers(pa.array([*lists[:2], *lists, lists[0]], kind), -1).slice(2, len(lists))
    for how, table in (("whole", whole), ("a slice", longer)):
        clean = sum(
            "trap" not in kinds and not isinstance(out, Refused) for kinds, out in zip(LISTS, made, strict=True)
        )
        _compare(trap, mapper, table, made, clean, f"items of lists, {how}")


def _compare(trap: Trap, mapper: Mapper, table: pa.RecordBatch, wanted: list[Any], clean: int, where: str) -> None:
    refused = sum(isinstance(out, Refused) for out in wanted)
    compare(mapper, table, wanted, clean if trap.held else 0, where, in_columns=trap.held and refused <= 16)


def compare(
    mapper: Mapper, table: pa.RecordBatch, wanted: list[Any], clean: int, where: str, *, in_columns: bool = True
) -> None:
    """Map by rows and by columns: both must give what is wanted, and columns so many records as are clean."""
    by_rows = mapper.with_back_end("row").apply(table.to_pylist())
    assert _found(by_rows, len(wanted)) == list(map(repr, wanted)), f"by rows, {where}"
    with pytest.MonkeyPatch.context() as patch:
        given_up = _watch(patch)
        by_columns = mapper.with_back_end("columnar").apply(Batch.of_arrow(table))
    assert not given_up or not in_columns, f"the columns were given up: {where}"
    assert _found(by_columns, len(wanted)) == list(map(repr, wanted)), f"by columns, {where}"
    assert _facts(by_columns) == _facts(by_rows), where
    held = sum(len(piece) for piece in by_columns.batches[""].pieces if piece.is_columnar)
    assert held >= clean, f"clean records became rows: {where}"


def _watch(patch: pytest.MonkeyPatch) -> list[Batch]:
    """A list of the batches that columns could not hold."""
    given_up: list[Batch] = []
    apply = ByColumns.apply

    def watched(self: ByColumns, batch: Batch) -> Applied | None:
        applied = apply(self, batch)
        if applied is None:
            given_up.append(batch)
        return applied

    patch.setattr(ByColumns, "apply", watched)
    return given_up


def _tables(trap: Trap, kinds: list[str]) -> Iterator[tuple[str, pa.RecordBatch]]:
    """The records as a table of its own, as a slice of a longer one, and as a piece of several."""
    values = [{"trap": trap.value, "clean": trap.clean, "null": None}[kind] for kind in kinds]
    yield "whole", _table(trap, values)
    longer = [trap.clean, trap.value, None, *values, trap.value, trap.clean]
    yield "a slice", _table(trap, longer, first=-2).slice(3, len(values))
    pieces = pa.Table.from_batches([_table(trap, longer[:3], first=-2), _table(trap, longer[3:])])
    yield "joined", pieces.slice(3, len(values)).combine_chunks().to_batches()[0]


def _table(trap: Trap, values: list[Any], first: int = 1) -> pa.RecordBatch:
    columns = {name: pa.array([value] * len(values)) for name, value in trap.others.items()}
    return _with_numbers(pa.array(values, _kind(trap)), first, "x", **columns)


def _kind(trap: Trap) -> pa.DataType:
    return trap.kind if trap.kind is not None else pa.array([trap.value, trap.clean]).type


def _with_numbers(values: pa.Array, first: int = 1, name: str = "items", **others: pa.Array) -> pa.RecordBatch:
    numbers = pa.array(range(first, first + len(values)), pa.int64())
    return pa.RecordBatch.from_pydict({"no": numbers, name: values, **others})


def _found(applied: Applied, count: int) -> list[str]:
    """What became of each record: the value, told apart by its type, or the code it was refused with."""
    found = ["nothing"] * count
    for record in applied.records:
        found[record["no"] - 1] = repr(record.get("out", MISSING))
    for reject in applied.rejects:
        (code,) = {error.code for error in reject.errors}
        found[reject.record["no"] - 1] = repr(Refused(code))
    return found


def _facts(applied: Applied) -> str:
    rejects = [(reject.number, reject.stage, reject.record, reject.errors) for reject in applied.rejects]
    return repr((applied.outputs, rejects, applied.filtered, applied.warnings))
