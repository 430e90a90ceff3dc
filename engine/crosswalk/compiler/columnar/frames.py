"""Frames of items: fewer of them, others in their place, one more where there is none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from .column import Frame, both, single, taken
from .lists import kept_offsets, parents_of


@contextmanager
def only(frame: Frame, mask: Any) -> Iterator[None]:
    """What is computed inside counts where the mask (None: everywhere) holds; what fails elsewhere is no failure."""
    active = frame.active
    frame.active = both(active, mask)
    try:
        yield
    finally:
        frame.active = active


def kept(child: Frame, offsets: Any, keep: Any) -> tuple[Frame, Any]:
    """The frame and offsets of the items for which the mask holds."""
    if keep.true_count == child.count:
        return child, offsets
    places = pc.indices_nonzero(keep).cast(pa.int32())
    if child.parent is None:
        return Frame(child.env, len(places), child, places), offsets
    return picked(child, places), None if offsets is None else kept_offsets(offsets, keep)


def picked(child: Frame, places: Any) -> Frame:
    """The frame of the items at some places, in their order."""
    made = Frame(child.env, len(places), child.parent, child.parents.take(places))
    made.contexts = {number: taken(column, places) for number, column in child.contexts.items()}
    made.values = {key: taken(column, places) for key, column in child.values.items()}
    return made


def places_within(offsets: Any, parents: Any) -> Any:
    """The place of each item within its list, from 0."""
    everyone = pa.array(range(len(parents)), pa.int64())
    return pc.subtract(everyone, offsets.take(parents).cast(pa.int64()))


def with_empty(frame: Frame, child: Frame, offsets: Any, own: tuple[set[int], set[int]]) -> tuple[Frame, Any]:
    """The items, and a missing one for each row of the frame that has none.

    `own`: the contexts and the variables that the items bring; what comes from the rows is the rows'.
    """
    lengths = pc.subtract(offsets[1:], offsets[:-1])
    filled = pc.max_element_wise(lengths, single(1, pa.int32()))
    ends = pa.concat_arrays([pa.array([0], pa.int32()), pc.cumulative_sum(filled)])
    parents = parents_of(ends, frame.count)
    places = pc.add(pc.subtract(pa.array(range(len(parents)), pa.int32()), ends.take(parents)), offsets.take(parents))
    places = pc.if_else(pc.greater(lengths.take(parents), single(0, pa.int32())), places, single(None, pa.int32()))
    made = Frame(frame.env, len(parents), frame, parents)
    contexts, values = own
    made.contexts = {number: taken(child.contexts[number], places) for number in contexts}
    made.values = {key: taken(child.values[key], places) for key in values}
    return made, ends
