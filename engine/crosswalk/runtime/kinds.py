"""The types of an output's fields as sinks are told them, over all mappings that write to it."""

from __future__ import annotations

from collections.abc import Iterable

from .mapperlike import MapperLike, streams_of


def output_kinds(mappers: Iterable[MapperLike], stream: str) -> tuple[dict[str, str], bool]:
    """The fields of a stream, in order, each with its type (see `Context.types`), and whether there are no others.

    {} and False when a mapping tells nothing.
    """
    from ..compiler.field_type import join

    found = None
    for mapper in mappers:
        if stream not in streams_of(mapper):
            continue
        tell = getattr(mapper, "output_type", None)
        if tell is None:
            return {}, False
        found = tell(stream) if found is None else join(found, tell(stream))
    return ({name: of.kind for name, of in found.members}, not found.open) if found is not None else ({}, False)
