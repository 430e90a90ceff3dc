"""A target that adds records to a file when it ends; or, told to, at each state.

`--config`: `path`; `at_state` (write, and say the state, when it comes); `replace` (begin the file anew); `forget`
(write no record behind the first so many); `die_after` (records); `stderr`; `exit`. What it was given is noted in
`seen`, a file.
"""

import json
import os
import sys


def main() -> None:
    with open(sys.argv[sys.argv.index("--config") + 1]) as stream:
        config = json.load(stream)
    if "stderr" in config:
        print(config["stderr"], file=sys.stderr, flush=True)
    kept: list = []
    count = 0
    state = None
    with open(config["path"], "w" if config.get("replace") else "a") as out:
        for line in sys.stdin:
            message = json.loads(line)
            if "seen" in config:
                with open(config["seen"], "a") as seen:
                    seen.write(line)
            if message["type"] == "RECORD":
                kept.append(message["record"])
                count += 1
                if count == config.get("die_after"):
                    sys.exit(config.get("exit", 3))
            elif message["type"] == "STATE":
                state = message["value"] if "forget" not in config else {"bookmarks": {}}
                if config.get("at_state"):
                    _keep(out, kept, state)
        kept = kept[: config.get("forget")]
        _keep(out, kept, None if config.get("silent") else state)
    sys.exit(config.get("exit", 0))


def _keep(out, kept: list, state) -> None:
    out.writelines(json.dumps(record) + "\n" for record in kept)
    out.flush()
    os.fsync(out.fileno())
    kept.clear()
    if state is not None:
        print("a line that is no state")
        print(json.dumps(state), flush=True)


main()
