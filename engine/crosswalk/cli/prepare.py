"""From MAPPING, INPUT and options to a bound mapper and a reader: shared by map, preview and explain."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ..lean import lean_dataclass
from . import formats, inputs
from .documents import meant_as

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..batch import Batch
    from ..compiler.mapper import Mapper
    from ..plugin.format import Format
    from ..runtime.runs import Run
    from .view import View


@lean_dataclass(slots=False)
class Prepared:
    """A mapper with its parameters and run facts, and its input; `name` is None for stdin."""

    mapper: Mapper
    reader: Format
    name: str | None
    run: Run

    @contextmanager
    def batches(self, limit: int | None = None) -> Iterator[Iterator[Batch]]:
        """The batches of the input, at most `limit` records in all."""
        with inputs.opened(self.name) as stream:
            yield inputs.batches(self.reader, stream, self.mapper.read_options, self.name, limit)


def prepare(view: View, mapping: str, input: str | None, from_: str | None, params: Mapping[str, str]) -> Prepared:
    """Compile the mapping and choose the input's format; opens nothing but the mapping's files.

    Raises SpecError and UsageError.
    """
    from ..plugin.resolver import RunInfo
    from ..runtime.runs import new_run

    name = inputs.input_name(input)
    registry = view.engine.registry
    said = formats.format_config(from_)
    by_name = registry.format_for_file(name) if name else None
    guess = formats.find(registry, said) if said is not None else by_name
    with meant_as("mapping", mapping, view.command):
        mapper = view.engine.mapping(mapping, source_format=guess.type if guess else "ndjson")
    config = formats.choose(registry, said, mapper.source_format, name)
    reader = formats.build(registry, config)
    run = new_run()
    return Prepared(mapper.bind(params, RunInfo(run.id, run.started_at)), reader, name, run)
