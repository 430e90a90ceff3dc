"""Write the JSON, XML and Parquet samples from `input/products.csv`; run it again after changing that file."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from xml.sax.saxutils import escape

import pyarrow as pa
import pyarrow.parquet as pq

FOLDER = Path(__file__).parent / "input"


def main() -> None:
    """An empty cell is null in JSON and Parquet, and no element in XML; all else is the text of the cell."""
    with (FOLDER / "products.csv").open(newline="", encoding="utf-8") as stream:
        reader = csv.DictReader(stream)
        rows = [{name: cell or None for name, cell in row.items()} for row in reader]
        names = list(reader.fieldnames or [])

    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    (FOLDER / "products.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")

    parts = ['<?xml version="1.0" encoding="UTF-8"?>', "<products>"]
    for row in rows:
        cells = "".join(f"<{name}>{escape(cell)}</{name}>" for name, cell in row.items() if cell is not None)
        parts.append(f"  <product>{cells}</product>")
    (FOLDER / "products.xml").write_text("\n".join([*parts, "</products>", ""]), encoding="utf-8")

    schema = pa.schema([(name, pa.string()) for name in names])
    pq.write_table(pa.Table.from_pylist(rows, schema), FOLDER / "products.parquet", compression="zstd")


if __name__ == "__main__":
    main()
