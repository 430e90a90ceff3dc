"""The conformance suite of path languages: subclass `PathContract`, give it a language and paths, and run pytest."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest

from ..errors import PathError
from ..plugin.path import CompiledPath, PathLanguage
from ..values import MISSING
from . import torture
from .resolver_calls import same


class PathContract:
    """Tests that every path language passes.

    ```python
    class TestColumn(PathContract):
        found = {"a b": 1}
        missing, nulls, wrong = ["c"], ["n"], [""]
        def language(self): return Column()
        def record(self): return {"a b": 1, "n": None}
    ```
    `found`: paths and their values in the record. `missing`, `nulls`: paths that find nothing, and null. `wrong`: texts
    that are no paths. `many`: paths and the number of their matches. `variables`: a path that uses scope variables, the
    values of those, and its own value. `namespaces`: what paths are compiled with.
    """

    found: ClassVar[Mapping[str, Any]] = {}
    missing: ClassVar[Sequence[str]] = ()
    nulls: ClassVar[Sequence[str]] = ()
    wrong: ClassVar[Sequence[str]] = ()
    many: ClassVar[Mapping[str, int]] = {}
    variables: ClassVar[Sequence[tuple[str, Mapping[str, Any], Any]]] = ()
    namespaces: ClassVar[Mapping[str, str]] = {}

    @abstractmethod
    def language(self) -> PathLanguage:
        """The language under test."""

    @abstractmethod
    def record(self) -> Any:
        """The record that the paths are about, made anew."""

    def shown(self, record: Any) -> str:
        """A record as text, to see whether it was changed; override it where `repr` does not show all."""
        return repr(record)

    def _compiled(self, text: str) -> CompiledPath:
        return self.language().compile(text, self.namespaces)

    def test_found(self, tmp_path: Path) -> None:
        """A path gives its value, in its type."""
        assert self.found, "`found` has no paths"
        for text, wanted in self.found.items():
            value = _value(self._compiled(text), text, self.record())
            assert same(value, wanted), f"{text} gives {value!r}, not {wanted!r}"

    def test_missing_and_null(self, tmp_path: Path) -> None:
        """Nothing there is MISSING, and null is None, where the path is definite; neither raises."""
        for paths, wanted in ((self.missing, MISSING), (self.nulls, None)):
            for text in paths:
                path = self._compiled(text)
                value = _value(path, text, self.record())
                allowed = (wanted,) if path.definite else (None, MISSING)
                assert any(value is one for one in allowed), f"{text} gives {value!r}, not {wanted!r}"

    def test_matches(self, tmp_path: Path) -> None:
        """`nodes` gives a list to iterate: empty for missing and null, one item for one value."""
        counts = dict.fromkeys((*self.missing, *self.nulls), 0) | dict(self.many)
        for text, wanted in counts.items():
            try:
                nodes = self._compiled(text).nodes(self.record(), {})
            except Exception as error:
                pytest.fail(f"nodes of {text} raised {type(error).__name__}: {error}; give [] where nothing is there")
            assert isinstance(nodes, list), f"nodes of {text} is a {type(nodes).__name__}, not a list"
            assert len(nodes) == wanted, f"{text} has {len(nodes)} matches, not {wanted}"

    def test_segments_mean_the_same(self, tmp_path: Path) -> None:
        """Where a path is only names and indexes, the compiler walks them itself, and finds the same."""
        for text in (*self.found, *self.missing, *self.nulls):
            path = self._compiled(text)
            if path.segments is None:
                continue
            value = path.value(self.record(), {})
            walked = _walk(self.record(), path.segments)
            assert same(walked, value), (
                f"the segments {path.segments} of {text} lead to {walked!r}, value() to {value!r}"
            )

    def test_variables(self, tmp_path: Path) -> None:
        """Scope variables are declared, and come with each call."""
        if not self.variables:
            pytest.skip("no path with variables is given")
        for text, given, wanted in self.variables:
            path = self._compiled(text)
            assert path.variables == set(given), f"{text} declares {sorted(path.variables)}, it uses {sorted(given)}"
            value = path.value(self.record(), given)
            assert same(value, wanted), f"{text} gives {value!r}, not {wanted!r}"

    def test_wrong_texts_are_told_with_their_place(self, tmp_path: Path) -> None:
        """A text that is no path is a PathError when compiled; offset and length mark the culprit within it."""
        assert self.wrong, "`wrong` has no texts"
        for text in self.wrong:
            try:
                self._compiled(text)
            except PathError as error:
                assert error.message, f"the error of {text!r} has no message"
                inside = 0 <= error.offset <= len(text) and error.length >= 0
                assert inside, f"the error of {text!r} points at {error.offset}+{error.length}, outside the text"
            else:
                pytest.fail(f"{text!r} compiles, though it is among `wrong`; raise PathError")

    def test_any_text(self, tmp_path: Path) -> None:
        """Whatever the text, compiling gives a path or a PathError."""
        for text in (
            *torture.QUOTES,
            *torture.LINE_BREAKS,
            *torture.UNICODE,
            *torture.NUMBER_LIKE,
            "a" * 5000,
            "(" * 500,
        ):
            try:
                path = self._compiled(text)
            except PathError:
                continue
            except Exception as error:
                pytest.fail(f"{text[:40]!r} raised {type(error).__name__}: {error}")
            assert isinstance(path, CompiledPath), f"{text[:40]!r} compiles to a {type(path).__name__}"

    def test_keeps_no_state(self, tmp_path: Path) -> None:
        """One compiled path serves all records: it remembers nothing and changes nothing."""
        for text in self.found:
            path = self._compiled(text)
            record = self.record()
            before = self.shown(record)
            first = path.value(record, {})
            path.value(self.record(), {})
            path.nodes(record, {})
            assert same(path.value(record, {}), first), f"{text} gives another value the second time"
            assert self.shown(record) == before, f"{text} changes the record"


def _value(path: CompiledPath, text: str, record: Any) -> Any:
    try:
        return path.value(record, {})
    except Exception as error:
        pytest.fail(f"{text} raised {type(error).__name__}: {error}; give MISSING where nothing is there")


def _walk(context: Any, segments: Sequence[str | int]) -> Any:
    for segment in segments:
        if isinstance(segment, int):
            fits = isinstance(context, list) and -len(context) <= segment < len(context)
        else:
            fits = isinstance(context, dict) and segment in context
        if not fits:
            return MISSING
        context = context[segment]
    return context
