"""The ndjson reader as columns: the same records as in rows, or none; and what makes it unsure."""

from __future__ import annotations

import io
import json
import pickle
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.append(str(Path(__file__).parent))
from json_both import BOTH, read_by

from crosswalk import Batch, ReadOptions
from crosswalk_formats import ndjson_columns
from crosswalk_formats.ndjson_format import Ndjson

NAMES = {"a": None, "b": {"c": None, "a": None}, "l": {"q": None, "p": {"r": None}}, "n": {}}


@pytest.fixture(scope="module", autouse=True, params=BOTH)
def reader(request: pytest.FixtureRequest) -> Iterator[str]:
    with read_by(request.param):
        yield request.param


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


def test_a_null_member_that_no_record_had_before() -> None:
    lines = [b'{"a":"x"}'] * 300 + [b'{"a":"y","n":null}'] * 300
    names: dict[str, Any] = {"a": None, "n": None}
    found = batches(b"\n".join(lines), records=100, bytes=1000, names=names, columnar=True)
    assert sum(check_columns(batch, names) for batch in found) >= 300
    assert [row for batch in found for row in batch.rows] == [json.loads(line) for line in lines]


JSON = st.SearchStrategy[Any]
SCALARS: JSON = st.sampled_from(
    ["x", "", "é\u2028", "null", "2026-05-01", "\0", '"b":null', "1" * 20, 1, -7, 0, 2**62, 1.5, -0.25, True, False]
)
ODD: JSON = st.sampled_from(
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
VALUES: JSON = st.recursive(
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
    b"", b" ", b"\r", b"\xef\xbb\xbf{}", b"[1]", b"7", b"null", b"{", b"}", b'{"a"', b'{"a":1}{"a":2}',
    b'{"a":"x"} {"a":"y"}', b'{"a":"x",}', b'{"a":"x"},', b'{"a":"x"}//', b'{"a":NaN}', b'{"z":NaN}',
    b'{"z":[-Infinity]}', b'{"z":-Inf}', b'{"z":01}', b'{"z":"\\ud800"}', b'{"z":"\xff"}', b'{"a":"\xff"}',
    b'{"a":"\\ud83d\\ude00"}', b'{"z":"\0"}', b'\0', b'{}\0', b'{"a":"x","a":"y"}', b'{"z":1,"z":2}',
    b'{"\\u0061":"x"}', b'{"a":"x","\\u0061":"y"}', b'{"z":1e400}', b'{"z":1e99999}', b'{"b":{"c":1E5}}',
    b'{"b":{"c":5}}', b'{"b":{"c":0.12345678901234567891}}', b'{"b":{"c":100000000000000000000000}}',
    b'{"l":[{"q":-0}]}', b'{"l":[{"q":1.0}]}', b'{"b":null}', b'{"b":{"c":null}}', b'{"l":[null]}',
    b'{"l":[{"q":null}]}', b'{"n":null}', b'{"n":"x"}', b'{"n":{"x":1}}', b'{ "a" : "x" }', b'{"a":"x"} ',
    b' {"a":"x"}',
    b'{"l":[null,null]}', b'{"a":[null,null]}', b'{"z":{"a":[1}}', b'{"z":{"a":', b'1}}',
    b'{"z":"}', b'{"z":"}\\', b'{"a":"x"}\r',
    b'{"z":' + b"1" * 5000 + b"}", b'{"z":0.' + b"0" * 7000 + b"1}", b'{"z":"' + b"1" * 5000 + b'"}',
    b'{"b":{"\\u0063":0.12345678901234567891}}', b'{"b":{"c"\t: 0.12345678901234567891}}',
    b'{"z":1e-99999}', b'{"b":{"c":1e-99999}}', b'{"z":-1E-7000}',
    b'{"z":' + b"[" * 1030 + b"]" * 1030 + b"}",
]  # fmt: skip


@st.composite
def documents(draw: st.DrawFn) -> bytes:
    lines = draw(st.lists(LINES, min_size=1, max_size=12))
    lines = lines * draw(st.integers(1, 4))
    for odd in draw(st.lists(ODD_LINES | st.sampled_from(BROKEN), max_size=3)):
        lines.insert(draw(st.integers(0, len(lines))), odd)
    return draw(st.sampled_from([b"\n", b"\r\n"])).join(lines) + draw(st.sampled_from([b"", b"\n", b"\r\n", b"\n\n"]))


TREES: JSON = st.recursive(
    st.none() | st.just({}),
    lambda below: st.dictionaries(st.sampled_from("abclnqprz"), below, max_size=4),
    max_leaves=8,
)
NAME_TREES: JSON = st.just(NAMES) | TREES.map(lambda tree: tree or {})


@settings(max_examples=60, deadline=None)
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


GOOD = b'{"a":"x","b":{"c":1.5,"a":true},"l":[{"q":1,"p":{"r":"y"}}],"n":["x"],"z":1}'


def read(*lines: bytes, names: Any = NAMES, size: int = 1_000_000, end: bytes = b"\n") -> list[Batch]:
    """The batches as columns, after a check that they mean what the rows mean."""
    data = end.join([*lines, b""])
    found = batches(data, bytes=size, records=100_000, columnar=True, names=names)
    for batch in found:
        check_columns(batch, names)
    assert facts(found) == facts(batches(data))
    return found


def unsure_places(batch: Batch) -> list[int] | None:
    """The records of a batch that are unsure; None when it has no columns."""
    held = batch.columns
    if held is None:
        return None
    return [place for place, unsure in enumerate(held.unsure.to_pylist()) if unsure] if held.unsure is not None else []


@pytest.mark.parametrize("line", BROKEN)
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_an_odd_line_among_good_ones(line: bytes, end: bytes) -> None:
    read(*[GOOD] * 5, line, *[GOOD] * 5, end=end)
    read(*[GOOD] * 5, *([line] * 3), end=end)
    read(line, *[GOOD] * 5, end=end)
    read(line, end=end)


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_regular_lines_are_columns_of_what_is_read(end: bytes) -> None:
    (batch,) = read(*[GOOD] * 10, b'{"a":"y"}', b"{}", names=NAMES | {"none": {"x": None}}, end=end)
    held = batch.columns
    assert held is not None and held.nulls == "missing" and held.unsure is None
    assert {field.name: str(field.type) for field in held.table.schema} == {
        "a": "string",
        "b": "struct<c: double, a: bool>",
        "l": "list<item: struct<q: int64, p: struct<r: string>>>",
        "n": "list<item: string>",
    }
    assert held.rows()[-2:] == [{"a": "y"}, {}]
    (batch,) = read(GOOD, GOOD, names={})
    assert batch.columns is not None and batch.columns.table.num_rows == 2
    (batch,) = read(GOOD, GOOD, names={"none": None})
    assert batch.columns is not None and batch.columns.table.num_rows == 2


@pytest.mark.parametrize(
    ("line", "unsure"),
    [
        (b'{"b":{"c":5}}', True),
        (b'{"b":{"c":1E5}}', False),
        (b'{"b":{"c":5.0}}', False),
        (b'{"b":{"c":-0.0}}', False),
        (b'{"b":{"c":1e-400}}', True),
        (b'{"b":{"c":0.12345678901234567891}}', True),
        (b'{"b":{"c":0.10000000000000001}}', True),
        (b'{"b":{"c":0.30000000000000004}}', False),
        (b'{"b":{"c":100000000000000000000000}}', True),
        (b'{"b":{"c" :\t-0.10000000000000001}}', True),
        (b'{"b":{"\\u0063":0.10000000000000001}}', True),
        (b'{"b":{"c":-1.23456789E-320}}', True),
        (b'{"z":100000000000000000000000}', False),  # it is not read
        (b'{"z":"100000000000000000000000"}', False),
        (b'{"a":"null"}', False),
        (b'{"z":null}', False),
        (b'{"b":null}', False),
        (b'{"b":{"c":null}}', True),
        (b'{"l":[{"q":null}]}', True),
        (b'{"l":[null]}', False),
        (b'{"a":"\\ud83d\\ude00"}', False),
        (b'{"z":" Inf "}', False),
        (b'{"z":1,"z":2}', False),
        (b'{"\\u0061":"x"}', False),
    ],
)
def test_what_is_unsure(line: bytes, unsure: bool) -> None:
    (batch,) = read(*[GOOD] * 5, line, *[GOOD] * 5)
    assert unsure_places(batch) == ([5] if unsure else [])


def test_a_null_of_a_member_that_was_never_seen_is_none_that_is_missing(reader: str) -> None:
    lines = (
        [b'{"a":"x"}'] * 4 + [b'{"a":"x","n":null}', *[b'{"a":"x"}'] * 3] + [b'{"a":null,"n":null}', b'{"a":"x"}'] * 2
    )
    found = batches(b"\n".join(lines), records=4, columnar=True, names={"a": None, "n": None})
    assert [unsure_places(batch) for batch in found] == [[], [0] if reader == "arrow" else [], []]
    assert sum(check_columns(batch, {"a": None, "n": None}) for batch in found) == (11 if reader == "arrow" else 12)
    assert facts(found) == facts(batches(b"\n".join(lines)))


@pytest.mark.parametrize("path", ["a", "a.b", "a[].b", "a[]", "a[].b[]"])
@pytest.mark.parametrize("number", ["0.12345678901234567891", "-1.2345678E-320", "100000000000000000000.5", "1e-400"])
def test_no_float_hides_another_number_wherever_it_stands(path: str, number: str) -> None:
    names: Any = None
    line = "%s"
    for name in reversed(path.split(".")):
        line = line if not name.endswith("[]") else f"[{line},1.25]" if names is None else f"[{line},{line}]"
        line, names = f'{{"z":1,"{name[0]}":{line}}}', {name[0]: names}
    good, odd = (line.replace("%s", text).encode() for text in ("1.5", number))
    (batch,) = read(*[good] * 5, odd, *[good] * 5, names=names)
    assert unsure_places(batch) == [5]
    assert check_columns(batch, names) == 10


def test_nulls_are_what_most_of_them_are() -> None:
    full, null, missing = b'{"a":"x","b":{"c":1.5}}', b'{"a":null,"b":{"c":null}}', b'{"b":{}}'
    names = {"a": None, "b": {"c": None}, "n": None}
    for lines, nulls, unsure in [
        ([full, null, null], "null", []),
        ([full, null, null, missing], "null", [3]),
        ([full, missing, missing, null], "missing", [3]),
        ([full, b'{"a":null}', full], "missing", []),
    ]:
        (batch,) = read(*lines, names=names)
        assert batch.columns is not None
        assert (batch.columns.nulls, unsure_places(batch)) == (nulls, unsure)
    (batch,) = read(*[b'{"a":null,"b":{"c":"x"}}'] * 4, names=names)
    assert batch.columns is not None and batch.columns.nulls == "null" and not unsure_places(batch)
    assert batch.columns.table.schema.names == ["a", "b"]


def test_later_blocks_widen_what_was_learnt() -> None:
    lines = [b'{"a":1}'] * 20 + [b'{"a":1.5,"l":[]}'] * 20 + [b'{"a":2.5,"l":[{"q":"x"}]}'] * 20
    found = read(*lines, size=100)
    assert all(batch.columns is not None or batch.rows[0]["a"] == 1 for batch in found)
    assert str(found[-1].table.schema.field("l").type).startswith("list<item: struct<q: string")
    # What was not sampled is learnt when it fails.
    (batch,) = read(*[b'{"a":1}'] * 301, b'{"b":{"c":"x"}}', *[b'{"a":2}'] * 300)
    assert batch.columns is not None and batch.table.schema.names == ["a", "b"]


def test_rows_where_nothing_is_regular() -> None:
    lines = [b'{"a":%s}' % kind for kind in (b"1", b'"x"', b"[]")] * 100
    data = b"\n".join(lines)
    found, tried = [], []
    for batch in Ndjson().decode(io.BytesIO(data), ReadOptions(bytes=30, columnar=True, names=NAMES)):
        tried.append(batch.may_be_columnar)
        assert batch.columns is None
        found.append(batch)
    assert tried.index(False) == 4
    assert sum(tried) <= 8
    assert facts(found) == facts(batches(data))


def test_an_object_read_as_a_whole_has_no_columns() -> None:
    (batch,) = read(GOOD, GOOD, names={"b": None})
    assert batch.columns is None
    (batch,) = batches(GOOD, columnar=True)
    assert not batch.may_be_columnar


def test_blocks_are_filled_from_a_stream_that_gives_little() -> None:
    class Little(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return super().read(100)

    data = (GOOD + b"\n") * 100
    found = list(Ndjson().decode(Little(data), ReadOptions(records=1000, bytes=2000, columnar=True, names=NAMES)))
    assert facts(found) == facts(batches(data))
    assert len(found) <= 6


def test_several_threads_and_processes_may_parse() -> None:
    data = b"".join(b'{"a":"%d","b":{"c":%d.5}}\n' % (n, n) for n in range(4000))
    options = {"records": 1000, "bytes": 5000, "columnar": True, "names": NAMES}
    with ThreadPoolExecutor(4) as pool:
        found = batches(data, **options)
        twice = list(pool.map(lambda batch: (batch._records.columns(), batch._records.columns()), found + found))
        assert all(one is not None and one.table.equals(other.table) for one, other in twice if other)
    sent = pickle.loads(pickle.dumps(batches(data, **options)))
    assert [batch.table for batch in sent] == [one.table for one, _ in twice[: len(sent)] if one]
    assert len(pickle.dumps(batches(data, **options))) < 2 * len(data)  # the text goes along once


def test_the_short_end_of_a_long_text_is_columns_too() -> None:
    line = b'{"a":1,"s":"x"}\n'
    options: dict[str, Any] = {"columnar": True, "names": {"a": None}, "records": 10_000}
    long = batches(line * 1000, bytes=700 * len(line), columnar_from=600 * len(line), **options)
    assert len(long) > 1
    assert all(batch.columns is not None for batch in long)
    (short,) = batches(line * 100, bytes=700 * len(line), columnar_from=600 * len(line), **options)
    assert short.columns is None


def test_members_that_are_null_or_missing_in_one_batch() -> None:
    lines = [
        b'{"a":"x","b":{"c":1.5}}',
        b'{"a":null,"b":{"c":2.5}}',
        b'{"b":{"c":0.5}}',
        b'{"a":"y","b":null}',
        b'{"a":null}',
    ] * 4
    (batch,) = read(*lines, names={"a": None, "b": {"c": None}})
    columns = batch.columns
    assert columns is not None
    assert (columns.nulls, columns.unsure) == ("missing", None)
    assert [row.get("a", 0) for row in columns.rows()[:5]] == ["x", None, 0, "y", None]
    assert [row.get("b", 0) for row in columns.sliced(3, 5).rows()] == [None, 0]
    assert columns.taken([4, 3]).rows() == [{"a": None}, {"a": "y", "b": None}]


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries(
            {},
            optional={
                "a": st.none() | st.sampled_from(["x", "null", '":null', "annulled", "\\"]),
                "b": st.none() | st.fixed_dictionaries({}, optional={"a": st.none() | st.just("y"), "c": st.just(1.5)}),
                "l": st.none() | st.lists(st.none() | st.just(1), max_size=2),
                'q"': st.none() | st.just("z"),
                "z": st.none() | st.just({"a": None}),
            },
        ),
        min_size=1,
        max_size=8,
    ),
    st.sampled_from([(",", ":"), (", ", ": "), (" , ", " : ")]),
)
def test_nulls_are_told_from_missing_members(rows: list[Any], separators: tuple[str, str]) -> None:
    lines = [json.dumps(row, separators=separators).encode() for row in rows]
    names = {"a": None, "b": {"a": None, "c": None}, "l": None, 'q"': None}
    for batch in read(*lines, names=names):
        columns = batch.columns
        if columns is None:
            continue
        unsure = unsure_places(batch)
        for place, (found, row) in enumerate(zip(columns.rows(), rows, strict=True)):
            if place not in unsure:
                assert found == {name: value for name, value in row.items() if name != "z"}


def test_columns_come_back_behind_an_irregular_part() -> None:
    odd = [b'{"a":%s}' % (b"1", b'"x"')[n % 2] for n in range(400)]
    data = b"\n".join([*odd, *[b'{"a":"some text of this line"}'] * 4000, b""])
    kinds, found = [], []
    for batch in Ndjson().decode(
        io.BytesIO(data), ReadOptions(bytes=1000, records=1000, columnar=True, names={"a": None})
    ):
        kinds.append(batch.columns is not None)
        found.append(batch)
    assert facts(found) == facts(batches(data))
    assert not any(kinds[:3])
    assert all(kinds[-10:])


@pytest.mark.parametrize("read_levels", [300, 600])
def test_a_record_is_too_deep_by_all_its_levels(read_levels: int) -> None:
    frame = b'{"a":' + b"[" * read_levels + b"{%s}" + b"]" * read_levels + b"}"
    # What nobody reads, inside of what is read: each has fewer levels than a row may have.
    deep = frame % (b'"z":' + b"[" * 500 + b"]" * 500)
    lines = [frame % b'"q":1'] * 300 + [deep]
    found = read(*lines, names={"a": {"q": None}})
    assert facts(found) == facts(batches(b"\n".join(lines)))
    assert sum(len(batch.bad) for batch in found) == (read_levels == 600)


@pytest.mark.parametrize("depth", [100, 200, 300, 350, 400, 450, 500, 700])
def test_names_of_any_depth_are_read(depth: int) -> None:
    names: Any = None
    for _ in range(depth):
        names = {"a": names}
    data = b"\n".join([b'{"a":' * depth + b"1" + b"}" * depth] * 300)
    found = batches(data, columnar=True, names=names)
    if depth <= 200:  # deeper ones may come as rows
        assert all(batch.columns is not None for batch in found)
    assert facts(found) == facts(batches(data))


def test_many_unsure_records_are_rows_before_each_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    odd = [b'{"a":{"b":null,"c":"x"}}', b'{"a":{"b":"y"}}']
    looked: list[int] = []
    real = ndjson_columns.Block._gaps

    def counting(self: Any, learnt: Any, places: set[int]) -> Any:
        looked.append(len(places))
        return real(self, learnt, places)

    monkeypatch.setattr(ndjson_columns.Block, "_gaps", counting)
    names = {"a": {"b": None, "c": None}}
    (batch,) = read(*odd * 2_000, names=names)
    assert batch.columns is None
    assert sum(looked) < 1_000
    few = [odd[n % 2] if n % 50 < 4 else b'{"a":{"b":"z","c":"w"}}' for n in range(10_000)]
    (batch,) = read(*few, names=names)
    assert batch.columns is not None
    assert len(unsure_places(batch)) == 400
