"""The conformance suite of resolvers: subclass `ResolverContract`, name the resolver, and run pytest."""

from __future__ import annotations

import contextlib
import copy
import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

import pytest

from ..errors import ArgumentError, DataError
from ..plugin.declare import NAME
from ..plugin.inline_form import inline_fault
from ..plugin.resolver import Example, Resolver
from ..values import MISSING, text_of, type_name
from . import torture
from .resolver_calls import bound, named_args, same

_VALUES: tuple[Any, ...] = (
    "", "a", "A b", *torture.QUOTES, *torture.LINE_BREAKS, *torture.UNICODE, *torture.NUMBER_LIKE, *torture.BLANKS,
    *torture.INTEGERS, *torture.DECIMALS, 1.5, -0.0, 1e300, True, False, dt.date(2024, 2, 29),
    dt.datetime(2024, 2, 29, 23, 59, tzinfo=dt.UTC), b"\x00\xff", [], ["a", None], [1, [2]], {}, {"a": {"b": None}},
)  # fmt: skip


class ResolverContract:
    """Tests that every resolver passes.

    ```python
    class TestShout(ResolverContract):
        resolver = shout
    ```
    `values`: more inputs to try, beside the kit's own and those of the examples.
    """

    resolver: ClassVar[Resolver]
    values: ClassVar[Sequence[Any]] = ()

    def test_documented(self, tmp_path: Path) -> None:
        """A name, a sentence and an example (not for clocks and dice): that is the reference page."""
        resolver = self.resolver
        assert isinstance(resolver, Resolver), "`resolver` is to be what the @resolver decorator made"
        assert NAME.fullmatch(resolver.name), f"{resolver.name!r} is no name: lower case, with dots between the parts"
        assert resolver.summary, f"{resolver.name} has no docstring"
        fixed = resolver.pure and not resolver.run
        assert resolver.examples or not fixed, f"{resolver.name} has no examples: add examples=[Example(...)]"

    def test_examples(self, tmp_path: Path) -> None:
        """Each documented call gives what it says, in value and in type."""
        for example in self.resolver.examples:
            found, code = _outcome(self.resolver, example)
            told = f"{sample(example.input)} | {self.resolver.name}({sample(example.args)})"
            assert code == example.error, f"{told}: the error is {code}, the example says {example.error}"
            if code is None:
                assert same(found, example.output), f"{told} gives {found!r}, the example says {example.output!r}"

    def test_argument_schema(self, tmp_path: Path) -> None:
        """The schema is valid and knows every argument; defaults fit their types; an unknown argument is refused."""
        from jsonschema import Draft202012Validator

        schema = self.resolver.args_schema()
        Draft202012Validator.check_schema(schema)
        for param in self.resolver.params:
            if param.variadic or param.required or param.default is None:
                continue
            part = schema["properties"][param.name]
            shown = part.get("default", NotImplemented)
            fits = shown is NotImplemented or Draft202012Validator(part).is_valid(shown)
            assert fits, f"the default {shown!r} of {param.name!r} does not fit its type: {part}"
        if not any(param.variadic for param in self.resolver.params):
            stray = {**self._good_args()[0], "no such argument": 1}
            assert not Draft202012Validator(schema).is_valid(stray), "an argument that there is not is accepted"

    def test_null_contract(self, tmp_path: Path) -> None:
        """Null and missing pass a `propagate` resolver by; one that is `null="aware"` answers for both."""
        if not self.resolver.takes_input:
            pytest.skip("takes no value")
        for args in self._good_args():
            step = bound(self.resolver, args)
            for value in (None, MISSING):
                try:
                    found = step(value)
                except DataError:
                    continue
                except Exception as error:
                    pytest.fail(f"{sample(value)} raised {type(error).__name__}: {error}")
                if self.resolver.null == "propagate":
                    assert found is value, f"{sample(value)} became {found!r}"

    def test_keeps_its_types(self, tmp_path: Path) -> None:
        """What comes out is what the annotation of the result says; the generated code relies on it."""
        resolver = self.resolver
        for value, found in self._results():
            if found is None or found is MISSING:
                passed_on = value is found and resolver.null == "propagate"
                assert resolver.optional or passed_on, f"{sample(value)} gave {found!r}, which the annotation denies"
            elif resolver.returns is not None:
                wanted = " or ".join(kind.__name__ for kind in resolver.returns)
                fits = type(found) in resolver.returns or (float in resolver.returns and type(found) is int)
                assert fits, f"{sample(value)} gave a {type_name(found)} ({found!r}), the annotation says {wanted}"

    def test_raises_only_data_errors(self, tmp_path: Path) -> None:
        """A value that cannot be resolved is a DataError; any other exception ends the run."""
        for args in self._good_args():
            step = bound(self.resolver, args)
            for value in self._inputs():
                try:
                    step(copy.deepcopy(value))
                except DataError as error:
                    assert error.message, f"the error of {sample(value)} has no message"
                except Exception as error:
                    pytest.fail(f"{sample(value)} raised {type(error).__name__}: {error}; raise DataError instead")

    def test_pure(self, tmp_path: Path) -> None:
        """Equal input gives equal output: results are cached, reordered and computed twice after a crash."""
        if not self.resolver.pure:
            pytest.skip("says that it is not pure")
        first, second = (list(self._results()) for _ in range(2))
        assert len(first) == len(second), "the second time, other values were refused"
        for (value, one), (_, two) in zip(first, second, strict=True):
            assert same(one, two), f"{sample(value)} gave {one!r}, and then {two!r}"

    def test_leaves_its_input_alone(self, tmp_path: Path) -> None:
        """The value belongs to the record; other fields read it too."""
        for args in self._good_args():
            step = bound(self.resolver, args)
            for value in self._inputs():
                given = copy.deepcopy(value)
                try:
                    step(given)
                except Exception:  # test_raises_only_data_errors tells
                    continue
                assert same(given, value), f"{value!r} was changed to {given!r}"

    def test_inline_means_the_same(self, tmp_path: Path) -> None:
        """The expression for generated code gives what the function gives."""
        if self.resolver.inline is None:
            pytest.skip("has no inline form")
        fault = inline_fault(self.resolver)
        assert not fault, f"{self.resolver.inline!r} cannot stand in generated code: {fault}"
        for args in self._good_args():
            function = bound(self.resolver, args)
            expression = self._inline(args)
            for value in self._inputs():
                self._compare("the inline form", value, _tried(function, value), _tried(expression, value))

    def test_columns_mean_the_same(self, tmp_path: Path) -> None:
        """What the columnar form is sure of is what the function gives; nulls are in each column.

        Columns come whole, in reverse, as a part of a longer array, and empty.
        """
        if self.resolver.vector is None:
            pytest.skip("has no columnar form")
        for args in self._good_args():
            step = bound(self.resolver, args)
            for column in arrow_columns(self._inputs()):
                for form, part in _parts(column):
                    for value, found in self._vector(form, part, args):
                        self._compare(f"{form}{_given(args)}", value, _tried(step, value), found)

    def _compare(self, form: str, value: Any, wanted: Any, found: Any) -> None:
        equal = found is wanted or (wanted is not _REFUSED and same(found, wanted))
        assert equal, f"{sample(value)}: {form} gives {found!r}, the function {wanted!r}"

    def _inline(self, args: Any) -> Callable[[Any], Any]:
        resolver = self.resolver
        given = resolver.convert_args(named_args(resolver, args))
        defaults = {param.python_name: param.default for param in resolver.params}
        scope = {"M": MISSING, "Decimal": Decimal, "f": resolver.bind(given), **defaults, **given}
        names = {"v": "v", "f": "f"} | {name: name for name in defaults}
        # The plugin's own text, which the compiler puts into generated code in the same way.
        found: Callable[[Any], Any] = eval(f"lambda v: {(resolver.inline or '').format(**names)}", scope)
        return found

    def _vector(self, form: str, column: Any, args: Any) -> Iterator[tuple[Any, Any]]:
        """The values of a column and what became of them, those left out that are left to the function."""
        import pyarrow as pa

        given = self.resolver.convert_args(named_args(self.resolver, args))
        assert self.resolver.vector is not None
        try:
            answer = self.resolver.vector(column, **given)
        except (pa.ArrowNotImplementedError, pa.ArrowInvalid, pa.ArrowTypeError):  # the engine takes the function then
            return
        except Exception as error:
            pytest.fail(
                f"{form}{_given(args)}, given an array of {column.type}, raised {type(error).__name__}: {error}"
            )
        if answer is NotImplemented:
            return
        from ..plugin.vector_form import vector_fault

        fault = vector_fault(self.resolver, column, answer)
        assert not fault, f"{form}{_given(args)}, given an array of {column.type}, {fault}"
        found, sure, *more = answer
        certain = [True] * len(column) if sure is None else sure.to_pylist()
        absent = more[0].to_pylist() if more and more[0] is not None else [False] * len(column)
        for value, one, counts, gone in zip(column.to_pylist(), found.to_pylist(), certain, absent, strict=True):
            if counts:
                yield value, MISSING if gone else one

    def _good_args(self) -> list[Any]:
        """The arguments of the examples that compile; none at all when that is possible."""
        found: list[Any] = []
        for args in [None, *(example.args for example in self.resolver.examples)]:
            try:
                bound(self.resolver, args)
            except ArgumentError:
                continue
            given = dict(named_args(self.resolver, args))
            if given not in found:
                found.append(given)
        assert found, f"no example of {self.resolver.name} has arguments that fit its schema"
        return found

    def _inputs(self) -> list[Any]:
        """Values of the accepted types."""
        accepts = self.resolver.accepts
        given = [*self.values, *(example.input for example in self.resolver.examples), *_VALUES]
        present = [value for value in given if value is not None and value is not MISSING]
        return [value for value in present if accepts is None or type(value) in accepts]

    def _results(self) -> Iterator[tuple[Any, Any]]:
        """Inputs and what becomes of them, those left out that are refused."""
        for args in self._good_args():
            step = bound(self.resolver, args)
            for value in [None, MISSING, *self._inputs()]:
                found = _tried(step, value)
                if found is not _REFUSED:
                    yield value, found


_REFUSED = type("Refused", (), {"__repr__": lambda self: "(refused)"})()


def _tried(step: Callable[[Any], Any], value: Any) -> Any:
    try:
        return step(copy.deepcopy(value))
    except Exception:  # test_raises_only_data_errors tells which are allowed
        return _REFUSED


def _outcome(resolver: Resolver, example: Example) -> tuple[Any, str | None]:
    try:
        return bound(resolver, example.args)(copy.deepcopy(example.input)), None
    except DataError as error:
        return None, error.code
    except ArgumentError:
        return None, "M106"


def arrow_columns(values: Sequence[Any]) -> Iterator[Any]:
    """The values as Arrow arrays, one for each type that can be in one, each with a null."""
    import pyarrow as pa

    found: dict[Any, list[Any]] = {}
    for value in values:
        if not isinstance(value, int) or -(2**63) <= value < 2**63:
            found.setdefault(_kind(value), [None]).append(value)
    for items in found.values():
        with contextlib.suppress(pa.ArrowInvalid, pa.ArrowTypeError):
            yield pa.array(items)


def _kind(value: Any) -> Any:
    """What values of one array have in common; items that are null go with any."""
    if isinstance(value, list):
        return list, frozenset(_kind(item) for item in value if item is not None)
    if isinstance(value, dict):
        return dict, tuple(value), tuple(map(_kind, value.values()))
    return type(value)


def _parts(column: Any) -> Iterator[tuple[str, Any]]:
    """A column in the ways that it may come, each with the words for it."""
    import pyarrow as pa

    yield "the columnar form", column
    yield "the columnar form", column.take(pa.array(range(len(column) - 1, -1, -1), pa.int64()))
    yield "the columnar form, given a slice (an array whose offset is not 0)", column.slice(len(column) // 2)
    yield "the columnar form, given an empty array", column.slice(0, 0)


def _given(args: Any) -> str:
    return f", with {dict(args)}" if args else ""


def sample(value: Any) -> str:
    """A value, short."""
    if value is MISSING:
        return "missing"
    try:
        return text_of(value)[:60] if not isinstance(value, str) else repr(value[:60])
    except DataError:
        return repr(value)[:60]
