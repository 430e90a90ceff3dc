"""JSON documents as columns: the same records and errors as in rows, and what is read as columns at all."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.append(str(Path(__file__).parent))
from test_ndjson_columns import BROKEN, GOOD, LINES, NAME_TREES, NAMES, ODD_LINES, check_columns

from crosswalk import Batch, ConnectorError, ReadOptions
from crosswalk_formats import json_blocks
from crosswalk_formats.json_format import Json

PATHS = {
    None: (b"[%b]", b"%b"),
    "a.r": (b'{"x":[1,{}],"a":{"q":"]}","r":[%b],"s":{}},"b":[{"a":"y"}]}', b"%b"),
    "a": (b'{"a":[%b],"a2":[[],{}],"a":[%b]}', b"%b"),
    "[*].node": (b"[%b]", b'{"cursor":"x","node":%b}'),
    "r[*].a[*].n": (b'{"r":[%b]}', b'{"z":[],"a":[{"n":%b},{"m":1},{"n":null}]}'),
    "[*][*]": (b"[%b]", b"[%b]"),
}


def read(data: bytes, path: str | None, **options: Any) -> tuple[list[Batch], str]:
    """The batches, and the message of the error that ended them, if one did."""
    found: list[Batch] = []
    try:
        for batch in Json(record=path).decode(io.BytesIO(data), ReadOptions(**options)):
            found.append(batch)
    except ConnectorError as error:
        return found, str(error)
    return found, ""


def facts(came: tuple[list[Batch], str]) -> Any:
    found, message = came
    good = [fact for b in found for fact in zip(b.numbers, b.rows, strict=True)]
    bad = [(bad.number, bad.line, bad.message, "longer" in bad.message or bad.raw) for b in found for bad in b.bad]
    return repr(good), bad, message


@st.composite
def documents(draw: st.DrawFn) -> tuple[str | None, bytes]:
    items = draw(st.lists(LINES, min_size=1, max_size=12)) * draw(st.integers(1, 4))
    for odd in draw(st.lists(ODD_LINES | st.sampled_from(BROKEN), max_size=2)):
        items.insert(draw(st.integers(0, len(items))), odd)
    path = draw(st.sampled_from(list(PATHS)))
    whole, item = PATHS[path]
    text = draw(st.sampled_from([b",", b",\n  ", b" ,"])).join(item.replace(b"%b", one) for one in items)
    data = whole.replace(b"%b", text)
    cut = draw(st.sampled_from([None, None, None, -1, -2, len(data) // 2]))
    return path, data[:cut] + draw(st.sampled_from([b"", b"", b"\n", b" x", b"[]"]))


@settings(max_examples=120, deadline=None)
@given(
    documents(),
    st.sampled_from([1, 40, 300, 100_000]),
    st.sampled_from([1, 3, 1000]),
    st.sampled_from([30, 400, 64_000_000]),
    NAME_TREES,
)
def test_columns_mean_what_the_rows_mean(
    document: tuple[str | None, bytes], size: int, records: int, limit: int, names: Any
) -> None:
    path, data = document
    wanted = read(data, path, max_record_bytes=limit)
    options = {"bytes": size, "records": records, "max_record_bytes": limit, "columnar": True, "names": names}
    found = read(data, path, **options)
    assert facts(found) == facts(wanted)
    for place, batch in enumerate(found[0], 1):
        check_columns(batch, names)
        assert len(batch) + len(batch.bad) <= records
        if place % 3 == 1:
            cursor = json.loads(json.dumps(batch.cursor))
            rest = read(data, path, **options, cursor=cursor)
            assert facts((found[0][:place] + rest[0], rest[1])) == facts(wanted)


@pytest.mark.parametrize("path", [None, "a.r", "[*].node", "r[*].a[*].n"])
def test_regular_items_are_columns(path: str | None) -> None:
    whole, item = PATHS[path]
    data = whole.replace(b"%b", b",\n".join([item.replace(b"%b", GOOD)] * 50))
    found, message = read(data, path, bytes=100_000, records=30, columnar=True, names=NAMES)
    assert message == ""
    columnar = [batch for batch in found if batch.columns is not None]
    assert sum(map(len, columnar)) >= 50
    assert max(map(len, found)) == 30
    assert sum(check_columns(batch, NAMES) for batch in columnar) == sum(map(len, columnar))
    assert set(columnar[0].columns.table.schema.names) == {"a", "b", "l", "n"}  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "text",
    [
        # What closes the list, and opens another one: to Arrow the names of an object may be anything.
        b'{"a":"x"}],"q":[{"a":"y"}',
        b'{"a":"x"}]} {"q":[{"a":"y"}',
        b'{"a":"}[{"}],"x":[{"a":"}]{"}',
        b'{"a":"x"},null,{"a":"y"}',
        b'{"a":"x"},{"a":NaN}',
        b'{"a":"x"},{"z":Infinity}',
        b'{"a":"x"},{"z":1e-99999}',
        b'{"a":"x"},{"z":' + b"[" * 1030 + b"]" * 1030 + b"}",
        b'{"a":"x"},{"z":"\xff"}',
        b'{"a":"x"} {"a":"y"}',
        b'{"a":"x"},',
    ],
)
def test_what_is_left_to_the_rows(text: bytes) -> None:
    assert json_blocks.ItemReader({"a": None}, ()).read(text, plain=True) is None


@pytest.mark.parametrize("text", [b'{"a":"]"}', b'{"a":"[[{"},{"a":"}"}', b'{"a":"\\"]"},{"a":"1e-99999"}'])
def test_brackets_and_numbers_in_texts_are_no_trouble(text: bytes) -> None:
    found = json_blocks.ItemReader({"a": None}, ()).read(text, plain=True)
    if b"e-9" in text:
        assert found is None  # it might be a number: the row tells
        return
    assert found is not None
    columns = found.columns()
    assert columns is not None
    assert columns.rows() == json.loads(b"[" + text + b"]")


def test_texts_with_many_brackets_stay_columns() -> None:
    item = b'{"a":"[{","b":{"c":1.5}}'
    found = json_blocks.ItemReader(NAMES, ()).read(b",".join([item] * 3000), plain=True)
    assert found is not None
    assert len(found) == 3000


def test_rows_where_nothing_is_regular() -> None:
    items = b",".join([b'{"a":1}', b'{"a":"x"}'] * 400)
    found, _ = read(b"[" + items + b"]", None, bytes=500, records=1000, columnar=True, names=NAMES)
    assert all(batch.columns is None for batch in found)
    assert max(map(len, found)) <= ReadOptions().records


def test_a_short_text_is_not_worth_columns() -> None:
    data = b"[" + b",".join([GOOD] * 20) + b"]"
    options: dict[str, Any] = {"bytes": 10_000, "columnar": True, "names": NAMES, "columnar_from": 100_000}
    found, _ = read(data, None, **options)
    assert all(batch.columns is None for batch in found)


def test_the_short_end_of_a_long_text_is_columns_too() -> None:
    data = b"[" + b",".join([GOOD] * 1000) + b"]"
    least = len(data) * 2 // 3
    options: dict[str, Any] = {"bytes": least + 500, "columnar": True, "names": NAMES, "columnar_from": least}
    found, _ = read(data, None, **options)
    assert len(found) > 1
    assert all(batch.columns is not None for batch in found)


def test_columns_come_back_behind_an_irregular_part() -> None:
    odd = [b'{"a":%s}' % (b"1", b'"x"')[n % 2] for n in range(400)]
    data = b"[%b]" % b",\n".join([*odd, *[b'{"a":"some text of this item"}'] * 4000])
    options: dict[str, Any] = {"bytes": 1000, "records": 1000, "columnar": True, "names": {"a": None}}
    found, _ = read(data, None, **options)
    kinds = [batch.columns is not None for batch in found]
    assert facts((found, "")) == facts(read(data, None))
    assert not any(kinds[:3])
    assert all(kinds[-10:])


def test_columns_stop_while_they_are_not_wanted() -> None:
    data = b"[%b]" % b",".join([GOOD] * 3000)
    wanted = iter([True, False])
    options: dict[str, Any] = {"bytes": 2000, "records": 1000, "columnar": True, "names": NAMES}
    found, _ = read(data, None, **options, still_columnar=lambda: next(wanted, True))
    kinds = [batch.columns is not None for batch in found]
    assert kinds[0] and False in kinds and kinds[-1]
    assert facts((found, "")) == facts(read(data, None))
