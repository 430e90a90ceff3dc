"""The json and ndjson formats: exact numbers, streaming at a path, bad records, cursors, and writing without loss."""

from __future__ import annotations

import datetime as dt
import io
import json
import math
import tracemalloc
from collections.abc import Iterator
from decimal import Decimal
from itertools import chain
from typing import Any, cast

import jmespath
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crosswalk import ArgumentError, Batch, ConnectorError, DataError, Format, ReadOptions, WriteOptions
from crosswalk_formats.exact_numbers import loads, risky
from crosswalk_formats.json_format import Json
from crosswalk_formats.json_path import parse_record_path
from crosswalk_formats.ndjson_format import Ndjson


def batches(data: bytes, kind: Format, **options: Any) -> list[Batch]:
    return list(kind.decode(io.BytesIO(data), ReadOptions(**options)))


def rows(data: bytes, kind: Format, **options: Any) -> list[Any]:
    found = batches(data, kind, **options)
    assert not [bad.message for batch in found for bad in batch.bad]
    return [row for batch in found for row in batch.rows]


def bads(found: list[Batch]) -> list[tuple[int, int]]:
    return [(bad.number, bad.line) for batch in found for bad in batch.bad]


def written(records: list[Any], kind: Format, **options: Any) -> bytes:
    out = io.BytesIO()
    with kind.encoder(out, WriteOptions(**options)) as encoder:
        encoder.write(Batch.of_rows(records))
    return out.getvalue()


def broken(data: bytes, kind: Format, **options: Any) -> tuple[list[Any], str]:
    """The records before the break, and the message."""
    found: list[Any] = []
    with pytest.raises(ConnectorError) as caught:
        for batch in kind.decode(io.BytesIO(data), ReadOptions(**options)):
            found += batch.rows
    assert caught.value.code == "C202"
    return found, caught.value.message


class Repeated(io.RawIOBase):
    """`head`, `count` times `body`, then `tail`, without ever holding them."""

    def __init__(self, head: bytes, body: bytes, count: int, tail: bytes) -> None:
        many = body * (65536 // len(body) + 1)
        self.count = count // (65536 // len(body) + 1) * (65536 // len(body) + 1)
        self.parts: Iterator[bytes] = iter([head, *([many] * (self.count * len(body) // len(many))), tail])

    def read(self, size: int = -1) -> bytes:
        return next(self.parts, b"")


# Numbers


@pytest.mark.parametrize(
    "text",
    [
        "0",
        "-0",
        "9007199254740993",
        "9223372036854775807",
        "-9223372036854775808",
        "18446744073709551615",
        "18446744073709551616",
        "-9223372036854775809",
        "123456789012345678901234567890",
        "1.5",
        "0.1",
        "0.30000000000000004",
        "0.1234567890123456789",
        "19.00",
        "12345678901234567.25",
        "1e400",
        "-1E+400",
        "1e-400",
        "5e-324",
        "1.23456e-310",
        "1e22",
        "1.7976931348623157e308",
        "0.00000000000000000000000000000000000001",
    ],
)
@pytest.mark.parametrize("around", ["%s", '{"a":[%s]}', '{"uuid":"3e4567e123","a": %s ,"b":1}', '["1e999",%s]'])
def test_numbers_are_exact(text: str, around: str) -> None:
    data = (around % text).encode()
    value = loads(data)
    while isinstance(value, dict | list):
        value = value["a"] if isinstance(value, dict) else value[-1]
    exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    assert exact == Decimal(text)
    assert isinstance(value, int) == text.lstrip("-").isdigit()
    assert rows(data + b"\n", Ndjson()) == [loads(data)]


@settings(max_examples=300, deadline=None)
@given(
    st.from_regex(r"-?(0|[1-9][0-9]{0,24})(\.[0-9]{1,24})?([eE][+-]?[0-9]{1,3})?", fullmatch=True),
    st.sampled_from(["", "[", '{"a":', '["x 12345678901234567", ', "[1,"]),
)
def test_any_number_is_exact(text: str, before: str) -> None:
    data = (before + text + {"[": "]", "{": "}"}.get(before[:1], "")).encode()
    value = loads(data)
    if isinstance(value, dict | list):
        value = next(iter(value.values())) if isinstance(value, dict) else value[-1]
    exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    assert exact == Decimal(text)
    if not risky(data):
        # What is too large for a double orjson refuses by itself; only silent changes are risky.
        try:
            assert loads(data) == orjson.loads(data)
        except orjson.JSONDecodeError as error:
            assert "infinity" in str(error)


@pytest.mark.parametrize("text", [b'"12345678901234567890.5"', b'"4e567"', b'{"a":"3e4567","b":1234567890123}'])
def test_long_digits_in_strings_are_no_risk(text: bytes) -> None:
    assert not risky(text)


@pytest.mark.parametrize(
    "text",
    [
        b"NaN",
        b"Infinity",
        b"-Infinity",
        b"01",
        b"1.",
        b"+1",
        b"1e99999999",
        b"1" * 5000,
        b"[" * 5000,
        b'"\\ud800"',
        b"[" * 1200 + b"12345678901234567890123" + b"]" * 1200,
        b"12345678901234567890123 x",
        b"\xff",
        b"{'a':1}",
    ],
)
def test_what_is_no_value(text: bytes) -> None:
    with pytest.raises(ValueError):
        loads(text)
    found = batches(b"1\n" + text + b"\n2\n", Ndjson())
    assert [row for b in found for row in b.rows] == [1, 2]
    assert bads(found) == [(2, 2)]


def test_a_chain_of_exponents_takes_no_quadratic_time() -> None:
    with pytest.raises(ValueError):
        loads(b"[" + b"1e111" * 400_000 + b"]")


# ndjson


def test_ndjson_lines() -> None:
    data = b'\xef\xbb\xbf{"a":1}\r\n\n  \n{"a":}\n[2]\n"x"\nnull'
    (batch,) = batches(data, Ndjson())
    assert batch.rows == [{"a": 1}, [2], "x", None]
    assert list(batch.numbers) == [1, 3, 4, 5]
    assert list(batch.lines or ()) == [1, 5, 6, 7]
    (bad,) = batch.bad
    assert (bad.number, bad.line, bad.raw) == (2, 4, '{"a":}')
    assert bad.message == "not valid JSON: unexpected character at character 6" or "character 6" in bad.message


def test_ndjson_of_a_regular_file_numbers_without_lists() -> None:
    (batch,) = batches(b"1\n2\n3\n", Ndjson())
    assert (batch.numbers, batch.lines) == (range(1, 4), range(1, 4))


def test_ndjson_last_of_equal_keys_wins() -> None:
    assert rows(b'{"a":1,"a":2}\n{"a":1,"a":12345678901234567890123}\n', Ndjson()) == [
        {"a": 2},
        {"a": 12345678901234567890123},
    ]


def test_ndjson_record_path() -> None:
    data = b'{"d":{"i":[{"k":1},null,{"k":2}]}}\n{}\n{"d":{"i":[{"k":3}]}}\n'
    (batch,) = batches(data, Ndjson(record="d.i[*].k"))
    assert batch.rows == [1, 2, 3]
    assert (list(batch.numbers), list(batch.lines or ())) == ([1, 2, 3], [1, 1, 3])
    assert rows(data, Ndjson(), record="d.i") == [{"k": 1}, None, {"k": 2}, {"k": 3}]


def test_ndjson_of_other_encodings_by_mark() -> None:
    assert rows('{"a":"é"}\n2\n'.encode("utf-16"), Ndjson()) == [{"a": "é"}, 2]


def test_ndjson_gigantic_line_is_bad_and_not_held() -> None:
    stream: Any = Repeated(b'1\n"', b"x", 100_000_000, b'"\n2\n')
    tracemalloc.start()
    found = list(Ndjson().decode(stream, ReadOptions(max_record_bytes=300_000)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [row for b in found for row in b.rows] == [1, 2]
    assert bads(found) == [(2, 2)]
    assert peak < 4_000_000


def test_ndjson_long_line_in_memory_is_bad() -> None:
    found = batches(b'1\n"' + b"x" * 60 + b'"\n2\n', Ndjson(), max_record_bytes=50)
    assert bads(found) == [(2, 2)]
    assert "longer than 50 bytes" in found[0].bad[0].message


NDJSON = b'\xef\xbb\xbf{"a":1}\n\nbad\n{"a":2}\r\n{"a":12345678901234567890.5}\n\xff\n{"a":"\xc3\xa9"}\n[]\n7'
JSON = (
    b'{"skip":[{"a":"]}"},"\\"}"],"data":{"list":[{"a":1,"b":[{"x":"}"}]},\n {"a":"{"},{"a":NaN},7,"s",[1,[2]],null,'
    b'{"a":0.12345678901234567891}, {"a":{"b":{"c":{}}}}]},"tail":[1,2]}'
)


@pytest.mark.parametrize("records", [1, 2, 3])
@pytest.mark.parametrize("size", [1, 10, 100_000])
@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (NDJSON, Ndjson()),
        (NDJSON[3:].decode("latin-1").encode("utf-16"), Ndjson()),
        (JSON, Json(record="data.list")),
        (JSON, Json(record="data.list[*].a")),
        (b"[1, 2,3,4 ]", Json()),
    ],
)
def test_resume_at_every_boundary(data: bytes, kind: Format, records: int, size: int) -> None:
    def facts(found: list[Batch]) -> Any:
        good = [pair for b in found for pair in zip(b.rows, b.numbers, strict=True)]
        lines = [line for b in found for line in b.lines or ()]
        return good, lines, [(bad.number, bad.line, bad.message) for b in found for bad in b.bad]

    whole = facts(batches(data, kind))
    assert whole[0]
    found = batches(data, kind, records=records, bytes=size)
    assert facts(found) == whole
    assert all(len(b) + len(b.bad) <= records for b in found)
    for place, batch in enumerate(found, 1):
        cursor = json.loads(json.dumps(batch.cursor))
        rest = batches(data, kind, records=records, bytes=size, cursor=cursor)
        assert facts(found[:place] + rest) == whole


@pytest.mark.parametrize("kind", [Ndjson(), Json()])
def test_a_foreign_cursor_is_refused(kind: Format) -> None:
    with pytest.raises(ConnectorError) as caught:
        batches(b"[]", kind, cursor={"row": 3})
    assert caught.value.code == "C205"


# json


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b'[{"a":1},{"a":2}]', [{"a": 1}, {"a": 2}]),
        (b"[]", []),
        (b" [ ] ", []),
        (b'{"a":[1,2]}', [{"a": [1, 2]}]),
        (b"7", [7]),
        (b"null", [None]),
        (b"[null,1]", [None, 1]),
        (b'\xef\xbb\xbf["\\u00e9","\\\\"]', ["é", "\\"]),
        ('["é"]'.encode("utf-16"), ["é"]),
    ],
)
@pytest.mark.parametrize("size", [1, 100])
def test_json_without_a_path(data: bytes, expected: list[Any], size: int) -> None:
    assert rows(data, Json(), bytes=size) == expected


DOCUMENTS = [
    {"a": {"b": [{"c": 1}, {"c": None}, {"d": 2}, {"c": [3, [4]]}, 5, None]}},
    {"a": [{"b": {"c": "x"}}, {"b": {"c": {"e": '"}]{['}}}], "b": [1, 2]},
    {"x": "{", "a": {"b": {"c": []}}},
    [[{"c": 1}, {"c": 2}], [], [{"c": 3}], {"c": 4}],
    [{"a": [{"b": [{"c": 1}, {"c": 2}]}, {"b": []}, {"b": [{"c": 3}]}]}],
    {"a b": {"é": [1, {"c": 2}]}, "": 1},
    {},
    [],
    None,
    5,
]
PATHS = [
    "a", "a.b", "a.b.c", "a.b[*]", "a.b[*].c", "a[*].b.c", "[*]", "[*].c", "[*][*]", "[*][*].c", "[*].a[*].b[*].c",
    '"a b"."\\u00e9"', '"a b".é[*].c', "[*].a", "a[*].b",
]  # fmt: skip


@pytest.mark.parametrize("document", DOCUMENTS, ids=range(len(DOCUMENTS)))
@pytest.mark.parametrize("path", [path for path in PATHS if "é[" not in path])
@pytest.mark.parametrize(("size", "limit"), [(1, 64), (1, 64_000_000), (100_000, 64_000_000)])
@pytest.mark.parametrize("indent", [None, 1])
def test_json_path_finds_what_jmespath_finds(
    document: Any, path: str, size: int, limit: int, indent: int | None
) -> None:
    data = json.dumps(document, indent=indent).encode()
    expected = jmespath.search(path, document)
    expected = [] if expected is None else expected if isinstance(expected, list) else [expected]
    for _ in range(path.count("[*]") - 1):  # JMESPath nests what nested projections find
        expected = [record for found in expected for record in found]
    if max((len(json.dumps(record, indent=12)) for record in expected), default=0) > limit:
        limit = 64_000_000
    assert rows(data, Json(record=path), bytes=size, max_record_bytes=limit) == expected
    assert rows(json.dumps(document).encode(), Ndjson(record=path)) == expected


def test_a_path_streams_into_items_beyond_the_limit() -> None:
    data = b'[{"i":[' + b",".join(b'{"k":%d}' % i for i in range(50)) + b"]}]"
    assert rows(data, Json(record="[*].i[*].k"), max_record_bytes=20) == list(range(50))


@pytest.mark.parametrize(
    "path", ["a[?b=='c']", "a[0]", "a[]", "length(a)", "a.*", "a|b", "a.", ".a", "a..b", "", "a b", "{x:a}", '"\\x"']
)
@pytest.mark.parametrize("kind", [Json, Ndjson])
def test_other_paths_are_refused(path: str, kind: Any) -> None:
    with pytest.raises(ArgumentError):
        parse_record_path(path)
    with pytest.raises(ArgumentError):
        kind.from_config({"type": kind.type, "record": path})


def test_parse_record_path() -> None:
    assert parse_record_path('data."my key".e[*][*].x') == ("data", "my key", "e", None, None, "x")
    assert parse_record_path("[*]") == (None,)


@pytest.mark.parametrize("unit", [b'{"a":1,"b":{"c":[1,2,{"d":"x"}]}},', b'"text",', b'{"a":"{"},', b"[1,[2]],"])
def test_json_of_any_size_in_bounded_memory(unit: bytes) -> None:
    skipped = Repeated(b"", b"x", 20_000_000, b"")
    items = Repeated(b"", unit, 1_500_000 // len(unit), b"")
    blocks = chain([b'{"skip":["'], skipped.parts, [b'"],"big":['], items.parts, [b"1]}"])

    class Chained(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            return next((block for block in blocks if block), b"")

    tracemalloc.start()
    count = sum(len(b) for b in Json(record="big").decode(cast("Any", Chained()), ReadOptions()))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == items.count + 1
    assert peak < 6_000_000


def test_json_bad_records_are_kept_apart() -> None:
    data = b'[{"a":1},\n{"a":NaN},\n{"a":"\\ud800"},{"a":"\xff"},{"a":2},\n' + b"[" * 1500 + b"]" * 1500 + b",3]"
    found = batches(data, Json())
    assert [row for b in found for row in b.rows] == [{"a": 1}, {"a": 2}, 3]
    assert bads(found) == [(2, 2), (3, 3), (4, 3), (6, 4)]


@pytest.mark.parametrize("body", [b'{"a":"%s"}', b'"%s"', b"[[1],[%s]]"])
def test_json_gigantic_record_is_bad(body: bytes) -> None:
    data = b"[1," + body % (b"8" * 200_000) + b",2]"
    found = batches(data, Json(), max_record_bytes=1000)
    assert [row for b in found for row in b.rows] == [1, 2]
    assert bads(found) == [(2, 1)]


def test_json_one_gigantic_document_says_what_to_do() -> None:
    (batch,) = batches(b'{"a":"' + b"x" * 1000 + b'"}', Json(), max_record_bytes=100)
    assert "say where" in batch.bad[0].message


@pytest.mark.parametrize(
    ("data", "good", "words"),
    [
        (b"", [], "empty"),
        (b" \n", [], "empty"),
        (b'[{"a":1},\n{"a":2', [{"a": 1}], "ends inside this value (line 2, column 1)"),
        (b'[{"a":1},\n {"a":02}]', [{"a": 1}], "leading zero is not allowed (line 2, column 7)"),
        (b'[{"a":1}\n,{"a" 2}]', [{"a": 1}], "(line 2, column 7)"),
        (b'[{"a":1} {"a":2}]', [{"a": 1}], "comma or closing bracket expected (line 1, column 10)"),
        (b'[{"a":1},]', [{"a": 1}], "a value expected (line 1, column 10)"),
        (b'[{"a":1}', [{"a": 1}], "comma or closing bracket expected"),
        (b'[{"a":1},', [{"a": 1}], "ends inside a list"),
        (b'[{"a":1}] x', [{"a": 1}], "text after the end of the document (line 1, column 11)"),
        (b'[{"a":1}][]', [{"a": 1}], "text after the end"),
        (b'{"a":1}\n{"a":2}', [{"a": 1}], "text after the end of the document (line 2, column 1)"),
        (b'[{"a":1},{"a":[1}]}]', [{"a": 1}], ""),
        (b'[1,"x', [1], "ends inside this value"),
        (b"[1,tru]", [1], "line 1, column"),
        ('[1,\n  "é", x]'.encode(), [1, "é"], "(line 2, column 8)"),
    ],
)
@pytest.mark.parametrize("size", [1, 100_000])
def test_json_that_breaks_off(data: bytes, good: list[Any], words: str, size: int) -> None:
    found, message = broken(data, Json(), bytes=size)
    assert found == good
    assert words in message


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b'{"a":[1],"b":tru}', "(line 1, column 17)"),
        (b'{"a":[1],\n"b":{"c":1,}}', "(line 2, column 11)"),
        (b'{"a":[1],"b":[[1]', "ends inside"),
        (b'{"a":[1],"b":"x', "ends inside"),
        (b'{"a":[1],"b"', "colon expected"),
        (b'{"a":[1],', "member name expected"),
        (b'{"a":[1],b:1}', "member name expected"),
        (b'{"a":[1]', "comma or closing brace"),
        (b'{"a":[1],"b":', "value is expected"),
        (b'{"a":[1],"\xff":1}', ""),
    ],
)
@pytest.mark.parametrize("size", [1, 100_000])
def test_json_broken_beside_the_records(data: bytes, words: str, size: int) -> None:
    found, message = broken(data, Json(record="a"), bytes=size)
    assert found == [1]
    assert words in message


# Writing


def test_write_exact_values() -> None:
    record = {
        "d": Decimal("19.00"),
        "tiny": Decimal("1E-30"),
        "i": 2**64 + 1,
        "f": 0.1,
        "t": dt.datetime(2024, 2, 3, 4, 5, 6, 7, dt.timezone(dt.timedelta(hours=9, minutes=39, seconds=52))),
        "day": dt.date(2024, 2, 3),
        "clock": dt.time(4, 5, tzinfo=dt.UTC),
        "span": dt.timedelta(days=1, seconds=3723, microseconds=500_000),
        "raw": b"\x00\xff",
        "n": None,
        "deep": [{"x": [-(2**70), Decimal("0.10")]}],
    }
    text = (
        '{"d":19.00,"tiny":0.000000000000000000000000000001,"i":18446744073709551617,"f":0.1,'
        '"t":"2024-02-03T04:05:06.000007+09:39:52","day":"2024-02-03","clock":"04:05:00+00:00",'
        '"span":"P1DT1H2M3.5S","raw":"AP8=","n":null,"deep":[{"x":[-1180591620717411303424,0.10]}]}'
    )
    assert written([record], Ndjson()).decode() == f"{text}\n"
    assert written([record, 1], Json()).decode() == f"[\n{text},\n1\n]\n"
    assert written([{"d": Decimal("19.00")}], Ndjson(), decimals="string") == b'{"d":"19.00"}\n'


def test_write_json_documents() -> None:
    assert written([], Json()) == b"[]\n"
    assert written([], Ndjson()) == b""
    assert written([{"a": 1}], Json(indent=True)) == b'[\n{\n  "a": 1\n}\n]\n'
    out = io.BytesIO()
    with Json().encoder(out, WriteOptions()) as encoder:
        for number in range(3):
            encoder.write(Batch.of_rows([number]))
            encoder.write(Batch.of_rows([]))
    assert out.getvalue() == b"[\n0,\n1,\n2\n]\n"


def test_an_error_leaves_the_document_open() -> None:
    out = io.BytesIO()
    with pytest.raises(RuntimeError), Json().encoder(out, WriteOptions()) as encoder:
        encoder.write(Batch.of_rows([1]))
        raise RuntimeError
    assert out.getvalue() == b"[\n1"


@pytest.mark.parametrize("kind", [Json(), Ndjson()])
@pytest.mark.parametrize(
    ("value", "code"),
    [
        (math.nan, "M310"),
        (math.inf, "M310"),
        ({"a": [{"b": -math.inf}], "n": None}, "M310"),
        ([2**80, math.nan], "M310"),
        (Decimal("NaN"), "M310"),
        ({1: 2}, "M313"),
        ("\ud800", "M313"),
        (object(), "M313"),
        ({"a": {1, 2}}, "M313"),
    ],
)
def test_write_refuses_what_json_cannot_carry(value: Any, code: str, kind: Format) -> None:
    with pytest.raises(DataError) as caught:
        written([{"ok": 1}, value], kind)
    assert caught.value.code == code


def test_write_refuses_endless_nesting() -> None:
    value: Any = []
    for _ in range(5000):
        value = [value]
    with pytest.raises(DataError, match="nested too deeply"):
        written([value], Ndjson())


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.sampled_from('ab"\\{}[],:\n é日'), max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text('ab"}', max_size=2), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(st.lists(VALUES, max_size=6), st.sampled_from([1, 7, 100_000]), st.booleans())
def test_what_is_written_is_read_back(records: list[Any], size: int, indent: bool) -> None:
    assert rows(written(records, Ndjson()), Ndjson(), bytes=size) == records
    assert rows(written(records, Json(indent=indent)), Json(), bytes=size) == records


@settings(max_examples=150, deadline=None)
@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**30), max_value=10**30))
def test_decimals_keep_their_value(value: Decimal) -> None:
    (found,) = rows(written([value], Ndjson()), Ndjson())
    assert (Decimal(repr(found)) if isinstance(found, float) else Decimal(found)) == value
