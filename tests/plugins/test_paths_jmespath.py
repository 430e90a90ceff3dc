"""JMESPath: the official compliance suite, exactness, the three states, errors and lint."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from crosswalk import MISSING, DataError, PathError
from crosswalk_paths.jmespath_language import JmesPath

SUITE = Path(__file__).parents[2] / ".." / "shared" / "corpora" / "jmespath"


def _load(text: str) -> Any:
    return json.loads(text, parse_float=Decimal)


def _cases() -> list[Any]:
    return [
        pytest.param(group["given"], case, id=f"{file.stem}-{number}-{index}")
        for file in sorted(SUITE.glob("*.json"))
        for number, group in enumerate(_load(file.read_text("utf-8")))
        for index, case in enumerate(group["cases"])
    ]


CASES = _cases()


@pytest.mark.skipif(not CASES, reason="the JMESPath compliance suite is not here")
def test_the_whole_suite_is_read() -> None:
    assert len(CASES) == 908


@pytest.mark.parametrize(("given", "case"), CASES)
def test_compliance(given: Any, case: dict[str, Any]) -> None:
    text = case["expression"]
    if case.get("error") == "syntax":
        with pytest.raises(PathError):
            _search(text, given)
    elif "error" in case:
        with pytest.raises((PathError, DataError)) as caught:
            _search(text, given)
        assert not isinstance(caught.value, DataError) or caught.value.code == "M313"
    elif "result" in case:
        found = _search(text, given)
        assert found == case["result"]
        assert _kinds(found) == _kinds(case["result"])
    else:
        _search(text, given)


def _kinds(value: Any) -> Any:
    """Types all the way down, so that `true` is not taken for 1."""
    if isinstance(value, list):
        return [_kinds(item) for item in value]
    if isinstance(value, dict):
        return {key: _kinds(item) for key, item in value.items()}
    return "number" if isinstance(value, int | Decimal) and not isinstance(value, bool) else type(value)


def _search(text: str, given: Any) -> Any:
    found = JmesPath().compile(text, {}).value(given, {})
    return None if found is MISSING else found


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ("a", ("a",)),
        ('a."b c".d', ("a", "b c", "d")),
        ("a[0].b[-1]", ("a", 0, "b", -1)),
        ("[2]", (2,)),
        ("@", ()),
        ("@.a", ("a",)),
        ("a[*]", None),
        ("a | b", None),
        ("a[1:2]", None),
    ],
)
def test_segments(text: str, segments: tuple[str | int, ...] | None) -> None:
    path = JmesPath().compile(text, {})
    assert path.segments == segments
    assert path.definite is (segments is not None)


@pytest.mark.parametrize(
    ("text", "record", "expected"),
    [
        ("a", {"a": None}, None),
        ("a", {}, MISSING),
        ("a.b", {"a": None}, MISSING),
        ("a.b", {"a": [{"b": 1}]}, MISSING),
        ("a[1]", {"a": [1]}, MISSING),
        ("a[-1]", {"a": [1, None]}, None),
        ("a[-3]", {"a": [1, 2]}, MISSING),
        ("a[0]", {"a": "text"}, MISSING),
        ("a", ["not an object"], MISSING),
        ("a", MISSING, MISSING),
        ("@", {"a": 1}, {"a": 1}),
        ("a || b", {"a": None, "b": None}, MISSING),
        ("a[?b].c | [0]", {"a": []}, MISSING),
        ("a[*]", MISSING, MISSING),
    ],
)
def test_null_is_not_missing(text: str, record: Any, expected: Any) -> None:
    found = JmesPath().compile(text, {}).value(record, {})
    assert found is expected or found == expected


def test_nodes_of_singletons_and_nothing() -> None:
    path = JmesPath().compile("a", {})
    assert path.nodes({"a": {"b": 1}}, {}) == [{"b": 1}]
    assert path.nodes({"a": None}, {}) == []
    assert path.nodes({}, {}) == []
    assert path.nodes({"a": [1, 2]}, {}) == [1, 2]


@pytest.mark.parametrize(
    ("text", "record", "expected"),
    [
        ("sum(@)", [Decimal("0.1"), Decimal("0.2")], Decimal("0.3")),
        ("sum(@)", [Decimal("12345678901234567890123456789.01"), 1], Decimal("12345678901234567890123456790.01")),
        ("sum(@)", [2**63, 1], 2**63 + 1),
        ("sum(@)", [Decimal("0.5"), 0.1], Decimal("0.6")),
        ("avg(@)", [1, 2], Decimal("1.5")),
        ("avg(@)", [2, 4], 3),
        ("abs(@)", Decimal("-1234567890123456789012345678901.5"), Decimal("1234567890123456789012345678901.5")),
        ("ceil(@)", Decimal("9007199254740993.2"), 9007199254740994),
        ("floor(@)", -1.5, -2),
        ("max(@)", [Decimal("0.10"), 0.2], 0.2),
        ("to_number(@)", "9007199254740993", 9007199254740993),
        ("to_number(@)", "0.10", Decimal("0.10")),
        ("to_number(@)", "1_000", None),
        ("to_number(@)", " 1", None),
        ("to_number(@)", "0x1F", None),
        ("to_number(@)", True, None),
        ("to_string(@)", Decimal("19.00"), "19.00"),
        ("to_string(@)", {"é": [Decimal("1.0"), True, None, 2**70]}, '{"é":[1.0,true,null,1180591620717411303424]}'),
        ("to_string(@)", dt.date(2024, 2, 29), "2024-02-29"),
        ("@ == `0.1`", 0.1, True),
        ("@ == `0.1`", Decimal("0.10"), True),
        ("@ < `0.3`", 0.1, True),
        ("@ == `1`", True, False),
        ("@ == `[1]`", [True], False),
        ("contains(@, `1`)", [True], False),
        ("contains(@, `1`)", "1", False),
        ("@ > `1`", True, None),
        ("@ > 'a'", "b", None),
        ("type(@)", Decimal("1"), "number"),
        ("sort_by(@, &n)[*].i", [{"n": 2, "i": 1}, {"n": 1, "i": 2}, {"n": Decimal("1.0"), "i": 3}], [2, 3, 1]),
    ],
)
def test_exact_values(text: str, record: Any, expected: Any) -> None:
    found = _search(text, record)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("text", "record", "code"),
    [
        ("sum(@)", ["1"], "M313"),
        ("join(',', @)", None, "M313"),
        ("abs(@)", True, "M313"),
        ("sort_by(@, &n)", [{"n": 1}, {"n": "b"}], "M313"),
        ("max_by(@, &n)", [{"n": 1}, {}], "M313"),
        ("ceil(@)", float("nan"), "M310"),
        ("sort(@)", [float("nan"), 1], "M310"),
        ("@ < `1.5`", float("nan"), "M310"),
        ("sum(@)", [Decimal("1e2000"), Decimal("1e-2000")], "M311"),
        ("to_string(@)", float("inf"), "M310"),
    ],
)
def test_data_errors(text: str, record: Any, code: str) -> None:
    with pytest.raises(DataError) as caught:
        JmesPath().compile(text, {}).value(record, {})
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("text", "culprit", "message", "fix"),
    [
        ("items[?sku==$sku]", "$sku", "scope variable", "let"),
        ("unit-price", "-", "unexpected", '"unit-price"'),
        ("Item Code", "Code", "unexpected", '"Item Code"'),
        ("a.Item Code.b", "Code", "unexpected", 'a."Item Code".b'),
        ("größe[0]", "ö", "unexpected", '"größe"[0]'),
        ("a[?b=1]", "=", "operator", "a[?b==1]"),
        ("a[?b > 5]", "5", "backticks", "a[?b > `5`]"),
        ("a[?b=='x]", "'x]", "not closed", ""),
        ("a[", "[", "ends too early", ""),
        ("lenght(a)", "lenght", "not a JMESPath function", "length()"),
        ("length(a, b)", "length", "takes 1 argument, here are 2", ""),
        ("join(',' a)", "a", "unexpected", ""),
        ("length(a,)", ")", "unexpected", ""),
        ("{a: b c: d}", "c", "unexpected", ""),
        ("abs('x')", "abs", "takes a number, not a string", ""),
        ("sort_by(a, b)", "sort_by", "expression", "&"),
        ("&a", "&", "expression", ""),
        ("a[::0]", "a", "step", ""),
        ("a.(b)", "(", "unexpected", ""),
        ("", "", "empty", "@"),
    ],
)
def test_path_errors(text: str, culprit: str, message: str, fix: str) -> None:
    with pytest.raises(PathError) as caught:
        JmesPath().compile(text, {})
    error = caught.value
    assert message in error.message
    assert fix in error.fix
    if culprit:
        assert text[error.offset : error.offset + error.length] == culprit


def test_deep_nesting_is_an_error_not_a_crash() -> None:
    with pytest.raises(PathError):
        JmesPath().compile("(" * 5000 + "a" + ")" * 5000, {})


@pytest.mark.parametrize(
    ("text", "code", "culprit", "fix"),
    [
        ('a[?name=="brand"].v', "M411", '"brand"', "a[?name=='brand'].v"),
        ('a[?contains(name, "b")]', "M411", '"b"', "a[?contains(name, 'b')]"),
        ('a[?"brand"==name]', "M411", '"brand"', "a[?'brand'==name]"),
        ("{a: x[*].b, c: x[?d].e}", "M412", "{a: x[*].b, c: x[?d].e}", "project once"),
        ("o[*].[x[*].b, y[*].c]", "M412", "[x[*].b, y[*].c]", "project once"),
    ],
)
def test_lint(text: str, code: str, culprit: str, fix: str) -> None:
    (warning,) = JmesPath().lint(text, {})
    assert warning.code == code
    assert text[warning.offset : warning.offset + warning.length] == culprit
    assert fix in warning.fix


@pytest.mark.parametrize(
    "text", ["a[?\"display-name\"=='x']", "a[?name=='brand']", "{a: x[*].b, c: d}", 'a."b c"', "a"]
)
def test_lint_is_quiet_about_good_paths(text: str) -> None:
    assert JmesPath().lint(text, {}) == []
