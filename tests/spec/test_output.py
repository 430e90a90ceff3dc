"""What is printed: rendering, data reports, formatted documents, pages of codes."""

from __future__ import annotations

import json
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosswalk import Diagnostic, FieldError, Reject, SpecError
from crosswalk.spec.codes import FAMILIES, all_codes, explain
from crosswalk.spec.data_report import DataReport
from crosswalk.spec.fmt import format_document
from crosswalk.spec.mapping_spec import load_mapping
from crosswalk.spec.problems import Spec
from crosswalk.spec.render import render

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=12), inner, max_size=6),
    max_leaves=40,
)
FOUND = Diagnostic("M102", 'unknown key "a"', "error", "/a", "m.json", 1, 3, 6, '{ "a": 1 }', "no", ("n",), "x\ny")


def test_render() -> None:
    assert render([]) == ""
    assert render([FOUND]) == (
        'error[M102]: unknown key "a"\n  --> m.json:1:3   /a\n1 | { "a": 1 }\n  |   ^^^ no\n'
        "  = n\n  = fix: x\n  =      y\n"
    )
    assert render([Diagnostic("M206", "missing")]) == "error[M206]: missing\n"
    assert "\x1b[1;31merror[M102]\x1b[0m" in render([FOUND], color=True)
    assert render([FOUND, FOUND]).count("\n\n") == 1


def test_render_cannot_steer_the_terminal() -> None:
    evil = Diagnostic("M102", "a\x1b[2Jb", "warning", "/\x07", "m.json", 1, 1, 2, "\x1b[31m\u202ex", "l\x00")
    shown = render([evil])
    assert not {"\x1b", "\x07", "\u202e", "\x00"} & set(shown)
    assert "<U+001B>[2J" in shown


def test_carets_stand_below_wide_and_tabbed_text() -> None:
    text = '\t"数量": 1'
    shown = render([Diagnostic("M104", "m", line=7, column=8, end_column=9, excerpt=text)]).splitlines()
    assert shown[2:] == ['7 |   "数量": 1', "  |           ^"]


def test_diagnostics_have_the_documented_shape() -> None:
    from jsonschema import Draft202012Validator

    from crosswalk.spec.schemas import load_schema

    found = [FOUND.to_dict(), Diagnostic("M206", "missing").to_dict()]
    for item in found:
        Draft202012Validator(load_schema("diagnostic")).validate(item)
    assert found[1] == {"code": "M206", "message": "missing", "level": "error", "pointer": ""}


def report_of(rejects: Iterable[Reject], spec: Spec | None = None) -> DataReport:
    """A report over rejects at hand."""
    report = DataReport(spec)
    for reject in rejects:
        report.add(reject)
    return report


def test_a_record_with_several_errors_counts_once() -> None:
    errors = tuple(FieldError("M360", f"wrong {n}", "a", "/target/schema", "", "1") for n in range(3))
    merged = report_of([Reject({}, errors, 1)])
    merged.merge(report_of([Reject({}, errors, 2)]))
    (found,) = merged.diagnostics(2)
    assert found.message == '6 values of "a": wrong 0 (field a, 100 % of 2 records, rejected)'


def _reject(number: int, code: str, message: str, field: str, pointer: str, path: str, sample: str) -> Reject:
    return Reject({}, (FieldError(code, message, field, pointer, path, sample),), number)


def test_data_report_in_the_style_of_the_language() -> None:
    spec = load_mapping(
        {"mapping": "1", "let": {"on_hand": ["Qty", "trim", "int"]}, "fields": {"available": "$on_hand"}}
    )
    samples = {17: '"1,200"', 912: '"n/a"', 1003: '"12.0"', 1004: '"12.0"', 1005: '"x"'}
    report = report_of(
        (
            _reject(number, "M310", "not a whole number", "available", "/let/on_hand/2", "Qty", sample)
            for number, sample in samples.items()
        ),
        spec,
    )
    assert render(report.diagnostics(1000)) == (
        'error[M310]: 5 values of "Qty" are not whole numbers (field available, 0.5 % of 1,000 records, rejected)\n'
        "  --> <dict>:7:7   /let/on_hand/2\n"
        '7 |       "int"\n'
        "  |       ^^^^^ not a whole number\n"
        '  = examples: row 17 "1,200"   row 912 "n/a"   row 1003 "12.0"\n'
        '  = fix: thousands separators: ["Qty","trim",{"parse_number":{"group":","}},"int"]\n'
        '  =      whole numbers with a point: ["Qty","trim","decimal","int"]\n'
        '  =      accept bad values as empty: { ..., "on_error": "null" }\n'
    )


@pytest.mark.parametrize(
    ("code", "message", "sample", "sentence", "fix"),
    [
        ("M301", "required, but blank", '""', '"t" is required, but blank in 1 record', '"default"'),
        ("M330", "not in the map", '"PER"', '1 value of "P" is not in the map', '{ "PER": ... }'),
        ("M331", 'not in table "t"', "7", '1 value of "P" is not in table "t"', '"on_missing": "null"'),
        ("M317", "division by zero", "", '1 value of "P": division by zero', "null_if"),
        ("M315", "the lists differ in length (a 1, b 0)", "", '1 value of "P": the lists differ', '"uneven": "pad"'),
        (
            "M315",
            "the key of an item is missing",
            "",
            '1 value of "P": the key of',
            '"where": { "P": { "present": true } }',
        ),
        ("M310", "not a number", '"1.200,50"', '1 value of "P" is not a number', '"on_error": "null"'),
        ("M310", "not a number", "***", '1 value of "P" is not a number', '"on_error": "null"'),
    ],
)
def test_data_sentences_and_fixes(code: str, message: str, sample: str, sentence: str, fix: str) -> None:
    (found,) = report_of([_reject(3, code, message, "t", "/fields/t", "P", sample)]).diagnostics()
    assert found.message.startswith(sentence) and found.message.endswith(" (field t, rejected)")
    assert fix in found.fix
    assert found.notes == (f"examples: row 3 {sample}".rstrip(),)


def test_decimal_commas_are_recognised() -> None:
    spec = load_mapping({"mapping": "1", "fields": {"t": ["P", {"decimal": {"scale": 2}}]}})
    (found,) = report_of(
        [_reject(3, "M310", "not a number", "t", "/fields/t/1", "P", '"1.200,50"')], spec
    ).diagnostics()
    assert found.fix.splitlines()[0] == 'a decimal comma: ["P",{"parse_number":{"decimal":",","group":"."}}]'


@pytest.mark.parametrize(
    ("state", "fixes"),
    [
        ("missing", ["default"]),
        ("null", ["default", '"required": "present"']),
        ("blank", ["blank_to_null", '"required": "present"']),
    ],
)
def test_what_fixes_a_required_value_goes_by_what_it_was(state: str, fixes: list[str]) -> None:
    reject = _reject(1, "M301", f"required, but {state}", "a", "/fields/a/required", "a", "")
    (found,) = report_of([reject]).diagnostics()
    lines = found.fix.splitlines()
    assert len(lines) == len(fixes) and all(fix in line for fix, line in zip(fixes, lines, strict=True))


@pytest.mark.parametrize(
    ("step", "sample", "fix"),
    [
        ("date", "01/02/2024", 'accept that form, too: {"date": {"format": ["%Y-%m-%d", "%d/%m/%Y"]}}'),
        ({"date": "%d/%m/%Y"}, "2024-02-01", 'accept that form, too: {"date": {"format": ["%d/%m/%Y", "%Y-%m-%d"]}}'),
        ({"date": "%d/%m/%Y"}, "31/02/2024", ""),
        ("date", "2024-02-01T10:00:00Z", 'the day of a date and time: [..., "datetime", "date"]'),
        (
            {"datetime": {"format": "%d/%m/%Y %H:%M", "zone": "Europe/Paris"}},
            "2024-02-01 10:00:30",
            'accept that form, too: {"datetime": {"format": ["%d/%m/%Y %H:%M", "%Y-%m-%d %H:%M:%S"], '
            '"zone": "Europe/Paris"}}',
        ),
    ],
)
def test_a_date_in_another_form_shows_how_to_accept_it(step: object, sample: str, fix: str) -> None:
    spec = load_mapping({"mapping": "1", "fields": {"on": ["on", step]}})
    (found,) = report_of(
        [_reject(1, "M310", "not a date", "on", "/fields/on/1", "on", f'"{sample}"')], spec
    ).diagnostics()
    assert found.fix.splitlines()[:-1] == ([fix] if fix else [])


def test_data_report_keeps_little() -> None:
    report = DataReport()
    for number in range(5000):
        report.add(_reject(number, "M310", f"message {number}", "t", "/fields/t", "P", f'"{number}"'))
    (found,) = report.diagnostics(5000)
    assert found.message.startswith('5,000 values of "P": message 0')
    assert found.notes[1] == "also: message 1; message 2; message 3"


def test_a_record_that_cannot_be_read_has_no_field_fix() -> None:
    bad = Reject("x", (FieldError("M310", "3 fields, not 4"),), 9, 10, "in.csv", "read")
    (found,) = report_of([bad]).diagnostics()
    assert found.message == "1 record could not be read: 3 fields, not 4 (rejected)"
    assert not found.fix


@given(VALUES)
def test_formatting_changes_nothing_but_the_layout(value: object) -> None:
    once = format_document(json.dumps(value))
    assert json.loads(once) == value
    assert format_document(once) == once
    assert format_document(json.dumps(value, indent=4)) == once


def test_formatting_keeps_spelling_and_order() -> None:
    text = '{"b":1.00,"a":"\\u0041","":[ ],"n":-0.0e+10,"long":["' + "x" * 60 + '","' + "y" * 60 + '"]}'
    assert format_document(text) == (
        '{\n  "b": 1.00,\n  "a": "\\u0041",\n  "": [],\n  "n": -0.0e+10,\n  "long": [\n'
        f'    "{"x" * 60}",\n    "{"y" * 60}"\n  ]\n}}\n'
    )


def test_short_parts_stay_on_one_line_up_to_the_width() -> None:
    def longest(letters: int) -> int:
        shown = format_document('{"fields":{"a":["' + "x" * letters + '"]}}')
        return max(len(line) for line in shown.splitlines())

    assert longest(75) == 100
    assert longest(76) == len('    "a": [""]') + 76
    assert longest(90) == len('      ""') + 90
    with pytest.raises(SpecError):
        format_document("{'a': 1}")


def test_codes_have_pages() -> None:
    assert len(all_codes()) > 90
    for code in all_codes().values():
        assert code.title and code.text and not code.title.endswith(".")
        assert code.text.endswith("."), code.code
        assert code.code in code.page() and code.title in code.markdown()
    assert explain("m310") == all_codes()["M310"].page()
    assert explain("M999") is None
    assert all(title for title in FAMILIES.values())
