"""Which pipeline a command means: the file that is named, else the only one in the current folder; its open state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import CrosswalkError, UsageError
from .documents import kind_of, meant_as
from .view import View

if TYPE_CHECKING:
    from ..plugin.state import Store


def split(args: tuple[str, ...], *names: str) -> tuple[str, ...]:
    """`[PIPELINE] NAMES...`: the pipeline's file and the others; click.UsageError for too few or too many."""
    if len(args) == len(names) and args[-1].endswith(".json"):
        context = click.get_current_context()
        group = str(context.parent.info_name) if context.parent else ""
        missing = f"the {' '.join(names)} is missing behind {args[-1]}"
        raise click.UsageError(f"{missing}; crosswalk {group} list {args[-1]} shows some", context)
    if len(args) == len(names):
        return (the_pipeline(None), *args)
    if len(args) == len(names) + 1:
        return args
    raise click.UsageError(f"give {' '.join(['[PIPELINE]', *names])}", click.get_current_context())


def the_pipeline(named: str | None) -> str:
    """The named file, or the one pipeline of the current folder; UsageError U118 when there is not just one."""
    if named is not None:
        return named
    found = []
    for path in sorted(Path().glob("*.json")):
        try:
            if kind_of(path, named=False) == "pipeline":
                found.append(str(path))
        except CrosswalkError:
            continue  # broken files are told when they are named
    if len(found) == 1:
        return found[0]
    have = f"there are several here: {', '.join(found)}" if found else "there is none in this folder"
    raise UsageError("U118", f"which pipeline? {have}", fix="name its file")


def surroundings(view: View, pipeline: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments that every function of the runtime over a pipeline takes."""
    engine = view.engine
    view.pipeline = pipeline
    with meant_as("pipeline", pipeline, view.command):
        spec = engine.pipeline(pipeline)
    engine = engine.limited_to(spec)
    return {"spec": spec, "registry": engine.registry, "load_mapping": engine.compile_for, "params": params}


@contextmanager
def state_of(view: View, pipeline: str, params: Mapping[str, Any]) -> Iterator[tuple[Store, str]]:
    """The open state of a pipeline, and its name there."""
    from ..runtime.state_view import opened

    with opened(**surroundings(view, pipeline, params)) as found:
        yield found
