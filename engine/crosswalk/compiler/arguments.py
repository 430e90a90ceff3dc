"""Resolver arguments from JSON: bare or named, checked against the resolver's own schema."""

from __future__ import annotations

from typing import Any

from ..plugin.resolver import Param, Resolver
from ..spec.near import near_name
from ..spec.walk import Walker
from ..spec.words import short_json
from .builder import NOTES, Builder, at

_SIMPLE: dict[str, tuple[type, ...]] = {
    "null": (type(None),),
    "number": (int, float),
    "string": (str,),
    "integer": (int,),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}


def check_args(b: Builder, resolver: Resolver, args: Any, pointer: str) -> dict[str, Any] | None:
    """The arguments as an object, or None after reporting M106."""
    first = resolver.takes_bare
    names = {param.name for param in resolver.params if not param.variadic}
    variadic = next((param for param in resolver.params if param.variadic), None)
    if args is None and not (first and first.required and _takes_null(first)):
        given: dict[str, Any] = {}
    elif isinstance(args, dict) and (first is None or variadic or not _is_bare_object(first, args, names)):
        given = {key: value for key, value in args.items() if key not in NOTES or key in names}
    elif first is not None:
        given = {first.name: args}
    else:
        b.problem(
            "M106", f'"{resolver.name}" takes no arguments', pointer, label="leave this out", fix=f'"{resolver.name}"'
        )
        return None
    named = isinstance(args, dict) and given is not None and set(given) <= set(args)
    good = True
    for name, value in given.items():
        param = next((p for p in resolver.params if p.name == name and not p.variadic), variadic)
        if param is None:
            good = False
            near = near_name(name, names)
            b.problem(
                "M106", f'"{resolver.name}" has no argument "{name}"', at(pointer, name), of="key",
                label=f'did you mean "{near}"?' if near else "not an argument of this resolver",
                notes=(f"arguments: {_signature(resolver)}",), fix=f'"{near}"' if near else "",
            )  # fmt: skip
            continue
        message = _wrong(param, value)
        if message:
            good = False
            b.problem(
                "M106", f'"{resolver.name}": argument "{name}" {message}', at(pointer, name) if named else pointer,
                label="bad argument", notes=(f"arguments: {_signature(resolver)}",),
            )  # fmt: skip
    missing = [p.name for p in resolver.params if p.required and not p.variadic and p.name not in given]
    if missing:
        good = False
        there = [f'"{name}": {short_json(value) or "..."}' for name, value in given.items() if name in names]
        shown = ", ".join([*there, *(f'"{name}": ...' for name in missing)])
        wanted = ", ".join(f'"{name}"' for name in missing)
        b.problem(
            "M106", f'"{resolver.name}" needs {wanted}', pointer, label="argument missing",
            notes=(f"arguments: {_signature(resolver)}",),
            fix=f'{{ "{resolver.name}": {{ {shown} }} }}',
        )  # fmt: skip
    return given if good else None


def _is_bare_object(first: Param, args: dict[str, Any], names: set[str]) -> bool:
    """Whether an object is the first argument itself, not an object of arguments."""
    schema = _schema(first)
    takes_object = schema == {} or "object" in _types(schema)
    return takes_object and not set(args) <= names


def _takes_null(param: Param) -> bool:
    schema = _schema(param)
    return schema == {} or "null" in _types(schema)


def _schema(param: Param) -> dict[str, Any]:
    from ..plugin.schema import type_schema

    return type_schema(param.annotation)


def _types(schema: dict[str, Any]) -> list[str]:
    kind = schema.get("type", [])
    return [kind] if isinstance(kind, str) else list(kind)


def _wrong(param: Param, value: Any) -> str:
    """Why the value does not fit the argument; "" when it does."""
    if param.ref and isinstance(value, str) and value.startswith("$"):
        return ""
    schema = _schema(param)
    if schema == {}:
        return ""
    if set(schema) == {"enum"}:
        if any(value == choice and type(value) is type(choice) for choice in schema["enum"]):
            return ""
        near = near_name(str(value), [str(choice) for choice in schema["enum"]])
        hint = f'; did you mean "{near}"?' if near else ""
        return f"must be one of {', '.join(map(str, schema['enum']))}{hint}"
    if "anyOf" in schema:
        parts = [_wrong_by(part, value) for part in schema["anyOf"]]
        meant = [wrong for part, wrong in zip(schema["anyOf"], parts, strict=True) if _takes(_types(part), value)]
        return "" if "" in parts else meant[0] if len(meant) == 1 else "is not one of the forms it takes"
    return _wrong_by(schema, value)


def _wrong_by(schema: dict[str, Any], value: Any) -> str:
    """Why a value does not fit a schema, in the words of documents."""
    kinds = _types(schema)
    if set(schema) <= {"type", "items"} and all(kind in _SIMPLE for kind in kinds):
        allowed = tuple(t for kind in kinds for t in _SIMPLE[kind])
        if allowed and (not isinstance(value, allowed) or (isinstance(value, bool) and bool not in allowed)):
            return f"must be {_kinds(kinds)}, not {_json_type(value)}"
        if not isinstance(value, list) or "items" not in schema:
            return ""
        return next((wrong for item in value if (wrong := _wrong_by(schema["items"], item))), "")
    if kinds and not _takes(kinds, value):
        return f"must be {_kinds(kinds)}, not {_json_type(value)}"
    found: list[str] = []
    walker = Walker(lambda code, message, pointer, **more: found.append(message), schema)
    walker.check({name: part for name, part in schema.items() if name != "description"}, value, "/value")
    if not found:
        return ""
    message = found[0]
    own = '"value" '
    return message.removeprefix(own) if message.startswith(own) else f"is wrong: {message.replace('value/', '')}"


def _takes(kinds: list[str], value: Any) -> bool:
    allowed = tuple(t for kind in kinds for t in _SIMPLE[kind])
    return isinstance(value, allowed) and (not isinstance(value, bool) or bool in allowed)


def _kinds(kinds: list[str]) -> str:
    words = {
        "array": "a list",
        "object": "an object",
        "integer": "a whole number",
        "number": "a number",
        "null": "null",
    }
    return " or ".join(words.get(kind, f"a {kind}") for kind in kinds)


def _json_type(value: Any) -> str:
    if value is None:
        return "null"
    for kind, types in (("a boolean", bool), ("a whole number", int), ("a string", str), ("a list", list)):
        if isinstance(value, types):
            return kind
    return "an object" if isinstance(value, dict) else "a number"


def _signature(resolver: Resolver) -> str:
    parts = []
    for param in resolver.params:
        name = f"{param.name}..." if param.variadic else param.name
        parts.append(name if param.required or param.variadic else f"{name}?")
    return ", ".join(parts) or "none"
