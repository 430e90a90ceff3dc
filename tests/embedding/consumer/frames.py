"""A program that maps data frames and asks where fields come from: checked by mypy --strict and pyright, and run."""

from __future__ import annotations

import duckdb
import polars as pl

from crosswalk import Dependency, Engine, FieldLineage, Lineage, MappedTable, Mapper, Reject

MAPPING = {"mapping": "1", "name": "m", "fields": {"id": ["id", "string"], "twice": ["n", "int", {"multiply": 2}]}}


def frames(mapper: Mapper) -> pl.DataFrame:
    """polars in and out, with refused records in a list."""
    refused: list[Reject] = []
    table: MappedTable = mapper.table(pl.DataFrame({"id": [1, 2], "n": ["4", "x"]}), on_reject=refused.append)
    frame = pl.DataFrame(table)
    assert [reject.number for reject in refused] == [2]
    return frame


def relations(mapper: Mapper) -> pl.DataFrame:
    """duckdb in, polars out; a refused record raises."""
    bad, good = duckdb.sql("select 1 as id, 'x' as n"), duckdb.sql("select 1 as id, '4' as n")
    assert bad is not None
    assert good is not None
    table = mapper.table(bad)
    try:
        pl.DataFrame(table)
    except pl.exceptions.PolarsError:
        assert table.rejects[0].errors[0].field == "twice"
    return pl.DataFrame(mapper.table(good))


def sources(lineage: Lineage) -> dict[str, list[str]]:
    """What each field is made of."""
    found: dict[str, list[str]] = {}
    for stream in lineage.streams:
        fields: tuple[FieldLineage, ...] = stream.fields
        for field in fields:
            depends: tuple[Dependency, ...] = field.depends
            found[field.field] = [part.name for part in depends if part.direct]
    return found


def main() -> None:
    """Everything."""
    mapper = Engine().mapping(MAPPING)
    assert frames(mapper).rows() == [("1", 8)], frames(mapper)
    assert relations(mapper).rows() == [("1", 8)]
    lineage = mapper.lineage()
    assert sources(lineage) == {"id": ["id"], "twice": ["n"]}
    assert lineage.to_svg().startswith("<svg")
    assert lineage.of("id").to_dict()["mapping"] == "m"


if __name__ == "__main__":
    main()
