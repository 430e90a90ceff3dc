"""Every folder of `mappings/` runs as its README says: add a folder with an `expected/` and it is tested here."""

from __future__ import annotations

import io
import json
import re
import shlex
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from crosswalk import Batch, Engine, Format, Mapper, Reject
from crosswalk.cli.app import app
from crosswalk.compiler.mapping_tests import run_tests
from crosswalk.runtime.report import Report
from crosswalk.spec.fmt import format_document

ROOT = Path(__file__).parents[2] / "mappings"
FOLDERS = sorted(path.parent.name for path in ROOT.glob("*/pipeline.json"))
RUN_ID = "${run.id}"

# A map without "else" is meant to reject what it does not list, as the language page shows it.
WARNINGS = {
    "inventory": [("M424", "/fields/location/2")],
    "orders-xml": [("M424", "/fields/type/resolve/0")],
}


@dataclass
class Example:
    """A folder, its pipeline document, and the engine that reads it."""

    folder: Path
    engine: Engine

    @property
    def pipeline(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / "pipeline.json").read_text(encoding="utf-8"))
        return found

    @property
    def sources(self) -> list[dict[str, Any]]:
        source = self.pipeline["source"]
        return source if isinstance(source, list) else [source]

    def sink_name(self, stream: str) -> str:
        """The expected file of a stream: the sink's name without the run."""
        sink = self.pipeline["sink"] if "sink" in self.pipeline else self.pipeline["sinks"][stream]
        return Path(sink["url"]).name.replace(f"-{RUN_ID}", "")

    def mapper(self, source_format: str) -> Mapper:
        params = {name: param["default"] for name, param in self.pipeline.get("params", {}).items()}
        return self.engine.mapping(self.folder / self.pipeline["mapping"], params=params, source_format=source_format)

    def format(self, *configs: Any) -> Format:
        """The format of the first configuration that is not None."""
        config = next(config for config in configs if config is not None)
        settings = {"type": config} if isinstance(config, str) else dict(config)
        return self.engine.registry.formats[settings.pop("type")].from_config(settings)

    def by_name(self, name: str) -> str:
        found = self.engine.registry.format_for_file(name)
        assert found is not None, f"no format claims {name}"
        return found.type

    def inputs(self) -> Iterator[tuple[dict[str, Any], Path, Mapper]]:
        """Each source entry with each of its files and the mapper for that file."""
        for source in self.sources:
            files = sorted(self.folder.glob(source["url"]))
            assert files, f"nothing matches {source['url']}"
            for file in files:
                yield source, file, self.mapper(self.by_name(file.name))

    def mapped(self) -> tuple[dict[str, bytes], list[dict[str, Any]]]:
        """Output bytes by expected file name, and the rejects summary, without any pipeline."""
        records: dict[str, list[Any]] = {}
        rejects: list[dict[str, Any]] = []
        for source, file, mapper in self.inputs():
            reader = self.format(source.get("format"), mapper.source_format, self.by_name(file.name))
            with file.open("rb") as stream:
                for batch in reader.decode(stream, mapper.read_options):
                    applied = mapper.apply(batch)
                    for name, made in applied.outputs.items():
                        records.setdefault(name, []).extend(made)
                    rejects += [summary(file.name, reject) for reject in applied.rejects]
        return {self.sink_name(name): self.encoded(mapper, name, made) for name, made in records.items()}, rejects

    def encoded(self, mapper: Mapper, stream: str, records: list[Any]) -> bytes:
        target = io.BytesIO()
        writer = self.format(mapper.target_format, self.by_name(self.sink_name(stream)))
        with writer.encoder(target, mapper.write_options(stream)) as encoder:
            encoder.write(Batch.of_rows(records))
        return target.getvalue()

    def expected(self) -> dict[str, bytes]:
        return {
            path.name: path.read_bytes() for path in (self.folder / "expected").iterdir() if path.name != "rejects.json"
        }

    def expected_rejects(self) -> Any:
        return json.loads((self.folder / "expected" / "rejects.json").read_text(encoding="utf-8"))


def summary(file: str, reject: Reject) -> dict[str, Any]:
    """What `expected/rejects.json` says of a reject."""
    return entry(file, reject.number, reject.line, (error.to_dict() for error in reject.errors))


def entry(file: str, row: int, line: int, errors: Iterable[Mapping[str, str]]) -> dict[str, Any]:
    told = [{name: error[name] for name in ("code", "field", "sample")} for error in errors]
    return {"file": file, "row": row, "line": line, "errors": told}


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine()


@pytest.fixture
def example(engine: Engine, request: pytest.FixtureRequest) -> Example:
    return Example(ROOT / request.param, engine)


each_folder = pytest.mark.parametrize("example", FOLDERS, indirect=True)


def test_every_folder_has_all_its_parts() -> None:
    assert sorted(path.name for path in ROOT.iterdir() if path.is_dir() and path.name != ".crosswalk") == FOLDERS
    for name in FOLDERS:
        held = {path.name for path in (ROOT / name).iterdir()}
        assert {"README.md", "pipeline.json", "input", "expected"} <= held, name
        assert list((ROOT / name).glob("*.mapping.json")), name


@each_folder
def test_mapping_compiles_without_unexpected_warnings(example: Example) -> None:
    for _, _, mapper in example.inputs():
        found = [(warning.code, warning.pointer) for warning in mapper.warnings]
        assert found == WARNINGS.get(example.folder.name, [])


@each_folder
def test_mapping_passes_its_own_tests(example: Example) -> None:
    path = example.folder / example.pipeline["mapping"]
    results = run_tests(example.engine.mapping(path))
    assert results, "a mapping without tests"
    assert [(result.name, result.message, result.differences) for result in results if not result.passed] == []


@each_folder
def test_sample_gives_the_expected_bytes_and_rejects(example: Example) -> None:
    outputs, rejects = example.mapped()
    assert outputs == example.expected()
    assert rejects == example.expected_rejects()


@each_folder
def test_pipeline_gives_the_same_and_a_second_run_nothing_new(example: Example, tmp_path: Path) -> None:
    folder = tmp_path / example.folder.name
    shutil.copytree(example.folder, folder, ignore=shutil.ignore_patterns("out", ".crosswalk*"))

    def run() -> Report:
        return example.engine.run(folder / "pipeline.json")

    first = run()
    refused = example.expected_rejects()
    assert (first.status, first.error, first.exit_code) == ("done", None, 4 if refused else 0)
    written = {path.name.replace(f"-{first.run_id}", ""): path.read_bytes() for path in (folder / "out").glob("*.*")}
    assert written == example.expected()
    assert rejects_in(folder / "out" / "rejects") == refused
    before = {path: path.read_bytes() for path in (folder / "out").rglob("*.*")}

    second = run()
    assert (second.status, second.exit_code, second.read, second.written) == ("done", 0, 0, 0)
    assert {path: path.read_bytes() for path in (folder / "out").rglob("*.*")} == before


def rejects_in(folder: Path) -> list[dict[str, Any]]:
    """The summary of the reject documents that a run wrote."""
    found = []
    for path in sorted(folder.glob("*.ndjson")):
        for line in path.read_text(encoding="utf-8").splitlines():
            reject = json.loads(line)
            source = reject["source"]
            found.append(entry(Path(source["file"]).name, source["number"], source["line"], reject["errors"]))
    return found


@each_folder
def test_commands_of_the_readme_run(example: Example, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "mappings" / example.folder.name
    shutil.copytree(example.folder, home, ignore=shutil.ignore_patterns("out", ".crosswalk*"))
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```sh\n(.*?)```", (home / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    commands = [shlex.split(line) for block in blocks for line in block.splitlines()]
    assert ["crosswalk", "run", f"mappings/{home.name}/pipeline.json"] in commands
    for command in commands:
        assert command[0] == "crosswalk"
        result = CliRunner().invoke(app, command[1:])
        assert result.exit_code == (4 if example.expected_rejects() else 0), (command, result.output)


@each_folder
def test_documents_stand_as_fmt_writes_them(example: Example) -> None:
    for path in example.folder.glob("*.json"):
        text = path.read_text(encoding="utf-8")
        assert format_document(text) == text, path.name


def test_four_formats_give_identical_output(engine: Engine) -> None:
    example = Example(ROOT / "one-mapping-four-formats", engine)
    parts = []
    for source, file, mapper in example.inputs():
        reader = example.format(source.get("format"), mapper.source_format, example.by_name(file.name))
        with file.open("rb") as stream:
            records = [
                record for batch in reader.decode(stream, mapper.read_options) for record in mapper.apply(batch).records
            ]
        parts.append(example.encoded(mapper, "", records))
    assert len(parts) == 4
    assert len(set(parts)) == 1
    assert b"".join(parts) == example.expected()["products.ndjson"]
