"""Errors about a component's settings say the line of the pipeline."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from crosswalk import CrosswalkError, Engine, UsageError
from crosswalk.errors import Diagnostic
from crosswalk.runtime.placing import place

HEAD = '{"pipeline": "1",\n'
SOURCE = ' "source": {"type": "files", "url": "in.ndjson"},\n'
SINK = ' "sink": {"type": "files", "url": "out.ndjson"},\n'
STATE = ' "state": {"type": "memory"}}'


def _failure(folder: Path, text: str) -> Diagnostic:
    """What a run of the pipeline says; the report's error has the same place."""
    (folder / "in.ndjson").write_text('{"n":1}\n')
    (folder / "in.foo").write_text('{"n":1}\n')
    (folder / "p.json").write_text(text)
    try:
        report = Engine().run(folder / "p.json")
    except CrosswalkError as error:
        return error.diagnostics[0]
    assert report.error is not None
    members: dict[str, Any] = dict(report.error)
    return Diagnostic(**members | {"notes": tuple(members.get("notes", ()))})


@pytest.mark.parametrize(
    ("text", "code", "pointer", "line"),
    [
        (' "source": {"type": "files", "url": "in.ndjson",\n  "after": {\n   "failed": "mov:x"}},\n' + SINK,
         "P105", "/source/after/failed", 4),
        (' "source": [{"type": "files", "url": "in.ndjson"},\n  {"type": "files", "url": "in.ndjson",\n'
         '   "after": {"processed": "kepe"}}],\n' + SINK,
         "P105", "/source/1/after/processed", 4),
        (SOURCE + SINK + ' "executor": {"type": "local",\n  "workers": -1},\n', "P105", "/executor/workers", 5),
        (' "source": {"type": "files",\n  "url": "in.foo"},\n' + SINK, "P111", "/source/url", 3),
        (SOURCE + ' "sink": {"type": "files",\n  "url": "out.foo"},\n', "P111", "/sink/url", 4),
        (SOURCE + SINK + ' "rejects": {"type": "files",\n  "url": "rejects.foo"},\n', "P111", "/rejects/url", 5),
        (SOURCE + ' "sink": {"type": "files",\n  "url": "{run.id}.ndjson"},\n "mapping": {"mapping": "1", "fields": '
         '{"n": "n"}},\n', "P117", "/sink/url", 4),
        (SOURCE + SINK + ' "sinks": {\n  "more": {"type": "stdout"}},\n "mapping": {"mapping": "1", "fields": '
         '{"n": "n"}},\n', "P112", "/sinks/more", 5),
        (SOURCE + ' "sinks": {"more": {"type": "stdout"}},\n "mapping": {"mapping": "1", "fields": {"n": "n"}},\n',
         "P112", "/sinks", 3),
        (SOURCE + SINK + ' "mapping": {"mapping": "1",\n  "params": {"shop": {"type": "string", "required": true}},\n'
         '  "fields": {"n": "$context.shop"}},\n', "M206", "/mapping", 4),
        (SOURCE + SINK + ' "mapping": {"mapping": "1",\n  "fields": {"n": ["n", "uper"]}},\n',
         "M105", "/fields/n/1", 5),
        (' "source": [{"type": "files", "url": "in.ndjson",\n  "mapping": {"mapping": "1", "fields": {"n": "$m"}}}],\n'
         + SINK, "M203", "/fields/n", 3),
    ],
)  # fmt: skip
def test_the_place_of_a_setting(tmp_path: Path, text: str, code: str, pointer: str, line: int) -> None:
    text = HEAD + text + STATE
    found = _failure(tmp_path, text)
    assert (found.code, found.pointer) == (code, pointer)
    assert (Path(found.file or "").name, found.line) == ("p.json", line)
    assert found.excerpt == text.split("\n")[line - 1]


def test_a_document_without_a_file_has_the_pointer_alone(tmp_path: Path) -> None:
    document = {
        "pipeline": "1", "state": {"type": "memory"}, "sink": {"type": "stdout"},
        "source": {"type": "files", "url": "x.ndjson", "after": {"failed": "kepe"}},
    }  # fmt: skip
    with pytest.raises(UsageError) as raised:
        Engine().run(document)
    assert raised.value.diagnostics[0].pointer == "/source/after/failed"


def test_a_name_may_be_made_of_a_field_that_only_the_data_tells(tmp_path: Path) -> None:
    text = HEAD + SOURCE + ' "sink": {"type": "files", "url": "{n}.ndjson"},\n'
    for mapping in ("", ' "mapping": {"mapping": "1", "fields": {}, "passthrough": true},\n'):
        (tmp_path / "in.ndjson").write_text('{"n":1}\n')
        (tmp_path / "p.json").write_text(text + mapping + STATE)
        assert Engine().run(tmp_path / "p.json").written == 1
        assert (tmp_path / "1.ndjson").exists()
        (tmp_path / "1.ndjson").unlink()


def test_a_place_once_given_stays() -> None:
    spec = Engine().pipeline({"pipeline": "1", "source": {"type": "stdin"}, "sink": {"type": "stdout"}})
    error = place(spec, "/sink", UsageError("P105", "the sink 'stdout': no"))
    assert place(spec, "/source", error).diagnostics[0].pointer == "/sink"
    assert str(error) == "P105: the sink 'stdout': no"
