"""Lookup tables: loaded once at compile time, indexed by the text of their key."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import ConnectorError, CrosswalkError, DataError
from ..plugin.fault import guarded
from ..plugin.format import ReadOptions
from ..values import MISSING, text_of
from .builder import Builder, at
from .plan_step import Table

MAX_ROWS = 5_000_000


def key_text(value: Any) -> Any:
    """What a key is compared by: its text, so that `34` in JSON finds `34` in a CSV table; a tuple for several."""
    return tuple(text_of(part) for part in value) if isinstance(value, list) else text_of(value)


def load_tables(b: Builder, read: Mapping[str, Table]) -> None:
    """Fill `b.tables`; what is wrong becomes a problem. `read`: those that are not to be read again."""
    for name, spec in (b.data.get("tables") or {}).items():
        place = at("", "tables", name)
        if not b.broken(place):
            table = read[name] if name in read else _load(b, name, spec, place)
            if table is not None:
                b.tables[name] = table


def _load(b: Builder, name: str, spec: dict[str, Any], pointer: str) -> Table | None:
    if isinstance(spec.get("inline"), dict):
        rows = spec["inline"]
        first = next(iter(rows.values()), None)
        columns = tuple(first) if isinstance(first, dict) else ()
        return Table(name, dict(rows), columns, len(rows))
    if "inline" in spec:
        return _index(b, name, spec, spec["inline"], at(pointer, "inline"), pointer)
    if "file" in spec:
        path = b.spec.resolve_file(at(pointer, "file"), spec["file"])
        if path is None:
            return None
        try:
            rows = list(_read(b, path, spec))
        except CrosswalkError as error:
            b.problem(error.code, f'table "{name}": {error.message}', at(pointer, "file"), label="cannot be read")
            return None
        return _index(b, name, spec, rows, at(pointer, "file"), pointer)
    return _from_source(b, name, spec, pointer)


def _from_source(b: Builder, name: str, spec: dict[str, Any], pointer: str) -> Table | None:
    config = spec["source"]
    kinds = b.registry.components("sources")
    kind = str(config.get("type")) if isinstance(config, dict) else ""
    if kind not in kinds:
        b.unknown("M201", "source type", kind, kinds, at(pointer, "source"))
        return None
    try:
        source: Any = kinds[kind].from_config(config)
        rows = [row for batch in source.read() for row in batch.rows]
    except (CrosswalkError, ValueError) as error:
        b.problem("M207", f'table "{name}" cannot be read: {error}', at(pointer, "source"), label="no rows")
        return None
    return _index(b, name, spec, rows, at(pointer, "source"), pointer)


def _read(b: Builder, path: Path, spec: dict[str, Any]) -> Any:
    config = spec.get("format")
    if config is None:
        cls = b.registry.format_for_file(path.name)
        kind = cls.type if cls else "csv"
    else:
        kind = config if isinstance(config, str) else config["type"]
    format_class = b.registry.formats.get(kind)
    if format_class is None:
        raise ConnectorError("C200", f'unknown format "{kind}"')
    reader = format_class.from_config({} if not isinstance(config, dict) else config)
    with path.open("rb") as stream, guarded(reader, "decode", OSError, ValueError):
        for batch in reader.decode(stream, ReadOptions(record=spec.get("record"))):
            if batch.bad:
                bad = batch.bad[0]
                raise ConnectorError("C207", f"{path.name} line {bad.line}: {bad.message}")
            yield from batch.rows


def _index(b: Builder, name: str, spec: dict[str, Any], rows: list[Any], pointer: str, home: str) -> Table | None:
    key = spec.get("key")
    if key is None:
        b.problem("M108", f'table "{name}" needs a "key"', home, label="the column that is looked up")
        return None
    keys = [key] if isinstance(key, str) else list(key)
    columns: dict[str, None] = {}
    index: dict[Any, Any] = {}
    policy = spec.get("duplicates", "error")
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict):
            b.problem("M108", f'row {number} of table "{name}" is not an object', pointer)
            return None
        columns.update(dict.fromkeys(row))
        values = [row.get(k) for k in keys]
        if any(v is None or v == "" for v in values):
            missing = next(i for i, v in enumerate(values) if v is None or v == "")
            _no_key(b, name, keys[missing], rows, number, pointer, at(home, "key"))
            return None
        try:
            found = key_text(values[0] if len(values) == 1 else values)
        except DataError as error:
            message = f'row {number} of table "{name}" cannot be looked up: {error.message}'
            b.problem("M316", message, pointer, label="a key is text, a number or the like")
            return None
        if found in index:
            if policy == "error":
                b.problem(
                    "M316", f'table "{name}" has two rows for {" ".join(map(str, values))!r}', pointer,
                    label=f"row {number} repeats it", fix='"duplicates": "first" or "last"',
                )  # fmt: skip
                return None
            if policy == "first":
                continue
        index[found] = row
        if len(index) > MAX_ROWS:
            b.problem("M316", f'table "{name}" has more than {MAX_ROWS:,} rows', pointer, label="too many")
            return None
    return Table(name, index, tuple(columns), len(rows))


def _no_key(b: Builder, name: str, key: str, rows: list[Any], number: int, pointer: str, key_pointer: str) -> None:
    """Report the row without its key, or the key that is no column of any row."""
    columns = {column for row in rows if isinstance(row, dict) for column in row}
    if key not in columns and columns:
        b.unknown("M201", "column", key, columns, key_pointer, where=f'table "{name}"')
        return
    message = f'row {number} of table "{name}" has no "{key}"'
    b.problem("M316", message, pointer, label="every row needs its key")


def row_value(row: Any, returns: str | tuple[str, ...] | None) -> Any:
    """What a lookup returns of a found row; an empty CSV cell counts as missing."""
    if returns is None or not isinstance(row, dict):
        return _own(row)
    if isinstance(returns, str):
        value = row.get(returns, MISSING)
        return MISSING if value == "" else _own(value)
    return {name: _own(row[name]) for name in returns if row.get(name, "") != ""}


def column_of(table: Table, name: str) -> dict[Any, Any]:
    """What a lookup returns of one column, by key; made once."""
    found = table.found.get(name)
    if found is None:
        found = table.found[name] = {key: row_value(row, name) for key, row in table.rows.items()}
    return found


def _own(value: Any) -> Any:
    """The value, copied where a change to the output would change the table."""
    return copy.deepcopy(value) if isinstance(value, dict | list) else value
