"""The files source and sink, stdin, stdout and tee, without a state."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import Any, ClassVar

import pytest

from crosswalk import Batch, ConnectorError, Context, Part, StateError, SupportsCommit, UsageError
from crosswalk.registry import Registry
from crosswalk.runtime.components import build, format_for_file
from crosswalk_files import storage
from crosswalk_files.sink_files import FilesSink, Split
from crosswalk_files.sink_tee import TeeSink
from crosswalk_files.source_files import After, FilesSource

REGISTRY = Registry()


def _context(folder: Path, **members: Any) -> Context:
    return Context(
        base=str(folder),
        scope="s",
        run_id="r1",
        build=lambda kind, config: build(REGISTRY, kind, config),
        find_format=lambda name: format_for_file(REGISTRY, name),
        **members,
    )


def _names(folder: Path, url: str, **settings: Any) -> list[str]:
    source = FilesSource(url=url, **settings).bind(_context(folder))
    return [os.path.relpath(part.name, folder) for part in source.parts()]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for number, name in enumerate(("b.csv", "a.csv", "a_csv", "c.tsv", "deep/er/d.csv", ".hidden.csv", "e[1].csv")):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("id\n1\n")
        os.utime(path, (1000 + number, 1000 + number))
    return tmp_path


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("*.csv", ["a.csv", "b.csv", "e[1].csv"]),
        ("?.csv", ["a.csv", "b.csv"]),
        ("[ac].*", ["a.csv", "c.tsv"]),
        ("{a,c}.{csv,tsv}", ["a.csv", "c.tsv"]),
        ("**/*.csv", ["a.csv", "b.csv", "deep/er/d.csv", "e[1].csv"]),
        ("e[1].csv", ["e[1].csv"]),
        ("none*.csv", []),
    ],
)
def test_wildcards(tree: Path, url: str, found: list[str]) -> None:
    assert _names(tree, url) == found


def test_order_by_time(tree: Path) -> None:
    assert _names(tree, "?.csv", order="modified") == ["b.csv", "a.csv"]


def test_missing_file_and_folder_say_what_to_do(tree: Path) -> None:
    with pytest.raises(ConnectorError, match="C101") as caught:
        _names(tree, "aa.csv")
    assert "a.csv" in caught.value.fix
    with pytest.raises(ConnectorError, match="C106") as caught:
        _names(tree, "deep")
    assert caught.value.fix.endswith("deep/*")


def test_content_identity_tells_copies_of_one_size_and_time_apart(tmp_path: Path) -> None:
    def part(text: str) -> Part:
        (tmp_path / "a.csv").write_text(text)
        os.utime(tmp_path / "a.csv", (1000, 1000))
        return next(iter(FilesSource(url="a.csv", identity="content").bind(_context(tmp_path)).parts()))

    assert part("id\n1\n").id != part("id\n2\n").id
    assert part("id\n1\n").id == part("id\n1\n").id


def test_after_leaves_a_file_that_took_the_place_alone(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id\n1\n")
    source = FilesSource(url="a.csv", after_=After(processed="move:done/")).bind(_context(tmp_path))
    part = next(iter(source.parts()))
    where = source.after_action("processed")
    (tmp_path / "a.csv").write_text("id\n1\n2\n")
    source.after(part, "processed", where)
    assert (tmp_path / "a.csv").exists()
    source.after(next(iter(source.parts())), "processed", where)
    source.after(part, "processed", where)
    assert (tmp_path / "done" / "a.csv").read_text() == "id\n1\n2\n"


def test_actions_are_checked() -> None:
    assert FilesSource(url="x", after_=After(processed="archive/")).check()
    assert not FilesSource(url="x", after_=After(processed="move:archive/", failed="delete")).check()
    assert FilesSink(url="x", split=Split(records=0)).check()


@pytest.mark.parametrize(
    ("value", "name"),
    [("a/b", "a%2Fb"), ("a_b", "a_b"), ("..", "%2E%2E"), (None, "__null__"), ("", "__empty__"), (True, "true")],
)
def test_partition_values_stay_apart_and_inside(tmp_path: Path, value: Any, name: str) -> None:
    with FilesSink(url="out/{k}.ndjson").bind(_context(tmp_path)).open() as writer:
        writer.write(Batch.of_rows([{"k": value}]))
    assert [path.name for path in (tmp_path / "out").iterdir()] == [f"{name}.ndjson"]


def test_too_many_partitions(tmp_path: Path) -> None:
    sink = FilesSink(url="out/{k}.ndjson", max_open=3).bind(_context(tmp_path))
    with pytest.raises(ConnectorError, match="C110"), sink.open() as writer:
        writer.write(Batch.of_rows([{"k": at} for at in range(4)]))
    assert list((tmp_path / "out").glob("*.ndjson")) == []
    with pytest.raises(UsageError, match="P114"), sink.open() as writer:
        writer.write(Batch.of_rows([{"k": []}]))


def test_split_by_bytes_and_records(tmp_path: Path) -> None:
    rows = [{"id": at} for at in range(5000)]
    with FilesSink(url="b.ndjson", split=Split(bytes=20000)).bind(_context(tmp_path)).open() as writer:  # type: ignore[arg-type]
        writer.write(Batch.of_rows(rows))
    with FilesSink(url="r-{part:2}.csv", split=Split(records=2000)).bind(_context(tmp_path)).open() as writer:
        writer.write(Batch.of_rows(rows))
    assert sorted(path.name for path in tmp_path.glob("b*")) == ["b-00001.ndjson", "b-00002.ndjson", "b-00003.ndjson"]
    assert [len(path.read_text().splitlines()) for path in sorted(tmp_path.glob("r*"))] == [2001, 2001, 1001]


def test_no_record_no_file_unless_wanted(tmp_path: Path) -> None:
    for name, empty in (("a.ndjson", False), ("b.ndjson", True)):
        sink = FilesSink(url=name, empty=empty).bind(_context(tmp_path))
        with sink.open() as writer:
            assert isinstance(writer, SupportsCommit)
            writer.commit({"seq": 1}, final=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.ndjson"]


def test_a_run_that_lost_its_fence_is_told_at_its_first_file(tmp_path: Path) -> None:
    first, second = (FilesSink(url="out.ndjson").bind(_context(tmp_path, fence=fence)) for fence in (1, 2))
    with pytest.raises(StateError, match="S110"), first.open() as old, second.open():
        old.write(Batch.of_rows([{"a": 1}]))
    assert not (tmp_path / "out.ndjson").exists()


def test_an_owner_that_was_overtaken_cannot_commit_or_spoil(tmp_path: Path) -> None:
    sink = FilesSink(url="a.ndjson")
    with pytest.raises(StateError, match="S110"), sink.bind(_context(tmp_path, fence=1)).open() as old:
        assert isinstance(old, SupportsCommit)
        old.write(Batch.of_rows([{"id": 1}]))  # type: ignore[attr-defined]
        old.commit({"seq": 1})
        with sink.bind(_context(tmp_path, fence=2)).open() as new:
            assert isinstance(new, SupportsCommit)
            assert new.committed == {"seq": 1}
            new.write(Batch.of_rows([{"id": 2}]))  # type: ignore[attr-defined]
            old.write(Batch.of_rows([{"id": 666}] * 5000))  # type: ignore[attr-defined]
            new.commit({"seq": 2}, final=True)
        old.commit({"seq": 2}, final=True)
    assert (tmp_path / "a.ndjson").read_text() == '{"id":1}\n{"id":2}\n'
    with FilesSink(url="b.ndjson").bind(_context(tmp_path, fence=2)).open(), pytest.raises(StateError, match="S110"):
        FilesSink(url="b.ndjson").bind(_context(tmp_path, fence=1)).open().__enter__()


def test_fsspec_urls(tmp_path: Path) -> None:
    with FilesSink(url="memory://out/a.csv").bind(_context(tmp_path)).open() as writer:
        writer.write(Batch.of_rows([{"id": "1"}, {"id": "2"}]))
    source = FilesSource(url="memory://out/*.csv").bind(_context(tmp_path))
    assert [row for part in source.parts() for batch in source.read_part(part) for row in batch.rows] == [
        {"id": "1"},
        {"id": "2"},
    ]
    assert storage.stat("memory://out/none.csv") is None


class Web:
    """A storage as fsspec has it for http: whole addresses for names, and a refusal hidden behind "not found"."""

    files: ClassVar[dict[str, bytes]] = {"http://shop/a.csv": b"id\n1\n", "http://shop/b.csv?day=1": b"id\n2\n"}
    status: ClassVar[int | None] = 404

    def glob(self, pattern: str, detail: bool) -> dict[str, Any]:
        return {name: {"name": name, "size": None, "type": "file"} for name in self.files if name.endswith(".csv")}

    def info(self, name: str) -> dict[str, Any]:
        if name in self.files:
            changed = "Sun, 29 Nov 2026 02:48:33 GMT"
            return {"name": name, "size": len(self.files[name]), "Last-Modified": changed, "type": "file"}
        refusal = OSError("refused")
        refusal.status = self.status  # type: ignore[attr-defined]
        raise FileNotFoundError(name) from refusal

    def open(self, name: str, mode: str) -> io.BytesIO:
        return io.BytesIO(self.files[name])


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> type[Web]:
    """Addresses are answered by `Web`."""
    monkeypatch.setattr(storage, "file_system", lambda url: Web())
    return Web


def test_addresses_of_the_web(tmp_path: Path, web: type[Web]) -> None:
    def rows(url: str) -> list[Any]:
        source = FilesSource(url=url, format="csv").bind(_context(tmp_path))
        return [row for part in source.parts() for batch in source.read_part(part) for row in batch.rows]

    assert rows("http://shop/a.csv") == [{"id": "1"}]
    assert rows("http://shop/b.csv?day=1") == [{"id": "2"}]
    for url in ("http://shop/a.csv", "http://shop/*.csv"):
        (part,) = FilesSource(url=url).bind(_context(tmp_path)).parts()
        assert part == Part("http://shop/a.csv", 5, 1795920513.0)


@pytest.mark.parametrize(("status", "code", "kind"), [
    (404, "C101", "permanent"), (403, "C104", "auth"), (503, "C102", "transient"), (None, "C102", "transient"),
    (400, "C102", "permanent"),
])  # fmt: skip
def test_a_web_server_that_does_not_give_a_file(
    tmp_path: Path, web: type[Web], monkeypatch: pytest.MonkeyPatch, status: int | None, code: str, kind: str
) -> None:
    monkeypatch.setattr(web, "status", status)
    with pytest.raises(ConnectorError) as caught:
        list(FilesSource(url="http://shop/none.csv").bind(_context(tmp_path)).parts())
    assert (caught.value.code, caught.value.kind) == (code, kind)


def test_a_connection_that_breaks_while_a_file_is_read(
    tmp_path: Path, web: type[Web], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell():
                raise LookupError("the payload is not complete")
            return super().read(5)

    monkeypatch.setattr(web, "open", lambda self, name, mode: Broken(b"id\n1\n2\n"))
    source = FilesSource(url="http://shop/a.csv").bind(_context(tmp_path))
    (part,) = source.parts()
    with pytest.raises(ConnectorError, match="reading broke off: the payload") as caught:
        list(source.read_part(part))
    assert (caught.value.code, caught.value.kind) == ("C105", "transient")


def test_tee_and_stdout(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    sink = TeeSink(sinks=[{"type": "files", "url": "a.csv"}, {"type": "stdout"}]).bind(_context(tmp_path))
    with sink.open() as writer:
        writer.write(Batch.of_rows([{"id": 1}]))
        writer.flush()
    assert (tmp_path / "a.csv").read_text() == "id\n1\n"
    assert capfdbinary.readouterr().out == b'{"id":1}\n'


def test_stdin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from crosswalk_files.source_stdin import StdinSource

    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"a;b\n1;2\n")))
    source = StdinSource(format={"type": "csv", "delimiter": ";"}).bind(_context(tmp_path))
    assert [row for batch in source.read() for row in batch.rows] == [{"a": "1", "b": "2"}]


def test_unknown_format_says_what_to_write(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="P111"):
        FilesSink(url="a.unknown").bind(_context(tmp_path)).open().__enter__()
