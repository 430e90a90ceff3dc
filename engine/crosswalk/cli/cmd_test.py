"""`crosswalk test`: run the tests that mappings carry, show differences by path, and measure coverage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ..errors import CrosswalkError, Diagnostic, UsageError
from ..spec.files import show_path
from .cases import read_cases
from .command import Command
from .documents import files, kind_of, wrong_kind
from .view import Result, View

if TYPE_CHECKING:
    from pathlib import Path

    from ..compiler.mapping_tests import TestResult


@click.command("test", cls=Command)
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--coverage", is_flag=True, help="List the fields that no test gave a value.")
@click.pass_obj
def test(view: View, paths: tuple[str, ...], coverage: bool) -> Result:
    """Run the tests that mappings carry.

    The tests stand in the mapping itself, or in a case file: {"cases": "1", "mapping": FILE, "tests": [...]}. A folder
    stands for all of them below it. Exit status 1 when a test fails.

    \b
    Example:
      crosswalk test mappings/ --coverage
    """
    from ..compiler.mapping_tests import run_tests
    from .coverage import coverage as measure

    told: list[dict[str, Any]] = []
    lines: list[str] = []
    diagnostics: list[Diagnostic] = []
    results: list[TestResult] = []
    for path in files(paths):
        try:
            kind = kind_of(path, named=str(path) in paths)
            if kind == "pipeline" and str(path) in paths:
                raise wrong_kind(path, view.command)
            if kind not in ("mapping", "cases"):
                continue
            tested, tests = read_cases(path) if kind == "cases" else (path, None)
            mapper = view.engine.mapping(tested)
        except CrosswalkError as error:
            diagnostics += error.diagnostics
            continue
        found = run_tests(mapper, tests)
        results += found
        entry: dict[str, Any] = {"file": show_path(path), "tests": [_document(result) for result in found]}
        lines += _lines(path, found)
        if coverage:
            entry["coverage"] = covered = measure(mapper, set().union(*(r.fields for r in found)))
            lines += _coverage_lines(covered)
        told.append(entry)
    if not told and not diagnostics:
        raise UsageError("U109", f"no mapping was found in {', '.join(paths)}", fix="name a mapping, or their folder")
    failed = sum(not result.passed for result in results)
    data = {"files": told, "passed": len(results) - failed, "failed": failed}
    note = f"{len(results) - failed} passed, {failed} failed" if results else ""
    if not results and not diagnostics:
        note = 'there are no tests; add some: "tests": [{"name": ..., "given": {...}, "expect": {...}}]'
    exit_code = 2 if any(d.level == "error" for d in diagnostics) else 1 if failed else 0
    return Result(data, exit_code, text="\n".join(lines), diagnostics=diagnostics, note=note)


def _document(result: TestResult) -> dict[str, Any]:
    differences = [{"path": d.path, "expected": d.expected, "actual": d.actual} for d in result.differences]
    return {"name": result.name, "passed": result.passed, "message": result.message, "differences": differences}


def _lines(path: Path, results: list[TestResult]) -> list[str]:
    from ..values import sample_of

    lines = []
    for result in results:
        lines.append(f"{'ok  ' if result.passed else 'FAIL'} {show_path(path)}: {result.name}")
        if result.message:
            lines.append(f"     {result.message}")
        for found in result.differences:
            place = found.path or "the output"
            lines.append(f"     {place}: expected {sample_of(found.expected)}, got {sample_of(found.actual)}")
    return lines


def _coverage_lines(covered: dict[str, Any]) -> list[str]:
    line = f"     coverage: {covered['covered']} of {covered['fields']} fields had a value"
    return [line, *(f"     never: {name}" for name in covered["missed"])]
