"""Documents: places of values, strictness, limits."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosswalk import SpecError
from crosswalk.spec.document import MAX_SIZE, Document, parse_document
from crosswalk.spec.pointer import join

TEXT = '{"a": [1, {"b\\n": "x\\u00e9yz"}],\r\n "c": {\n  "d~/": null\n}}'

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("pointer", "of", "within", "place"),
    [
        ("", "value", None, (1, 1, 33)),
        ("/a", "key", None, (1, 2, 5)),
        ("/a/0", "value", None, (1, 8, 9)),
        ("/a/0", "key", None, (1, 8, 9)),
        ("/a/1/b\n", "key", None, (1, 12, 17)),
        ("/a/1/b\n", "value", None, (1, 19, 30)),
        ("/a/1/b\n", "value", (0, 1), (1, 20, 21)),
        ("/a/1/b\n", "value", (1, 1), (1, 21, 27)),
        ("/a/1/b\n", "value", (2, 99), (1, 27, 29)),
        ("/c", "value", None, (2, 7, 8)),
        ("/c/d~0~1", "key", None, (3, 3, 8)),
        ("/c/nowhere/else", "value", None, (2, 7, 8)),
    ],
)
def test_span(pointer: str, of: str, within: tuple[int, int] | None, place: tuple[int, int, int]) -> None:
    document = parse_document(TEXT)
    assert document.span(pointer, of, within) == place  # type: ignore[arg-type]


def _spots(document: Document, value: object, pointer: str) -> None:
    line, column, end = document.span(pointer)
    shown = document.line(line)[column - 1 : end - 1]
    if isinstance(value, dict | list):
        assert shown.startswith("{" if isinstance(value, dict) else "[")
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            _spots(document, item, join(pointer, key))
    else:
        assert json.loads(shown) == value


@given(VALUES, st.sampled_from([None, 1]), st.booleans())
def test_every_value_is_found_where_it_stands(value: object, indent: int | None, ascii_only: bool) -> None:
    document = parse_document(json.dumps(value, indent=indent, ensure_ascii=ascii_only))
    assert document.data == value
    _spots(document, value, "")


@given(st.text(alphabet='{}[]",:0123456789.eE+-truefalsn \n\\u/', max_size=30))
def test_only_json_is_accepted(text: str) -> None:
    try:
        accepted = parse_document(text).data
    except SpecError as error:
        assert all(d.code == "M101" for d in error.diagnostics)
    else:
        assert accepted == json.loads(text)


@pytest.mark.parametrize("text", ["[" * 10_000, '{"a":' * 10_000, "[" * 201 + "]" * 201, "[" * 5000 + "]" * 5000])
def test_deep_nesting_is_an_error_not_a_crash(text: str) -> None:
    with pytest.raises(SpecError, match="deeper than 200 levels"):
        parse_document(text)


def test_two_hundred_levels_are_fine() -> None:
    assert parse_document("[" * 200 + "]" * 200).data


def test_too_large() -> None:
    with pytest.raises(SpecError, match="at most 16,000,000"):
        parse_document(b" " * (MAX_SIZE + 1))


@pytest.mark.parametrize(
    ("raw", "message", "place"),
    [
        (b'{"a":\n "\xff"}', "not UTF-8: byte 0xFF", (2, 3)),
        (b"\xff\xfe{\x00}\x00", "UTF-16", (0, 0)),
        (b'"' + b"\x80", "byte 0x80", (1, 2)),
    ],
)
def test_encodings(raw: bytes, message: str, place: tuple[int, int]) -> None:
    with pytest.raises(SpecError, match=message) as caught:
        parse_document(raw, "f.json")
    found = caught.value.diagnostics[0]
    assert (found.line, found.column) == place


def test_a_byte_order_mark_is_skipped() -> None:
    assert parse_document(b"\xef\xbb\xbf[1]").data == [1]


def test_all_duplicates_are_told() -> None:
    with pytest.raises(SpecError) as caught:
        parse_document('{"a":1,"a":2,"b":{"c":1,"c":2,"c":3}}')
    assert [d.pointer for d in caught.value.diagnostics] == ["/a", "/b/c", "/b/c"]
