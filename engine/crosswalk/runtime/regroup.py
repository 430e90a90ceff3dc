"""Replaying the rejects of a mapping that groups: all of a source at once, since a group is refused as a whole."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from ..batch import Batch
from ..lean import lean_dataclass
from ..reject import Reject
from .mapperlike import MapperLike


@lean_dataclass
class Regrouped:
    """The outputs by stream, the documents whose records are in them or filtered, and those refused again, with why."""

    outputs: dict[str, list[Any]]
    closed: list[dict[str, Any]]
    refused: list[tuple[dict[str, Any], Reject]]
    filtered: int


def regroup(mapper: MapperLike, rejects: Sequence[tuple[dict[str, Any], Any]]) -> Regrouped:
    """Map the records of reject documents, given with each, to the groups that they make among themselves."""
    by_file = defaultdict(list)
    for document, record in rejects:
        by_file[document["source"]["file"] or None].append((document["source"], record))
    found = []
    for file, records in by_file.items():
        records.sort(key=lambda one: one[0]["number"] or 0)
        numbers, lines = ([source[name] for source, _ in records] for name in ("number", "line"))
        batch = Batch.of_rows([record for _, record in records], numbers=numbers, lines=lines, file=file)
        found.append(mapper.apply(batch))
    found.append(mapper.flush())
    outputs: dict[str, list[Any]] = defaultdict(list)
    for applied in found:
        for stream, rows in applied.outputs.items():
            outputs[stream] += rows
    again = {(reject.file or None, reject.number): reject for applied in found for reject in applied.rejects}
    made = Regrouped(dict(outputs), [], [], sum(applied.filtered for applied in found))
    for document, _ in rejects:
        refused = again.get((document["source"]["file"] or None, document["source"]["number"]))
        if refused is None:
            made.closed.append(document)
        else:
            made.refused.append((document, refused))
    return made
