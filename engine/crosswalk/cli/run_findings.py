"""What a run tells besides its summary: errors of the data, files that failed, wait, or were not found."""

from __future__ import annotations

import glob
import os
import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import Diagnostic
from ..spec.files import show_file
from ..spec.near import near_name
from .tables import time_of

if TYPE_CHECKING:
    from ..runtime.report import Report

_TOLD = 20
"""How many files a run tells of that wait; the state knows them all."""


def told(report: Report, data: Mapping[str, Any], pipeline: str, params: Mapping[str, str]) -> list[Diagnostic]:
    """Everything there is to tell of a run; `data` is the pipeline's document, `pipeline` its file."""
    found = [*_found(report), *_waiting(report, pipeline, params)]
    if not (report.files or report.read or report.skipped or report.error):
        sources = data["source"] if isinstance(data["source"], list) else [data["source"]]
        found += [hint for source in sources for hint in _nothing(source, Path(pipeline).parent)]
    return found


def _found(report: Report) -> list[Diagnostic]:
    """The errors of the data, aggregated; failed files; the error that ended the run."""
    found = [diagnostic_of(finding) for finding in [*report.warnings, *report.findings]]
    for name, error in report.failed_files.items():
        found.append(Diagnostic("R141", f"{show_file(name)}: {error.replace(name, show_file(name))}"))
    if report.error:
        found.append(diagnostic_of(report.error))
    return found


def diagnostic_of(data: dict[str, Any]) -> Diagnostic:
    """A diagnostic of a report, which holds it as JSON."""
    return Diagnostic(**(data | {"notes": tuple(data.get("notes", ()))}))


def _waiting(report: Report, pipeline: str, params: Mapping[str, str]) -> list[Diagnostic]:
    """Files that failed in an earlier run and were not tried in this one; how to try them now."""
    # Values may be confidential, and this ends in logs.
    given = "".join(f" --param {key}=..." for key in params)
    command = f"crosswalk run {shlex.quote(pipeline)}{given} --reprocess"
    found = []
    for file in report.waiting[:_TOLD]:
        name, error = file["file"], file["error"]
        shown = show_file(name)
        when = f"runs from {time_of(file['next_attempt'])} on try it again" if file["next_attempt"] else "given up"
        found.append(
            Diagnostic(
                "R142", f"{shown} failed before and was not tried now: {error.replace(name, shown)}",
                notes=(f"attempts: {file['attempts']}; {when}",),
                fix=f"to try it now: {command} {shlex.quote(glob.escape(shown))}",
            )
        )  # fmt: skip
    if len(report.waiting) > _TOLD:
        more = f"{len(report.waiting) - _TOLD:,} more files failed before and were not tried now"
        found.append(Diagnostic("R142", more, fix="crosswalk state show lists them"))
    return found


def _nothing(source: Mapping[str, Any], folder: Path) -> list[Diagnostic]:
    """Why no local file was found, where it looks like a mistake: an empty inbox is none."""
    url = source.get("url")
    if source.get("type") != "files" or not isinstance(url, str) or "://" in url or "${" in url:
        return []
    pattern = os.path.join(folder, url)
    place = Path(re.split(r"[*?\[{]", pattern, maxsplit=1)[0].rpartition("/")[0] or "/")
    if not place.is_dir():
        beside = [entry.name for entry in place.parent.iterdir() if entry.is_dir()] if place.parent.is_dir() else []
        near = near_name(place.name, sorted(beside))
        fix = f'did you mean "{url.replace(place.name, near, 1)}"?' if near else f"mkdir -p {shlex.quote(str(place))}"
        return [Diagnostic("R140", f"no file is like {url}: there is no folder {place}", "warning", fix=fix)]
    others = sorted(entry.name for entry in place.iterdir() if entry.is_file() and not entry.name.startswith("."))
    if not others or "{" in url or glob.glob(pattern, recursive=True):
        return []
    why = f"no file is like {url}, though {place} has others, such as {others[0]}"
    return [Diagnostic("R140", why, "warning", fix="correct the url of the source, if they were meant")]
