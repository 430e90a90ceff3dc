"""Batches whose lines are parsed later, perhaps in another process, have the records of those parsed at once."""

from __future__ import annotations

import io
import pickle
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crosswalk import ArrowReader, BadRecord, Batch, Format, ReadOptions, RowRecords
from crosswalk_formats.csv_format import Csv
from crosswalk_formats.ndjson_format import Ndjson

SMALL = ReadOptions(records=3, bytes=60)


def facts(batches: list[Batch]) -> list[Any]:
    """All records in order: number, line, and the row or what is wrong."""
    found: list[Any] = []
    for batch in batches:
        assert batch.total == len(batch) + len(batch.bad)
        held = [(n, line, row) for n, line, row in zip(batch.numbers, batch.lines or (), batch.rows, strict=True)]
        found += sorted([*held, *((bad.number, bad.line, bad) for bad in batch.bad)], key=lambda fact: fact[0])
    return found


def read(form: Format, text: bytes, options: ReadOptions) -> list[Batch]:
    found = []
    for batch in form.decode(io.BytesIO(text), options):
        counted, parsed = batch.total, batch.is_parsed
        copy: Batch = pickle.loads(pickle.dumps(batch))
        assert copy.is_parsed == parsed
        if not parsed:
            assert not batch.may_be_columnar
            assert facts([copy]) == facts([batch])
        assert batch.total == counted
        found.append(batch)
    return found


def same(form: Format, text: bytes, options: ReadOptions = SMALL) -> None:
    expected = facts(read(form, text, options))
    unparsed = replace(options, unparsed=True)
    batches = read(form, text, unparsed)
    assert facts(batches) == expected
    done = 0
    for batch in batches:
        done += batch.total
        assert batch.total <= options.records
        assert facts(read(form, text, replace(unparsed, cursor=batch.cursor))) == expected[done:]


NDJSON = [
    b'{"a":1}\n{"a":2}\n{"a":3}\n{"a":4}\n{"a":5}',
    b'{"a":1}\n\n{"a":2}\r\n   \n{"a":3}\n',
    b'{"a":1}\n{"a":\n[1]\n"x"\n{"a":10000000000000000000000.10}\n{"a":1e400}\n{"a":NaN}\n',
    b'\n\n{"a":1}\n',
    b"",
    b'{"a":"' + b"x" * 100 + b'"}\n{"a":1}\n' * 3,
    b'{"a":"\xff"}\n{"a":"\xc3\xa9"}\n',
    b'\xef\xbb\xbf{"a":1}\n{"a":2}\n',
]
CSV = [
    b"a,b\n1,2\n3,4\n5,6\n7,8\n9,10",
    b"a,b\r\n1,2\r\n3,4\r\n\r\n5,6\r\n",
    b"a,b\n1,2\n3\n4,5,6\n\n7,8\n",
    b"a,b\n1,2\r\n3,4\n5\r6,7\n",
    b'a,b\n1,"x\ny"\n3,4\n5,6\n',
    b"a,b\n1,\xff\n3,\xc3\xa9\n\x00,2\n",
    b"a,b\n#1,2\n3,NULL\nNULL,4\n5,6\n",
    b"a\n1\n\n2\n",
    b"a,b\n" + b"x" * 100 + b",1\n2,3\n",
    b"a,b\n",
    b"a,b,c\n1,2\nx,y\r\n3,4,5\n",
]


@pytest.mark.parametrize("text", NDJSON)
def test_ndjson(text: bytes) -> None:
    same(Ndjson(), text)
    same(Ndjson(), text, replace(SMALL, max_record_bytes=50))


@pytest.mark.parametrize("text", CSV)
@pytest.mark.parametrize("settings", [{}, {"null_tokens": ["NULL"], "comment": "#"}, {"quote": None}, {"escape": "x"}])
def test_csv(text: bytes, settings: dict[str, Any]) -> None:
    same(Csv(**settings), text)
    same(Csv(**settings), text, replace(SMALL, max_record_bytes=50))
    same(Csv(**settings, header=False), text)
    same(Csv(**settings, encoding="cp1252"), text)


def test_only_some_columns() -> None:
    same(Csv(), CSV[0], replace(SMALL, columns=frozenset({"b"})))


def test_what_is_regular_is_not_parsed() -> None:
    for form, text in ((Ndjson(), NDJSON[0]), (Csv(), CSV[0])):
        options = replace(SMALL, unparsed=True, bytes=10)
        batches = list(form.decode(io.BytesIO(text), options))  # type: ignore[attr-defined]
        assert not any(batch.is_parsed for batch in batches[1:])


pieces = st.sampled_from(["1", "x", ",", ",", "\n", "\n", "\r\n", '"', "\r", "#", "é", "NULL", "1,2\n", "3,4\r\n", " "])


@settings(max_examples=300, deadline=None)
@given(st.lists(pieces, max_size=25), st.sampled_from([{}, {"null_tokens": ["NULL"]}, {"comment": "#"}]))
def test_any_csv(parts: list[str], members: dict[str, Any]) -> None:
    same(Csv(**members), ("a,b\n" + "".join(parts)).encode(), replace(SMALL, bytes=12))


CELLS = [
    "1",
    "",
    "x y",
    '"q"',
    '""',
    '"a""b"',
    '""""',
    '"a,b"',
    '"k\nl"',
    '"k\r\nl"',
    '"\n\n"',
    '"\r\nm\n"',
    '"#"',
    '"NULL"',
    "é",
]
ODD_CELLS = ["x", 'a"b', '"a"b', ' "c"', '"', "1,2", "\r", '"\r"', "\0", '"\0"', "\xff"]
quoted_lines = st.lists(
    st.lists(st.sampled_from(CELLS), min_size=2, max_size=2).map(",".join)
    | st.lists(st.sampled_from(CELLS), max_size=3).map(",".join)
    | st.lists(st.sampled_from([*CELLS, *ODD_CELLS]), min_size=2, max_size=2).map(",".join),
    max_size=8,
)


@settings(max_examples=300, deadline=None)
@given(
    quoted_lines,
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([{}, {"null_tokens": ["NULL"]}, {"comment": "#"}, {"header": False}]),
    st.sampled_from([12, 40, 1000]),
)
def test_any_quoted_csv(lines: list[str], end: str, members: dict[str, Any], size: int) -> None:
    text = end.join(["a,b", *lines, ""]).encode("utf-8").replace("\xff".encode(), b"\xff")
    same(Csv(**members), text, replace(SMALL, bytes=size))


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (b'"1","x"\n"2","y"\n3,""\n', [1, 2, 3]),
        (b'1,"x\ny"\n2,"""z"""\n3,"\n\n"\n4,z\n', [1, 3, 4, 7]),
        (b'1,"x\r\ny"\r\n"2","\n"\r\n3,z\r\n', [1, 3, 5]),
        (b'1,"x"\n2\n3,"y\n",4\n5,6\n', [1, 2, 3, 5]),
    ],
)
def test_quoted_records_are_not_parsed_where_they_are_cut(text: bytes, lines: list[int]) -> None:
    form, options = Csv(header=["a", "b"]), replace(SMALL, records=2, bytes=1000, unparsed=True)
    batches = list(form.decode(io.BytesIO(text), options))
    assert not any(batch.is_parsed for batch in batches)
    found = facts(batches)
    assert [(number, line) for number, line, _ in found] == list(enumerate(lines, 1))
    assert found == facts(read(form, text, SMALL))


@pytest.mark.parametrize("here", [True, False])
def test_quoted_records_are_parsed_at_once_where_they_are_not_parsed_elsewhere(here: bool) -> None:
    text = b"a,b\n" + b'"x, y",1\n' * 100_000
    found, parsed = 0, 0
    for batch in Csv().decode(io.BytesIO(text), ReadOptions(unparsed=True)):
        found, parsed = found + batch.total, parsed + batch.is_parsed
        if here:
            assert len(batch.rows) == batch.total
    assert found == 100_000
    assert parsed > 400 if here else parsed < 100


def test_quotes_of_another_encoding_are_seen() -> None:
    text = "a,b\n«1,2»,3\n4,«5»\n".replace("»", "«").encode("cp1252")
    same(Csv(quote="«", encoding="cp1252"), text)
    (batch,) = read(Csv(quote="«", encoding="cp1252"), text, replace(SMALL, bytes=1000, unparsed=True))
    assert batch.rows == [{"a": "1,2", "b": "3"}, {"a": "4", "b": "5"}]


bits = st.sampled_from(['{"a":1}', '{"a":"é"}', "\n", "\n", "\n", "\r\n", " ", "[1]", '{"b":', "1e999", '{"a":null}'])


@settings(max_examples=300, deadline=None)
@given(st.lists(bits, max_size=25))
def test_any_ndjson(parts: list[str]) -> None:
    same(Ndjson(), "".join(parts).encode(), replace(SMALL, bytes=20))


@pytest.mark.parametrize("texts", [["a", "b"], ["a", "b\xff"]])
def test_arrow_data_is_checked_once(texts: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    column = pa.array([text.encode("latin-1") for text in texts]).cast(pa.binary()).view(pa.string())
    checked = []
    check = ArrowReader.batch
    monkeypatch.setattr(ArrowReader, "batch", lambda *given, **more: checked.append(1) or check(*given, **more))
    table = pa.record_batch({"t": column})
    batch = ArrowReader(table.schema).later(table, 1, cursor=None, bytes_read=0)
    assert not checked
    assert len(batch) + len(batch.bad) == 2
    assert [*batch.rows, *(bad.code for bad in batch.bad)] == [{"t": "a"}, {"t": "b"} if texts[1] == "b" else "M310"]
    assert batch.rows_at([0]) == [{"t": "a"}]
    assert batch.total == 2
    assert checked == [1]


class Halves(RowRecords):
    """Records of a plugin, of which every second one cannot be read."""

    def batch(self) -> Batch:
        bad = [BadRecord(number, number, "odd") for number in (2, 4)]
        return Batch.of_rows([{"n": 1}, {"n": 3}], numbers=[1, 3], lines=[1, 3], bad=bad)


def test_records_of_a_plugin_need_say_only_their_rows() -> None:
    batch = Batch.of_records(Halves(), 4, lines=range(1, 5))
    assert (batch.may_be_columnar, batch.is_parsed, batch.total) == (False, False, 4)
    assert facts([batch]) == [(1, 1, {"n": 1}), (2, 2, batch.bad[0]), (3, 3, {"n": 3}), (4, 4, batch.bad[1])]
    assert Halves().rows([1]) == [{"n": 3}]
    assert batch.columns is None
