"""The ndjson reader as columns: the same records as in rows, or none; and what makes it unsure."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crosswalk import Batch, Columns, ReadOptions
from crosswalk_formats.ndjson_format import Ndjson

NAMES = {"a": None, "b": {"c": None, "a": None}, "l": {"q": None, "p": {"r": None}}, "n": {}}


def batches(data: bytes, **options: Any) -> list[Batch]:
    return list(Ndjson().decode(io.BytesIO(data), ReadOptions(**options)))


def facts(found: list[Batch]) -> Any:
    good = [fact for b in found for fact in zip(b.numbers, b.lines or (), b.rows, strict=True)]
    # How much of a too long line is kept depends on the blocks.
    bad = [(bad.number, bad.line, bad.message, "longer" in bad.message or bad.raw) for b in found for bad in b.bad]
    return repr(good), bad


def read_part(value: Any, names: Mapping[str, Any] | None) -> Any:
    """What is read of a value; types are told apart, as True equals 1 and 1 equals 1.0."""
    if isinstance(value, dict):
        return {name: read_part(value[name], below) for name, below in (names or {}).items() if name in value}
    if isinstance(value, list):
        return [read_part(item, names) for item in value]
    return type(value), repr(value)


def check_columns(batch: Batch, names: Mapping[str, Any]) -> int:
    """How many records were surely read as columns; each is what its row is."""
    held = batch.columns
    if held is None:
        return 0
    assert not batch.bad
    assert held.table.num_rows == len(batch.rows)
    unsure = held.unsure.to_pylist() if held.unsure is not None else [False] * len(batch)
    sure = [place for place in range(len(batch)) if not unsure[place]]
    rows = held.rows()
    for place in sure:
        assert read_part(rows[place], names) == read_part(batch.rows[place], names)
    assert batch.rows_at(sure) == [batch.rows[place] for place in sure]
    return len(sure)


SCALARS = st.sampled_from(
    ["x", "", "é\u2028", "null", "2026-05-01", "\0", '"b":null', 1, -7, 0, 2**62, 1.5, -0.25, True, False]
)
ODD = st.sampled_from(
    [None, 2.0, -0.0, 2**63, 2**70, 1e300, 0.1, "\U0001f600", [], {}, [None], {"a": None}, [[1]], [{"q": {}}]]
)
REGULAR = st.fixed_dictionaries(
    {"a": st.sampled_from(["x", "é", ""])},
    optional={
        "b": st.fixed_dictionaries(
            {}, optional={"c": st.sampled_from([1.5, 0.1, 12.25]), "a": st.booleans(), "z": SCALARS}
        ),
        "l": st.lists(
            st.fixed_dictionaries(
                {},
                optional={
                    "q": st.integers(-5, 5),
                    "p": st.fixed_dictionaries({}, optional={"r": st.sampled_from("xyz")}),
                },
            ),
            max_size=3,
        ),
        "n": st.lists(st.sampled_from("xyz"), max_size=2),
        "z": SCALARS | ODD,
    },
)
LINES = REGULAR.map(lambda record: json.dumps(record, separators=(",", ":")).encode())
VALUES = st.recursive(
    SCALARS | ODD,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abclnqprz"), inner, max_size=3),
    max_leaves=5,
)
ODD_LINES = (
    st.dictionaries(st.sampled_from("abclnz"), VALUES, max_size=4)
    .flatmap(
        lambda record: st.sampled_from(
            [json.dumps(record), json.dumps(record, ensure_ascii=False, separators=(",", ":"))]
        )
    )
    .map(lambda text: text.encode("utf-8", "surrogatepass"))
)
BROKEN = [
    b"", b" ", b"\r", b"\xef\xbb\xbf{}", b"[1]", b"7", b"null", b"{", b"}", b'{"a"', b'{"a":1}{"a":2}', b'{"a":"x"} {"a":"y"}',
    b'{"a":"x",}', b'{"a":"x"},', b'{"a":"x"}//', b'{"a":NaN}', b'{"z":NaN}', b'{"z":[-Infinity]}', b'{"z":-Inf}', b'{"z":01}',
    b'{"z":"\\ud800"}', b'{"z":"\xff"}', b'{"a":"\xff"}', b'{"a":"\\ud83d\\ude00"}', b'{"z":"\0"}', b'\0', b'{}\0', b'{"a":"x","a":"y"}',
    b'{"z":1,"z":2}', b'{"\\u0061":"x"}', b'{"a":"x","\\u0061":"y"}', b'{"z":1e400}', b'{"z":1e99999}', b'{"b":{"c":1E5}}', b'{"b":{"c":5}}',
    b'{"b":{"c":0.12345678901234567891}}', b'{"b":{"c":100000000000000000000000}}', b'{"l":[{"q":-0}]}', b'{"l":[{"q":1.0}]}', b'{"b":null}',
    b'{"b":{"c":null}}', b'{"l":[null]}', b'{"l":[{"q":null}]}', b'{"n":null}', b'{"n":"x"}', b'{"n":{"x":1}}', b'{ "a" : "x" }', b'{"a":"x"} ',
    b' {"a":"x"}', b'{"z":{"a":[1}}', b'{"z":{"a":', b'1}}', b'{"z":"}', b'{"z":"}\\', b'{"a":"x"}\r', b'{"z":' + b"[" * 1030 + b"]" * 1030 + b"}",
]  # fmt: skip


@st.composite
def documents(draw: st.DrawFn) -> bytes:
    lines = draw(st.lists(LINES, min_size=1, max_size=12))
    lines = lines * draw(st.integers(1, 4))
    for odd in draw(st.lists(ODD_LINES | st.sampled_from(BROKEN), max_size=3)):
        lines.insert(draw(st.integers(0, len(lines))), odd)
    return draw(st.sampled_from([b"\n", b"\r\n"])).join(lines) + draw(st.sampled_from([b"", b"\n", b"\r\n", b"\n\n"]))


TREES = st.recursive(
    st.none() | st.just({}),
    lambda below: st.dictionaries(st.sampled_from("abclnqprz"), below, max_size=4),
    max_leaves=8,
)
NAME_TREES = st.just(NAMES) | TREES.map(lambda tree: tree or {})


@settings(max_examples=400, deadline=None)
@given(
    documents(),
    st.sampled_from([1, 40, 300, 100_000]),
    st.sampled_from([1, 3, 1000]),
    st.sampled_from([30, 64_000_000]),
    NAME_TREES,
)
def test_columns_mean_what_the_rows_mean(data: bytes, size: int, records: int, limit: int, names: Any) -> None:
    whole = facts(batches(data, max_record_bytes=limit))
    options = {"bytes": size, "records": records, "max_record_bytes": limit, "columnar": True, "names": names}
    found = batches(data, **options)
    for batch in found:
        check_columns(batch, names)
        assert len(batch) + len(batch.bad) <= records
    assert facts(found) == whole
    for place, batch in enumerate(found, 1):
        if place % 3 == 1:
            cursor = json.loads(json.dumps(batch.cursor))
            assert facts(found[:place] + batches(data, max_record_bytes=limit, cursor=cursor)) == whole
            assert facts(found[:place] + batches(data, **options, cursor=cursor)) == whole
