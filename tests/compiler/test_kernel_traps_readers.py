"""Traps of Arrow's own readers, which guess types: what a csv cell or a JSON value is, by columns as by rows."""

from __future__ import annotations

import io
import sys
from dataclasses import replace
from decimal import Decimal as D
from pathlib import Path
from typing import Any

import pytest

sys.path.append(str(Path(__file__).parent))
from kernel_traps import PLACES

from crosswalk import MISSING, Engine, Mapper

ENGINE = Engine()
CELLS = [
    "00123", "True", "false", "1e5", "NA", "N/A", "null", "NULL", "nan", "inf", "-", "2024-02-30", "2024-05-01",
    "2024-05-01T10:00:00Z", "12:30", " 7 ", "0x1F", "+7", "1;5", "228000000000000001", "9" * 40, "1.10", "-0.0", "#N/A",
    "\u00a0", "\ufeff", "ß", "'x'", "a\\nb", "=1+1", "<NA>", "None",
]  # fmt: skip
QUOTED = {'"a,b"': "a,b", '"a""b"': 'a"b', '"a\nb"': "a\nb", '"a\r\nb"': "a\r\nb", '"NA"': "NA", '" "': " ", '"1"': "1"}
VALUES: dict[str, Any] = {
    '"2024-05-01"': "2024-05-01",
    '"2024-05-01T10:00:00Z"': "2024-05-01T10:00:00Z",
    '"10:00:00"': "10:00:00",
    '"1"': "1",
    '"null"': "null",
    '""': "",
    '"\\u00df"': "ß",
    '"\\ud83d\\ude00"': "\U0001f600",
    '"a\\u0000b"': "a\0b",
    '"\\/"': "/",
    "1": 1,
    "1.0": 1.0,
    "-0": 0,
    "-0.0": -0.0,
    "1e2": 100.0,
    "1E-2": 0.01,
    "228000000000000001": 228000000000000001,
    "9223372036854775807": 2**63 - 1,
    "9223372036854775808": 2**63,
    "-9223372036854775809": -(2**63) - 1,
    "123456789012345678901234567890": 123456789012345678901234567890,
    "0.1": 0.1,
    "0.12345678901234567891": D("0.12345678901234567891"),
    "19.00": 19.0,
    "5e-324": 5e-324,
    "1e400": D("1e400"),
    "true": True,
    "null": None,
    "[]": [],
    "{}": {},
    "[null]": [None],
    "[1,2.5]": [1, 2.5],
    '[1,"a"]': [1, "a"],
    '{"a":null}': {"a": None},
    '{"b":1,"a":2}': {"b": 1, "a": 2},
    '[{"a":1},{}]': [{"a": 1}, {}],
}


def read(mapper: Mapper, data: bytes) -> tuple[list[Any], list[str]]:
    """What is made of the records, and why some were refused."""
    found, refused = [], []
    options = replace(mapper.read_options, **({"bytes": 1_000_000} if mapper.read_options.columnar else {}))
    for batch in mapper.reader().decode(io.BytesIO(data), options):
        applied = mapper.apply(batch)
        found += applied.records
        refused += [error.code for reject in applied.rejects for error in reject.errors]
    return found, refused


def same(form: str, data: bytes, wanted: list[Any], **source: Any) -> None:
    spec = {"mapping": "1", "source": {"format": form, "empty": "keep", **source}, "fields": {"no": "no", "x": "x"}}
    mapper = ENGINE.mapping(spec)
    made = [{"no": no} | ({} if value is MISSING else {"x": value}) for no, value in wanted]
    for engine in ("row", "columnar"):
        found = read(mapper.with_back_end(engine), data)  # type: ignore[arg-type]
        assert (repr(found[0]), found[1]) == (repr(made), []), engine


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("text", [*CELLS, *QUOTED])
def test_a_csv_cell_is_its_text(text: str, place: str) -> None:
    parts = {"trap": (text, QUOTED.get(text, text)), "clean": ("7", "7"), "null": ("", "")}
    lines = ["no,x", *(f"{no},{parts[kind][0]}" for no, kind in enumerate(PLACES[place], 1))]
    wanted = [(str(no), parts[kind][1]) for no, kind in enumerate(PLACES[place], 1)]
    for end in ("\n", "\r\n"):
        same("csv", (end.join(lines) + end).encode(), wanted)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("text", VALUES)
def test_a_json_value_is_what_it_says(text: str, place: str) -> None:
    value = VALUES[text]
    clean = {str: '"7"', bool: "false", float: "2.5", list: "[3]", dict: '{"a":3}'}.get(type(value), "7")
    known = {'"7"': "7", "false": False, "2.5": 2.5, "[3]": [3], '{"a":3}': {"a": 3}, "7": 7}[clean]
    shown = {"trap": f',"x":{text}', "clean": f',"x":{clean}', "null": ',"x":null'}
    of = {"trap": value, "clean": known, "null": None}
    for gone in (False, True):
        if gone:  # a member that is missing in place of null
            shown["null"], of["null"] = "", MISSING
        records = [f'{{"no":{no}{shown[kind]}}}' for no, kind in enumerate(PLACES[place], 1)]
        wanted = [(no, of[kind]) for no, kind in enumerate(PLACES[place], 1)]
        same("ndjson", ("\n".join(records) + "\n").encode(), wanted)
        same("json", f"[{','.join(records)}]".encode(), wanted)


@pytest.mark.parametrize("text", ['"x":01', '"x":+1', '"x":.5', '"x":1.', '"x":NaN', '"x":"\t"'])
def test_a_line_that_is_no_json_is_refused(text: str) -> None:
    mapper = ENGINE.mapping({"mapping": "1", "source": {"format": "ndjson"}, "fields": {"no": "no", "x": "x"}})
    data = b'{"no":1,"x":7}\n{"no":2,%s}\n{"no":3,"x":7}\n' % text.encode()
    rows = read(mapper.with_back_end("row"), data)
    assert rows == read(mapper.with_back_end("columnar"), data)
    assert ([row["no"] for row in rows[0]], len(rows[1])) == ([1, 3], 1)


def test_an_ordinary_file_comes_as_columns() -> None:
    """Or these tests would compare rows with rows."""
    texts = {"csv": b"no,x\n1,00123\n2,NA\n", "ndjson": b'{"no":1,"x":"2024-05-01"}\n{"no":2,"x":"a"}\n',
             "json": b'[{"no":1,"x":228000000000000001},{"no":2,"x":7}]'}  # fmt: skip
    for form, data in texts.items():
        mapper = ENGINE.mapping({"mapping": "1", "source": {"format": form}, "fields": {"no": "no", "x": "x"}})
        options = replace(mapper.with_back_end("columnar").read_options, bytes=1_000_000)
        (batch, *_) = mapper.reader().decode(io.BytesIO(data), options)
        assert batch.columns is not None, form
        assert mapper.with_back_end("columnar").apply(batch).batches[""].is_columnar
