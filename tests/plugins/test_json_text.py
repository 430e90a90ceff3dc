"""The compiled writer of JSON lines by itself: room, escapes, slices, and memory under a sanitizer."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pytest

sys.path.append(str(Path(__file__).parent))
from json_both import written_by
from sanitized import PORTABLE, run_sanitized

from crosswalk_formats import scratch
from crosswalk_formats.json_text import written_lines


@pytest.fixture(scope="module", autouse=True)
def _compiled() -> Iterator[None]:
    with written_by("compiled"):
        yield


def lines(table: pa.RecordBatch, **options: Any) -> list[bytes]:
    found = written_lines(table, None, **{"explicit_nulls": True, **options})
    assert found is not None
    return bytes(found[0]).splitlines()


@pytest.mark.parametrize("byte", range(128))
@pytest.mark.parametrize("before", [0, 1, 15, 16, 17, 40])
def test_every_ascii_character_is_written_as_orjson_does(byte: int, before: int) -> None:
    values = ["x" * before + chr(byte) + "y" * after for after in (0, 1, 15, 16, 30)]
    assert lines(pa.record_batch([pa.array(values)], names=["a"])) == [orjson.dumps({"a": value}) for value in values]


def test_room_is_made_where_it_is_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scratch, "_spare", [bytearray(1)])
    values = ["x" * size + '"' * size for size in range(200)]
    assert lines(pa.record_batch([pa.array(values)], names=["a"])) == [orjson.dumps({"a": value}) for value in values]


def test_slices_are_written_where_they_begin() -> None:
    rows = [
        {"a": {"b": [place, None], "c": str(place) if place % 3 else None, "d": place % 2 == 0}} for place in range(40)
    ]
    table = pa.RecordBatch.from_pylist(rows)
    for start in (0, 1, 7, 8, 9, 31, 40):
        assert lines(table.slice(start)) == [orjson.dumps(row) for row in rows[start:]]


def test_nulls_are_left_out_but_where_a_mask_says() -> None:
    table = pa.record_batch([pa.array([None] * 12), pa.array([1, None] * 6)], names=["a", "b"])
    mask = pa.array([False, True, True, False] * 4)[1:13]
    found = written_lines(table, {"b": mask}, explicit_nulls=False)
    assert found is not None
    assert bytes(found[0]).split(b"\n")[:4] == [b'{"b":1}', b'{"b":null}', b'{"b":1}', b"{}"]


def test_decimals_of_all_sizes() -> None:
    values = [
        Decimal(text)
        for text in ("0", "-0.05", "12.50", "9" * 36 + ".99", "-" + "9" * 36 + ".99", "18446744073709551616")
    ]
    table = pa.record_batch([pa.array(values, pa.decimal128(38, 2))], names=["a"])
    assert lines(table) == [b'{"a":%s}' % f"{value:.2f}".encode() for value in values]


def test_decimals_of_more_places_than_digits_are_for_another_writer() -> None:
    values = pa.Array.from_buffers(pa.decimal128(3, 45), 1, [None, pa.py_buffer(b"\1" + bytes(15))])
    assert written_lines(pa.record_batch([values], names=["a"]), None, explicit_nulls=True) is None


def test_floats_of_many_digits_are_for_another_writer() -> None:
    values = [0.5, 0.1 + 0.2, 1e-7, 1e10, 123.25, float("nan"), -19.99, 1e15 / 7]
    found = written_lines(pa.record_batch([pa.array(values)], names=["a"]), None, explicit_nulls=True)
    assert found is not None
    assert found[1] == [1, 2, 3, 5, 7]
    assert written_lines(pa.record_batch([pa.array([0.1 + 0.2] * 100)], names=["a"]), None, explicit_nulls=True) is None
    assert written_lines(pa.record_batch([pa.array([b"x"])], names=["a"]), None, explicit_nulls=True) is None


def test_columns_may_not_be_nested_without_end() -> None:
    from crosswalk_formats._json_text import write_lines

    deep: Any = (b"", "n", None, 0, 1, None, None, 0, None, 0, ())
    for _ in range(2_000):
        deep = (b"", "o", None, 0, 1, None, None, 0, None, 0, (deep,))
    with pytest.raises(ValueError, match="too deeply"):
        write_lines(bytearray(10), 0, deep, True, 0, 0)


@pytest.mark.parametrize("flags", [(), (PORTABLE,)])
def test_memory_is_kept_under_wrong_arrays(flags: tuple[str, ...], tmp_path: Path) -> None:
    program = Path(__file__).with_name("fuzz_json_text.py")
    assert run_sanitized("_json_text", program, tmp_path, *flags).startswith("20000 tables")
