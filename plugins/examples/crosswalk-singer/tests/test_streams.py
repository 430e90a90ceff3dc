"""singer-sdk's standard test streams for targets arrive through the bridge as they do straight."""

from __future__ import annotations

import csv
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from install_programs import HOME
from real import program

from crosswalk import Engine

NAMES = [
    "array_data",
    "camelcase",
    "camelcase_complex_schema",
    "duplicate_records",
    "encoded_string_data",
    "invalid_schema",
    "multiple_state_messages",
    "no_primary_keys",
    "no_primary_keys_append",
    "optional_attributes",
    "pk_updates",
    "record_before_schema",
    "record_missing_fields",
    "record_missing_key_property",
    "record_missing_required_property",
    "schema_no_properties",
    "schema_updates",
    "special_chars_in_attributes",
    "user_location_data",
    "user_location_upsert_data",
]
TARGETS = {
    "csv": ("meltanolabs-target-csv", "target-csv", "output_path"),
    "jsonl": ("target-jsonl", "", "destination_path"),
}
BAD = {
    "invalid_schema": "C908: the target '{}': the schema has no properties",
    "record_before_schema": "C904: the tap 'sh' wrote on line 1 a RECORD of the stream ",
    "record_missing_required_property": "C902: the target '{}' ended with exit status 1",
}
"""Streams that are wrong on purpose, and what is said of them; straight, the target fails at them too."""


def _streams() -> Path:
    program("meltanolabs-target-csv", "target-csv")
    return next((HOME / "meltanolabs-target-csv").rglob("target_test_streams"))


def _stored(folder: Path) -> dict[str, Any]:
    """The records of each stream that has any; in csv, a field that is not there is an empty one."""
    found: dict[str, Any] = {}
    for path in folder.iterdir():
        if path.suffix == ".jsonl":
            found[path.stem] = [json.loads(line) for line in path.read_text().splitlines()]
        else:
            with path.open(newline="") as stream:
                found[path.stem] = list(csv.DictReader(stream, restval=""))
    return {name: rows for name, rows in found.items() if rows}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", TARGETS)
def test_a_stream_arrives_as_it_would_straight(tmp_path: Path, kind: str, name: str) -> None:
    package, command, option = TARGETS[kind]
    stream = _streams() / f"{name}.singer"
    straight, bridged = tmp_path / "straight", tmp_path / "bridged"
    config = {option: str(straight), "do_timestamp_file": False}
    (tmp_path / "config.json").write_text(json.dumps(config))
    straight.mkdir()
    bridged.mkdir()
    with stream.open() as messages:
        run = [program(package, command), "--config", str(tmp_path / "config.json")]
        done = subprocess.run(run, stdin=messages, capture_output=True, check=False)
    settings = config | {option: str(bridged)}
    reports = [
        Engine().run(_pipeline(stream, schema, program(package, command), settings, tmp_path / "rejects.ndjson"))
        for schema in _schemas(stream)
    ]
    errors = [f"{report.error['code']}: {report.error['message']}" for report in reports if report.error]
    if name in BAD:
        assert [error.startswith(BAD[name].format(command or package)) for error in errors] == [True], errors
    else:
        assert errors == []
    # A record without its key is a reject; straight, one target fails at it, and the other one does not care.
    keyless = name == "record_missing_key_property"
    assert sum(report.rejected for report in reports) == keyless
    if keyless:
        assert _stored(bridged) == {}
    elif (kind, name) == ("jsonl", "pk_updates"):
        # This target fails where a stream does not say key_properties; the bridge always does.
        assert done.returncode == 1
        assert len(_stored(bridged)["example_stream"]) == 2
    else:
        assert _stored(bridged) == _stored(straight)
        assert (done.returncode != 0) == bool(errors) or (kind, name) == ("jsonl", "invalid_schema")


def test_these_are_all_streams_there_are() -> None:
    assert sorted(path.stem for path in _streams().glob("*.singer")) == sorted(NAMES)


def _schemas(stream: Path) -> list[dict[str, Any]]:
    """The last SCHEMA of each stream in the file."""
    messages = [json.loads(line) for line in stream.read_text().splitlines() if line.strip()]
    return list({message["stream"]: message for message in messages if message["type"] == "SCHEMA"}.values())


def _pipeline(
    stream: Path, schema: dict[str, Any], command: str, config: dict[str, Any], rejects: Path
) -> dict[str, Any]:
    """From a tap that gives the file, the records of one stream to the target."""
    name = schema["stream"]
    tap = {"type": "singer_tap", "command": ["/bin/sh", "-c", 'cat "$0"', str(stream)], "discover": False}
    target = {"type": "singer_target", "command": command, "config": config, "stream": name}
    return {
        "pipeline": "1",
        "name": "streams",
        "source": tap | {"streams": [name]},
        "sink": target | {"schema": schema["schema"], "key": schema.get("key_properties") or []},
        "rejects": {
            "type": "files",
            "url": f"{config.get('output_path') or config['destination_path']}/../rejects.ndjson",
        },
        "state": {"type": "memory"},
    }
