"""`crosswalk validate` and `crosswalk lint`: every problem of every file, in one pass."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from ..errors import CrosswalkError, Diagnostic, UsageError
from ..lean import lean_dataclass
from ..spec.files import show_path
from .command import Command
from .documents import Kind, files, kind_of
from .options import from_option, param_option
from .view import Result, View

_SAMPLE = 1000


@click.command("validate", cls=Command)
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.pass_obj
def validate(view: View, paths: tuple[str, ...]) -> Result:
    """Report every error of mappings and pipelines.

    A folder stands for all mappings, libraries and pipelines below it. For a pipeline, the guarantee of its source and
    sink is printed, too. Exit status 2 when there is an error.

    \b
    Example:
      crosswalk validate mappings/ pipelines/nightly.json
    """
    return _checked(view, paths, warnings=False, strict=False)


@click.command("lint", cls=Command)
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--strict", is_flag=True, help="Let warnings fail, too (exit status 2).")
@click.option("--sample", metavar="FILE", help="Records to try the mapping on: paths that never match are warnings.")
@from_option
@param_option
@click.pass_obj
def lint(
    view: View, paths: tuple[str, ...], strict: bool, sample: str | None, from_: str | None, params: dict[str, str]
) -> Result:
    """Report errors, and what is probably a mistake.

    \b
    Examples:
      crosswalk lint --strict mappings/
      crosswalk lint orders.mapping.json --sample orders.csv
    """
    tried = None if sample is None else _Sample(sample, from_, params)
    return _checked(view, paths, warnings=True, strict=strict, sample=tried)


@lean_dataclass(frozen=True)
class _Sample:
    """Records to try mappings on: their file and format, and the parameters."""

    file: str
    format: str | None
    params: dict[str, str]


def _checked(
    view: View, paths: tuple[str, ...], *, warnings: bool, strict: bool, sample: _Sample | None = None
) -> Result:
    checked: list[dict[str, Any]] = []
    diagnostics: list[Diagnostic] = []
    lines: list[str] = []
    named = {Path(path) for path in paths}
    for path in files(paths):
        kind, found, facts = _check(view, path, named=path in named)
        if kind is None and not found:
            continue
        if sample is not None and kind == "mapping" and not any(d.level == "error" for d in found):
            found = [*found, *_never_matched(view, path, sample)]
        found = [d for d in found if warnings or d.level == "error"]
        errors = sum(d.level == "error" for d in found)
        told = {"errors": errors, "warnings": len(found) - errors}
        checked.append({"file": show_path(path), "kind": kind, "ok": not errors, **told, **facts})
        diagnostics += found
        outcome = "ok" if not found else _counted(errors, len(found) - errors)
        about = "".join(f"; {name}: {text}" for name, text in facts.items())
        lines.append(f"{show_path(path)}: {outcome}{about}")
    if not checked:
        raise UsageError(
            "U109", f"no mapping or pipeline was found in {', '.join(paths)}",
            fix='a mapping is a .json file with "mapping": "1", a pipeline one with "pipeline": "1"',
        )  # fmt: skip
    diagnostics = list(dict.fromkeys(diagnostics))  # a pipeline tells what its mapping has told, too
    bad = [d for d in diagnostics if strict or d.level == "error"]
    return Result({"files": checked}, 2 if bad else 0, text="\n".join(lines), diagnostics=diagnostics)


def _check(view: View, path: Path, *, named: bool) -> tuple[Kind | None, list[Diagnostic], dict[str, str]]:
    kind: Kind | None = None
    try:
        kind = kind_of(path, named=named)
        if kind == "pipeline":
            from .pipelines import check_pipeline

            return kind, *check_pipeline(view, path)
        if kind == "library":
            from ..spec.mapping_spec import load_mapping

            spec = load_mapping(path, registry=view.engine.registry, kind="library")
            return kind, spec.in_order(), {}
        if kind == "cases":
            from .cases import read_cases

            read_cases(path)
            return kind, [], {}
        if kind == "mapping":
            return kind, view.engine.mapping(path).warnings, {}
    except CrosswalkError as error:
        return kind, error.diagnostics, {}
    return kind, [], {}


def _counted(errors: int, warnings: int) -> str:
    counts = ((errors, "error"), (warnings, "warning"))
    return ", ".join(f"{count} {word}{'s' * (count != 1)}" for count, word in counts if count)


def _never_matched(view: View, path: Path, sample: _Sample) -> list[Diagnostic]:
    """M414 for the source paths that found nothing in the first records of a sample, or that of the records."""
    from ..compiler.absent import no_records_told
    from ..compiler.explain import never_matched
    from .prepare import prepare

    prepared = prepare(view, str(path), sample.file, sample.format, sample.params)
    mapper = prepared.mapper
    seen = 0

    def rows() -> Iterator[Any]:
        nonlocal seen
        for batch in batches:
            seen += batch.total
            yield from batch.rows

    with prepared.batches(_SAMPLE) as batches:
        for missed in never_matched(mapper, rows()):
            mapper.spec.problem(
                "M414", f'"{missed.text}" matches nothing in {sample.file}', missed.pointer, level="warning",
                label="misspelt?", fix=f"crosswalk preview {show_path(path)} {sample.file} shows what the records have",
            )  # fmt: skip
    return [warning for warning in mapper.warnings if warning.code == "M414"] if seen else no_records_told(mapper.spec)
