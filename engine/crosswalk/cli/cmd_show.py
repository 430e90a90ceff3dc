"""`crosswalk show`: what a mapping reads and gives, or its flat form after extends and include."""

from __future__ import annotations

import json
from typing import Any

import click

from .command import Command
from .documents import meant_as
from .view import Result, View


@click.command("show", cls=Command)
@click.argument("mapping")
@click.option("--flat", is_flag=True, help="Print the mapping as it holds after extends and include.")
@click.pass_obj
def show(view: View, mapping: str, flat: bool) -> Result:
    """Show what a mapping reads and gives, or its flat form.

    \b
    Example:
      crosswalk show orders.mapping.json --flat
    """
    if flat:
        with meant_as("mapping", mapping, view.command):
            spec = view.engine.load(mapping)
            spec.raise_if_errors()
        return Result({"mapping": spec.data}, text=json.dumps(spec.data, ensure_ascii=False, indent=2))
    with meant_as("mapping", mapping, view.command):
        mapper = view.engine.mapping(mapping)
    params = mapper.spec.data.get("params") or {}
    data: dict[str, Any] = {
        "name": mapper.name,
        "hash": mapper.hash,
        "source_format": mapper.source_format,
        "record": mapper.read_options.record,
        "target_format": mapper.target_format,
        "params": {name: dict(param) for name, param in params.items()},
        "streams": {stream: list(mapper.write_options(stream).columns or ()) for stream in mapper.streams},
        "tests": len(mapper.spec.data.get("tests") or []),
    }
    return Result(data, text=_text(data))


def _text(data: dict[str, Any]) -> str:
    rows = [
        ("mapping", data["name"]),
        ("hash", data["hash"][:12]),
        ("reads", _format(data["source_format"]) + (f" at {data['record']}" if data["record"] else "")),
        ("writes", _format(data["target_format"])),
    ]
    for name, param in data["params"].items():
        about = [param.get("type", "string")] + ["required"] * bool(param.get("required"))
        rows.append(("parameter", f"{name} ({', '.join(about)})"))
    for stream, columns in data["streams"].items():
        shown = ", ".join(columns) or "decided record by record"
        rows.append((f"fields of {stream}" if stream else "fields", shown))
    rows.append(("tests", str(data["tests"])))
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"{name:<{width}}  {text}" for name, text in rows)


def _format(config: Any) -> str:
    if config is None:
        return "any format"
    return config if isinstance(config, str) else str(config.get("type"))
