"""Every bundled source, sink, format, path language and resolver against the kits that plugin authors use."""

from __future__ import annotations

import io
import json
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

import pytest
from lxml import etree

from crosswalk import Part, PathLanguage, Resolver, Sink, Source
from crosswalk.registry import Registry
from crosswalk.testing import FormatContract, PathContract, ResolverContract, SinkContract, SourceContract
from crosswalk_files.sink_files import FilesSink
from crosswalk_files.sink_stdout import StdoutSink
from crosswalk_files.sink_tee import TeeSink
from crosswalk_files.source_files import After, FilesSource
from crosswalk_files.source_stdin import StdinSource
from crosswalk_formats.arrow_format import ArrowIpc
from crosswalk_formats.csv_format import Csv, Tsv
from crosswalk_formats.json_format import Json
from crosswalk_formats.ndjson_format import Ndjson
from crosswalk_formats.parquet_format import Parquet
from crosswalk_formats.xml_format import Xml
from crosswalk_paths.column import Column
from crosswalk_paths.jmespath_language import JmesPath
from crosswalk_paths.xpath_language import XPath
from crosswalk_sql.sink_sqlite import SqliteSink
from crosswalk_sql.source_sqlite import SqliteSource


def _lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []


class TestFilesSource(SourceContract):
    def source(self, folder: Path, records: int) -> Source:
        for name, numbers in (("a", range(records // 2)), ("b", range(records // 2, records))):
            (folder / f"{name}-{records}.ndjson").write_text("".join(f'{{"id": {n}}}\n' for n in numbers))
        return FilesSource(url=str(folder / f"*-{records}.ndjson"))

    def vanish(self, folder: Path, part: Part) -> None:
        Path(part.name).unlink()


class TestFilesSourceThatMoves(SourceContract):
    def source(self, folder: Path, records: int) -> Source:
        source = TestFilesSource().source(folder, records)
        return source.replace(after_=After(processed="move:done/", failed="delete"))


class TestSqliteSource(SourceContract):
    order_by: ClassVar[str | None] = "id"

    def source(self, folder: Path, records: int) -> Source:
        path = folder / f"{records}.db"
        if not path.exists():
            connection = sqlite3.connect(path)
            connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT)")
            connection.executemany("INSERT INTO t VALUES (?, ?)", ((n, f"name {n}") for n in range(records)))
            connection.commit()
            connection.close()
        return SqliteSource(path=str(path), table="t", order_by=self.order_by)


class TestSqliteSourceWithoutOrder(TestSqliteSource):
    order_by = None
    resumes = False


class TestStdinSource(SourceContract):
    resumes = False

    @pytest.fixture(autouse=True)
    def _stdin(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        self.patch = monkeypatch
        self.opened: list[Any] = []
        yield
        for stream in self.opened:
            stream.close()

    def source(self, folder: Path, records: int) -> Source:
        path = folder / "in"
        path.write_text("".join(f'{{"id": {n}}}\n' for n in range(records)))
        self.opened.append(path.open())
        self.patch.setattr(sys, "stdin", self.opened[-1])
        return StdinSource()

    def test_cursors_are_json(self, tmp_path: Path) -> None:
        """The formats give cursors; that they are of no use here is said by `resumable`."""
        assert not StdinSource.resumable


class TestFilesSink(SinkContract):
    replaces = True

    def sink(self, folder: Path) -> Sink:
        return FilesSink(url=str(folder / "out.ndjson"))

    def stored(self, folder: Path) -> Sequence[dict[str, Any]]:
        return _lines(folder / "out.ndjson")


class TestFilesSinkOfPartitions(SinkContract):
    def sink(self, folder: Path) -> Sink:
        return FilesSink(url=str(folder / "out" / "{id}.ndjson"), max_open=2000)

    def stored(self, folder: Path) -> Sequence[dict[str, Any]]:
        return [record for path in (folder / "out").glob("*.ndjson") for record in _lines(path)]


class TestSqliteSink(SinkContract):
    def sink(self, folder: Path) -> Sink:
        return SqliteSink(path=str(folder / "out.db"), table="t", key=["id"])

    def stored(self, folder: Path) -> Sequence[dict[str, Any]]:
        connection = sqlite3.connect(folder / "out.db")
        try:
            found = connection.execute("SELECT id, name FROM t").fetchall()
        except sqlite3.OperationalError:
            return []
        finally:
            connection.close()
        return [{"id": number, "name": name} for number, name in found]


class TestStdoutSink(SinkContract):
    @pytest.fixture(autouse=True)
    def _stdout(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        self.patch = monkeypatch
        self.opened: dict[Path, Any] = {}
        yield
        for stream in self.opened.values():
            stream.close()

    def sink(self, folder: Path) -> Sink:
        # When the sink is made: pytest puts its own capture there after the fixtures.
        if folder not in self.opened:
            self.opened[folder] = (folder / "stdout").open("a")
        self.patch.setattr(sys, "stdout", self.opened[folder])
        return StdoutSink()

    def stored(self, folder: Path) -> Sequence[dict[str, Any]]:
        return _lines(folder / "stdout")


class TestTeeSink(SinkContract):
    def sink(self, folder: Path) -> Sink:
        other = {"type": "sqlite", "path": str(folder / "other.db"), "table": "t"}
        return TeeSink(sinks=[{"type": "sqlite", "path": str(folder / "out.db"), "table": "t"}, other])

    def stored(self, folder: Path) -> Sequence[dict[str, Any]]:
        return TestSqliteSink().stored(folder)


class TestCsv(FormatContract):
    text_only = True
    tells_null = False
    bad_record = (b"id,name\n1,a\n2\n3,c\n", 3)

    def format(self) -> Csv:
        return Csv()


class TestTsv(TestCsv):
    bad_record = (b"id\tname\n1\ta\n2\n3\tc\n", 3)

    def format(self) -> Csv:
        return Tsv()


class TestNdjson(FormatContract):
    bad_record = (b'{"id":1}\n{"id":\n{"id":3}\n', 2)

    def format(self) -> Ndjson:
        return Ndjson()


class TestJson(FormatContract):
    whole = True

    def format(self) -> Json:
        return Json()


class TestXml(FormatContract):
    text_only = True
    whole = True

    def format(self) -> Xml:
        return Xml(record="/records/record")

    def values(self, row: Any) -> Any:
        nil = "{http://www.w3.org/2001/XMLSchema-instance}nil"
        return {child.tag: None if child.get(nil) else child.text or "" for child in row}


class TestParquet(FormatContract):
    whole = True
    streams = False

    def format(self) -> Parquet:
        return Parquet()


class TestArrow(FormatContract):
    whole = True
    streams = False

    def format(self) -> ArrowIpc:
        return ArrowIpc()


class TestArrowStream(FormatContract):
    streams = False

    def format(self) -> ArrowIpc:
        return ArrowIpc(form="stream")


class TestColumnPath(PathContract):
    found = {"a b": 1, "c.d": "x"}
    missing = ["a", "c"]
    nulls = ["n"]
    wrong = [""]
    many = {"a b": 1, "l": 2}

    def language(self) -> PathLanguage:
        return Column()

    def record(self) -> Any:
        return {"a b": 1, "c.d": "x", "n": None, "l": [1, 2]}


class TestJmesPath(PathContract):
    found = {"a.b": 1, "l[1].x": 2, "l[-1].x": 2, "length(l)": 2, "sort_by(l, &x)[0].x": 1, "price": Decimal("19.00")}
    missing = ["zz", "a.zz", "l[7]"]
    nulls = ["n"]
    wrong = ["a.", "a[", "nofunction(a)", "a ||"]
    many = {"l": 2, "l[].x": 2, "a.b": 1}

    def language(self) -> PathLanguage:
        return JmesPath()

    def record(self) -> Any:
        return {"a": {"b": 1}, "l": [{"x": 1}, {"x": 2}], "n": None, "price": Decimal("19.00")}


class TestXPath(PathContract):
    found = {"a/b": "1", "@id": "7", "p:q": "z", "string(a/b)": "1"}
    missing = ["zz", "@zz", "a/zz"]
    wrong = ["", "a[", "nofunction(a)", "x:y", "a/"]
    many = {"l": 2, "l/x": 2, ".": 1}
    variables = [("l[x = $wanted]/x", {"wanted": "2"}, "2")]
    namespaces = {"p": "urn:p"}

    def language(self) -> PathLanguage:
        return XPath()

    def record(self) -> Any:
        text = '<r id="7" xmlns:p="urn:p"><a><b>1</b></a><l><x>1</x></l><l><x>2</x></l><p:q>z</p:q></r>'
        return etree.parse(io.BytesIO(text.encode())).getroot()

    def shown(self, record: Any) -> str:
        return etree.tostring(record, encoding="unicode")


RESOLVERS = Registry().resolvers
CHECKS = [name for name in dir(ResolverContract) if name.startswith("test_")]


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("name", sorted(RESOLVERS))
def test_resolver(name: str, check: str, tmp_path: Path) -> None:
    class Contract(ResolverContract):
        resolver: ClassVar[Resolver] = RESOLVERS[name]

    getattr(Contract(), check)(tmp_path)
