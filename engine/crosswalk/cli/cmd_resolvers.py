"""`crosswalk resolvers`: all resolvers by group, or one with its arguments and examples."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from ..errors import UsageError
from .command import Command
from .settings import kind_of, plainly, settings_of
from .view import Result, View, to_json

if TYPE_CHECKING:
    from ..plugin.resolver import Example, Resolver


@click.command("resolvers", cls=Command)
@click.argument("name", required=False)
@click.pass_obj
def resolvers(view: View, name: str | None) -> Result:
    """List the resolvers, or describe one.

    \b
    Examples:
      crosswalk resolvers
      crosswalk resolvers decimal
    """
    known = view.engine.registry.resolvers
    if name is None:
        return _all(view, list(known.values()))
    found = known.get(name)
    if found is None:
        from ..spec.step_synonyms import near_step

        near = near_step(name, known)
        raise UsageError(
            "U115", f'there is no resolver "{name}"',
            fix=f'did you mean "{near}"?' if near else "crosswalk resolvers lists them all",
        )  # fmt: skip
    data = _document(found)
    return Result({"resolver": data}, text=_text(found, data))


def _all(view: View, found: list[Resolver]) -> Result:
    groups: dict[str, list[Resolver]] = {}
    for resolver in sorted(found, key=lambda r: (r.group, r.name)):
        groups.setdefault(resolver.group, []).append(resolver)
    data = {name: [{"name": r.name, "summary": r.summary} for r in members] for name, members in groups.items()}
    width = max((len(r.name) for r in found), default=0)
    lines = []
    for name, members in groups.items():
        lines += ["", name, *(f"  {r.name:<{width}}  {r.summary}" for r in members)]
    return Result({"groups": data}, text="\n".join(lines[1:]))


def _document(resolver: Resolver) -> dict[str, Any]:
    return {
        "name": resolver.name,
        "group": resolver.group,
        "doc": resolver.doc,
        "accepts": _types(resolver.accepts),
        "returns": _types(resolver.returns),
        "called_on_null": resolver.null == "aware",
        "takes_input": resolver.takes_input,
        "pure": resolver.pure,
        "arguments": resolver.args_schema(),
        "examples": [_example(resolver, example) for example in resolver.examples],
    }


def _types(types: tuple[type, ...] | None) -> list[str]:
    from ..values import TYPE_NAMES

    return ["any"] if types is None else [TYPE_NAMES.get(kind, kind.__name__) for kind in types]


def _example(resolver: Resolver, example: Example) -> dict[str, Any]:
    step: Any = resolver.name if example.args is None else {resolver.name: example.args}
    found: dict[str, Any] = {"step": step}
    if resolver.takes_input:
        found["input"] = _shown(example.input)
    return found | ({"error": example.error} if example.error else {"output": _shown(example.output)})


def _shown(value: Any) -> str:
    from ..values import MISSING

    return "(missing)" if value is MISSING else to_json(value, indent=None)


def _text(resolver: Resolver, data: dict[str, Any]) -> str:
    takes = ", ".join(data["accepts"]) if resolver.takes_input else "nothing"
    lines = [f"{resolver.name}  ({resolver.group})", "", resolver.doc, "", f"takes    {takes}"]
    lines.append(f"gives    {', '.join(data['returns'])}")
    if data["called_on_null"]:
        lines.append("null     called on missing and null, too")
    schema = data["arguments"]
    for index, one in enumerate(settings_of(schema)):
        need = one.need if one.need == "required" else f"default {one.need}" if one.need else "optional"
        lines.append(f"{'' if index else 'with':<9}{one.name}: {plainly(one.kind)}, {need}")
    if isinstance(schema["additionalProperties"], dict):
        lines.append(f"{'':<9}any other name: {plainly(kind_of(schema['additionalProperties']))}")
    if data["examples"]:
        lines += ["", "examples"]
    for example in data["examples"]:
        result = f"error {example['error']}" if "error" in example else example["output"]
        given = f"{example['input']} | " if "input" in example else ""
        lines.append(f"  {given}{json.dumps(example['step'], ensure_ascii=False, default=str)}  ->  {result}")
    return "\n".join(lines)
