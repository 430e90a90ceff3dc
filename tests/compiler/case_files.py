"""Conformance cases as data: read `tests/cases/*.json`, run one case on a back end, compare what came out exactly.

A file is `{"comment", "cases": [case, ...]}`; a case has

- `name`, `comment`?, `mapping` (its `"mapping": "1"` is added), or `mapping_file`: the name of one of `files`;
- `files`?: texts (or JSON) written beside the mapping first; `source_format`?: the format of the data;
- `given`?: a list of records, or `{format: text}` read through that format with the mapping's read options;
- `params`?: the mapping's parameters;
- `expect`?: the output records, or `{"streams": {name: records}}`; members are compared in order, numbers by digits;
- `rejects`?: one entry per error, `{"row", "code", "field", ...}` with any of `pointer`, `path`, `message`, `sample`,
  `record`, `stage`; `filtered`?, `skipped`?; `warnings`?: checks at level warn, entries like rejects without row;
- `error`?: the compile errors instead, `"M203"` or `[{"code", "pointer", ...}]` in order of place, all of them;
- `lint`?: the warnings of the document, likewise; `raises`?: the code of a failed bind or run.

Where JSON has no form for a value in `given`: `{"$decimal": "19.00"}`, `{"$date": ...}`, `{"$datetime": ...}`,
`{"$float": "nan"}`, `{"$bytes": base64}`, `{"$repeat": [text, times]}`.
"""

from __future__ import annotations

import base64
import datetime as dt
import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from columnar_rows import columnar_batch

from crosswalk import Diagnostic, Engine, RunFailed, SpecError, UsageError, WriteOptions
from crosswalk.compiler.emit_context import Sparse
from crosswalk.compiler.mapper import Applied, Mapper
from crosswalk.compiler.plan import Plan
from crosswalk.compiler.plan_path import PathPlan
from crosswalk.compiler.program import Program
from crosswalk.compiler.walk import walk

CASES = Path(__file__).parents[1] / "cases"
BACK_ENDS = ("row", "row-quick", "row-sparse", "columnar")
"""The back ends that every case runs on.

`row-quick` is the row code once there were many records, `row-sparse` that for records in which much is missing.
"""

_MARKERS = {
    "$decimal": Decimal,
    "$float": float,
    "$date": dt.date.fromisoformat,
    "$datetime": dt.datetime.fromisoformat,
    "$bytes": base64.b64decode,
    "$repeat": lambda pair: pair[0] * int(pair[1]),
}


def load_cases() -> list[tuple[str, dict[str, Any]]]:
    """Every case with its id, `topic/name`."""
    found = []
    for file in sorted(CASES.glob("*.json")):
        data = json.loads(file.read_text("utf-8"), parse_float=Decimal)
        found += [(f"{file.stem}/{case['name']}", case) for case in data["cases"]]
    return found


def run_case(case: dict[str, Any], folder: Path, engine: Engine, back_end: str) -> None:
    """Run one case in an empty folder; raises AssertionError where it does not do what it says."""
    try:
        mapper = compile_case(case, folder, engine, back_end)
    except SpecError as error:
        found = [d for d in error.diagnostics if d.level == "error"]
        assert "error" in case, str(error)
        _compare_findings(case["error"], found)
        return
    assert "error" not in case, f"compiles, though {case['error']} is expected"
    if "lint" in case:
        _compare_findings(case["lint"], mapper.warnings)
    try:
        bound = mapper.bind(case["params"]) if "params" in case else mapper
        applied = apply_case(bound, case, engine) if "given" in case else None
    except (UsageError, RunFailed) as error:
        assert error.code == case.get("raises"), str(error)
        return
    assert "raises" not in case, f"runs, though {case['raises']} is expected"
    if applied is not None:
        _compare(case, applied, bound, engine)


def every_path(plan: Plan) -> Sparse:
    """All paths of names of a mapping, as if each often matched nothing."""
    return frozenset(
        (node.ctx.id, node.all_names) for node in walk(plan) if isinstance(node, PathPlan) and node.all_names
    )


def compile_case(case: dict[str, Any], folder: Path, engine: Engine, back_end: str) -> Mapper:
    """The case's mapping, compiled for the back end, with its files around it."""
    for name, content in case.get("files", {}).items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content if isinstance(content, str) else json.dumps(_plain(content)), "utf-8")
    if "mapping_file" in case:
        file = folder / case["mapping_file"]
    else:
        file = folder / "case.json"
        file.write_text(json.dumps({"mapping": "1", **_plain(case["mapping"])}), "utf-8")
    mapper = engine.mapping(file, source_format=case.get("source_format"))
    if back_end == "row-quick":
        mapper = mapper._with(_program=Program(mapper.plan, mapper.languages, quick=True))
    if back_end == "row-sparse":
        mapper = mapper._with(_program=Program(mapper.plan, mapper.languages, sparse=every_path(mapper.plan)))
    if back_end == "columnar":
        return mapper.with_back_end("columnar") if mapper.columnar is not None else mapper
    return mapper.with_back_end("row")


def apply_case(mapper: Mapper, case: dict[str, Any], engine: Engine) -> Applied:
    """Everything the mapper makes of the case's data."""
    given = case["given"]
    if isinstance(given, list):
        records = [revive(record) for record in given]
        if not mapper.threads:
            return mapper.apply(records)
        applied = mapper.apply(columnar_batch(records))
        applied.extend(mapper.flush())
        return applied
    ((name, text),) = given.items()
    config = mapper.source_format if isinstance(mapper.source_format, dict) else {}
    reader = engine.registry.formats[name].from_config(config)
    applied = Applied({stream: [] for stream in mapper.streams})
    for batch in reader.decode(io.BytesIO(text.encode()), mapper.read_options):
        applied.extend(mapper.apply(batch))
    applied.extend(mapper.flush())
    return applied


def revive(value: Any) -> Any:
    """A value of a case file as the data it stands for."""
    if isinstance(value, dict):
        if len(value) == 1 and (name := next(iter(value))) in _MARKERS:
            return _MARKERS[name](value[name])
        return {key: revive(part) for key, part in value.items()}
    if isinstance(value, list):
        return [revive(part) for part in value]
    return float(value) if isinstance(value, Decimal) else value


def _plain(value: Any) -> Any:
    """Mapping documents hold floats, as any JSON file does."""
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return float(value) if isinstance(value, Decimal) else value


def written(records: list[Any], engine: Engine, decimals: str = "number") -> list[str]:
    """The records as ndjson lines, with the digits as they are written."""
    from crosswalk import Batch

    stream = io.BytesIO()
    with engine.registry.formats["ndjson"]().encoder(stream, WriteOptions(decimals=decimals)) as encoder:
        encoder.write(Batch.of_rows(records))
    return [canonical(json.loads(line, parse_float=Decimal)) for line in stream.getvalue().splitlines()]


def canonical(value: Any) -> str:
    """JSON text of a value read with `parse_float=Decimal`: members in order, numbers with their digits."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)}: {canonical(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(canonical(part) for part in value) + "]"
    return str(value) if isinstance(value, Decimal) else json.dumps(value, ensure_ascii=False)


def _compare(case: dict[str, Any], applied: Applied, mapper: Mapper, engine: Engine) -> None:
    _compare_rejects(case.get("rejects", []), applied)
    decimals = mapper.write_options().decimals
    outputs = {name: written(records, engine, decimals) for name, records in applied.outputs.items()}
    expect = case.get("expect", [])
    if isinstance(expect, dict):
        _same(outputs, {name: [canonical(r) for r in records] for name, records in expect["streams"].items()})
    else:
        _same(list(outputs.values()), [[canonical(record) for record in expect]])
    _same({"filtered": applied.filtered}, {"filtered": case.get("filtered", 0)})
    _same({"skipped": applied.skipped}, {"skipped": case.get("skipped", 0)})
    _same_findings([warning.to_dict() for warning in applied.warnings], case.get("warnings", []))
    if isinstance(case["given"], list) and not mapper.plan.multiple and not mapper.plan.group:
        _check_single(case, applied, mapper)


def _compare_rejects(wanted: list[dict[str, Any]], applied: Applied) -> None:
    found = []
    for reject in applied.rejects:
        record = canonical(json.loads(json.dumps(reject.record, default=str), parse_float=Decimal))
        facts = {"row": reject.number, "stage": reject.stage, "line": reject.line, "record": record}
        found += [{**error.to_dict(), **facts} for error in reject.errors]
    said = [{**entry, "record": canonical(entry["record"])} if "record" in entry else entry for entry in wanted]
    _same_findings(found, said)


def _same_findings(found: list[dict[str, Any]], wanted: list[dict[str, Any]]) -> None:
    """Each entry of `wanted` agrees with the finding at its place in the members it has; none is left over."""
    shown = "".join(f"\n  {entry}" for entry in found)
    assert len(found) == len(wanted), f"{len(wanted)} findings expected, these are there:{shown}"
    for entry, said in zip(found, wanted, strict=True):
        _same({name: entry.get(name) for name in said}, said)


def _same(found: Any, wanted: Any) -> None:
    assert found == wanted, f"\n  found    {found}\n  expected {wanted}"


def _check_single(case: dict[str, Any], applied: Applied, mapper: Mapper) -> None:
    """One for one: nothing is lost, and calling the mapper does what `apply` does."""
    from crosswalk.compiler.mapper import RecordRejected

    count = len(applied.records) + len(applied.rejects) + applied.filtered + applied.skipped
    _same(count, len(case["given"]))
    if "$meta" in json.dumps(mapper.spec.data) or "sequence" in json.dumps(mapper.spec.data):
        return
    made = []
    for record in case["given"]:
        try:
            out = mapper(revive(record))
        except RecordRejected:
            continue
        made += [] if out is None else [out]
    _same(repr(made), repr([out for out in applied.records if out is not None]))


def _compare_findings(wanted: Any, found: list[Diagnostic]) -> None:
    _same_findings([d.to_dict() for d in found], [{"code": wanted}] if isinstance(wanted, str) else wanted)
