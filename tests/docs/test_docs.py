"""The documentation is true: every example runs, every generated page is current, every link leads somewhere."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import json
import re
import shlex
import sys
from pathlib import Path
from typing import Any

import click
import pytest

from crosswalk import Engine

sys.path.insert(0, str(Path(__file__).parent))

from blocks import DOCS, ROOT, Block, blocks, hand_written
from needs import ready
from run_console import Shell, matches, run_console
from run_mapping import run_example

PAGES = [*hand_written(), ROOT / "README.md", *sorted(DOCS.glob("reference/api*.md"))]
SHOWN = {"text", "sh"}
"""Languages of blocks that are only read."""


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_examples(page: Path, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = blocks(page)
    shell = Shell(tmp_path)
    ready(found, shell)
    names: dict[str, Any] = {"__name__": "__main__"}
    for place, block in enumerate(found):
        if block.is_file:
            path = shell.folder / block.title
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, "utf-8")
        elif block.title == "mapping":
            run_example([block, *_following(found[place + 1 :])], tmp_path, engine)
        elif block.language == "console":
            run_console(block, shell)
        elif block.language == "python":
            printed = io.StringIO()
            monkeypatch.chdir(shell.folder)
            with contextlib.redirect_stdout(printed):
                exec(compile(block.text, f"{page.name}:{block.line}", "exec"), names)
            shown = found[place + 1].text if found[place + 1 : place + 2] and found[place + 1].title == "prints" else ""
            if shown or page.name != "README.md":
                assert matches(shown, printed.getvalue()), f"line {block.line} prints\n{printed.getvalue()}"
        elif block.language in ("crontab", "ini"):
            _check_command_lines(block)
        elif not block.title:
            assert block.language in SHOWN or page.name == "README.md", f"line {block.line}: {block.language}"


def _following(rest: list[Block]) -> list[Block]:
    """The blocks that belong to a mapping."""
    found: list[Block] = []
    for block in rest:
        if block.title not in ("input", "output", "rejects", "diagnostics") or block.title in {b.title for b in found}:
            break
        found.append(block)
    return found


def _check_command_lines(block: Block) -> None:
    """The crosswalk command lines in a crontab or a unit are ones there are."""
    from crosswalk.cli.app import app

    lines = re.findall(r"\bcrosswalk ((?:run|rejects|runs|state|doctor)\b[^\n>|&;]*)", block.text)
    assert lines or "crosswalk" not in block.text, f"line {block.line}: no command line was found"
    for line in lines:
        context = click.Context(app, info_name="crosswalk", **app.context_settings)
        name, *args = shlex.split(line)
        command = app.get_command(context, name)
        assert command is not None, line
        command.make_context(name, args, parent=context)


def test_generated_pages_are_current() -> None:
    generate = _generate()
    assert generate.stale(generate.pages()) == [], "run: python docs/generate.py"


def _generate() -> Any:
    spec = importlib.util.spec_from_file_location("generate", DOCS / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_picture_of_a_lineage_is_current(engine: Engine) -> None:
    """docs/how-to/stock.svg is what the page's command writes."""
    (mapping,) = (b for b in blocks(DOCS / "how-to" / "see-lineage.md") if b.title == "stock.mapping.json")
    wanted = engine.mapping(json.loads(mapping.text)).lineage().to_svg()
    assert (DOCS / "how-to" / "stock.svg").read_text("utf-8") == wanted, "run the page's command and copy the picture"


def test_every_key_of_the_language_is_explained() -> None:
    """The reference names every key of the mapping's schema, and every operator."""
    schema = json.loads((ROOT / "schemas" / "mapping.schema.json").read_text("utf-8"))
    text = (DOCS / "reference" / "language.md").read_text("utf-8")
    text += (DOCS / "reference" / "language-steps.md").read_text("utf-8")
    keys = set(schema["properties"]) | {k for part in schema["$defs"].values() for k in part.get("properties", {})}
    words = set(re.findall(r"[$\w]+", " ".join(re.findall(r"`([^`\n]+)`", text))))
    assert sorted(keys - words) == []


def test_every_key_of_pipelines_is_explained() -> None:
    schema = json.loads((ROOT / "schemas" / "pipeline.schema.json").read_text("utf-8"))
    text = (DOCS / "reference" / "pipelines.md").read_text("utf-8")
    keys = set(schema["properties"])
    keys |= {k for part in schema["properties"].values() for k in part.get("properties", {})}
    words = set(re.findall(r"[$\w]+", " ".join(re.findall(r"`([^`\n]+)`", text))))
    assert sorted(keys - words) == []


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=lambda page: str(page.relative_to(DOCS)))
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```|`[^`]*`", "", page.read_text("utf-8"), flags=re.S)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        name, _, anchor = target.partition("#")
        assert "://" not in target or target.startswith("https://"), target
        if "://" in target:
            continue
        other = (page.parent / name).resolve() if name else page
        assert other.is_file(), f"{target} in {page.name}"
        assert not anchor or anchor in _anchors(other), f"{target} in {page.name}"


def _anchors(page: Path) -> set[str]:
    found = set()
    for heading in re.findall(r"^#{1,6} (.+)$", page.read_text("utf-8"), re.M):
        named = re.search(r"\{ #([\w.-]+) \}", heading)
        slug = re.sub(r"[^\w\s-]", "", re.sub(r"\{[^}]*\}", "", heading)).strip().lower()
        found.add(named[1] if named else re.sub(r"[\s-]+", "-", slug))
    return found


def test_the_checks_can_fail(engine: Engine, tmp_path: Path) -> None:
    """A page with a false output, a false console line or a false diagnostic is found out."""
    mapping = Block("json", "mapping", '{"mapping": "1", "fields": {"a": "b"}}', 1)
    given = Block("json", "input", '{"b": 1}', 5)
    run_example([mapping, given, Block("json", "output", '{"a": 1}', 9)], tmp_path, engine)
    for wrong in (Block("json", "output", '{"a": 1.0}', 9), Block("text", "rejects", "record 1", 9)):
        with pytest.raises(AssertionError):
            run_example([mapping, given, wrong], tmp_path, engine)
    shell = Shell(tmp_path)
    run_console(Block("console", "", "$ echo one two\none ...\n$ false\n$ echo $?\n1\n", 1), shell)
    with pytest.raises(AssertionError):
        run_console(Block("console", "", "$ echo one\ntwo\n", 1), shell)
