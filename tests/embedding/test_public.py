"""The public surface: pinned names and signatures, silence."""

from __future__ import annotations

import inspect
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import crosswalk

HERE = Path(__file__).parent
PINNED = HERE / "public_surface.json"


def surface() -> dict[str, object]:
    """Every public name, with its members, fields and signatures."""
    return {name: described(getattr(crosswalk, name)) for name in sorted(crosswalk.__all__) if name != "__version__"}


def described(thing: object) -> object:
    """A class by its members that crosswalk says, a function by its signature, anything else by its type."""
    if not inspect.isclass(thing):
        return signature(thing) if inspect.isroutine(thing) else str(type(thing).__name__)
    found: dict[str, str] = {}
    for name, annotation in sorted(_annotations(thing).items()):
        if not name.startswith("_"):
            found[name] = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    for name, member in inspect.getmembers(thing):
        if name.startswith("_") and name not in ("__init__", "__call__", "__iter__", "__arrow_c_stream__"):
            continue
        if inspect.isroutine(member) and _ours(thing, name):
            found[name] = signature(member)
        elif isinstance(member, property) and _ours(thing, name):
            assert member.fget is not None
            found[name] = f"property {signature(member.fget)}"
    return {"bases": [base.__name__ for base in thing.__bases__], **found}


def signature(member: object) -> str:
    """A signature, the same in every process."""
    return re.sub(r" at 0x\w+", "", str(inspect.signature(member)))  # type: ignore[arg-type]


def _annotations(cls: type) -> dict[str, object]:
    return {k: v for base in reversed(cls.__mro__) if _is_ours(base) for k, v in inspect.get_annotations(base).items()}


def _ours(cls: type, name: str) -> bool:
    return any(_is_ours(base) and name in vars(base) for base in cls.__mro__)


def _is_ours(cls: type) -> bool:
    return cls.__module__.partition(".")[0] == "crosswalk"


def test_the_public_surface_changes_only_on_purpose() -> None:
    """After a change that is meant: `python tests/embedding/test_public.py` writes the file anew."""
    pinned, found = json.loads(PINNED.read_text("utf-8")), surface()
    assert sorted(found) == sorted(pinned)
    for name, described_ in found.items():
        assert described_ == pinned[name], name


def test_every_public_name_can_be_imported_and_is_documented() -> None:
    for name in crosswalk.__all__:
        found = getattr(crosswalk, name)
        if inspect.isclass(found) or inspect.isfunction(found):
            assert inspect.getdoc(found), name


def test_names_are_told_to_type_checkers_as_they_are_at_run_time() -> None:
    text = (Path(crosswalk.__file__)).read_text("utf-8")
    told = {line.split(" as ")[1].strip() for line in text.splitlines() if line.startswith("    from .")}
    assert told == set(crosswalk.__all__) - {"__version__"}
    assert (Path(crosswalk.__file__).parent / "py.typed").exists()


def test_the_engine_prints_nothing_and_logs_to_the_standard_library(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "in.ndjson").write_text('{"n":1}\nbad\n')
    code = (
        "from crosswalk import Engine\n"
        "r = Engine().run({'pipeline': '1', 'name': 'p', 'source': {'type': 'files', 'url': 'in.ndjson'},"
        "'sink': {'type': 'files', 'url': 'out.ndjson'}})\n"
        "assert r.rejected == 1, r"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False, cwd=tmp_path
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


if __name__ == "__main__":
    PINNED.write_text(json.dumps(surface(), indent=2) + "\n", "utf-8")
