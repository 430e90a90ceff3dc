"""Case files: tests of a mapping kept beside it, `{"cases": "1", "mapping": FILE, "tests": [...]}`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..errors import UsageError
from ..spec.files import read_document

_MEMBERS = ("cases", "mapping", "tests", "comment", "description")
_TEST = ("name", "comment", "description", "given", "params", "expect", "error", "rejects", "match")


def read_cases(path: Path) -> tuple[Path, list[dict[str, Any]]]:
    """The mapping that a case file tests, and the tests; each is like a member of a mapping's `tests`.

    Raises UsageError U120 for anything else.
    """
    data = read_document(path).data
    _check(path, data, _MEMBERS, "the file")
    if data["cases"] != "1" or not isinstance(data["mapping"], str) or not isinstance(data.get("tests"), list):
        raise _wrong(path, 'it needs "cases": "1", "mapping": a file, and "tests": a list')
    for place, test in enumerate(data["tests"], 1):
        _check(path, test, _TEST, f"test {place}")
        if "given" not in test or not any(name in test for name in ("expect", "error", "rejects")):
            raise _wrong(path, f'test {place} needs "given", and "expect", "error" or "rejects"')
    return path.parent / data["mapping"], data["tests"]


def _check(path: Path, found: Any, known: tuple[str, ...], what: str) -> None:
    if not isinstance(found, dict):
        raise _wrong(path, f"{what} is no object")
    for name in found:
        if name not in known:
            raise _wrong(path, f'{what} has an unknown key "{name}"')


def _wrong(path: Path, why: str) -> UsageError:
    shape = '{"cases": "1", "mapping": "m.json", "tests": [{"name": "...", "given": {}, "expect": {}}]}'
    return UsageError("U120", f"{path} is no case file: {why}", fix=shape)
