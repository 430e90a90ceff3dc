"""`source.schema`: paths that the schema does not know, and first steps that cannot take what it promises."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import SpecError
from ..spec.document import parse_document
from ..spec.near import near_name
from ..values import TYPE_NAMES
from .plan import Field, Plan, Source
from .plan_path import PathPlan
from .plan_step import CallStep
from .walk import walk

if TYPE_CHECKING:
    from .builder import Builder

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}


def check_source_schema(b: Builder, plan: Plan) -> None:
    """Report M415 for plain paths of the record that the schema has no place for, M313 for steps of the wrong type."""
    schema = _load(b, (b.data.get("source") or {}).get("schema"))
    if not isinstance(schema, dict):
        return
    for node in walk(plan):
        if isinstance(node, PathPlan) and node.var is None and node.ctx.id == 0:
            _check_path(b, node, schema)
        elif isinstance(node, Field) and isinstance(node.origin, Source) and len(node.origin.paths) == 1 and node.steps:
            path = node.origin.paths[0]
            found = _find(schema, path)[0] if path.var is None and path.ctx.id == 0 else None
            _check_step(b, node.steps[0], path, found)


def _load(b: Builder, given: Any) -> Any:
    if not isinstance(given, str):
        return given
    path = b.spec.resolve_file("/source/schema", given)
    if path is None:
        return None
    try:
        return parse_document(path.read_bytes(), str(path)).data
    except SpecError as error:
        b.problem("M108", f"{given} is not JSON: {error.message}", "/source/schema", label="no schema")
        return None


def _find(schema: Any, path: PathPlan) -> tuple[Any, str, list[str]]:
    """The subschema at the path (None: unknown), the first name it lacks, and the names it has there."""
    segments = path.compiled.segments if path.compiled else None
    for segment in segments or ():
        if not isinstance(schema, dict):
            return None, "", []
        if isinstance(segment, int):
            schema = schema.get("items")
            continue
        properties = schema.get("properties")
        if not isinstance(properties, dict):
            return None, "", []
        if segment not in properties:
            return None, segment, list(properties)
        schema = properties[segment]
    return (schema if segments else None), "", []


def _check_path(b: Builder, path: PathPlan, schema: Any) -> None:
    _, absent, known = _find(schema, path)
    if absent:
        near = near_name(absent, known)
        start = max(path.text.find(absent), 0)
        b.problem(
            "M415", f'source.schema has no "{absent}" here', path.pointer, within=(start, len(absent)),
            level="warning", label=f'did you mean "{near}"?' if near else "not in the schema",
            notes=(f"known here: {', '.join(known[:20])}",) if known else (),
            fix=f'"{path.text.replace(absent, near, 1)}"' if near else "",
        )  # fmt: skip


def _check_step(b: Builder, step: Any, path: PathPlan, schema: Any) -> None:
    if not isinstance(step, CallStep) or step.guarded or step.resolver.accepts is None or not isinstance(schema, dict):
        return
    kinds = schema.get("type")
    names = [kind for kind in (kinds if isinstance(kinds, list) else [kinds]) if isinstance(kind, str)]
    types = [t for name in names if name != "null" for t in _TYPES.get(name, (object,))]
    if types and not any(t is object or t in step.resolver.accepts for t in types):
        wanted = " or ".join(dict.fromkeys(TYPE_NAMES.get(t, t.__name__) for t in step.resolver.accepts))
        b.problem(
            "M313", f'"{step.resolver.name}" needs {wanted}; by source.schema "{path.text}" is {" or ".join(names)}',
            step.pointer, label="cast it first", fix='"string"' if str in step.resolver.accepts else "",
        )  # fmt: skip
