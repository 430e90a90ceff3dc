"""The compiled reader of JSON lines by itself: grammar, texts, numbers, names, and memory under a sanitizer."""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.append(str(Path(__file__).parent))
from json_both import read_by
from sanitized import PORTABLE, run_sanitized

from crosswalk_formats.exact_numbers import loads

FUZZ = Path(__file__).with_name("fuzz_json_lines.py")


@pytest.fixture(scope="module", autouse=True)
def _compiled() -> Iterator[None]:
    with read_by("compiled"):
        yield


def node(name: str, kind: str, *held: Any, seen: bool = True) -> Any:
    return name.encode(), kind, seen, held


def read(text: bytes, *members: Any, most: int = 1000) -> Any:
    from crosswalk_formats._json_lines import read_lines

    lines = text.count(b"\n") + (not text.endswith(b"\n"))
    return read_lines(text, node("", "o", *members), lines, most)


def is_sure(text: bytes, *members: Any) -> bool:
    """Whether a line was read, and not left to a reader of rows."""
    found = read(text, *members)
    assert found[0] in (1, "unlike") or not text  # a line of another kind is one in ten at once
    return found[0] == 1 and found[3][1] == 0


def texts(slots: Any) -> list[str | None]:
    """The values of an array of texts."""
    length, _, validity, offsets, values, _ = slots
    ends = memoryview(offsets).cast("i")
    data = bytes(values) if values is not None else b""
    valid = memoryview(validity) if validity is not None else None
    return [
        data[ends[place] : ends[place + 1]].decode() if valid is None or valid[place // 8] >> place % 8 & 1 else None
        for place in range(length)
    ]


def accepted(text: bytes) -> bool:
    try:
        loads(text)
    except ValueError:
        return False
    return True


PIECES = st.sampled_from(
    [b"{", b"}", b"[", b"]", b",", b":", b'"', b"\\", b"\\u", b"\\ud83d", b"\\ude00", b"00e9", b"tru", b"true", b"null",
     b"-", b"0", b"1", b".5", b"1e5", b"E+2", b"e-400", b" ", b"\t", b"\r", b"\0", b"\x1f", b"\x7f", b"\xc3\xa9",
     b"\xe2", b"\xf0\x9f\x98\x80", b"\xed\xa0\x80", b"\xc0\xaf", b'"a"', b'"a":"x"', b'"z":', b'{"a":1}']
)  # fmt: skip


@settings(max_examples=500, deadline=None)
@given(st.lists(PIECES, max_size=12).map(b"".join), st.sampled_from(["%s", '{"z":%s}', '{"a":%s}', '{"z":"%s"}']))
def test_what_is_taken_is_json(inner: bytes, frame: str) -> None:
    before, behind = frame.encode().split(b"%s")
    line = before + inner + behind
    if is_sure(line, node("a", "t")):
        value = loads(line)
        assert isinstance(value, dict)
        assert texts(read(line, node("a", "t"))[1][0]) == [value.get("a")]


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from("ayz"), st.recursive(
    st.none() | st.booleans() | st.integers(-(10**6), 10**6) | st.floats(-1e6, 1e6, width=32) | st.text(max_size=40),
    lambda below: st.lists(below, max_size=4) | st.dictionaries(st.text(max_size=3), below, max_size=4),
    max_leaves=12,
)), st.booleans(), st.text(max_size=60))  # fmt: skip
def test_plain_json_is_taken(record: dict[str, Any], escape: bool, text: str) -> None:
    line = json.dumps({**record, "a": text}, ensure_ascii=escape).encode("utf-8", "surrogatepass")
    if accepted(line):
        assert is_sure(line, node("a", "t"))
        assert texts(read(line, node("a", "t"))[1][0]) == [text]


def test_every_sequence_of_bytes_is_a_text_where_python_says_so() -> None:
    edges = [0x00, 0x1F, 0x20, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xED, 0xEF, 0xF0]
    edges += [0xF4, 0xF5, 0xFF]
    for first in range(0x80, 0x100):
        for second in edges:
            for rest in (b"", b"\x80", b"\xbf", b"\x80\x80", b"\xbf\xbf", b"\xbf\x7f", b"\x80\x80\x80"):
                raw = bytes([first, second]) + rest
                line = b'{"z":"' + raw + b'"}'
                assert is_sure(line) is accepted(line), raw


@pytest.mark.parametrize("size", range(40))
@pytest.mark.parametrize("odd", ["", "é", '"', "\\", "\n", "\U0001f600"])
def test_texts_of_every_length_at_the_very_end(size: int, odd: str) -> None:
    for place in {0, size // 2, size}:
        text = "x" * place + odd + "y" * (size - place)
        line = orjson.dumps({"a": text})
        assert texts(read(line, node("a", "t"))[1][0]) == [text]
        assert is_sure(orjson.dumps({"b": text}), node("a", "t"))


@pytest.mark.parametrize("value", [0, -1, 2**53 + 1, 10**18, 10**18 - 1, 2**63 - 1, -(2**63) + 1, 1234567890123456789])
def test_integers_of_64_bits(value: int) -> None:
    found = read(b'{"a":%d}' % value, node("a", "i"))
    assert memoryview(found[1][0][4]).cast("q")[0] == value
    assert found[3][1] == 0


@pytest.mark.parametrize(
    "number", [b"9223372036854775808", b"-9223372036854775809", b"1" * 30, b"1" * 400, b"01", b"-"]
)
def test_other_integers_are_in_doubt(number: bytes) -> None:
    assert not is_sure(b'{"a":%s}' % number, node("a", "i"))


@settings(max_examples=500, deadline=None)
@given(st.decimals(allow_nan=False, allow_infinity=False, places=6) | st.floats(allow_nan=False, allow_infinity=False))
def test_floats_are_exact_or_in_doubt(number: Any) -> None:
    text = str(number).encode()
    found = read(b'{"a":%s}' % text, node("a", "f"))
    if found[3][1] == 0 and not found[2]:
        value = memoryview(found[1][0][4]).cast("d")[0]
        assert repr(value) == repr(float(text))
        assert type(loads(text)) is float


def test_names_in_any_order_and_spelling() -> None:
    draw = random.Random(5)
    names = [f"n{place}" for place in range(300)] + ["é"]
    lines, wanted = [], []
    for place in range(200):
        some = draw.sample(names, draw.choice([0, 3, 300]))
        row = {name: f"{name}{place}" for name in some}
        lines.append(json.dumps(row, ensure_ascii=place % 2 == 0).encode())
        wanted.append(row)
    found = read(b"\n".join(lines), *(node(name, "t") for name in names))
    assert found[3][1] == 0
    for name, slots in zip(names, found[1], strict=True):
        assert texts(slots) == [row.get(name) for row in wanted]
    assert read(b"{}\n{}")[0] == 2


def test_a_line_that_is_left_out_leaves_nothing_behind() -> None:
    good = b'{"a":"x","l":[{"q":1},{"q":2}],"f":0.12345678901234567}'
    odd = b'{"l":[{"q":3},{"q":4}],"f":0.12345678901234568,"a":null,"z":nul}'
    members = (node("a", "t"), node("l", "l", node("", "o", node("q", "i"))), node("f", "f"))
    found = read(b"\n".join([good, odd, good]), *members)
    assert found[:1] == (3,)
    assert found[3][1] == 1 and bytes(found[3][0]) == b"\2"
    assert texts(found[1][0]) == ["x", None, "x"]
    assert memoryview(found[1][1][3]).cast("i").tolist() == [0, 2, 2, 4]
    assert memoryview(found[1][3][4]).cast("q").tolist() == [1, 2, 1, 2]
    assert [(long[1], long[4]) for long in found[2]] == [(0, 0), (2, 2)]
    assert found[1][0][5] is not None and bytes(found[1][0][5]) == b"\0"


def test_it_stops_where_reading_on_is_of_no_use() -> None:
    assert read(b'{"a":"x"}\n{"b":1}', node("a", "t"), node("b", "u", seen=False)) == ("unseen", 1)
    assert read(b'{"a":"x"}\n{"a":1}', node("a", "u"))[0] == "unseen"
    assert read(b'{"a":"x"}\n' * 30, node("a", "i"), most=20) == ("unlike", 20)
    assert read(b'{"a"\n' * 30, node("a", "i"), most=20) == ("unsure", 20)


def test_no_lines_are_no_records() -> None:
    from crosswalk_formats._json_lines import read_lines

    found = read_lines(b"", node("", "o", node("a", "t"), node("l", "l", node("", "i"))), 0, 1)
    assert found[0] == 0
    assert [slots[0] for slots in found[1]] == [0, 0, 0]


def test_wrong_calls() -> None:
    from crosswalk_formats._json_lines import Buffer, read_lines

    wrong: Any
    for wrong in [
        (),
        (b"", "o"),
        (b"", "x", True, ()),
        (b"", "l", True, ()),
        (b"", "o", True, (7,)),
        (b"", "t", 1, ()),
    ]:
        with pytest.raises((TypeError, ValueError)):
            read_lines(b"{}", wrong, 1, 1)
    with pytest.raises(ValueError, match="other lines"):
        read_lines(b"{}", node("", "o"), 7, 1)
    deep = node("", "i")
    for _ in range(2_000):
        deep = node("", "l", deep)
    with pytest.raises(ValueError, match="too deeply"):
        read_lines(b"{}", node("", "o", deep), 1, 1)
    with pytest.raises(TypeError):
        Buffer()


@pytest.mark.parametrize("flags", [(), (PORTABLE,)])
def test_memory_is_kept_under_odd_input(flags: tuple[str, ...], tmp_path: Path) -> None:
    assert run_sanitized("_json_lines", FUZZ, tmp_path, *flags).startswith("4000 texts")
