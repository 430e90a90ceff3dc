"""The csv and tsv formats: exact cells, bad rows that stay apart, cursors that resume exactly, safe writing."""

from __future__ import annotations

import datetime as dt
import io
import json
import tracemalloc
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crosswalk import ArgumentError, Batch, ConnectorError, DataError, ReadOptions, WriteOptions
from crosswalk_formats import csv_write
from crosswalk_formats.csv_format import Csv, Tsv

SPECTRUM = Path(__file__).parents[3] / "shared" / "corpora" / "csv-spectrum"


def batches(data: bytes, kind: Csv | None = None, **options: Any) -> list[Batch]:
    return list((kind or Csv()).decode(io.BytesIO(data), ReadOptions(**options)))


def rows(data: bytes, kind: Csv | None = None, **options: Any) -> list[Any]:
    found = batches(data, kind, **options)
    assert not [bad.message for batch in found for bad in batch.bad]
    return [row for batch in found for row in batch.rows]


def bads(data: bytes, kind: Csv | None = None, **options: Any) -> list[tuple[int, int, str]]:
    return [(b.number, b.line, b.message) for batch in batches(data, kind, **options) for b in batch.bad]


def written(
    records: list[Any], kind: Csv | None = None, *, then: list[list[Any]] | None = None, **options: Any
) -> bytes:
    out = io.BytesIO()
    with (kind or Csv()).encoder(out, WriteOptions(**options)) as encoder:
        for batch in [records, *(then or [])]:
            encoder.write(Batch.of_rows(batch))
    return out.getvalue()


@pytest.mark.skipif(not SPECTRUM.exists(), reason="the public corpora are not here")
@pytest.mark.parametrize(
    "name", [p.stem for p in sorted((SPECTRUM / "csvs").glob("*.csv")) if p.stem != "location_coordinates"]
)
def test_csv_spectrum(name: str) -> None:
    expected = json.loads((SPECTRUM / "json" / f"{name}.json").read_text("utf-8"))
    data = (SPECTRUM / "csvs" / f"{name}.csv").read_bytes()
    crlf = any("\r\n" in value for row in expected for value in row.values())
    found = rows(data)
    if crlf and b"\r" not in data:  # the corpus lost its carriage returns in transit; the expectation kept them
        expected = [{key: value.replace("\r\n", "\n") for key, value in row.items()} for row in expected]
    assert found == expected


@pytest.mark.skipif(not SPECTRUM.exists(), reason="the public corpora are not here")
def test_csv_spectrum_quotes_inside_plain_cells() -> None:
    found = rows((SPECTRUM / "csvs" / "location_coordinates.csv").read_bytes())
    assert found[0]["Location Coordinates"] == "37\ufffd36'37.8\"N 121\ufffd2'17.9\"W"


def test_cells_stay_the_text_of_the_file() -> None:
    assert rows(b"a,b,c\n00501,1E5, x \ntrue,,1.50\n") == [
        {"a": "00501", "b": "1E5", "c": " x "},
        {"a": "true", "b": "", "c": "1.50"},
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", [True, False])
@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_line_ends_and_blank_lines(end: str, last: bool, size: int) -> None:
    text = end.join(["a,b", "1,2", "", '"x,', 'y",é', "3,4"]) + (end if last else "")
    found = batches(text.encode(), bytes=size)
    assert [row for b in found for row in b.rows] == [
        {"a": "1", "b": "2"},
        {"a": f"x,{end}y", "b": "é"},
        {"a": "3", "b": "4"},
    ]
    assert [line for b in found for line in b.lines or ()] == [2, 4, 6]
    assert [number for b in found for number in b.numbers] == [1, 2, 3]


def test_ragged_rows_are_bad_and_the_rest_goes_on() -> None:
    (batch,) = batches(b"a,b\n1,2\n3\n4,5,6\n7,8\n")
    assert batch.rows == [{"a": "1", "b": "2"}, {"a": "7", "b": "8"}]
    assert list(batch.numbers) == [1, 4]
    assert list(batch.lines or ()) == [2, 5]
    assert [(b.number, b.line, b.message, b.raw) for b in batch.bad] == [
        (2, 3, "2 fields expected, 1 found", "3\n"),
        (3, 4, "2 fields expected, 3 found", "4,5,6\n"),
    ]


def test_ragged_rows_are_found_when_few_columns_are_wanted_and_when_there_are_very_many() -> None:
    assert bads(b"a,b\n1,2\n3\n", columns=frozenset({"a"})) == [(2, 3, "2 fields expected, 1 found")]
    names = ",".join(f"n{i}" for i in range(300))
    data = f"{names}\n{',' * 299}\n{',' * 298}\n".encode()
    assert bads(data) == [(2, 3, "300 fields expected, 299 found")]
    assert rows(data[:-300], columns=frozenset({"n7", "n299", "other"})) == [{"n7": "", "n299": ""}]


def test_undecodable_bytes_spoil_one_row_only() -> None:
    (batch,) = batches("a,b\nä,1\n".encode() + b"caf\xe9,2\nx,3\n")
    assert batch.rows == [{"a": "ä", "b": "1"}, {"a": "x", "b": "3"}]
    (bad,) = batch.bad
    assert (bad.number, bad.line, bad.raw) == (2, 3, b"caf\xe9,2\n")
    assert bad.message == "bytes that are not utf-8, near byte 12 of the text"


def test_nul_is_bad() -> None:
    assert [number for number, _, message in bads(b"a,b\n1,2\n\0,3\n4,5\n") if "NUL" in message] == [2]


def test_text_after_a_closing_quote_is_bad() -> None:
    found = batches(b'a,b\n"1"x,2\n3,4\n5,"6" \n"7\n8"9,1\n10,11\n')
    assert [row["a"] for b in found for row in b.rows] == ["3", "10"]
    assert [(b.number, b.line) for batch in found for b in batch.bad] == [(1, 2), (3, 4), (4, 5)]
    assert "(opened on line 4)" in found[0].bad[1].message


def test_a_quote_inside_a_plain_cell_is_text() -> None:
    assert rows(b'a,b\n5" pipe,1\nx,2\n' * 1, bytes=3) == [{"a": '5" pipe', "b": "1"}, {"a": "x", "b": "2"}]


def test_unclosed_quote_names_the_line_it_was_opened_on() -> None:
    data = b'a,b\n1,2\n"x\ny","z\n3,4\n5,6\n'
    assert rows(data[:8]) == [{"a": "1", "b": "2"}]
    assert bads(data, bytes=4) == [(2, 3, "the quote opened on line 4 is never closed")]


def test_unclosed_quote_beyond_the_limit() -> None:
    data = b'a,b\n1,2\n3,"x\n' + b"4,5\n" * 100
    stream = Csv().decode(io.BytesIO(data), ReadOptions(records=1, max_record_bytes=50))
    assert next(stream).rows == [{"a": "1", "b": "2"}]
    with pytest.raises(ConnectorError, match="quote opened on line 3 never closed") as caught:
        list(stream)
    assert caught.value.code == "C203"


class Endless(io.RawIOBase):
    """`head`, then `size` bytes of filler, then `tail`, without ever holding them."""

    def __init__(self, head: bytes, size: int, tail: bytes) -> None:
        self._parts: Iterator[bytes] = iter([head, *([b"x" * 65536] * (size // 65536)), tail])

    def read(self, size: int = -1) -> bytes:
        return next(self._parts, b"")


@pytest.mark.parametrize("head", [b"a,b\n1,2\n", b'a,b\n1,2\n"x",'])
def test_a_gigantic_line_is_bad_and_not_held(head: bytes) -> None:
    stream: Any = Endless(head, 100_000_000, b",\n3,4\n")
    tracemalloc.start()
    found = list(Csv().decode(stream, ReadOptions(max_record_bytes=300_000)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [row for b in found for row in b.rows] == [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}]
    assert [(b.number, b.line) for batch in found for b in batch.bad] == [(2, 3)]
    assert peak < 4_000_000


def test_a_long_record_in_memory_is_bad() -> None:
    assert bads(b"a,b\n1,2\n3," + b"x" * 90 + b"\n4,5\n", max_record_bytes=60) == [
        (2, 3, "the record is longer than 60 bytes")
    ]


@pytest.mark.parametrize(
    ("encoding", "given"),
    [
        ("utf-8", "utf-8-sig"),
        ("utf-8", "utf-16"),
        ("utf-8", "utf-32"),
        ("utf-16-be", "utf-16-be"),
        ("cp1252", "cp1252"),
        ("gb18030", "gb18030"),
        ("cp932", "cp932"),
        ("latin-1", "latin-1"),
        ("cp500", "cp500"),
    ],
)
@pytest.mark.parametrize("size", [1, 5, 1000])
def test_encodings_and_marks(encoding: str, given: str, size: int) -> None:
    word = "日本" if given in ("cp932", "gb18030", "utf-16") else "é"
    data = f'a,b\n{word},1\n"{word}\n",2\n3,4\n'.encode(given)
    kind = Csv(encoding=encoding)
    expected = [{"a": word, "b": "1"}, {"a": f"{word}\n", "b": "2"}, {"a": "3", "b": "4"}]
    assert rows(data, kind, bytes=size) == expected
    first = batches(data, kind, records=2)[0]
    assert rows(data, kind, cursor=json.loads(json.dumps(first.cursor))) == expected[2:]


def test_undecodable_bytes_in_a_recoded_file() -> None:
    data = "a,b\nx,1\n".encode("utf-16") + b"\x00\xd8" + "y,2\nz,3\n".encode("utf-16-le")
    found = batches(data)
    assert [row["a"] for b in found for row in b.rows] == ["x", "z"]
    assert [(b.number, b.line) for batch in found for b in batch.bad] == [(2, 3)]


def test_wrong_encoding_is_reported_per_row() -> None:
    data = "a,b\nx,1\n".encode("utf-16-le")
    with pytest.raises(ConnectorError, match="NUL"):
        batches(data)


@pytest.mark.parametrize("data", [b"", b"\n\n", b"\xef\xbb\xbf", b"# only\n"])
def test_an_empty_file_has_no_records(data: bytes) -> None:
    assert batches(data, Csv(comment="#")) == []


def test_a_header_alone_has_no_records() -> None:
    assert batches(b"a,b\n") == []


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"a,b,a\n1,2,3\n", "'a' twice, for columns 1 and 3"),
        (b"a,,b\n1,2,3\n", "no name for column 2"),
        (b'a,"b\n', "header on line 1: the quote opened on line 1 is never closed"),
        (b"a,\xff\n", "header on line 1: bytes that are not utf-8"),
    ],
)
def test_a_broken_header(data: bytes, words: str) -> None:
    with pytest.raises(ConnectorError, match=words) as caught:
        batches(data)
    assert caught.value.code == "C201"


def test_header_settings() -> None:
    data = b"1,2\n3,4\n"
    assert rows(data, Csv(header=False)) == [{"c1": "1", "c2": "2"}, {"c1": "3", "c2": "4"}]
    assert rows(data, Csv(header=["x", "y"])) == [{"x": "1", "y": "2"}, {"x": "3", "y": "4"}]
    assert rows(b"junk\n\na,b\n1,2\n", Csv(skip_rows=2)) == [{"a": "1", "b": "2"}]
    assert rows(b"old,old\n1,2\n", Csv(skip_rows=1, header=["x", "y"])) == [{"x": "1", "y": "2"}]
    assert rows(b"one\ntwo", Csv(skip_rows=5)) == []


def test_comments_are_not_confused_with_cells_or_quotes() -> None:
    data = b'#x"\na,b\n# say, "hello\n1,"\n#2"\n"#3",4\n#'
    assert rows(data, Csv(comment="#")) == [{"a": "1", "b": "\n#2"}, {"a": "#3", "b": "4"}]
    (batch,) = batches(data, Csv(comment="#"))
    assert list(batch.lines or ()) == [4, 6]


def test_null_tokens() -> None:
    kind = Csv(null_tokens=["NULL", "\\N"])
    assert rows(b"a,b\nNULL,1\n,\\N\nNULLS,2\n", kind) == [
        {"a": None, "b": "1"},
        {"a": "", "b": None},
        {"a": "NULLS", "b": "2"},
    ]


def test_other_delimiters_quotes_and_escapes() -> None:
    assert rows(b"a\tb\n1,2\t3\n", Tsv()) == [{"a": "1,2", "b": "3"}]
    assert rows(b"a;b\n'x;''y';3\n", Csv(delimiter=";", quote="'")) == [{"a": "x;'y", "b": "3"}]
    assert rows(b'a,b\n"x\\"y",3\n\\,,4\n', Csv(escape="\\")) == [{"a": 'x"y', "b": "3"}, {"a": ",", "b": "4"}]
    assert rows(b'a,b\n"x,3\n', Csv(quote=None)) == [{"a": '"x', "b": "3"}]


@pytest.mark.parametrize(
    "settings",
    [
        {"delimiter": ""},
        {"delimiter": ",,"},
        {"delimiter": '"'},
        {"quote": "''"},
        {"escape": '"'},
        {"encoding": "no-such"},
        {"encoding": "base64"},
        {"line_terminator": "x"},
        {"comment": ""},
        {"skip_rows": -1},
        {"header": []},
    ],
)
def test_settings_that_cannot_work(settings: dict[str, Any]) -> None:
    with pytest.raises(ArgumentError):
        Csv.from_config({"type": "csv", **settings})


MIXED = '\ufeffa,b\n1,é\n\n2,"x\r\ny"\n3\n4,"日"z\n5,6\n'.encode() + b"7,\xff\n\n" + b'8,"\n\n"\n"",10\n11,12\n"13","x'
PLAIN = b"a,b\r\n" + b"".join(b"%d,x\r\n" % i for i in range(7))


class Unseekable(io.BytesIO):
    def seekable(self) -> bool:
        return False

    def seek(self, *args: Any) -> int:
        raise OSError("not seekable")


def facts(found: list[Batch]) -> tuple[list[Any], list[Any]]:
    good = [fact for b in found for fact in zip(b.rows, b.numbers, b.lines or (), strict=True)]
    return good, [(bad.number, bad.line, bad.message, bad.raw) for b in found for bad in b.bad]


@pytest.mark.parametrize("stream", [io.BytesIO, Unseekable])
@pytest.mark.parametrize("records", [1, 2, 3])
@pytest.mark.parametrize("size", [1, 8, 10_000])
@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (MIXED, Csv()),
        (MIXED, Csv(header=False)),
        (MIXED, Csv(header=["a", "b"], skip_rows=1)),
        (PLAIN, Csv()),
        (MIXED.decode("utf-8", "replace").encode("utf-16"), Csv()),
        (MIXED[3:].decode("utf-8", "replace").replace("日", "-").encode("cp1252", "replace"), Csv(encoding="cp1252")),
    ],
)
def test_resume_at_every_boundary(data: bytes, kind: Csv, records: int, size: int, stream: Any) -> None:
    whole = facts(batches(data, kind))
    assert whole[0]
    found = list(kind.decode(stream(data), ReadOptions(records=records, bytes=size)))
    assert facts(found) == whole
    assert all(len(b) + len(b.bad) <= records for b in found)
    for place, batch in enumerate(found, 1):
        cursor = json.loads(json.dumps(batch.cursor))
        rest = list(kind.decode(stream(data), ReadOptions(records=records, bytes=size, cursor=cursor)))
        assert facts(found[:place] + rest) == whole


def test_resume_far_into_a_file_seeks() -> None:
    data = b"a,b\n" + b"".join(b"%07d,x\n" % i for i in range(200_000))
    middle = batches(data, records=100_000, bytes=10**8)[0]
    (rest,) = batches(data, records=1_000_000, bytes=10**8, cursor=middle.cursor)
    assert len(rest) == 100_000
    assert (rest.rows[0], rest.numbers[0], (rest.lines or ())[0]) == ({"a": "0100000", "b": "x"}, 100_001, 100_002)


@pytest.mark.parametrize(
    "cursor", [{"row": 1}, 7, {"offset": 10_000_000, "line": 1, "record": 1}, {"offset": 0, "line": 1, "record": 0}]
)
def test_a_foreign_cursor_is_refused(cursor: Any) -> None:
    with pytest.raises(ConnectorError) as caught:
        batches(b"a,b\n1,2\n", cursor=cursor)
    assert caught.value.code == "C205"


def test_write_texts() -> None:
    record = {
        "s": 'say "a,b"',
        "i": 2**70,
        "f": 1.5,
        "d": Decimal("19.00"),
        "t": True,
        "n": None,
        "day": dt.date(2024, 2, 3),
        "o": {"k": [1, Decimal("2.50")]},
        "r": "a\rb",
    }
    assert written([record]) == (
        b's,i,f,d,t,n,day,o,r\n"say ""a,b""",1180591620717411303424,1.5,19.00,true,,2024-02-03,'
        b'"{""k"":[1,2.50]}","a\rb"\n'
    )


def test_write_columns() -> None:
    assert written([{"a": 1}, {"a": 3, "b": 2}]) == b"a,b\n1,\n3,2\n"
    assert written([{"b": 2}], columns=("a", "b"), null_token="NULL") == b"a,b\nNULL,2\n"
    assert written([], columns=("a", "b")) == b"a,b\n"
    assert written([]) == b""
    assert written([{"b": 1}], Csv(header=False)) == b"1\n"
    assert written([{"b": 1}], Csv(header=["a", "b"])) == b",1\n"
    assert written([{"a": None}]) == b'a\n""\n'
    assert written([{"a": "x", "b": 1}], Csv(quoting="all", line_terminator="\r\n")) == b'"a","b"\r\n"x","1"\r\n'


def test_records_wait_until_the_columns_are_known() -> None:
    """A column that the first records lacked made rejects of all that had it, and stood last."""
    early, late = [{"a": n, "c": 1} for n in range(300)], [{"a": 300, "b": "x", "c": 1}, {"d": 1}]
    lines = written(early, then=[late]).decode().split("\n")
    assert (lines[0], lines[1], lines[-3], lines[-2]) == ("a,b,c,d", "0,,1,", "300,x,1,", ",,,1")
    assert written([{"x": 1, "t": 2}], then=[[{"y": 1, "x": 2}]], first=("t", "u")) == b"t,u,y,x\n2,,,1\n,,1,2\n"


def test_a_batch_with_what_csv_cannot_carry_is_refused_at_once_though_it_waits() -> None:
    out = io.BytesIO()
    encoder = Csv(encoding="latin-1").encoder(out, WriteOptions())
    encoder.write(Batch.of_rows([{"a": 1}]))
    for bad in ({"a": float("nan")}, {"a": "\0", "b": 1}, {"a": "日"}):
        with pytest.raises(DataError):
            encoder.write(Batch.of_rows([{"a": 2}, bad]))
    encoder.write(Batch.of_rows([{"a": 3}]))
    encoder.finish()
    assert out.getvalue() == b"a\n1\n3\n"


def test_write_refuses_a_new_key_and_writes_nothing_of_that_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_write, "SAMPLE", 1)
    out = io.BytesIO()
    encoder = Csv().encoder(out, WriteOptions())
    encoder.write(Batch.of_rows([{"a": 1}]))
    with pytest.raises(DataError, match='M316: the key "b"'):
        encoder.write(Batch.of_rows([{"a": 2}, {"a": 2, "b": 3}]))
    assert out.getvalue() == b"a\n1\n"


@pytest.mark.parametrize(
    ("value", "kind", "code"),
    [
        (float("nan"), Csv(), "M310"),
        (Decimal("Infinity"), Csv(), "M310"),
        ("\0", Csv(), "M313"),
        ("\ud800", Csv(), "M313"),
        ("日", Csv(encoding="latin-1"), "M313"),
        ("a,b", Csv(quote=None), "M313"),
        (object(), Csv(), "M313"),
    ],
)
def test_write_refuses_what_csv_cannot_carry(value: Any, kind: Csv, code: str) -> None:
    with pytest.raises(DataError) as caught:
        written([{"a": value, "b": 1}], kind)
    assert caught.value.code == code


def test_records_without_a_key_wait_for_the_columns() -> None:
    assert written([{}], then=[[{}, {}], [{"a": 1, "b": 2}], [{}]]) == b"a,b\n,\n,\n,\n1,2\n,\n"
    assert written([{}], then=[[{"a": 1}]]) == b'a\n""\n1\n'
    with pytest.raises(DataError, match="records without any column"):
        written([{}], then=[[{}]])
    assert written([{}], then=[[{"b": 2}]], first=("b", "a")) == b"b,a\n,\n2,\n"
    assert written([{"c": 1, "a": 2}], first=("a", "b")) == b"a,b,c\n2,,1\n"


def test_write_refuses_rows_that_are_no_objects() -> None:
    with pytest.raises(DataError, match="must be an object"):
        written([[1, 2]])


def test_formula_guard() -> None:
    record = {"a": "=1+1", "b": -1, "c": "@x", "d": "x=", "e": "\tx"}
    assert written([record], Csv(formula_guard=True)).splitlines()[1] == b"'=1+1,-1,'@x,x=,'\tx"
    assert written([record]).splitlines()[1] == b"=1+1,-1,@x,x=,\tx"


TEXT = st.text(st.sampled_from("ab,;\"'\\\n\r\t# é日"), max_size=8)


@settings(max_examples=150, deadline=None)
@given(
    table=st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=6),
    kind=st.sampled_from(
        [
            Csv(),
            Tsv(),
            Csv(quoting="all", line_terminator="\r\n"),
            Csv(escape="\\", comment="#"),
            Csv(quote="'", delimiter=";", line_terminator="\r", encoding="utf-16"),
            Csv(quote=None, escape="\\"),
        ]
    ),
    size=st.sampled_from([1, 5, 10_000]),
)
def test_what_is_written_is_read_back(table: list[tuple[str, str]], kind: Csv, size: int) -> None:
    records = [{"x": one, "y": two} for one, two in table]
    assert rows(written(records, kind), kind, bytes=size) == records


@settings(max_examples=100, deadline=None)
@given(st.lists(TEXT, min_size=1, max_size=6))
def test_a_single_column_is_read_back(cells: list[str]) -> None:
    records = [{"x": cell} for cell in cells]
    assert rows(written(records)) == records


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60).map(lambda b: b"a,b\n" + b), st.sampled_from([1, 3, 1000]))
def test_pieces_do_not_change_what_is_read(data: bytes, size: int) -> None:
    assert facts(batches(data, bytes=size)) == facts(batches(data))


@pytest.mark.parametrize("size", [1_000, 50_000, 128_000, 1_000_000])
def test_batches_keep_to_their_size(size: int) -> None:
    data = b"a,b\n" + b"".join(b"%07d,x\n" % i for i in range(100_000))
    counts = [len(batch) for batch in batches(data, records=10**6, bytes=size)]
    assert sum(counts) == 100_000
    assert max(counts) <= size / 10
    assert len(counts) <= 2 * len(data) / size + 2
