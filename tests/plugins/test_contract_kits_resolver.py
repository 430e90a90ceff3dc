"""The resolvers' kit finds each fault, and blames nothing else."""

from __future__ import annotations

import itertools
import re
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

import pytest

from crosswalk import DataError, Example, Resolver, resolver
from crosswalk.testing import ResolverContract

sys.path.append(str(Path(__file__).parent))
from contract_failures import checks, only

SHOUT = (Example("a", "A!"), Example("a", "A!!", {"times": 2}), Example("a", "A!!!", 3))


def _upper(array: Any, times: int = 1) -> tuple[Any, Any]:
    import pyarrow as pa

    return pa.array([None if v is None else f"{v.upper()}{'!' * times}" for v in array.to_pylist()]), None


@resolver("acme.good", examples=SHOUT, inline="({v}.upper() + '!' * {times})", vector=_upper)
def good(value: str, *, times: int = 1) -> str:
    """Upper-case the text and add exclamation marks."""
    return value.upper() + "!" * times


@resolver("acme.aware", null="aware", examples=[Example(None, "none"), Example(1, "1")])
def aware(value: Any) -> str:
    """Text of anything."""
    return "none" if not isinstance(value, int) else str(value)


@resolver("acme.bare", examples=SHOUT)
def no_docstring(value: str, *, times: int = 1) -> str:
    return value.upper() + "!" * times


@resolver("acme.silent")
def no_example(value: str) -> str:
    """Upper-case the text."""
    return value.upper()


@resolver("acme.loud", examples=[Example("a", "A"), Example("b", error="M310")])
def false_example(value: str) -> str:
    """Upper-case the text."""
    return f"{value.upper()}!"


@resolver("acme.default", examples=SHOUT)
def default_of_another_type(value: str, *, times: int = "1") -> str:  # type: ignore[assignment]
    """Upper-case the text and add exclamation marks."""
    return value.upper() + "!" * int(times)


@resolver("acme.null", null="aware", examples=[Example("a", "A")])
def stumbles_over_null(value: str | None) -> str:
    """Upper-case the text."""
    if value is None:
        raise TypeError("no text")
    return str(value).upper()


@resolver("acme.types", examples=[Example("a", "A")])
def other_type(value: str) -> str:
    """Upper-case the text."""
    return value.upper() if value != "1E5" else 100_000  # type: ignore[return-value]


@resolver("acme.denies", examples=[Example("a", "A")])
def denies_null(value: str) -> str:
    """Upper-case the text."""
    return value.upper() or None  # type: ignore[return-value]


@resolver("acme.raises", examples=[Example("12", 12)])
def raises(value: str) -> int:
    """The number in the text."""
    return int(value)


@resolver("acme.says", examples=[Example("12", 12), Example("x", error="M310")])
def says_nothing(value: str) -> int:
    """The number in the text."""
    try:
        return int(value)
    except ValueError:
        raise DataError("M310", "") from None


COUNTER = itertools.count()


@resolver("acme.impure", examples=[Example("a", "A")])
def impure(value: str) -> str:
    """Upper-case the text."""
    return value.upper() if value in ("a", "") else f"{value}{next(COUNTER)}"


@resolver("acme.sort", examples=[Example([2, 1], [1, 2])])
def changes_its_input(value: list[Any]) -> list[Any]:
    """The items in order."""
    value.sort(key=repr)
    return list(value)


@resolver("acme.inline", examples=SHOUT, inline="({v}.upper() + '!')")
def other_inline(value: str, *, times: int = 1) -> str:
    """Upper-case the text and add exclamation marks."""
    return value.upper() + "!" * times


def _lower(array: Any, times: int = 1) -> tuple[Any, Any]:
    import pyarrow as pa

    return pa.array([None if v is None else f"{v.lower()}{'!' * times}" for v in array.to_pylist()]), None


@resolver("acme.vector", examples=SHOUT, vector=_lower)
def other_columns(value: str, *, times: int = 1) -> str:
    """Upper-case the text and add exclamation marks."""
    return value.upper() + "!" * times


@resolver("acme.text", examples=SHOUT, inline="{v}.upper() + '!' * {time}")
def inline_of_unknown_names(value: str, *, times: int = 1) -> str:
    """Upper-case the text and add exclamation marks."""
    return value.upper() + "!" * times


def _rest(array: Any, times: int = 1) -> tuple[Any, Any]:
    import pyarrow as pa

    whole = pa.StringArray.from_buffers(len(array), *array.buffers()[1:], array.buffers()[0])
    return _upper(whole, times)


@resolver("acme.slice", examples=SHOUT, vector=_rest)
def columns_without_offset(value: str, *, times: int = 1) -> str:
    """Upper-case the text and add exclamation marks."""
    return value.upper() + "!" * times


@resolver("acme.short", examples=SHOUT, vector=lambda array, times=1: (_upper(array, times)[0].slice(1), None))
def columns_too_short(value: str, *, times: int = 1) -> str:
    """Upper-case the text and add exclamation marks."""
    return value.upper() + "!" * times


@resolver(
    "acme.large", examples=SHOUT, vector=lambda array, times=1: (_upper(array, times)[0].cast("large_string"), None)
)
def columns_of_another_type(value: str, *, times: int = 1) -> str:
    """Upper-case the text and add exclamation marks."""
    return value.upper() + "!" * times


def _more_digits(array: Any) -> tuple[Any, Any]:
    import pyarrow as pa

    return array.cast(pa.decimal128(38, array.type.scale + 1)), None


@resolver("acme.digits", examples=[Example(Decimal("1.50"), Decimal("1.50"))], vector=_more_digits)
def columns_of_other_digits(value: Decimal) -> Decimal:
    """The same number."""
    return value


def _lengths(array: Any) -> tuple[Any, Any]:
    import pyarrow.compute as pc

    return pc.list_value_length(array).cast("int64"), None


@resolver("acme.there", examples=[Example([1, None], 1)], vector=_lengths)
def columns_that_count_null_items(value: list[Any]) -> int:
    """How many items are not null."""
    return sum(item is not None for item in value)


def _hidden(array: Any) -> tuple[Any, Any]:
    import pyarrow.compute as pc

    return pc.replace_substring_regex(array, r"\d", "#"), None


@resolver("acme.hide", examples=[Example("a1", "a#")], vector=_hidden)
def columns_with_other_patterns(value: str) -> str:
    """The text with # for digits."""
    return re.sub(r"\d", "#", value)


_seen: dict[int, Any] = {}


@resolver(
    "acme.memory", examples=[Example("a", "A!")], vector=lambda array: _seen.setdefault(len(array), _upper(array))
)
def columns_of_an_earlier_array(value: str) -> str:
    """Upper-case the text and add an exclamation mark."""
    return value.upper() + "!"


@resolver("acme.first", examples=[Example("a", "A!")], vector=lambda array: (array[0].as_py(), _upper(array))[1])
def columns_that_fail_on_none(value: str) -> str:
    """Upper-case the text and add an exclamation mark."""
    return value.upper() + "!"


BROKEN: dict[str, tuple[Resolver, tuple[str, ...]]] = {
    "good": (good, ()),
    "aware": (aware, ()),
    "no_docstring": (no_docstring, ("documented",)),
    "no_example": (no_example, ("documented",)),
    "false_example": (false_example, ("examples",)),
    "default_of_another_type": (default_of_another_type, ("argument_schema",)),
    "stumbles_over_null": (stumbles_over_null, ("null_contract",)),
    "other_type": (other_type, ("keeps_its_types",)),
    "denies_null": (denies_null, ("keeps_its_types",)),
    "raises": (raises, ("raises_only_data_errors",)),
    "says_nothing": (says_nothing, ("raises_only_data_errors",)),
    "impure": (impure, ("pure",)),
    "changes_its_input": (changes_its_input, ("leaves_its_input_alone",)),
    "other_inline": (other_inline, ("inline_means_the_same",)),
    "inline_of_unknown_names": (inline_of_unknown_names, ("inline_means_the_same",)),
    "other_columns": (other_columns, ("columns_mean_the_same",)),
    "columns_without_offset": (columns_without_offset, ("columns_mean_the_same",)),
    "columns_too_short": (columns_too_short, ("columns_mean_the_same",)),
    "columns_of_another_type": (columns_of_another_type, ("columns_mean_the_same",)),
    "columns_of_other_digits": (columns_of_other_digits, ("columns_mean_the_same",)),
    "columns_that_count_null_items": (columns_that_count_null_items, ("columns_mean_the_same",)),
    "columns_with_other_patterns": (columns_with_other_patterns, ("columns_mean_the_same",)),
    "columns_of_an_earlier_array": (columns_of_an_earlier_array, ("columns_mean_the_same",)),
    "columns_that_fail_on_none": (columns_that_fail_on_none, ("columns_mean_the_same",)),
}


@pytest.mark.parametrize("name", BROKEN)
def test_each_fault_is_found(name: str, tmp_path: Path) -> None:
    found, wanted = BROKEN[name]

    class Contract(ResolverContract):
        resolver: ClassVar[Resolver] = found

    only(Contract, tmp_path, *wanted)


def test_every_check_can_fail() -> None:
    assert {name for _, names in BROKEN.values() for name in names} == set(checks(ResolverContract))


def test_faults_of_columns_are_told_with_the_array_and_the_arguments(tmp_path: Path) -> None:
    def told(wrong: Resolver) -> str:
        class Contract(ResolverContract):
            resolver: ClassVar[Resolver] = wrong

        with pytest.raises((AssertionError, pytest.fail.Exception)) as caught:
            Contract().test_columns_mean_the_same(tmp_path)
        return str(caught.value)

    assert "given a slice (an array whose offset is not 0)" in told(columns_without_offset)
    assert "given an empty array, given an array of string, raised IndexError" in told(columns_that_fail_on_none)
    assert "an array of large_string, not of string" in told(columns_of_another_type)
