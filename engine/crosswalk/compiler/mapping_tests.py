"""Run the `tests` a mapping carries, and tell differences by path."""

from __future__ import annotations

import datetime as dt
import io
from dataclasses import field
from decimal import Decimal
from typing import Any

from ..errors import CrosswalkError, DataError
from ..lean import lean_dataclass
from ..values import MISSING, text_of
from .mapper import Applied, Mapper


@lean_dataclass(frozen=True)
class Difference:
    """One place where output and expectation part; `path` like `[0].lines[1].sku`. MISSING: there is nothing."""

    path: str
    expected: Any
    actual: Any


@lean_dataclass
class TestResult:
    """The outcome of one test. `fields` are the output members that had a value, for coverage."""

    __test__ = False

    name: str
    passed: bool
    differences: list[Difference] = field(default_factory=list)
    message: str = ""
    fields: set[str] = field(default_factory=set)


def run_tests(mapper: Mapper, tests: list[dict[str, Any]] | None = None) -> list[TestResult]:
    """All tests of the mapping, or the given ones, in order."""
    found = mapper.spec.data.get("tests") or [] if tests is None else tests
    return [_run(mapper, test, place) for place, test in enumerate(found, 1)]


def _run(mapper: Mapper, test: dict[str, Any], place: int) -> TestResult:
    result = TestResult(test.get("name") or f"test {place}", False)
    try:
        bound = mapper.bind(test.get("params") or {})
        applied = _applied(bound, test.get("given"))
    except CrosswalkError as error:
        result.passed = test.get("error") == error.code
        result.message = "" if result.passed else str(error)
        return result
    for records in applied.outputs.values():
        for record in records:
            _fields(record, "", result.fields)
    _judge(mapper, test, applied, result)
    return result


def _applied(mapper: Mapper, given: Any) -> Applied:
    """What comes of `given`: a record, a list of them, or a text in the mapping's source format (XML always)."""
    if not isinstance(given, str) or mapper.source_format is None:
        return mapper.apply(given if isinstance(given, list) else [given])
    stream = io.BytesIO(given.encode("utf-8"))
    parts = [mapper.apply(batch) for batch in mapper.reader().decode(stream, mapper.read_options)]
    parts.append(mapper.flush())
    outputs = {name: [record for part in parts for record in part.outputs[name]] for name in mapper.streams}
    return Applied(outputs, sorted((reject for part in parts for reject in part.rejects), key=lambda r: r.number))


def _judge(mapper: Mapper, test: dict[str, Any], applied: Applied, result: TestResult) -> None:
    codes = [error.code for reject in applied.rejects for error in reject.errors]
    if "error" in test:
        result.passed = test["error"] in codes
        if not result.passed:
            found = ", ".join(sorted(set(codes))) or "no error"
            result.message = f"expected error {test['error']}, got {found}"
        return
    if "rejects" in test:
        actual = [_reject_face(reject) for reject in applied.rejects]
        result.differences += differences(test["rejects"], actual, "rejects", subset=True)
    elif codes:
        errors = [
            f"{e.code} {e.field + ': ' if e.field else ''}{e.message}" + (f" ({e.sample})" if e.sample else "")
            for reject in applied.rejects
            for e in reject.errors
        ]
        result.message = "rejected: " + "; ".join(errors[:5])
        return
    if "expect" in test:
        expected = test["expect"]
        actual_all: Any = dict(applied.outputs)
        by_stream = isinstance(expected, dict) and "" not in mapper.streams and set(expected) <= set(mapper.streams)
        if len(mapper.streams) == 1 and not by_stream:
            records = applied.records
            actual_all = records if isinstance(expected, list) else records[0] if records else MISSING
            if not isinstance(expected, list) and len(records) > 1:
                result.message = f"expected one record, got {len(records)}"
                return
        result.differences += differences(expected, actual_all, "", subset=test.get("match") == "subset")
    result.passed = not result.differences


def _reject_face(reject: Any) -> dict[str, Any]:
    first = reject.errors[0]
    return {
        "row": reject.number, "code": first.code, "field": first.field, "message": first.message,
        "errors": [error.to_dict() for error in reject.errors],
    }  # fmt: skip


def _fields(value: Any, prefix: str, found: set[str]) -> None:
    if isinstance(value, dict):
        for name, part in value.items():
            path = f"{prefix}.{name}" if prefix else name
            if part is not None:
                found.add(path)
            _fields(part, path, found)
    elif isinstance(value, list):
        for part in value:
            _fields(part, f"{prefix}[]", found)


def differences(expected: Any, actual: Any, path: str = "", *, subset: bool = False) -> list[Difference]:
    """Where two values part. Numbers compare by value (19.00 is 19), dates as their text, true is not 1."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        found: list[Difference] = []
        for name in [*expected, *(() if subset else (n for n in actual if n not in expected))]:
            place = f"{path}.{name}" if path else str(name)
            found += differences(expected.get(name, MISSING), actual.get(name, MISSING), place, subset=subset)
        return found
    if isinstance(expected, list) and isinstance(actual, list):
        found = []
        for index in range(max(len(expected), len(actual))):
            pair = [part[index] if index < len(part) else MISSING for part in (expected, actual)]
            found += differences(pair[0], pair[1], f"{path}[{index}]", subset=subset)
        return found
    return [] if _same(expected, actual) else [Difference(path, expected, actual)]


def _same(expected: Any, actual: Any) -> bool:
    if isinstance(expected, bool) or isinstance(actual, bool):
        return expected is actual
    numbers = (int, float, Decimal)
    if isinstance(expected, numbers) and isinstance(actual, numbers):
        return Decimal(str(expected)) == Decimal(str(actual))
    if isinstance(expected, str) and isinstance(actual, dt.date | dt.time | dt.timedelta | bytes):
        try:
            return expected == text_of(actual)
        except DataError:
            return False
    return type(expected) is type(actual) and bool(expected == actual)
