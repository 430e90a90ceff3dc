"""`crosswalk map` of files that are large enough for columns: the same outputs, rejects and counts as by rows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import Put, Run

FIELDS = {"n": ["n", "int"], "t": ["t", "trim"], "u": {"source": "u", "default": "none"}}
ODD = {5, 70_000, 69_998}


def _csv(rows: int) -> str:
    return "n,t,u\n" + "".join(f"{'x' if row in ODD else row}, some text {row:050d} ,\n" for row in range(rows))


def _ndjson(rows: int) -> str:
    record = '{{"n":{},"t":" some text {:050d} "{}}}\n'
    return "".join(
        record.format('"x"' if row in ODD else row, row, ',"u":null' if row % 9 else "") for row in range(rows)
    )


@pytest.mark.parametrize("to", ["ndjson", "json", "csv", "parquet"])
@pytest.mark.parametrize("kind", ["csv", "ndjson"])
def test_large_files_give_what_rows_give(run: Run, put: Put, tmp_path: Path, kind: str, to: str) -> None:
    put("m.json", {"mapping": "1", "source": {"format": kind}, "fields": FIELDS})
    put(f"in.{kind}", _csv(70_001) if kind == "csv" else _ndjson(70_001))
    found = []
    for engine in ("auto", "row"):
        out, bad = f"{engine}.{to}", f"{engine}.rejects.ndjson"
        done = run("map", "m.json", f"in.{kind}", "-o", out, "--rejects", bad, "--engine", engine)
        assert done.status == 4, done.err
        assert "70,001 read, 69,998 written, 3 rejected" in done.err
        rejects = [json.loads(line) for line in (tmp_path / bad).read_text().splitlines()]
        assert [reject["source"]["number"] for reject in rejects] == [row + 1 for row in sorted(ODD)]
        data = (tmp_path / out).read_bytes()
        if to == "parquet":
            import pyarrow.parquet as pq

            table = pq.read_table(tmp_path / out)
            found.append((table.schema, table.to_pydict()))
        else:
            found.append(data)
    assert found[0] == found[1]
