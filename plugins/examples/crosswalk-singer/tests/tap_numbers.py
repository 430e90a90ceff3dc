"""A tap of numbers: the streams that it is told to have, with a state where it is told to, and whatever else it says.

`--config`: `streams` (name to how many records), `state_every` (records, default 5), `lines` (raw lines to write
instead), `stderr`, `exit`, `sleep_at_end`, `needs_selection`. What it was given is noted in `seen`, a file.
"""

import json
import sys
import time


def main() -> None:
    options = dict(zip(sys.argv[1::2], sys.argv[2::2], strict=True)) if "--discover" not in sys.argv else {}
    at = sys.argv.index("--config") + 1
    config = _loaded(sys.argv[at])
    given = {name: _loaded(path) for name, path in options.items()}
    if "seen" in config:
        with open(config["seen"], "a") as seen:
            seen.write(json.dumps({"argv": sys.argv[1:], **given}) + "\n")
    streams = config.get("streams", {"numbers": 20})
    if "--discover" in sys.argv:
        field = {"breadcrumb": ["properties", "n"], "metadata": {"inclusion": "available"}}
        entries = [
            {"tap_stream_id": f"main-{name}", "stream": name, "schema": {"properties": {}}, "metadata": [field]}
            for name in streams
        ]
        json.dump({"streams": entries}, sys.stdout)
        return
    catalog = given.get("--catalog") or given.get("--properties")
    state = given.get("--state") or {}
    if "stderr" in config:
        print(config["stderr"], file=sys.stderr)
    if "lines" in config:
        for line in config["lines"]:
            print(line)
        sys.stdout.flush()
    else:
        chosen = [entry["stream"] for entry in catalog["streams"] if _selected(entry)] if catalog else list(streams)
        for name in chosen:
            state = _stream(name, streams[name], state, config.get("state_every", 5))
    time.sleep(config.get("sleep_at_end", 0))
    sys.exit(config.get("exit", 0))


def _loaded(path: str) -> dict:
    with open(path) as stream:
        return json.load(stream)


def _selected(entry: dict) -> bool:
    roots = [item["metadata"].get("selected") for item in entry["metadata"] if not item["breadcrumb"]]
    return bool(roots and roots[0])


def _stream(name: str, count: int, state: dict, every: int) -> dict:
    _say({"type": "SCHEMA", "stream": name, "schema": {"properties": {}}, "key_properties": ["n"]})
    for number in range(state.get(name, 0), count):
        _say({"type": "RECORD", "stream": name, "record": {"n": number, "name": f"é {number}"}})
        if (every and (number + 1) % every == 0) or number + 1 == count:
            state = {**state, name: number + 1}
            _say({"type": "STATE", "value": state})
    return state


def _say(message: dict) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


main()
