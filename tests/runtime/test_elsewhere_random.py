"""Random mappings over random records give the same where they were pickled as where they were made."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crosswalk import Batch, DataError, Encoding, WriteOptions
from crosswalk.runtime.elsewhere import Elsewhere, Mapped
from crosswalk_formats.ndjson_format import Ndjson

sys.path.insert(0, str(Path(__file__).parents[1] / "compiler"))
from test_random_mappings import compiled, facts, mappings, outputs, records

LINES = Encoding(Ndjson(), WriteOptions())


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(mappings | outputs(), st.lists(st.lists(records, max_size=3), max_size=3), st.booleans())
def test_the_same_elsewhere(mapping: dict[str, Any], lots: list[list[Any]], encoded: bool) -> None:
    mapper = compiled(mapping)
    if mapper is None or not mapper.remote:
        return
    expected = [mapper.apply(Batch.of_rows(rows)) for rows in lots]
    kept: dict[int, bytes] = {}
    work = Elsewhere(mapper, {stream: [LINES if encoded else None] for stream in mapper.streams})
    there = pickle.loads(pickle.dumps(work))
    sent = pickle.loads(pickle.dumps(there(pickle.loads(pickle.dumps([Batch.of_rows(rows) for rows in lots])))))
    assert len(sent) == len(lots)
    keeps = {stream: [lambda batch, data: kept.__setitem__(id(batch), data)] for stream in mapper.streams}
    for each, ours, rows in zip(sent, expected, lots, strict=True):
        found = Mapped.of(each, mapper, Batch.of_rows(rows), keeps)
        for stream, batch in found.batches.items():
            assert len(batch) == len(ours.outputs[stream])
            try:
                data = LINES.encoder().encode(Batch.of_rows(ours.outputs[stream]))
            except DataError:
                data = None
            assert kept.pop(id(batch), None) == (data if encoded else None)
        assert facts(found) == facts(ours)  # type: ignore[arg-type]


def test_a_mapping_is_compiled_once_for_many_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    mapper = compiled({"mapping": "1", "fields": {"x": "a"}})
    assert mapper is not None
    data = pickle.dumps(Elsewhere(mapper, {"": [None]}))
    assert pickle.loads(data) is pickle.loads(data)
