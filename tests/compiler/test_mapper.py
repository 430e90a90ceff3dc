"""What a mapper promises beyond its cases: nothing shared between records, groups over batches, the calls' errors."""

from __future__ import annotations

import gc
import linecache
from typing import Any

import pyarrow as pa
import pytest

from crosswalk import Batch, Engine, Mapper, UsageError
from crosswalk.compiler import by_columns
from crosswalk.compiler.mapper import RecordRejected
from crosswalk.compiler.program import Program

ENGINE = Engine()


def mapper(**parts: Any) -> Mapper:
    return ENGINE.mapping({"mapping": "1", **parts})


@pytest.mark.parametrize(
    "field",
    [
        {"const": {"k": [1]}},
        {"source": "missing", "default": {"k": [1]}},
        {"source": "missing", "on_error": "default", "default": {"k": [1]}, "check": {"ne": 0}},
        ["a", {"map": {"x": {"k": [1]}}}],
        ["a", {"lookup": "plain"}],
        {"lookup": {"table": "rows", "key": "a"}},
        {"lookup": {"table": "rows", "key": "a", "return": ["k"]}},
        {"fields": {"k": {"lookup": {"table": "rows", "key": "a", "return": "k"}}}},
        {"fields": {"k": ["a", {"lookup": {"table": "rows", "return": "k"}}]}},
        ["missing", {"default": {"value": {"k": [1]}}}],
    ],
)
@pytest.mark.parametrize("quick", [False, True])
def test_changing_an_output_changes_no_other(field: Any, quick: bool) -> None:
    made = mapper(
        tables={"plain": {"inline": {"x": {"k": [1]}}}, "rows": {"inline": [{"id": "x", "k": [1]}], "key": "id"}},
        fields={"f": field, "p": ["a", {"lookup": "plain"}], "r": ["a", {"lookup": "rows"}]},
    )
    made = made._with(_program=Program(made.plan, made.languages, quick=quick))
    first = made({"a": "x"})
    first["f"]["k"].append(2)
    first["f"]["new"] = True
    second = made({"a": "x"})["f"]
    assert second["k"] == [1]
    assert "new" not in second


def test_a_record_is_never_changed() -> None:
    record = {"l": [{"n": 2}, {"n": 1}], "o": {"a": " x "}}
    made = mapper(
        passthrough=True,
        fields={"s": {"each": "l", "sort": "n", "value": "n"}, "o": {"source": "o", "resolve": [{"omit": ["a"]}]}},
    )
    assert made(record)["s"] == [1, 2]
    assert record == {"l": [{"n": 2}, {"n": 1}], "o": {"a": " x "}}


def batches() -> list[Batch]:
    return [Batch.of_rows([{"k": 1}, {"k": 2}]), Batch.of_rows([{"k": 1}, {"k": "bad"}], first=3)]


COUNT = {"fields": {"k": "k", "n": ["$rows", "count"]}}


def test_groups_of_the_source_span_batches() -> None:
    made = mapper(group={"by": [["k", "int"]]}, **COUNT)
    parts = [made.apply(batch) for batch in batches()]
    assert [part.records for part in parts] == [[], []]
    assert [reject.number for reject in parts[1].rejects] == [4]
    assert made.flush().records == [{"k": 1, "n": 2}, {"k": 2, "n": 1}]
    assert made.flush().records == []


def test_groups_of_a_batch_end_with_it() -> None:
    made = mapper(group={"by": [["k", "int"]], "scope": "batch"}, **COUNT)
    assert [made.apply(batch).records for batch in batches()] == [
        [{"k": 1, "n": 1}, {"k": 2, "n": 1}],
        [{"k": 1, "n": 1}],
    ]
    assert made.flush().records == []


def test_bound_mappers_keep_their_groups_and_parameters_apart() -> None:
    made = mapper(
        params={"p": {"type": "string"}}, group={"by": ["k"]}, fields={"p": "$context.p", "n": ["$rows", "count"]}
    )
    one, two = made.bind({"p": "1"}), made.bind({"p": "2"})
    one.apply(Batch.of_rows([{"k": 1}, {"k": 1}]))
    two.apply(Batch.of_rows([{"k": 1}]))
    assert one.flush().records == [{"p": "1", "n": 2}]
    assert two.flush().records == [{"p": "2", "n": 1}]


def test_a_record_that_is_refused_raises_with_every_reason() -> None:
    made = mapper(fields={"a": ["a", "int"], "b": {"source": "b", "required": True}})
    with pytest.raises(RecordRejected, match=r"M310: a: .* \(and 1 more\)") as caught:
        made({"a": "x"})
    assert [(error.code, error.field) for error in caught.value.reject.errors] == [("M310", "a"), ("M301", "b")]
    with pytest.raises(RecordRejected):
        made.expand({"a": "x"})


def test_filtered_is_none_and_several_need_expand() -> None:
    assert mapper(filter={"a": 1}, fields={"a": "a"})({"a": 2}) is None
    several = mapper(explode={"path": "l", "as": "x"}, fields={"x": "$x"})
    with pytest.raises(UsageError, match="several records"):
        several({"l": [1]})
    assert [tuple(output) for output in several.expand({"l": [1, 2]})] == [("", {"x": 1}), ("", {"x": 2})]


def test_records_that_a_format_could_not_read_stand_in_their_place() -> None:
    from crosswalk import BadRecord

    batch = Batch.of_rows([{"a": "x"}, {"a": "1"}, {"a": "y"}], numbers=[1, 3, 5], bad=[BadRecord(2, 7, "ragged", "q")])
    applied = mapper(fields={"a": ["a", "int"]}).apply(batch)
    assert [(r.number, r.stage) for r in applied.rejects] == [(1, "map"), (2, "read"), (5, "map")]
    assert applied.records == [{"a": 1}]


def test_records_of_which_much_is_missing_change_nothing() -> None:
    fields = {name: f"p.{name}" for name in "abcdefgh"} | {"l": {"each": "l", "fields": {"x": "x.y", "z": "z"}}}
    made = mapper(fields=fields)
    rows: list[Any] = [{"p": {"a": i, "e": None}, "l": [{"x": {"y": i}}, {"z": 1}, {}]} for i in range(200)]
    expected = [{"a": i, "e": None, "l": [{"x": i}, {"z": 1}, {}]} for i in range(200)]
    for _ in range(5):  # the code adapts between calls
        assert made.apply(rows).records == expected
    full = [{"p": dict.fromkeys("abcdefgh", 1), "l": []}] * 200
    assert made.apply(full).records == [{**dict.fromkeys("abcdefgh", 1), "l": []}] * 200


def test_nothing_of_a_mapping_stays_when_it_is_gone() -> None:
    def generated() -> list[str]:
        gc.collect()
        return [file for file in linecache.cache if "left behind" in file]

    made = mapper(name="left behind", fields={"a": ["a", "int"]})
    made.apply([{"a": "1"}] * 3)
    assert generated()
    del made
    assert not generated()


def test_columns_are_tried_again_after_irregular_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(by_columns, "_PAUSE", 60)
    mapped = mapper(name="m", fields={"a": {"source": ["a", "b"]}})
    odd = pa.RecordBatch.from_pylist([{"a": None, "b": 1}, {"a": "x", "b": 1}] * 10)
    good = pa.RecordBatch.from_pylist([{"a": "x", "b": "y"}] * 20)
    for _ in range(4):
        assert not mapped.apply(Batch.of_arrow(odd)).batches[""].is_columnar
    by_rows = [mapped.apply(Batch.of_arrow(good)).batches[""].is_columnar for _ in range(4)]
    assert by_rows == [False, False, False, True]
    assert mapped.apply(Batch.of_arrow(good)).batches[""].is_columnar


@pytest.mark.parametrize(
    "steps", [[{"null_if": ["z"]}], [{"map": {"z": "Z"}, "else": "other"}], [{"one_of": ["z"]}], ["upper"], ["sha256"]]
)
def test_steps_on_a_variable_that_failed_are_told_once(steps: list[Any]) -> None:
    fields = {"x": ["$u", *steps], "y": "b"}
    spec = {"mapping": "1", "let": {"u": {"source": "a", "required": True}}, "fields": fields}
    applied = Engine().mapping(spec).apply([{"b": 1}, {"b": 2}, {"a": "z", "b": 3}])
    assert [record["y"] for record in applied.records] == [3]
    assert [[error.code for error in reject.errors] for reject in applied.rejects] == [["M301"], ["M301"]]
