"""Csv read as columns: the same records, numbers, lines, bad records and cursors as read as rows, for any bytes."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from crosswalk import ArgumentError, BadRecord, Batch, ReadOptions
from crosswalk.errors import CrosswalkError
from crosswalk_formats.csv_columns import CsvBlock
from crosswalk_formats.csv_format import Csv, Tsv

LARGE = 1_000_000


def batches(data: bytes, kind: Csv | None = None, **options: Any) -> list[Batch]:
    return list((kind or Csv()).decode(io.BytesIO(data), ReadOptions(**{"columnar": True, "bytes": LARGE, **options})))


def found(read: list[Batch]) -> list[Any]:
    """Every record, good and bad, with its number and line, in order of number."""
    records: list[Any] = []
    for batch in read:
        rows, lines = batch.rows, batch.lines
        records += zip(batch.numbers, lines if lines is not None else [None] * len(rows), rows, strict=True)
        records += [(bad.number, bad.line, bad.message, shown(bad)) for bad in batch.bad]
    return sorted(records, key=lambda record: record[0])


def shown(bad: BadRecord) -> str | bytes:
    # Of a line too long to hold, as much is kept as was read at the time.
    return "" if "longer than" in bad.message else bad.raw


def outcome(data: bytes, kind: Csv, **options: Any) -> Any:
    try:
        return found(batches(data, kind, **options))
    except CrosswalkError as error:
        return error.code, str(error)


def block_of(data: bytes, kind: Csv | None = None, **options: Any) -> CsvBlock:
    block = batches(data, kind, **options)[0]._records
    assert isinstance(block, CsvBlock)
    return block


CELLS = st.one_of(
    st.sampled_from(
        ["", "a", "NA", "é", " x ", '"q"', '"a,b"', '"a""b"', '""', '"NA"', '"é"', '""""', '"\n"', '"x\r\ny"']
    ),
    st.text("ab1 é-", max_size=4),
)
ODD = st.sampled_from(
    ['"', 'a"b', '"a"b', '""a', "\0", "\r", "#c", "\\,", "\ufeff", '"a\rb"', '"\0"', "'a,b'", "\u2028"]
)


def dialect(**settings: Any) -> Csv:
    try:
        return Csv(**settings)
    except ArgumentError:  # a character that the encoding does not have
        return Csv(**settings | {"encoding": "utf-8"})


DIALECTS = st.builds(
    dialect,
    delimiter=st.sampled_from([",", ",", ",", ";", "\t", "§", "'"]),
    quote=st.sampled_from(['"', '"', '"', None, "€"]),
    escape=st.sampled_from([None, None, None, "\\"]),
    encoding=st.sampled_from(["utf-8", "utf-8", "utf-8", "cp1252", "ascii", "utf-16"]),
    header=st.sampled_from([True, True, True, False, ["p", "q"], ["p", "q", "r"]]),
    skip_rows=st.sampled_from([0, 0, 0, 1]),
    comment=st.sampled_from([None, None, None, "#"]),
    null_tokens=st.sampled_from([[], [], ["NA"], ["", "a"]]),
)


@st.composite
def texts(draw: st.DrawFn) -> tuple[bytes, Csv]:
    """A csv file, mostly regular, and a dialect that mostly fits it."""
    kind = draw(DIALECTS)
    width = draw(st.sampled_from([2, 2, 3, 3, 1]))
    end = draw(st.sampled_from(["\n", "\n", "\r\n", "\r"]))
    messy = draw(st.sampled_from([False, False, True]))
    cell = (CELLS | ODD) if messy else CELLS
    lines = [["c1", "c2", "c3"][:width]]
    lines += draw(st.lists(st.lists(cell, min_size=width, max_size=width), max_size=8))
    if messy and draw(st.booleans()):
        lines.insert(draw(st.integers(0, len(lines))), draw(st.lists(cell, max_size=4)))
    text = end.join(kind.delimiter.join(line) for line in lines) + draw(st.sampled_from([end, end, "", end * 2]))
    encoding = draw(st.sampled_from([kind.encoding, kind.encoding, "utf-8"]))
    return text.encode(encoding, "replace"), kind


@given(texts(), st.sampled_from([1, 7, 30, 100, LARGE]), st.sampled_from([12, 30, 64_000_000]))
@settings(max_examples=200, deadline=None)
def test_the_records_are_those_of_the_reader_of_rows(file: tuple[bytes, Csv], size: int, limit: int) -> None:
    data, kind = file
    # A record of several lines that is too long may be found open, or closed, by where a read ends.
    assume(limit > len(data) or '"' not in str(data))
    expected = outcome(data, kind, columnar=False, bytes=size, max_record_bytes=limit)
    assert outcome(data, kind, bytes=size, max_record_bytes=limit) == expected


@given(st.binary(max_size=60) | st.text('ab,"\n\r#\\\0é', max_size=60).map(str.encode), st.sampled_from([1, 9, LARGE]))
@example(b'a,b\n"x\r",y\n', LARGE)
@example(b"a,b\nx,y\rz\n", LARGE)
@example(b'a,b\n"x"\ry,z\n', LARGE)
@example(b'a,b\n1,""x"\n2",3\n', LARGE)
@example(b'a,b\n"1,2"\n', LARGE)
@settings(max_examples=200, deadline=None)
def test_any_bytes_give_the_same(tail: bytes, size: int) -> None:
    data = b"a,b\n" + tail
    assert outcome(data, Csv(), bytes=size) == outcome(data, Csv(), columnar=False, bytes=size)


@given(texts(), st.sampled_from([20, 60, LARGE]), st.sampled_from([None, frozenset({"c1", "q"}), frozenset({"none"})]))
@settings(max_examples=100, deadline=None)
def test_columns_have_the_cells_of_rows(file: tuple[bytes, Csv], size: int, wanted: frozenset[str] | None) -> None:
    data, kind = file
    try:
        read = batches(data, kind, bytes=size, columns=wanted)
    except CrosswalkError:
        return
    for batch in read:
        block = batch._records
        if block is None:
            continue
        rows = block.rows()
        columns = block.columns()
        assert columns is not None
        columns.table.validate(full=True)
        assert columns.rows() == rows
        assert len(rows) == len(batch.numbers)
        for places in ([], [0], list(range(0, len(rows), 2)), [len(rows) - 1]):
            assert block.rows(places) == [rows[place] for place in places]


@given(texts(), st.sampled_from([10, 30, LARGE]), st.booleans(), st.sampled_from([1, 2, 200]))
@settings(max_examples=150, deadline=None)
def test_every_cursor_resumes_in_either_mode(file: tuple[bytes, Csv], size: int, columnar: bool, most: int) -> None:
    data, kind = file
    try:
        read = batches(data, kind, bytes=size, columnar=columnar, records=most)
        records = found(read)
    except CrosswalkError:
        return
    seen = 0
    for batch in read:
        assert len(batch.numbers) <= most
        seen += len(batch.rows) + len(batch.bad)
        rest = found(batches(data, kind, bytes=size, columnar=not columnar, cursor=batch.cursor))
        assert rest == records[seen:]


@pytest.mark.parametrize(
    "data",
    [
        b"a,b\n1,2\n3,4\n",
        b"a,b\r\n1,2\r\n3,4",
        'a,b\n"ä, ö","x ""y"""\n1,""\n'.encode(),
        b'a,b\n"two\nlines",1\n"",2\n',
        b'a,b\r\n"two\r\nlines",1\r\n',
        b'a,b\n1,2\n"two\nlines",1',
        b"\xef\xbb\xbfa,b\n1,2\n",
        "a,b\n1,2\n".encode("utf-16"),
    ],
)
def test_regular_files_come_as_columns(data: bytes) -> None:
    block = block_of(data)
    columns = block.columns()
    assert columns is not None
    assert columns.rows() == block.rows()


@pytest.mark.parametrize(
    "data",
    [
        b"a,b\n1\n",
        b"a,b\n1,2,3\n4\n",
        b"a,b\n1,2\n\n3,4\n",
        b"a,b\n1,\0\n",
        b"a,b\n1,caf\xe9\n",
        b'a,b\n1,x"y\n',
        b'a,b\n1,"x"y\n',
        b'a,b\n1,"x\ry"\n',
        b'a,b\n1,"\0"\n',
        b"a,b\n1,2\r3,4\n",
        b"a\n1\n2\n",
        b"a,b\n\xef\xbb\xbf1,2\n",
    ],
)
def test_what_is_not_surely_regular_comes_as_rows(data: bytes) -> None:
    assert [batch._records for batch in batches(data) if len(batch.rows) or batch.bad] == [None]


def test_one_uneven_block_leaves_the_others_columns() -> None:
    lines = [b"a,b"] + [b"%05d,x" % number for number in range(3000)]
    lines[1501] = b"01500"
    read = batches(b"\n".join(lines) + b"\n", bytes=5_000)
    forms = [batch._records is not None for batch in read]
    assert forms.count(True) >= 3
    assert forms[0] and forms[-1] and False in forms
    assert [bad.number for batch in read for bad in batch.bad] == [1501]
    assert [number for batch in read for number in batch.numbers] == [n for n in range(1, 3001) if n != 1501]
    assert [int(row["a"]) for batch in read for row in batch.rows] == [n for n in range(3000) if n != 1500]


def test_columns_come_back_behind_an_irregular_part() -> None:
    lines = [b"%05d,x" % number + b",y" * (number % 9 == 0) for number in range(5000)]
    data = b"\n".join([b"a,b", *lines, *[b"%05d,x" % number for number in range(40_000)], b""])
    read = batches(data, bytes=2_000, records=1_000)
    forms = [batch._records is not None for batch in read]
    assert not any(forms[:20])
    assert all(forms[-40:])
    assert found(read) == found(list(Csv().decode(io.BytesIO(data), ReadOptions())))


def test_columns_stop_while_they_are_not_wanted() -> None:
    data = b"a,b\n" + b"1,2\n" * 20_000
    wanted = iter([True, False, False])
    read = batches(data, bytes=2_000, records=10_000, still_columnar=lambda: next(wanted, True))
    forms = [batch._records is not None for batch in read]
    assert forms[0]
    assert not any(forms[1:4])
    assert all(forms[10:])
    assert found(read) == found(list(Csv().decode(io.BytesIO(data), ReadOptions())))


def test_blocks_are_as_large_as_asked_also_where_the_stream_gives_less() -> None:
    class Drips(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return super().read(min(size or 0, 100) if size and size > 0 else size)

    data = b"a,b\n" + b"1,2\n" * 5000
    read = list(Csv().decode(Drips(data), ReadOptions(columnar=True, bytes=8_000, records=10_000)))
    assert [len(batch.numbers) for batch in read] == [2000, 2000, 1000]


def test_only_the_columns_that_are_read_are_parsed() -> None:
    data = b"a,b,c\n1,2,3\n4,5,6\n"
    columns = block_of(data, names={"c": None, "a": None, "other": {"x": None}}).columns()
    assert columns is not None and columns.table.schema.names == ["a", "c"]
    columns = block_of(data, names={}).columns()
    assert columns is not None and columns.table.num_rows == 2 and columns.table.schema.names == []


def test_null_tokens_are_null_also_when_quoted() -> None:
    columns = block_of(b'a,b\nNA,"NA"\n"",NAN\n,x\n', Csv(null_tokens=["NA", ""])).columns()
    assert columns is not None
    assert columns.table.to_pydict() == {"a": [None, None, None], "b": [None, "NAN", "x"]}
    assert columns.nulls == "null"


def test_tsv_comes_as_columns() -> None:
    assert block_of(b"a\tb\n1\t2\n", Tsv()).rows() == [{"a": "1", "b": "2"}]


def test_blocks_are_parsed_by_several_threads_at_once() -> None:
    data = b"a,b\n" + b"".join(b'%d,"x ""%d"""\n' % (number, number) for number in range(2000))
    read = batches(data, bytes=3_000)
    assert len(read) > 5
    with ThreadPoolExecutor(4) as pool:
        tables = list(pool.map(lambda batch: batch._records.columns().table, [*read, *read]))
    assert [len(table) for table in tables[: len(read)]] == [len(table) for table in tables[len(read) :]]
    assert [row for table in tables[: len(read)] for row in table.to_pylist()] == [
        {"a": str(number), "b": f'x "{number}"'} for number in range(2000)
    ]


def test_the_short_end_of_a_long_text_is_columns_too() -> None:
    options: dict[str, Any] = {"columnar": True, "records": 10_000, "columnar_from": 6000}
    long = batches(b"a,b\n" + b"1,x\n" * 2000, bytes=7000, **options)
    assert len(long) > 1
    assert all(batch.columns is not None for batch in long)
    assert all(batch.columns is None for batch in batches(b"a,b\n" + b"1,x\n" * 100, bytes=7000, **options))
