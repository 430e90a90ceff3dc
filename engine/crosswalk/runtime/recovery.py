"""Recovery: bring state and sinks to the same transition after a run that died between them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from ..batch import Batch
from ..errors import RunFailed
from ..plugin.sink import SupportsCommit
from ..plugin.source import PartChanged, PartVanished
from ..plugin.state import Put
from ..reject import Reject
from .careful import write_outputs
from .commit import Committer, Outlet, Range
from .feed import Feed
from .mapperlike import AppliedLike, holds_records
from .runs import Counts

Documents = Callable[[Feed, Range, Iterable[Reject]], list[dict[str, Any]]]


def recover(committer: Committer, feeds: list[Feed], documents: Documents) -> bool:
    """True when a sink was ahead of state: then state (and sinks that were behind) are brought up to it.

    After True the caller opens everything anew, since the run that died may be finished by it.
    """
    ahead = None
    for outlet in committer.outlets:
        token = outlet.writer.committed if isinstance(outlet.writer, SupportsCommit) else None
        if token is not None and token["seq"] > committer.position["seq"]:
            ahead = token
    if ahead is None:
        return False
    behind = [
        outlet
        for outlet in committer.outlets
        if isinstance(outlet.writer, SupportsCommit) and (outlet.writer.committed or {}).get("seq") != ahead["seq"]
    ]
    if behind:
        _repeat(committer, feeds, ahead, behind, documents)
    committer.lease.commit([Put(tuple(key), value, ttl) for key, value, ttl in ahead["puts"]])
    return True


def _repeat(
    committer: Committer, feeds: list[Feed], token: dict[str, Any], behind: list[Outlet], documents: Documents
) -> None:
    """Read the ranges of a transition again, for the sinks that missed it."""
    by_key = {feed.key: feed for feed in feeds}
    ranges = [Range.from_dict(data) for data in token["ranges"]]

    def emit(feed: Feed, reach: Range, applied: AppliedLike, batch: Batch | None = None) -> None:
        write = partial(committer.write, only=behind)
        done = write_outputs(write, feed.mapper, batch, applied, sinks=committer.sinks)
        committer.reject(documents(feed, reach, done.rejects(applied)), only=behind)

    try:
        for at, reach in enumerate(ranges):
            feed = by_key[reach.feed]
            _repeat_range(feed, reach, emit)
            last_of_feed = at + 1 == len(ranges) or ranges[at + 1].feed != reach.feed
            if last_of_feed and holds_records(feed.mapper):
                emit(feed, reach, feed.mapper.flush())
    except (PartVanished, PartChanged, KeyError) as error:
        raise RunFailed(
            "R110",
            f"an earlier run died between two sinks, and its source is not there any more: {error}",
            fix="put the file back as it was and run again; or drop that commit: crosswalk state reset",
        ) from error
    for outlet in behind:
        if isinstance(outlet.writer, SupportsCommit):
            outlet.writer.commit(token, final=token["final"])


def _repeat_range(feed: Feed, reach: Range, emit: Callable[[Feed, Range, AppliedLike, Batch], None]) -> None:
    if reach.to == reach.start and not reach.end:
        return
    seen = Counts()

    def left() -> int | None:
        return None if reach.end else reach.records - seen.read

    for batch in feed.batches(reach.part, reach.start, left):
        emit(feed, reach, feed.mapper.apply(batch), batch)
        seen.read += len(batch) + len(batch.bad)
        if not reach.end and batch.cursor == reach.to:
            return
    if not reach.end and reach.part is not None:
        raise PartChanged(f"{reach.part.name} no longer has the position {reach.to!r}")
