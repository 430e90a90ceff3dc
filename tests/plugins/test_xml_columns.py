"""The xml reader as columns: the same records as in rows, what paths find in them, and what it leaves to the rows."""

from __future__ import annotations

import io
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from crosswalk import MISSING, Batch, ConnectorError, DataError, PathForm, ReadOptions
from crosswalk_formats import xml_sheet
from crosswalk_formats.xml_format import Xml
from crosswalk_paths.xpath_language import XPath

sys.path.append(str(Path(__file__).parent))
from xml_documents import NODES, NS, VALUES, XSI, documents


def decode(data: bytes, record: str = "/r/i", **options: Any) -> tuple[list[Batch], str]:
    """The batches, and the error that followed."""
    found = []
    try:
        for batch in Xml().decode(
            io.BytesIO(data), ReadOptions(record=record, namespaces=tuple(NS.items()), **options)
        ):
            found.append(batch)
    except ConnectorError as error:
        return found, f"{error.code} {error.message}"
    return found, ""


def columnar(data: bytes, names: Any, record: str = "/r/i", size: int = 100_000, **options: Any) -> Any:
    """The same in blocks of a size, which is a quarter of the bytes that are asked for."""
    return decode(data, record, names=names, columnar=True, bytes=4 * size, **options)


def one_by_one(data: bytes, record: str = "/r/i", **options: Any) -> tuple[list[Batch], str]:
    """The same as one stream of records: of one byte at first, nothing can be cut."""
    return decode(data, record, bytes=1, **options)


def facts(batches: list[Batch]) -> list[Any]:
    """The records as they stand in their documents."""
    return [
        (number, line, etree.tostring(row, with_tail=False), etree.tostring(row.getroottree()))
        for batch in batches
        for number, line, row in zip(batch.numbers, batch.lines or [0] * len(batch), batch.rows, strict=True)
    ]


def tree(reads: dict[tuple[str, PathForm], Any]) -> dict[str, Any]:
    """The names of columns for paths and forms; below nodes, trees of the same kind."""
    names = {}
    for (text, form), below in reads.items():
        name = XPath().column(XPath().compile(text, NS), form)
        if name is not None:
            names[name] = tree(below) if form in ("node", "nodes") else below
    return names


def by_path(context: Any, reads: dict[tuple[str, PathForm], Any]) -> dict[str, Any]:
    """What the paths themselves find, by the names of the columns. Raises DataError."""
    found = {}
    for (text, form), below in reads.items():
        path = XPath().compile(text, NS)
        name = XPath().column(path, form)
        if name is None:
            continue
        if form == "nodes":
            found[name] = [by_path(node, below) for node in path.nodes(context, {})]
            continue
        if form == "node":
            node = path.node(context, {})
            if node is not MISSING:
                found[name] = by_path(node, below)
            continue
        value = path.value(context, {}) if form == "value" else path.values(context, {})
        if value is None or (below is None and isinstance(value, list) and None in value):
            raise DataError("M310", "null")
        if value is not MISSING:
            found[name] = value if below is None or form == "value" else [None] * len(value)
    return found


def check_columns(batch: Batch, reads: dict[tuple[str, PathForm], Any]) -> int:
    """How many records were surely read as columns; each is what the paths find in its row."""
    held = batch.columns
    if held is None:
        return 0
    held.table.validate(full=True)
    unsure = held.unsure.to_pylist() if held.unsure is not None else [False] * len(batch)
    rows = held.rows()
    for row, record, doubt in zip(rows, batch.rows, unsure, strict=True):
        try:
            wanted = by_path(record, reads)
        except DataError:
            assert doubt
            continue
        if not doubt:
            assert {name: row.get(name) for name in wanted} == wanted
            assert set(row) <= set(wanted)
    assert batch.rows_at([0]) == batch.rows[:1]
    return unsure.count(False)


def reads(forms: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[tuple[str, PathForm], Any]]:
    return st.dictionaries(forms, st.none(), max_size=4)


leaf_reads = st.one_of(
    st.tuples(st.sampled_from(VALUES), st.just("value")), st.tuples(st.sampled_from(VALUES), st.just("values"))
)
counts: Any = st.dictionaries(st.tuples(st.sampled_from(NODES), st.just("values")), st.just({}), max_size=1)
all_reads: Any = st.recursive(
    st.builds(lambda leaves, counted: {**leaves, **counted}, reads(leaf_reads), counts),
    lambda inner: st.builds(
        lambda leaves, nodes: {**leaves, **nodes},
        reads(leaf_reads),
        st.dictionaries(st.tuples(st.sampled_from(NODES), st.sampled_from(["node", "nodes"])), inner, max_size=2),
    ),
    max_leaves=4,
)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    documents(), all_reads, st.sampled_from(["/r/i", "/r/i", "//i", "/*/i", "/r/r/i"]),
    st.sampled_from([150, 300, 100_000]), st.sampled_from([1, 3, 1000]), st.integers(0, 3),
    st.sampled_from([0, 40]),
)  # fmt: skip
def test_columns_mean_what_the_rows_mean(
    data: bytes, found: Any, record: str, size: int, most: int, after: int, cells: int
) -> None:
    names, cursor = tree(found), {"row": after} if after else None
    rows, fault = one_by_one(data, record, cursor=cursor)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(xml_sheet, "MOST_CELLS", cells)  # with none, all plain paths are walked
        batches, same_fault = columnar(data, names, record, size, records=most, cursor=cursor)
    assert same_fault == fault
    for batch in batches:
        check_columns(batch, found)
        assert len(batch) <= most
    assert facts(batches) == facts(rows)
    assert [batch.cursor["row"] for batch in batches] == [batch.numbers[-1] for batch in batches]
    if batches and not fault:
        assert batches[-1].bytes_read <= len(data)
    blocks, same_fault = decode(data, record, bytes=size, records=most, cursor=cursor)
    assert same_fault == fault
    assert facts(blocks) == facts(rows)
    assert [batch.cursor["row"] for batch in blocks] == [batch.numbers[-1] for batch in blocks]
    assert all(len(batch) <= most for batch in blocks)


# ---- particular documents -------------------------------------------------------------------------------------------

READS: Any = {("a", "value"): None, ("b", "values"): None, ("c", "nodes"): {("@n", "value"): None}}
START = b'<r r="1" xmlns:q="urn:q">\n'


def one_batch(data: bytes, found: Any = READS, record: str = "/r/i") -> Batch:
    batches, fault = columnar(data, tree(found), record)
    assert not fault
    (batch,) = batches
    return batch


@pytest.mark.parametrize("cells", [0, 40])
def test_columns_by_kind(cells: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml_sheet, "MOST_CELLS", cells)
    data = START + b"<i><a>1</a><b>x</b><b/><c n='1'/><c/></i>\n<i><a/></i><i><c n='2'/></i></r>"
    batch = one_batch(data, READS | {("c", "values"): {}})
    assert batch.columns is not None
    assert batch.columns.nulls == "missing"
    assert batch.columns.unsure is None
    assert batch.columns.rows() == [
        {"a": "1", "b[]": ["x", ""], "c/": [{"@n": "1"}, {}], "c[]": [None, None]},
        {"a": "", "c/": []},
        {"c/": [{"@n": "2"}], "c[]": [None]},
    ]
    assert batch.lines == [2, 3, 3]


@pytest.mark.parametrize(
    ("record", "unsure"),
    [
        (b"<i><a>x</a><a>y</a></i>", [True, False]),
        (b"<i xmlns:n='%s'><a n:nil='true'>x</a></i>" % XSI.encode(), [True, False]),
        (b"<i xmlns:n='%s'><a n:nil='false'>x</a></i>" % XSI.encode(), None),
        (b"<i xmlns:n='%s'><b n:nil='1'/></i>" % XSI.encode(), [True, False]),
        (b"<i><c><d/></c><c n='1'/></i>", None),
    ],
)
@pytest.mark.parametrize("cells", [0, 40])
def test_unsure_records(cells: int, record: bytes, unsure: list[bool] | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml_sheet, "MOST_CELLS", cells)
    held = one_batch(START + record + b"<i/></r>").columns
    assert held is not None
    assert (held.unsure.to_pylist() if held.unsure is not None else None) == unsure


@pytest.mark.parametrize("mark", ["\ufdd0", "\ufdd1", "\ufdd2", "\ufdd3"])
@pytest.mark.parametrize("written", ["{0}", "&#{1};", "&#x{1:X};", "{0}{0}", "x{0}</b><b>{0}y"])
@pytest.mark.parametrize("cells", [0, 40])
def test_texts_with_the_marks_that_part_values(
    cells: int, mark: str, written: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xml_sheet, "MOST_CELLS", cells)
    text = written.format(mark, ord(mark))
    for name in "b" if "</b>" in text else "ab":
        batch = one_batch(START + f"<i><{name}>{text}</{name}></i><i><{name}>z</{name}></i></r>".encode())
        assert check_columns(batch, READS) <= 1
        assert len(batch.rows) == 2


def test_a_mark_before_text_in_place_of_the_number_of_a_column(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is read of it is left to the rows, without an error."""
    monkeypatch.setattr(xml_sheet, "MOST_CELLS", 0)
    record = b"<i><a/><a/><a><a/><a>x</a><a>&#64978;</a></a><a><![CDATA[</i><i>]]></a></i>"
    found, error = columnar(START + record + b"</r>", {"a": None, ".": None})
    assert (error, [batch.columns is None for batch in found]) == ("", [True])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "iso-8859-1", "windows-1252", "us-ascii"])
def test_encodings_and_names(encoding: str) -> None:
    start = f'<?xml version="1.0" encoding="{encoding.removesuffix("-sig")}"?>'
    text = start + "<ö xmlns:é='urn:q'><é:ä><a>ß</a></é:ä><é:ä>\n<a>&#223;</a></é:ä></ö>"
    data = text.encode(encoding, "xmlcharrefreplace")
    if encoding == "us-ascii":
        data = data.replace(b"&#246;", b"o").replace(b"&#233;", b"e").replace(b"&#228;", b"a")
    record = "/o/q:a" if encoding == "us-ascii" else "/ö/q:ä"
    batches, fault = columnar(data, {"a": None}, record)
    assert not fault
    assert [batch.columns and batch.columns.rows() for batch in batches] == [[{"a": "ß"}, {"a": "ß"}]]


def test_many_paths_in_records_with_some_of_them() -> None:
    data = START + b"<i><p1>1</p1><g><p2>2</p2><p2/></g></i><i><g><p3/></g><p40>x</p40><p1/><p1/></i></r>"
    names = {f"p{n}": None for n in range(60)} | {f"g/p{n}": None for n in range(5)} | {"@x": None}
    batches, _ = columnar(data, names)
    held = batches[0].columns
    assert held is not None
    assert held.unsure is not None
    assert held.unsure.to_pylist() == [True, True]
    data = data.replace(b"<p2/>", b"").replace(b"<p1/><p1/>", b"<g/>")
    held = columnar(data, names)[0][0].columns
    assert held is not None
    assert held.unsure is None
    assert held.rows() == [{"p1": "1", "g/p2": "2"}, {"g/p3": "", "p40": "x"}]


def test_lines_are_known_however_many_there_are() -> None:
    data = START + b"\n" * 30 + b"<i></i>\n" * 90_000 + b"</r>"
    wanted = iter([True, True])
    options: list[dict[str, Any]] = [
        {"columnar": True, "names": {"a": None}, "bytes": 8_000_000},
        {"columnar": True, "names": {"a": None}, "bytes": 800_000, "still_columnar": lambda: next(wanted, False)},
        {},
    ]
    for each in options:
        batches, _ = decode(data, **each)
        assert [line for batch in batches for line in batch.lines or ()] == list(range(32, 90_032))


def test_a_long_record_does_not_end_the_blocks() -> None:
    long = b"<i>" + b"x" * 300_000 + b"</i>\n"
    data = START + b"<i></i>\n" * 10_000 + long + b"<i></i>\n" * 90_000 + b"</r>"
    for options in ({}, {"columnar": True, "names": {"a": None}, "bytes": 50_000}):
        batches, fault = decode(data, **options)
        assert not fault
        assert [line for batch in batches for line in batch.lines or ()] == list(range(2, 100_003))


@pytest.mark.parametrize(
    "data",
    [
        b"<!DOCTYPE r>" + START + b"<i/></r>",
        b'<?xml version="1.0" encoding="utf-16"?><r><i>x</i></r>'.decode().encode("utf-16"),
        b'<?xml version="1.0" encoding="shift_jis"?><r><i>x</i></r>',
        START + b"<h><i/></h><i>x</i></r>",
        START + b"<!-- <i> --><i>x</i></r>",
        b"<q:r xmlns:q='urn:q'><i/></q:r>",
        b"<r>" + b" " * 70_000 + b"<i/></r>",
        b"<i/>",
        b"<r><j/></r>",
        b"<r/>",
        b"",
    ],
)
def test_documents_that_are_read_as_rows(data: bytes) -> None:
    batches, fault = columnar(data, tree(READS))
    rows, same_fault = one_by_one(data)
    assert (facts(batches), fault) == (facts(rows), same_fault)
    assert not any(batch.may_be_columnar for batch in batches)


@pytest.mark.parametrize(
    "tail",
    [
        b"<i><a>last</b></i></r>", b"<i><a>last", b"", b"</r>more", b"<i>&x;</i></r>", b"<i>\xff</i></r>",
        b"<i>]]></i></r>", b"\n\n<i></r>", "é</j>".encode(), b"<i/></i></r>", b"<i x='1' x='2'/></r>",
    ],
)  # fmt: skip
@pytest.mark.parametrize("gap", [b"", b"\n", "é ".encode()])
def test_a_document_that_breaks_is_given_up_to_there(tail: bytes, gap: bytes) -> None:
    data = b"<r>\n<h/>" + b"".join(b"<i><a>%d</a></i>" % n + gap for n in range(500)) + tail
    batches, fault = columnar(data, tree(READS), size=3000)
    rows, same_fault = one_by_one(data)
    assert fault == same_fault != ""
    assert facts(batches) == facts(rows)
    assert sum(batch.may_be_columnar for batch in batches) > 1
    assert len(rows[-1].rows) and rows[-1].numbers[-1] >= 500


def test_groups_of_records_behind_the_first_are_rows() -> None:
    group = "".join(f"<i>{n}</i>" for n in range(300))
    data = f"<r><h>1</h><g n='1'>{group}</g><g n='2'><x/>{group}</g></r>".encode()
    batches, _ = columnar(data, {".": None, "../@n": None}, "/r/g/i", size=1000)
    assert facts(batches) == facts(one_by_one(data, "/r/g/i")[0])
    assert 200 < sum(len(batch) for batch in batches if batch.may_be_columnar) <= 300


def test_columns_stop_while_they_are_not_wanted() -> None:
    data = START + b"<i><a>x</a></i>" * 1000 + b"</r>"
    wanted = iter([True, True, False, False])
    batches, _ = columnar(data, tree(READS), size=1000, still_columnar=lambda: next(wanted, True))
    assert [batch.may_be_columnar for batch in batches] == [True, True, False, False, *[True] * (len(batches) - 4)]
    assert len(batches) > 6
    assert facts(batches) == facts(one_by_one(data)[0])
    batches, _ = columnar(data, tree(READS), columnar_from=100_000)
    assert not any(batch.may_be_columnar for batch in batches)


@pytest.mark.parametrize("size", [1000, 1013, 1031, 1057])
def test_a_comment_with_what_ends_a_record_does_not_end_the_blocks(size: int) -> None:
    odd = b"<i><a>y</a><!-- %b --></i>" % (b"</i>" * 40)
    data = START + b"".join([b"<i><a>x</a></i>" * 100 + odd] * 20) + b"</r>"
    batches, _ = columnar(data, tree(READS), size=size)
    assert facts(batches) == facts(one_by_one(data)[0])
    assert all(batch.may_be_columnar for batch in columnar(data, tree(READS), size=size)[0])


def test_the_limit_on_a_record_holds() -> None:
    data = START + b"<i/>" * 10 + b"<i>" + b"x" * 300_000 + b"</i><i/></r>"
    for limit in (1_000, 200_000):
        for options in ({}, {"columnar": True, "names": {}, "bytes": 50_000}):
            batches, fault = decode(data, max_record_bytes=limit, **options)
            assert fault.startswith("C208")
            assert sum(map(len, batches)) == 10


def test_rows_of_a_block_keep_what_they_are() -> None:
    batch = one_batch(START + b"<i n='1'/> text <i n='2'/><j/><i n='3'/></r>")
    (third,) = batch.rows_at([2])
    assert third is batch.rows[2]
    assert [row.get("n") for row in batch.rows] == ["1", "2", "3"]
    assert all(len(row.getparent()) == 1 and row.tail is None for row in batch.rows)
    assert batch.columns is not None


def test_blocks_are_shredded_on_several_threads() -> None:
    data = START + b"".join(b"<i><a>%d</a><b>x</b><c n='%d'/></i>\n" % (n, n) for n in range(20_000)) + b"</r>"
    batches, _ = columnar(data, tree(READS), size=20_000)

    def look(batch: Batch) -> list[Any]:
        held = batch.columns
        assert held is not None
        return [held.rows(), [row.get("r") for row in batch.rows], batch.rows_at([0])[0].find("a").text]

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(look, batches))
    rows = [row for one in found for row in one[0]]
    assert rows == [{"a": f"{n}", "b[]": ["x"], "c/": [{"@n": f"{n}"}]} for n in range(20_000)]
    assert len(batches) > 20


@pytest.mark.parametrize(
    ("data", "record", "reason"),
    [
        (b"<!DOCTYPE r><r><i/></r>", "/r/i", "it has a document type"),
        (b"<r><i/></r>", "/r/*", 'the record path ends in "*"'),
        (b"<r>" + b" " * 70_000 + b"<i/></r>", "/r/i", "there is no record in its first 65,536 bytes"),
        ("<?xml version='1.0' encoding='utf-16'?><r><i/></r>".encode("utf-16"), "/r/i", "in its encoding"),
        (b"<r><i/><i><!-- </i> --></i></r>", "/r/i", ""),
    ],
)
def test_why_a_document_cannot_be_cut_is_logged(
    data: bytes, record: str, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO", "crosswalk.formats"):
        found, error = columnar(data, {"a": None}, record)
    assert (error, sum(map(len, found))) == ("", 2 if b"<!--" in data else 1)
    assert [line.partition(reason)[0] for line in caplog.messages] == (
        ["xml, read record by record: "] if reason else []
    )
