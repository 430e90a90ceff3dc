"""Runs a mapping example of a page: the mapping, an input, and what comes of it in the order that the page shows it."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from blocks import Block

from crosswalk import Batch, Engine, ReadOptions, Reject, SpecError
from crosswalk.compiler.mapper import Applied, Mapper
from crosswalk.spec.render import render


def run_example(example: Sequence[Block], folder: Path, engine: Engine) -> None:
    """`example[0]` is the mapping. Raises AssertionError where the page is not true."""
    path = folder / "mapping.json"
    path.write_text(example[0].text, "utf-8")
    by_title = {block.title: block for block in example[1:]}
    given = by_title.get("input")
    try:
        mapper = engine.mapping(path, source_format=given.language if given else None)
    except SpecError as error:
        assert "diagnostics" in by_title, str(error)
        _compare_text(by_title["diagnostics"], render(error.diagnostics).replace(f"{folder}/", ""))
        return
    if "diagnostics" in by_title:
        _compare_text(by_title["diagnostics"], render(mapper.warnings).replace(f"{folder}/", ""))
    if given is None:
        return
    applied = _apply(mapper, given, engine)
    assert not applied.rejects or "rejects" in by_title, told(applied.rejects)
    if "rejects" in by_title:
        _compare_text(by_title["rejects"], told(applied.rejects))
    if "output" in by_title:
        _compare_output(by_title["output"], mapper, applied, engine)


def told(rejects: Sequence[Reject]) -> str:
    """Rejects as the pages show them: one line for each error."""
    lines = []
    for reject in rejects:
        for error in reject.errors:
            about = f"{error.field}: " if error.field else ""
            sample = f"   {error.sample}" if error.sample else ""
            lines.append(f"record {reject.number}   {error.code} {about}{error.message}{sample}")
    return "\n".join(lines)


def _apply(mapper: Mapper, given: Block, engine: Engine) -> Applied:
    if given.language == "json" and not mapper.read_options.record:
        records = json.loads(given.text, parse_float=Decimal)
        return mapper.apply(records if isinstance(records, list) else [records])
    config = mapper.source_format if isinstance(mapper.source_format, dict) else {}
    reader = engine.registry.formats[given.language].from_config(config)
    options: ReadOptions = mapper.read_options
    applied = Applied({stream: [] for stream in mapper.streams})
    for batch in reader.decode(io.BytesIO(given.text.encode()), options):
        applied.extend(mapper.apply(batch))
    applied.extend(mapper.flush())
    return applied


def _compare_output(wanted: Block, mapper: Mapper, applied: Applied, engine: Engine) -> None:
    if wanted.language != "json":
        config = mapper.target_format if isinstance(mapper.target_format, dict) else {}
        _compare_text(wanted, _written(applied.records, mapper, engine, wanted.language, config))
        return
    found: Any = {name: _lines(records, mapper, engine) for name, records in applied.outputs.items()}
    expected = json.loads(wanted.text, parse_float=Decimal)
    if len(found) == 1:
        found = found[mapper.streams[0]]
        expected = [_exact(record) for record in (expected if isinstance(expected, list) else [expected])]
    else:
        expected = {name: [_exact(record) for record in records] for name, records in expected.items()}
    assert found == expected, f"line {wanted.line}\n  found    {found}\n  the page {expected}"


def _lines(records: list[Any], mapper: Mapper, engine: Engine) -> list[str]:
    text = _written(records, mapper, engine, "ndjson", {})
    return [_exact(json.loads(line, parse_float=Decimal)) for line in text.splitlines()]


def _written(records: list[Any], mapper: Mapper, engine: Engine, kind: str, config: dict[str, Any]) -> str:
    stream = io.BytesIO()
    with engine.registry.formats[kind].from_config(config).encoder(stream, mapper.write_options()) as encoder:
        encoder.write(Batch.of_rows(records))
    return stream.getvalue().decode()


def _exact(value: Any) -> str:
    """JSON with its members in order and numbers with their digits."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)}: {_exact(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_exact(part) for part in value) + "]"
    return str(value) if isinstance(value, Decimal) else json.dumps(value, ensure_ascii=False)


def _compare_text(wanted: Block, found: str) -> None:
    assert found.strip() == wanted.text.strip(), f"line {wanted.line}\n{found}\n-- the page says --\n{wanted.text}"
