"""Mappings of csv, ndjson and JSON files in small blocks: by columns the same as by rows, bad records included."""

from __future__ import annotations

import io
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path += [str(Path(__file__).parent), str(Path(__file__).parents[1] / "plugins")]
from both_back_ends import alike, both
from json_both import BOTH, read_by
from test_ndjson_columns import BROKEN, ODD_LINES
from test_random_mappings import EXAMPLE_TEXTS, NAMES, fields, many, mappings, outputs

from crosswalk import ConnectorError, Mapper
from crosswalk.compiler.columnar import program


@pytest.fixture(autouse=True)
def _take_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "MOST_BY_ROW", 1)


texts = st.sampled_from(["", "a", "7", " 12 ", "ß", "true", "2024-02-29", "x,y", *EXAMPLE_TEXTS[::9]])
kinds = st.sampled_from(
    [texts, texts, st.integers(-3, 3), st.sampled_from([0, 7, 2**53 + 1, 2**63 - 1]),
     st.sampled_from([0.5, 2.0, -0.25, 1e300, 0.1]), st.booleans()]
)  # fmt: skip
same_shape = alike(kinds, "z", 6)
OTHERS = [line for line in BROKEN if len(line) < 200]


@st.composite
def lines(draw: st.DrawFn) -> list[bytes]:
    """Records of one shape as JSON, odd and broken ones among them."""
    separators = draw(st.sampled_from([(",", ":"), (", ", ": ")]))
    found = [json.dumps(row, separators=separators).encode() for row in draw(same_shape)] * draw(st.integers(1, 3))
    for odd in draw(st.lists(ODD_LINES | st.sampled_from(OTHERS), max_size=2)):
        found.insert(draw(st.integers(0, len(found))), odd)
    return found


CELLS = texts.map(lambda text: f'"{text}"' if "," in text or not text.isascii() else text)
ODD_CELLS = st.sampled_from(['"q"', '"a""b"', 'a"b', '""', '"x\ny"', "\0", "1,2", "#", '"'])


@st.composite
def tables(draw: st.DrawFn) -> bytes:
    """A csv file of the three columns, mostly regular."""
    cell = CELLS | ODD_CELLS if draw(st.integers(0, 3)) == 0 else CELLS
    rows = [list(NAMES), *draw(st.lists(st.lists(cell, min_size=3, max_size=3), min_size=1, max_size=8))]
    if draw(st.integers(0, 3)) == 0:
        rows.insert(draw(st.integers(1, len(rows))), draw(st.lists(cell, max_size=5)))
    return draw(st.sampled_from(["\n", "\r\n"])).join(",".join(row) for row in rows).encode() + b"\n"


def facts(mapper: Mapper, data: bytes, size: int) -> str:
    """Everything that came out, by number of the record, and the error at the end."""
    found: list[Any] = []
    options = replace(mapper.read_options, **({"bytes": size} if mapper.read_options.columnar else {}))
    error: Any = None
    try:
        for batch in mapper.reader().decode(io.BytesIO(data), options):
            found.append(mapper.apply(batch))
    except ConnectorError as fault:
        error = (fault.code, fault.message)
    found.append(mapper.flush())
    made = [(stream, record) for one in found for stream, records in one.outputs.items() for record in records]
    made.sort(key=lambda pair: pair[0])  # of one stream, the order stays
    rejects = [(r.number, r.line, r.stage, r.record, r.errors) for one in found for r in one.rejects]
    counts = [sum(one.filtered for one in found), sum(one.skipped for one in found)]
    return repr((made, rejects, counts, [warning for one in found for warning in one.warnings], error))


def check(spec: dict[str, Any], data: bytes, size: int) -> None:
    by_rows, columnar = both(spec)
    assert facts(columnar, data, size) == facts(by_rows, data, size)


def with_source(mapping: dict[str, Any], **source: Any) -> dict[str, Any]:
    return {**mapping, "source": {**mapping.get("source", {}), **source}}


groups = st.lists(fields, min_size=1, max_size=2).map(lambda by: {"group": {"by": by}})
specs = st.builds(
    lambda mapping, more, group: {**mapping, **more, **group},
    mappings | outputs(),
    many,
    groups | st.just({}) | st.just({}),
)
SIZES = st.sampled_from([40, 300, 100_000])


@pytest.mark.parametrize("reader", BOTH)
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(specs, lines(), SIZES, st.sampled_from([b"\n", b"\r\n"]))
def test_ndjson(reader: str, spec: dict[str, Any], records: list[bytes], size: int, end: bytes) -> None:
    with read_by(reader):
        check(with_source(spec, format="ndjson"), end.join([*records, b""]), size)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(specs, lines(), SIZES, st.sampled_from(["", "r"]))
def test_json(spec: dict[str, Any], records: list[bytes], size: int, path: str) -> None:
    data = b"[" + b",".join(records) + b"]"
    source = {"format": "json", **({"record": path} if path else {})}
    check(with_source(spec, **source), b'{"q":[],"r":' + data + b',"s":{}}' if path else data, size)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(specs, tables(), SIZES)
def test_csv(spec: dict[str, Any], data: bytes, size: int) -> None:
    check(with_source(spec, format="csv"), data, size)
