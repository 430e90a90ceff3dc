"""The xml format: streaming, what a record sees, resuming, hostile and broken documents, writing."""

from __future__ import annotations

import datetime as dt
import gc
import io
import sys
import tracemalloc
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from crosswalk import MISSING, Batch, ConnectorError, DataError, ReadOptions, WriteOptions
from crosswalk_formats.xml_format import Xml
from crosswalk_formats.xml_stream import BLOCK

sys.path.append(str(Path(__file__).parent))
from reading import rows

NS = {"o": "urn:o"}
ORDERS = (
    b'<?xml version="1.0"?>\n<o:orders xmlns:o="urn:o" date="2024-02-29"><o:sender>A&amp;B</o:sender>\n'
    + b"".join(b'<o:order id="%d"><o:line><o:sku>S%d</o:sku></o:line></o:order>\n' % (n, n) for n in range(1, 8))
    + b"<o:trailer>7</o:trailer></o:orders>"
)


class Slow(io.BytesIO):
    """A stream that gives a few bytes at a time, like a socket."""

    def read(self, size: int | None = -1) -> bytes:
        return super().read(7)


def decode(data: bytes | io.BytesIO, record: str | None = None, **options: Any) -> list[Batch]:
    stream = io.BytesIO(data) if isinstance(data, bytes) else data
    return list(Xml(namespaces=NS).decode(stream, ReadOptions(record=record, **options)))


def find(element: Any, path: str) -> Any:
    return etree.XPath(path, namespaces=NS, smart_strings=False)(element)


@pytest.mark.parametrize(
    "record", ["/o:orders/o:order", "o:orders/o:order", "//o:order", "/*/o:order", "/o:orders//o:order"]
)
@pytest.mark.parametrize("source", [io.BytesIO, Slow])
@pytest.mark.parametrize("records", [1, 2, 7, 100])
def test_records_and_what_they_see(record: str, source: type[io.BytesIO], records: int) -> None:
    batches = decode(source(ORDERS), record, records=records)
    assert all(len(batch) <= records for batch in batches)
    assert [number for batch in batches for number in batch.numbers] == list(range(1, 8))
    assert [line for batch in batches for line in batch.lines or []] == list(range(3, 10))
    found = rows(batches)
    assert [row.get("id") for row in found] == [str(n) for n in range(1, 8)]
    for row in found:
        assert find(row, "string(o:line/o:sku)") == "S" + row.get("id")
        assert find(row, "../@date") == find(row, "/o:orders/@date") == ["2024-02-29"]
        assert find(row, "string(../o:sender)") == "A&B"
        assert find(row, "count(../o:order)") == 1
        assert find(row, "count(../o:trailer)") == 0
        assert row.tail is None
    assert batches[-1].bytes_read == len(ORDERS)


@pytest.mark.parametrize("after", range(8))
def test_resume_after_every_record(after: int) -> None:
    cursors = [None, *(batch.cursor for batch in decode(ORDERS, "//o:order", records=1))]
    batches = decode(ORDERS, "//o:order", cursor=cursors[after], records=3)
    assert [row.get("id") for row in rows(batches)] == [str(n) for n in range(after + 1, 8)]
    assert [n for batch in batches for n in batch.numbers] == list(range(after + 1, 8))


def test_without_a_path_the_root_is_the_record() -> None:
    (batch,) = decode(ORDERS)
    assert [row.tag for row in batch.rows] == ["{urn:o}orders"]
    assert find(batch.rows[0], "count(o:order)") == 7
    assert decode(ORDERS, cursor=batch.cursor) == []
    assert [row.get("date") for row in rows(decode(ORDERS, "/o:orders"))] == ["2024-02-29"]


def test_the_path_of_the_mapping_wins_and_brings_prefixes() -> None:
    format = Xml(record="/nothing", namespaces={"o": "urn:other"})
    options = ReadOptions(record="/p:orders/p:order", namespaces=(("p", "urn:o"),))
    assert len(rows(list(format.decode(io.BytesIO(ORDERS), options)))) == 7
    format = Xml(record="/o:orders/o:order", namespaces=NS)
    assert len(rows(list(format.decode(io.BytesIO(ORDERS), ReadOptions())))) == 7


def test_names_match_by_namespace() -> None:
    data = b'<r xmlns="urn:o"><a/><b xmlns=""/><c xmlns="urn:x"/><a xmlns=""/></r>'
    assert len(rows(decode(data, "/o:r/o:a"))) == 1
    assert len(rows(decode(data, "/o:r/a"))) == 1
    assert len(rows(decode(data, "/r/a"))) == 0
    assert [etree.QName(row).localname for row in rows(decode(data, "/o:r/o:*"))] == ["a"]
    assert len(rows(decode(data, "/o:r/*"))) == 4


def test_groups_keep_their_own_header_and_drop_the_others() -> None:
    data = b"<r><h>0</h><g n='1'><h>1</h><i/><x/><i/></g><y/><g n='2'><h>2</h><i/></g><z><i/></z></r>"
    for source in (io.BytesIO(data), Slow(data)):
        found = rows(decode(source, "/r/g/i"))
        assert [find(row, "string(../@n)") for row in found] == ["1", "1", "2"]
        assert [find(row, "string(../h)") for row in found] == ["1", "1", "2"]
        assert [find(row, "string(/r/h)") for row in found] == ["0"] * 3
        assert [find(row, "count(../*) + count(/r/*)") for row in found] == [4.0] * 3


def test_nested_records_come_in_document_order() -> None:
    data = b"<r><i n='1'><i n='2'><i n='3'/></i></i><g><i n='4'/></g></r>"
    for source in (io.BytesIO(data), Slow(data)):
        found = rows(decode(source, "//i"))
        assert [row.get("n") for row in found] == ["1", "2", "3", "4"]
        assert find(found[2], "string(../../@n)") == "1"


def test_long_text_between_records_is_safe() -> None:
    gap = b" " * 1000
    data = b"<r>" + gap + b"".join(b"<i>%d</i>" % n + gap * (n % 5) for n in range(500)) + b"</r>"
    assert [row.text for row in rows(decode(Slow(data), "/r/i", records=3))] == [str(n) for n in range(500)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1", "windows-1252"])
def test_encodings(encoding: str) -> None:
    declared = encoding.removesuffix("-sig")
    data = f'<?xml version="1.0" encoding="{declared}"?><r><i>größe</i></r>'.encode(encoding)
    for source in (io.BytesIO(data), Slow(data)):
        assert [row.text for row in rows(decode(source, "/r/i"))] == ["größe"]


def test_lines_are_unknown_where_libxml2_only_guesses() -> None:
    data = b"<!DOCTYPE r><r><i/>" + b"\n" * 65534 + b"<i/></r>"
    first, second = decode(data, "/r/i", records=1)
    assert first.lines == [1]
    assert second.lines is None


@pytest.mark.parametrize("size", [1, 5000])
def test_batches_end_by_bytes(size: int) -> None:
    data = b"<r>" + b"<i>%s</i>" % (b"x" * 1000) * 50 + b"</r>"
    batches = decode(data, "/r/i", bytes=size)
    assert len(batches) > 8
    assert len(rows(batches)) == 50


# Hostile documents


BOMB = (
    "<!DOCTYPE r [<!ENTITY a0 'lol'>"
    + "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 10))
    + "]><r><i>&a9;</i></r>"
)


@pytest.mark.parametrize(
    "text",
    [
        BOMB,
        BOMB.replace("<r>", "<r x='&a9;'>"),
        "<!DOCTYPE r [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><r><i>&x;</i></r>",
        "<!DOCTYPE r [<!ENTITY % x SYSTEM 'http://127.0.0.1:9/x.dtd'> %x;]><r><i/></r>",
        "<!-- a comment first --><!DOCTYPE r [<!ENTITY harmless 'x'>]><r/>",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("source", [io.BytesIO, Slow])
def test_declared_entities_are_refused(text: str, encoding: str, source: type[io.BytesIO]) -> None:
    data = f'<?xml version="1.0" encoding="{encoding}"?>{text}'.encode(encoding)
    with pytest.raises(ConnectorError) as caught:
        decode(source(data), "/r/i")
    assert caught.value.code == "C203"


def test_entities_are_refused_in_encodings_expat_cannot_read() -> None:
    text = '<?xml version="1.0" encoding="gb18030"?><!DOCTYPE r [<!ENTITY x "y">]><r><i>&x;</i></r>'
    with pytest.raises(ConnectorError) as caught:
        decode(text.encode("gb18030"), "/r/i")
    assert caught.value.code == "C203"


def test_a_doctype_alone_is_fine_and_never_fetched() -> None:
    data = b'<!DOCTYPE r SYSTEM "http://127.0.0.1:9/never.dtd"><r><i>1</i></r>'
    assert [row.text for row in rows(decode(data, "/r/i"))] == ["1"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "empty"),
        (b"<r><i>1</i><i>&foo;</i></r>", "Entity 'foo' not defined"),
        (b'<!DOCTYPE r SYSTEM "x.dtd"><r><i>1</i><i a="&foo;"/></r>', "Entity 'foo' not defined"),
        (b"<r><i>1</i>\n<i>2</b></r>", "line 2, column"),
        (b"<r><i>1</i><i>2</i>", "Premature end"),
        (b"<r><i>1</i></r>junk", "Extra content"),
        (b"<r><i>\xff</i></r>", "encoding"),
        (b"not xml", "Start tag expected"),
        (b"<r>" + b"<a>" * 10_000 + b"</a>" * 10_000 + b"</r>", "Excessive depth"),
        (b'<?xml version="1.0" encoding="nope"?><r/>', "nsupported encoding"),
    ],
)
@pytest.mark.parametrize("record", ["/r/i", None])
def test_broken_documents(data: bytes, message: str, record: str | None) -> None:
    with pytest.raises(ConnectorError) as caught:
        decode(data, record)
    assert caught.value.code == "C202"
    assert message in caught.value.message


@pytest.mark.parametrize("source", [io.BytesIO, Slow])
def test_records_before_a_fault_are_delivered(source: type[io.BytesIO]) -> None:
    data = b"<r>" + b"<i>x</i>" * 5 + b"<i></r>"
    seen = 0
    with pytest.raises(ConnectorError):
        for batch in Xml().decode(source(data), ReadOptions(record="/r/i", records=2)):
            seen += len(batch)
    assert seen == 5


@pytest.mark.parametrize(
    ("data", "record"),
    [
        (b"<r><i>" + b"<x>1234567890</x>" * 20_000 + b"</i></r>", "/r/i"),
        (b"<r>" + b"<i>1</i>" * 40_000 + b"</r>", None),
        (b"<r>" + b"<other/>" * 40_000 + b"</r>", "/r/i"),
    ],
)
def test_a_record_beyond_the_limit_is_an_error(data: bytes, record: str | None) -> None:
    with pytest.raises(ConnectorError) as caught:
        decode(data, record, max_record_bytes=100_000)
    assert caught.value.code == "C208"


@pytest.mark.parametrize(
    "record", ["/r/i[1]", "/r/i[@a='b']", "count(/r/i)", "/r/@i", "/r/..", "a|b", "/r/text()", "/q:r/i", "///i", "/r/"]
)
def test_record_paths_that_do_not_stream(record: str) -> None:
    with pytest.raises(ConnectorError) as caught:
        decode(b"<r><i/></r>", record)
    assert caught.value.code == "C209"
    assert caught.value.fix
    assert Xml(record=record).check()


def test_a_foreign_cursor_is_refused() -> None:
    with pytest.raises(ConnectorError) as caught:
        decode(ORDERS, "//o:order", cursor={"offset": 3})
    assert caught.value.code == "C205"


class Endless(io.RawIOBase):
    """A document of records made on the fly."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces

    def read(self, size: int = -1) -> bytes:
        return next(self._pieces, b"")


def _pieces(opening: bytes, piece: bytes, count: int) -> Iterator[bytes]:
    yield opening
    for _ in range(count):
        yield piece
    yield b"</r>"


@pytest.mark.parametrize(
    ("piece", "record"),
    [(b"<i><a>%b</a></i>\n" % (b"x" * 200) * 100, "/r/i"), (b"<g><i/></g><junk>%b</junk>" % (b"x" * 200) * 100, "//i")],
)
def test_memory_stays_bounded(piece: bytes, record: str) -> None:
    """Five megabytes of records, and never more elements alive than a few blocks hold."""
    stream: Any = Endless(_pieces(b"<r><h/>", piece, 5_000_000 // len(piece)))
    seen, most = 0, 0
    tracemalloc.start()
    try:
        for batch in Xml().decode(stream, ReadOptions(record=record, records=100)):
            seen += len(batch)
            root = batch.rows[-1].getroottree().getroot()
            assert sum(1 for _ in root.iter()) <= 4
            most = max(most, tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    assert seen == 100 * (5_000_000 // len(piece))
    assert most < 4_000_000


def test_the_parsers_own_tree_is_emptied() -> None:
    from crosswalk_formats import xml_stream
    from crosswalk_formats.xml_record_path import record_path

    stream: Any = Endless(_pieces(b"<r><h/>", b"<g><i/></g><junk/>" * 100, 200))
    records = xml_stream.RecordStream(stream, record_path("//i", {}), limit=10**9, block=BLOCK)
    for _ in records:
        root = records._frames._levels[0][0] if records._frames._levels else None
        assert root is None or len(root) <= 500
    gc.collect()


# Writing


def encode(records: list[Any], **config: Any) -> str:
    out = io.BytesIO()
    with Xml(**{"declaration": False, **config}).encoder(out, WriteOptions()) as encoder:
        for record in records:
            encoder.write(Batch.of_rows([record]))
    etree.fromstring(out.getvalue())
    return out.getvalue().decode().rstrip("\n")


XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"a": 1, "b": "x"}, "<a>1</a><b>x</b>"),
        ({"a": Decimal("19.00"), "b": True, "c": dt.date(2024, 2, 29)}, "<a>19.00</a><b>true</b><c>2024-02-29</c>"),
        ({"a": [1, 2], "b": []}, "<a>1</a><a>2</a>"),
        ({"a": {"@id": 7, "#text": "t"}}, '<a id="7">t</a>'),
        ({"a": {"@id": None, "b": {"c": "d"}}}, "<a><b><c>d</c></b></a>"),
        ({"a": {"@id": "x"}}, '<a id="x"/>'),
        ({"a": None}, f'<a {XSI} xsi:nil="true"/>'),
        ({"a": [None, "x"]}, f'<a {XSI} xsi:nil="true"/><a>x</a>'),
        ({"a": MISSING, "b": ""}, "<b/>"),
        ({"a": {"#text": None}}, "<a/>"),
        ({"a": "<&>\"'\r\n\t"}, "<a>&lt;&amp;&gt;\"'&#13;\n\t</a>"),
        ({"a": {"@b": "<&>\"'\r\n\t"}}, '<a b="&lt;&amp;&gt;&quot;\'&#13;&#10;&#9;"/>'),
        ({"größe": 2**70}, "<größe>1180591620717411303424</größe>"),
        ({"xml:lang": "en"}, "<xml:lang>en</xml:lang>"),
    ],
)
def test_written_records(record: dict[str, Any], expected: str) -> None:
    assert encode([record]) == f"<records><record>{expected}</record></records>"


@pytest.mark.parametrize("text", ["]]>", "\r\n\t x ", "<a>&amp;", "\U0001f600", '"', "a\u2028b"])
def test_text_survives_the_round_trip(text: str) -> None:
    written = encode([{"e": text, "f": {"@a": text}}])
    (row,) = rows(decode(written.encode(), "/records/record"))
    assert row.findtext("e") == text
    assert row.find("f").get("a") == text


def test_the_document_around_the_records() -> None:
    written = encode(
        [{"p:id": 1, "d": {"@p:x": "y"}}],
        root="p:feed/orders",
        row="p:order",
        namespaces={"p": "urn:p", "": "urn:d"},
        root_attributes={"version": '"2"'},
        declaration=True,
    )
    assert written == (
        '<?xml version="1.0" encoding="UTF-8"?>\n<p:feed xmlns:p="urn:p" xmlns="urn:d" version="&quot;2&quot;"><orders>'
        '<p:order><p:id>1</p:id><d p:x="y"/></p:order></orders></p:feed>'
    )
    assert encode([], root="feed/orders") == "<feed><orders></orders></feed>"


def test_indentation_leaves_mixed_text_alone() -> None:
    record = {"a": {"b": [1, 2]}, "c": {"#text": "t", "d": 1}}
    assert encode([record], indent=True).split("\n") == [
        "<records>",
        "  <record>",
        "    <a>",
        "      <b>1</b>",
        "      <b>2</b>",
        "    </a>",
        "    <c>t<d>1</d></c>",
        "  </record>",
        "</records>",
    ]


def test_elements_are_copied_through() -> None:
    (row,) = rows(decode(b'<r xmlns:q="urn:q"><i a="1"><q:b/>t</i> </r>', "/r/i"))
    written = encode([row])
    copied = etree.fromstring(written)[0]
    assert copied.tag == "i"
    assert copied[0].tag == "{urn:q}b"


@pytest.mark.parametrize(
    ("record", "code"),
    [
        ({"a": "\x00"}, "M316"),
        ({"a": "\ud800"}, "M316"),
        ({"a": {"@b": "\x1b"}}, "M316"),
        ({"unit price": 1}, "M316"),
        ({"1a": 1}, "M316"),
        ({"": 1}, "M316"),
        ({"q:a": 1}, "M316"),
        ({"@a b": 1}, "M316"),
        ({"a><b": 1}, "M316"),
        ({"@a": [1]}, "M313"),
        ({"a": [[1]]}, "M313"),
        ({"a": {"#text": {}}}, "M313"),
        ({"a": float("nan")}, "M310"),
        ([1], "M313"),
    ],
)
def test_what_xml_cannot_carry(record: Any, code: str) -> None:
    out = io.BytesIO()
    encoder = Xml().encoder(out, WriteOptions())
    with pytest.raises(DataError) as caught:
        encoder.write(Batch.of_rows([record]))
    assert caught.value.code == code
    assert out.getvalue() == b""


def test_configured_names_are_checked() -> None:
    assert Xml(root="a b").check()
    assert Xml(row="q:x").check()
    assert Xml(namespaces={"1": "u"}).check()
    assert Xml(namespaces=NS, root="o:feed/orders", row="o:order", record="/o:a").check() == []
    with pytest.raises(ConnectorError) as caught:
        Xml(root="a b").encoder(io.BytesIO(), WriteOptions())
    assert caught.value.code == "C201"


def test_the_configuration_is_a_value() -> None:
    config = {"record": "/o:a", "namespaces": NS, "indent": True}
    assert Xml.from_config(config) == Xml(record="/o:a", namespaces=NS, indent=True)
    assert all(
        len(about["description"]) > 20 for name, about in Xml.config_schema()["properties"].items() if name != "type"
    )
