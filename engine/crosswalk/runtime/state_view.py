"""What `crosswalk state` and `crosswalk runs` show and change: plain functions over a pipeline's state."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ..errors import EnvironmentFailure, UsageError
from ..plugin.state import Key, Store
from ..registry import Registry
from .guard_state import opened_state
from .jobs import STATUSES, jobs_of
from .leases import Lease, lease_key, unlock
from .plan import LoadMapping, Plan, SpecLike
from .runs import new_run, position_key, run_key, runs

FAMILIES = ("position", "run", "file", "cursor", "watermark", "lease", "fence", "reject", "after", "job", "sent")
"""The first part of every key; the second is the pipeline's name."""


@contextmanager
def opened(
    spec: SpecLike, *, registry: Registry, load_mapping: LoadMapping, params: Mapping[str, Any] | None = None
) -> Iterator[tuple[Store, str]]:
    """The open state of a pipeline, and its name there."""
    plan = Plan(spec, registry, load_mapping, params or {})
    with opened_state(plan.backend(new_run())) as store:
        yield store, plan.name


def state_list(store: Store) -> list[dict[str, Any]]:
    """Every pipeline in the state: its name, last run, and how many files are done, half read and failed."""
    found = []
    for key, entry in store.scan(("position",)):
        name = key[1]
        if name.endswith("/replay"):
            continue
        files = {"done": 0, "partial": 0, "failed": 0}
        for _, file in store.scan(("file", name)):
            files[file.value["status"]] += 1
        last = next(iter(deque(runs(store, name), maxlen=1)), None)
        summary = {"pipeline": name, "unfinished_run": entry.value["run"] or None, "files": files}
        summary["last_run"] = last and {k: last[k] for k in ("id", "status", "started_at")}
        summary["running"] = store.get(lease_key(name)) is not None
        found.append(summary)
    return found


def state_show(store: Store, pipeline: str) -> dict[str, Any]:
    """Everything that is kept about a pipeline but its run records, finished files and single outcomes."""
    position = store.get(position_key(pipeline))
    if position is None:
        raise UsageError("S112", f"there is no state of {pipeline!r}", fix="crosswalk state list")
    held = store.get(lease_key(pipeline))
    done = 0
    unfinished = []
    for _, entry in store.scan(("file", pipeline)):
        if entry.value["status"] == "done":
            done += 1
        else:
            unfinished.append(entry.value)
    return {
        "pipeline": pipeline,
        "position": position.value,
        "lease": held.value if held else None,
        "cursors": {key[2]: entry.value for key, entry in store.scan(("cursor", pipeline))},
        "watermarks": {key[2]: entry.value["modified"] for key, entry in store.scan(("watermark", pipeline))},
        "files_done": done,
        "files_unfinished": unfinished,
        "pending_moves": [entry.value for _, entry in store.scan(("after", pipeline))],
        "rejects_closed": sum(1 for _ in store.scan(("reject", pipeline))),
        "jobs": jobs_of(store, pipeline),
        "outcomes": sum(1 for _ in store.scan(("sent", pipeline))),
    }


def state_history(store: Store, pipeline: str, *, limit: int | None = None) -> list[dict[str, Any]]:
    """The files of a pipeline with status, run and time, latest first."""
    found = [entry.value for _, entry in store.scan(("file", pipeline))]
    found.sort(key=lambda value: -value["at"])
    return found[:limit]


def state_reset(store: Store, pipeline: str, *, file: str | None = None, keep_rejects: bool = True) -> int:
    """Forget a pipeline (or only files whose names match the glob `file`); returns how many entries went.

    The next run reads everything (or those files) again. Raises EnvironmentFailure S120 while it runs.
    """
    import fnmatch

    with Lease(store, pipeline, ttl=60) as lease:
        gone: list[Key] = []
        families = ("file",) if file else ("position", "run", "file", "cursor", "watermark", "after", "job", "sent")
        for family in families:
            for key, entry in store.scan((family, pipeline)):
                if file is None or fnmatch.fnmatch(entry.value["name"], file if "/" in file else f"*/{file}"):
                    gone.append(key)
        if file is None and not keep_rejects:
            gone += [key for key, _ in store.scan(("reject", pipeline))]
        lease.commit([], gone)
    return len(gone)


def state_unlock(store: Store, pipeline: str) -> dict[str, Any]:
    """End a lease by force; its owner can commit no more. Returns what the owner had written."""
    found: dict[str, Any] | None = unlock(store, pipeline)
    if found is None:
        raise UsageError("S121", f"{pipeline} is not locked", fix="crosswalk state list")
    return found


def state_verify(store: Store) -> list[str]:
    """What is wrong with the state, as sentences: damage of the backend, entries that do not fit together."""
    check = getattr(store, "verify", None)
    found: list[str] = list(check()) if check else []
    names = {key[1] for key, _ in store.scan(("position",))}
    for key, entry in store.scan():
        label = "/".join(key)
        if key[0] not in FAMILIES:
            found.append(f"{label}: not an entry of crosswalk")
        elif key[0] in ("file", "cursor", "after", "job", "sent") and key[1] not in names:
            found.append(f"{label}: belongs to a pipeline that has no position")
        elif key[0] == "job" and entry.value.get("status") not in STATUSES:
            found.append(f"{label}: no job has the status {entry.value.get('status')!r}")
        elif key[0] == "position" and key[1].endswith("/replay"):
            continue  # replays keep no run records
        elif key[0] == "position" and entry.value["run"] and store.get(run_key(key[1], entry.value["run"])) is None:
            found.append(f"{label}: the unfinished run {entry.value['run']} has no record")
    return found


def run_list(store: Store, pipeline: str | None = None, *, limit: int = 50) -> list[dict[str, Any]]:
    """Run records, latest first, of one pipeline or all."""
    found = [
        entry.value | {"pipeline": key[1]} for key, entry in store.scan(("run", pipeline) if pipeline else ("run",))
    ]
    found.sort(key=lambda value: value["started_at"], reverse=True)
    return found[:limit]


def run_show(store: Store, run_id: str) -> dict[str, Any]:
    """One run by its id or the beginning of it."""
    found = [run for run in run_list(store, limit=1 << 30) if run["id"].startswith(run_id)]
    if len(found) != 1:
        raise EnvironmentFailure("S113", f"{len(found) or 'no'} runs begin with {run_id!r}", fix="crosswalk runs")
    return found[0]
