"""extends, include, names that clash, and places that survive both."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from crosswalk import SpecError, UsageError
from crosswalk.spec.files import show_file
from crosswalk.spec.mapping_spec import MappingSpec, load_mapping


def _load(folder: Path, main: str, **files: Any) -> MappingSpec:
    for name, data in files.items():
        (folder / f"{name}.json").write_text(json.dumps(data), "utf-8")
    return load_mapping(folder / f"{main}.json", root=folder)


BASE = {
    "mapping": "1",
    "fields": {"a": "x", "b": {"source": "y", "default": 1}, "c": ["z", "trim"], "d": {"const": 1}},
    "target": {"columns": ["a", "b"]},
}


def test_extends_merges_replaces_and_removes(tmp_path: Path) -> None:
    own = {
        "mapping": "1",
        "extends": "base.json",
        "fields": {"a": None, "b": {"default": 2}, "c": ["z"], "d": {"const": None}, "e": {"const": None}},
        "target": {"columns": ["b"]},
    }
    spec = _load(tmp_path, "own", base=BASE, own=own)
    assert not spec.problems
    assert spec.data == {
        "mapping": "1",
        "fields": {
            "b": {"source": "y", "default": 2},
            "c": ["z"],
            "d": {"const": None},
            "e": {"const": None},
        },
        "target": {"columns": ["b"]},
    }


def test_places_after_extends(tmp_path: Path) -> None:
    own = {"mapping": "1", "extends": "base.json", "fields": {"b": {"default": 2}}}
    spec = _load(tmp_path, "own", base=BASE, own=own)
    for pointer in ("/fields/b/source", "/fields/b/default", "/fields/b/nothing"):
        spec.problem("M999", "here", pointer)
    files = [Path(p.file or "").name for p in spec.problems]
    assert files == ["base.json", "own.json", "own.json"]
    assert spec.problems[1].excerpt[spec.problems[1].column - 1] == "2"


def _library(**families: Any) -> dict[str, Any]:
    return {"mapping": "1", "kind": "library", **families}


def test_names_of_libraries(tmp_path: Path) -> None:
    spec = _load(
        tmp_path,
        "own",
        one=_library(pipelines={"clean": ["trim"], "money": ["decimal"]}, include=["two.json"]),
        two=_library(pipelines={"clean": ["upper"], "deep": ["clean"]}),
        own={"mapping": "1", "include": ["one.json", "two.json"], "fields": {"a": "x"}, "pipelines": {"own": ["x"]}},
    )
    assert list(spec.data["pipelines"]) == ["own", "one.clean", "two.clean", "money", "deep"]
    assert spec.find_name("pipelines", "own", "/fields/a") == "own"
    assert spec.find_name("pipelines", "money", "/fields/a") == "money"
    assert spec.find_name("pipelines", "two.clean", "/fields/a") == "two.clean"
    # Within the library that defines it, the bare name is its own.
    assert spec.find_name("pipelines", "clean", "/pipelines/deep/0") == "two.clean"
    assert spec.find_name("pipelines", "clean", "/fields/a", quiet=True) is None
    assert not spec.problems
    assert spec.find_name("pipelines", "clean", "/fields/a") is None
    assert spec.find_name("pipelines", "mony", "/fields/a") is None
    assert [(p.code, p.fix) for p in spec.problems] == [
        ("M201", 'write "one.clean" or "two.clean"'),
        ("M201", '"money"'),
    ]


def test_a_diamond_is_no_clash(tmp_path: Path) -> None:
    spec = _load(
        tmp_path,
        "own",
        left=_library(include=["root.json"]),
        right=_library(include=["root.json"]),
        root=_library(tables={"t": {"inline": {}}}),
        own={"mapping": "1", "include": ["left.json", "right.json"], "fields": {"a": "x"}},
    )
    assert list(spec.data["tables"]) == ["t"]
    assert not spec.problems


def test_own_name_and_library_name_clash(tmp_path: Path) -> None:
    spec = _load(
        tmp_path,
        "own",
        lib=_library(tables={"t": {"inline": {"a": 1}}}),
        own={"mapping": "1", "include": ["lib.json"], "tables": {"t": {"inline": {}}}, "fields": {"a": "x"}},
    )
    assert spec.data["tables"] == {"own.t": {"inline": {}}, "lib.t": {"inline": {"a": 1}}}
    spec.problem("M999", "here", "/tables/lib.t/inline/a")
    assert Path(spec.problems[0].file or "").name == "lib.json"


def test_files_are_relative_to_the_file_that_says_them(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "stores.csv").write_text("code\n", "utf-8")
    lib = _library(tables={"stores": {"file": "stores.csv", "key": "code"}})
    (tmp_path / "shared" / "lib.json").write_text(json.dumps(lib), "utf-8")
    own = {"mapping": "1", "include": ["shared/lib.json"], "fields": {"a": "x"}}
    spec = _load(tmp_path, "own", own=own)
    found = spec.resolve_file("/tables/stores/file", "stores.csv")
    assert found == tmp_path / "shared" / "stores.csv"
    assert spec.resolve_file("/fields/a", "stores.csv") is None
    assert spec.resolve_file("/tables/stores/file", "store.csv") is None
    assert spec.resolve_file("/fields/a", "../x.csv") is None
    assert [(p.code, p.fix) for p in spec.problems] == [
        ("M207", ""),
        ("M207", '"stores.csv"'),
        ("M208", "move or copy the file into the project"),
    ]


def test_a_link_does_not_lead_out(tmp_path: Path) -> None:
    home = tmp_path / "project"
    home.mkdir()
    (tmp_path / "secret.csv").write_text("x", "utf-8")
    (home / "link.csv").symlink_to(tmp_path / "secret.csv")
    spec = _load(home, "own", own={"mapping": "1", "fields": {"a": "x"}})
    assert spec.resolve_file("/fields/a", "link.csv") is None
    assert spec.problems[0].code == "M208"


def test_what_cannot_be_read(tmp_path: Path) -> None:
    for path in (tmp_path / "none.json", tmp_path, tmp_path / "x\0y"):
        with pytest.raises(UsageError) as caught:
            load_mapping(path)
        assert caught.value.code == "M110"
    with pytest.raises(UsageError) as caught:
        load_mapping('{"mapping": "1"}')
    assert "json.loads" in caught.value.fix


def test_problems_are_gathered_once_and_raised_in_order() -> None:
    spec = load_mapping({"mapping": "1", "fields": {"a": "x", "b": {"const": 1}, "c": "z"}})
    spec.raise_if_errors()
    spec.problem("M423", "unused", "/fields/a", level="warning")
    spec.raise_if_errors()
    spec.problem("M107", "second", "/fields/c", within=(0, 1))
    spec.problem("M107", "first", "/fields/b/const")
    spec.problem("M107", "first", "/fields/b/const")
    with pytest.raises(SpecError) as caught:
        spec.raise_if_errors()
    assert [d.message for d in caught.value.diagnostics] == ["unused", "first", "second"]
    assert [d.message for d in spec.warnings] == ["unused"]


def test_hash_follows_meaning_and_order() -> None:
    def digest(**more: Any) -> str:
        return load_mapping({"mapping": "1", "fields": {"a": "x", "b": "y"}, **more}).hash

    assert digest() == digest(**{"$schema": "x.json"})
    assert digest() != digest(fields={"b": "y", "a": "x"})
    assert digest() != digest(fields={"a": "x", "b": "z"})


def test_a_dict_that_is_not_json() -> None:
    with pytest.raises(SpecError, match="M101"):
        load_mapping({"mapping": "1", "fields": {"a": {"const": {1, 2}}}})


def test_files_are_shown_from_here_and_addresses_in_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shown = [show_file(name) for name in (str(tmp_path / "in" / "a.csv"), "/else/a.csv", "http://shop/a.csv?day=1")]
    assert shown == ["in/a.csv", "/else/a.csv", "http://shop/a.csv?day=1"]
