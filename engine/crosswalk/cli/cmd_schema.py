"""`crosswalk schema`: the JSON Schema of mappings or pipelines with what the installed plugins add, or of rejects."""

from __future__ import annotations

import json
from typing import Any

import click

from .command import Command
from .view import Result, View

NAMES = ("mapping", "pipeline", "reject", "report", "diagnostic", "lineage")


@click.command("schema", cls=Command)
@click.argument("name", type=click.Choice(NAMES))
@click.pass_obj
def schema(view: View, name: str) -> Result:
    """Print a JSON Schema for editors.

    Those of mappings and pipelines know the resolvers, formats, sources and sinks of the installed plugins.

    \b
    Example:
      crosswalk schema mapping > mapping.schema.json   # then, in a mapping: "$schema": "mapping.schema.json"
    """
    found = _compose(view, name)
    return Result({"schema": found}, text=json.dumps(found, ensure_ascii=False, indent=2))


def _compose(view: View, name: str) -> dict[str, Any]:
    if name == "mapping":
        from ..spec.compose import compose_mapping_schema

        return compose_mapping_schema(view.engine.registry)
    if name == "pipeline":
        from ..spec.compose import compose_pipeline_schema

        return compose_pipeline_schema(view.engine.registry)
    from ..spec.schemas import load_schema

    return load_schema(name)
