"""What both back ends make is written the same in every format, or refused with the same words."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

import pyarrow.ipc
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path.append(str(Path(__file__).parent))
from both_back_ends import both
from columnar_rows import columnar_batch
from test_back_ends import same_shape
from test_random_mappings import many, mappings, outputs

from crosswalk import DataError, Format
from crosswalk.compiler.applied import Applied
from crosswalk.compiler.columnar import program
from crosswalk.compiler.mapper import Mapper
from crosswalk_formats.arrow_format import ArrowIpc
from crosswalk_formats.csv_format import Csv
from crosswalk_formats.json_format import Json
from crosswalk_formats.ndjson_format import Ndjson
from crosswalk_formats.parquet_format import Parquet
from crosswalk_formats.xml_format import Xml


@pytest.fixture(autouse=True)
def _take_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "MOST_BY_ROW", 1)


def written(form: Format, mapper: Mapper, applied: Applied) -> dict[str, Any]:
    """The bytes of each stream, of Parquet and Arrow the values that are there; or the error."""
    found: dict[str, Any] = {}
    for name, batch in applied.batches.items():
        out = io.BytesIO()
        try:
            with form.encoder(out, mapper.write_options(name)) as encoder:
                if len(batch):
                    encoder.write(batch)
        except DataError as error:
            found[name] = (error.code, error.message)
        else:
            found[name] = _held(form, out.getvalue())
    return found


def _held(form: Format, data: bytes) -> Any:
    """Columns keep the types that the source's columns have, and members that no record has."""
    if isinstance(form, Parquet):
        return repr(_there(pq.read_table(io.BytesIO(data)).to_pylist()))
    if isinstance(form, ArrowIpc):
        return repr(_there(pyarrow.ipc.open_file(data).read_all().to_pylist()))
    return data


def _there(value: Any) -> Any:
    if isinstance(value, dict):
        parts = {name: _there(part) for name, part in sorted(value.items())}
        return {name: part for name, part in parts.items() if part not in (None, {})}
    return [_there(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("form", [Ndjson(), Json(), Csv(), Xml(), Parquet(), ArrowIpc()], ids=lambda form: form.type)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    mappings | outputs(),
    many,
    st.sampled_from([{}, {"decimals": "string"}, {"null_token": "NULL"}, {"missing": "null"}]),
    same_shape,
)
def test_both_write_the_same(
    form: Format, mapping: dict[str, Any], more: dict[str, Any], target: dict[str, Any], rows: list[Any]
) -> None:
    by_rows, columnar = both({**mapping, **more, "target": {**mapping.get("target", {}), **target}})
    wanted = by_rows.apply(rows)
    assert written(form, columnar, columnar.apply(columnar_batch(rows))) == written(form, by_rows, wanted)
