"""Which fields a changed table or parameter is for, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from .mapper import Mapper
from .plan_step import LookupStep, Table
from .walk import walk

Key = tuple[str, str]
"""Stream and field ("" for which records there are)."""
KEYS = 3
"""So many keys of a table are named."""


def used_changes(old: Mapper, new: Mapper, changed: Iterable[str]) -> dict[Key, list[str]]:
    """For each field of the new mapping, what became of the tables and parameters that it uses.

    `changed`: the settings that differ, `tables.NAME` and `params.NAME` among them.
    """
    parameters = {name.removeprefix("params.") for name in changed if name.startswith("params.")}
    tables = {name.removeprefix("tables.") for name in changed if name.startswith("tables.")}
    if not parameters and not tables:
        return {}
    before, after = _tables(old), _tables(new)
    told: dict[tuple[str, str, bool], list[str]] = {}
    found: dict[Key, list[str]] = {}
    for stream in new.lineage().streams:
        for name, sensitive, depends in (
            ("", True, stream.depends), *((f.field, f.sensitive, f.depends) for f in stream.fields),
        ):  # fmt: skip
            words: list[str] = []
            for part in depends:
                if part.kind == "parameter" and part.name in parameters:
                    words.append(f"parameter {part.name} changed")
                elif part.kind == "table":
                    table, _, column = part.name.rpartition(".")
                    if table in tables and table in before and table in after:
                        key = (table, column, not sensitive)
                        if key not in told:
                            told[key] = list(_rows(before[table], after[table], column, shown=not sensitive))
                        words += told[key]
            if words:
                found[stream.stream, name] = list(dict.fromkeys(words))
    return found


def _tables(mapper: Mapper) -> dict[str, Table]:
    return {node.table.name: node.table for node in walk(mapper.plan) if isinstance(node, LookupStep)}


def _rows(old: Table, new: Table, column: str, *, shown: bool) -> Iterator[str]:
    """What became of a column ("*": of whole rows): keys that came and went, and those with another value."""
    gone = [key for key in old.rows if key not in new.rows]
    came = [key for key in new.rows if key not in old.rows]
    other = [key for key in new.rows if key in old.rows and _cell(old, key, column) != _cell(new, key, column)]
    said = (("without", gone), ("new", came), ("other values for", other))
    what = [f"{word} {_keys(keys) if shown else len(keys)}" for word, keys in said if keys]
    if what:
        yield f"table {new.name}{'' if column == '*' else f'.{column}'}: {', '.join(what)}"


def _cell(table: Table, key: Any, column: str) -> Any:
    row = table.rows[key]
    found = row.get(column) if column != "*" and isinstance(row, dict) else row
    return type(found), found


def _keys(keys: list[Any]) -> str:
    texts = ["/".join(map(str, key)) if isinstance(key, tuple) else str(key) for key in keys[:KEYS]]
    more = f" and {len(keys) - KEYS:,} more" if len(keys) > KEYS else ""
    return f"{', '.join(texts)}{more}"
