"""The structure of mappings: which keys go together, told by the schema and by the rules a schema cannot say well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .component_check import check_component, check_made
from .near import near_name
from .pointer import join
from .schemas import load_schema
from .targets import check_targets
from .walk import Walker
from .words import either, listing, member, quoted, short_json, spot

if TYPE_CHECKING:
    from ..registry import Registry
    from .mapping_spec import MappingSpec

NOTES = ("comment", "description")
ORIGINS = ("source", "const", "template", "calc", "fields", "each", "object", "array", "switch", "lookup", "use")
_BODIES = ("fields", "value", "outputs", "passthrough", "spread")

# Words of other tools, and the key they mean here.
_SYNONYMS = {
    "path": "source", "from": "source", "column": "source", "field": "source", "value": "const", "constant": "const",
    "expression": "calc", "formula": "calc", "items": "each", "forEach": "each", "foreach": "each", "loop": "each",
    "cases": "switch", "transform": "resolve", "transforms": "resolve", "resolver": "resolve", "resolvers": "resolve",
    "steps": "resolve", "if": "when", "condition": "when", "fallback": "default", "cast": "type", "mappings": "fields",
    "properties": "fields", "fragment": "use", "variables": "let", "vars": "let", "parameters": "params",
    "equals": "eq", "is": "eq", "=": "eq", "==": "eq", "!=": "ne", ">": "gt", ">=": "gte", "<": "lt", "<=": "lte",
    "exists": "present", "regex": "matches", "pattern": "matches", "nin": "not_in", "str": "string", "int": "integer",
    "bool": "boolean", "array": "list", "timestamp": "datetime", "double": "float", "dict": "object",
}  # fmt: skip


def validate_mapping(spec: MappingSpec, kind: str, registry: Registry | None) -> None:
    """Note every structural problem of the flattened mapping; `kind` is what the caller wants it to be."""
    _Validator(spec, registry).run(kind)


class _Validator:
    def __init__(self, spec: MappingSpec, registry: Registry | None) -> None:
        self.spec = spec
        self.registry = registry
        self.walker = walker = Walker(spec.problem, load_schema("mapping"))
        walker.synonyms = _SYNONYMS
        walker.special = {
            "field": self.field,
            "field_list": self.field_list,
            "field_object": self.field_object,
            "fields": self.fields,
            "step_object": self.step_object,
            "case": self.case,
            "cond": self.cond,
            "cond_value": self.cond_value,
            "format_object": self.format_object,
            "table": self.table,
        }
        defs = walker.defs
        self.common: dict[str, Any] = defs["field_object"]["properties"]
        self.companions = {name: defs[f"origin_{name}"]["properties"] for name in ORIGINS}

    def problem(self, code: str, message: str, pointer: str, **more: Any) -> None:
        self.walker.note(code, message, pointer, **more)

    def run(self, kind: str) -> None:
        data = self.spec.data
        self.walker.object(self.walker.schema, data, "")
        said = data.get("kind", "mapping")
        if said != kind and said in ("mapping", "library"):
            self.problem("M108", f"this is a {said}, not a {kind}", "/kind", label="cannot be used here")
        bodies = [name for name in _BODIES if name in data]
        if said == "library":
            for name in bodies:
                note = "a library offers tables, pipelines and fragments"
                self.problem("M103", f'a library has no "{name}"', join("", name), of="key", notes=(note,))
        elif said == "mapping" and not bodies and not self.meant_body(data):
            label = 'add "fields"'
            fix = '"fields": { "sku": "SKU" }'
            self.problem("M103", "the mapping does not say what comes out", "", label=label, fix=fix)
        if "value" in data:
            for name in ("fields", "passthrough", "spread", "outputs"):
                if name in data:
                    message = f'a mapping takes "value" or "{name}", not both'
                    self.problem("M103", message, join("", name), of="key", label='"value" is the whole output')
        if "outputs" in data and "fields" in data:
            label = "write these fields into the outputs"
            self.problem("M103", 'a mapping takes "outputs" or "fields", not both', "/fields", of="key", label=label)

    def meant_body(self, data: dict[str, Any]) -> bool:
        """Whether an unknown key probably is what comes out: then that is told alone."""
        return not self.walker.misspelt(data, self.walker.schema["properties"]).isdisjoint(_BODIES)

    def field(self, value: Any, pointer: str) -> None:
        if isinstance(value, str):
            self.walker.check(self.walker.defs["path"], value, pointer)
        elif isinstance(value, dict):
            self.field_object(value, pointer)
        elif isinstance(value, list):
            self.field_list(value, pointer)
        else:
            self.bare_constant(value, pointer)

    def bare_constant(self, value: Any, pointer: str) -> None:
        shown = short_json(value)
        message = f"a bare constant: {shown}" if shown else "a bare constant"
        fix = f'{{ "const": {shown or "..."} }}'
        self.problem("M104", message, pointer, label='a path stands here; a constant says "const"', fix=fix)

    def field_list(self, value: list[Any], pointer: str) -> None:
        if value and isinstance(value[0], str):
            self.walker.define("field_list", value, pointer)
            return
        shown = short_json(value)
        notes = ('a list stands for a path and its steps: ["item.sku", "trim"]',)
        if any(isinstance(item, dict) for item in value):
            message, label = "a list that does not start with a path", "the first item is a path"
            fix = f'a list of fields: {{ "array": {shown or "[...]"} }}'
        else:
            message, label = "a bare list", 'a constant says "const"'
            fix = f'{{ "const": {shown or "[...]"} }}'
        self.problem("M104", message, pointer, label=label, notes=notes, fix=fix)

    def field_object(self, value: Any, pointer: str) -> None:
        origins = [name for name in value if name in ORIGINS and not (name == "fields" and "each" in value)]
        allowed: dict[str, Any] = {}
        for name in origins:
            allowed |= self.companions[name]
        allowed |= {name: schema for name, schema in self.common.items() if name not in allowed}
        unknown = [name for name in value if name not in allowed]
        if origins or "resolve" in value:
            for name in origins[1:]:
                message = f"a field has exactly one origin, this one has {either(quoted(origins), 'and')}"
                label = f'"{origins[0]}" is here already'
                there = join(pointer, name)
                self.problem("M103", message, there, of="key", label=label, fix=f'remove "{name}"')
        elif not self.unnamed_origin(value, unknown, pointer):
            return
        else:
            allowed = dict.fromkeys(ORIGINS) | allowed
        for name in unknown:
            home = next((origin for origin in ORIGINS if name in self.companions[origin]), None)
            hint = f'it goes with "{home}"' if home and home != name else ""
            self.walker.unknown_key(name, value[name], list(allowed), join(pointer, name), "field", hint)
        for name, item in value.items():
            schema = allowed.get(name)
            if schema is not None:
                self.walker.check(schema, item, join(pointer, name))
        if "each" in origins:
            self.walker.one_of(["fields", "value"], value, pointer, 'list made by "each"')
        self.dependents(value, pointer)

    def unnamed_origin(self, value: dict[str, Any], unknown: list[str], pointer: str) -> bool:
        """No key of the field is an origin: True when a misspelt one explains it, so that only that is told."""
        if any(_meant(name) for name in unknown):
            return True
        if unknown and len(unknown) == len([name for name in value if name not in NOTES]):
            message = 'a field needs an origin; a nested object says so with "fields"'
            fix = f'{{ "fields": {short_json(value) or "{ ... }"} }}'
            self.problem("M103", message, pointer, label="no key of a field in here", fix=fix)
            return False
        notes = (f"origins: {listing(ORIGINS)}",)
        fix = member("const", value["default"]) if set(value) == {"default"} else '"source": "..."'
        label = "where does the value come from?"
        self.problem(
            "M103", "a field needs exactly one origin, this one has none", pointer, label=label, notes=notes, fix=fix
        )
        return True

    def dependents(self, value: dict[str, Any], pointer: str) -> None:
        if "else" in value and "when" not in value:
            message = '"else" goes with "when", which is not here'
            fix = '"when": { "qty": { "gt": 0 } }'
            self.problem("M111", message, join(pointer, "else"), of="key", label='needs "when"', fix=fix)
        lookup = value.get("lookup")
        wants = {
            "on_error": value.get("on_error") == "default",
            "lookup/on_missing": isinstance(lookup, dict) and lookup.get("on_missing") == "default",
        }
        for place, wanted in wants.items():
            if wanted and "default" not in value:
                name = place.rpartition("/")[2]
                message = f'"{name}": "default" needs a "default" in the field'
                self.problem("M111", message, f"{pointer}/{place}", label="no default here", fix='"default": ...')

    def fields(self, value: Any, pointer: str) -> None:
        if isinstance(value, dict):
            check_targets(self.problem, value, pointer)
        self.walker.define("fields", value, pointer)

    def step_object(self, value: Any, pointer: str) -> None:
        names = [name for name in value if name not in NOTES and not (name == "else" and "map" in value)]
        if "else" in names:
            names.remove("else")
            message = '"else" goes with "map", which is not here'
            self.problem("M111", message, join(pointer, "else"), of="key", label='needs "map"')
        elif not names:
            self.problem("M103", "a step names a resolver", pointer, label="no name in here", fix='"trim"')
        elif len(names) > 1:
            shown = ", ".join(f"{{ {member(name, value[name])} }}" for name in names)
            label = "one object per step"
            self.problem(
                "M103", "a step has exactly one resolver", join(pointer, names[1]), of="key", label=label, fix=shown
            )
        known = self.walker.defs["step_object"]["properties"]
        for name in names:
            if name in known:
                self.walker.check(known[name], value[name], join(pointer, name))

    def case(self, value: Any, pointer: str) -> None:
        schema = self.walker.defs["case"]
        if not self.walker.typed(schema, value, pointer):
            return
        self.walker.object({key: part for key, part in schema.items() if key != "oneOf"}, value, pointer)
        if "else" in value:
            for name in ("when", "then"):
                if name in value:
                    message = 'a case has "when" and "then", or only "else"'
                    there = join(pointer, name)
                    self.problem("M103", message, there, of="key", label='"else" stands alone, as the last case')
            last = int(pointer.rpartition("/")[2]) + 1
            siblings = self.spec_list(pointer)
            if siblings > last:
                message, label = 'only the last case may be "else"', "the cases after it are never reached"
                self.problem("M103", message, pointer, label=label)
            return
        for name in ("when", "then"):
            if name not in value:
                self.walker.missing_key(name, schema["properties"][name], pointer, "case")

    def spec_list(self, pointer: str) -> int:
        """How many items the list around the item at `pointer` has."""
        from .pointer import parent, resolve

        return len(resolve(self.spec.data, parent(pointer)))

    def cond(self, value: Any, pointer: str) -> None:
        if not isinstance(value, dict):
            fix = f"{{ {member(value, True)} }}" if isinstance(value, str) else ""
            label = "a condition names a path and what its value must be"
            self.problem("M108", f"{spot(pointer)} must be an object", pointer, label=label, fix=fix)
            return
        if not any(name not in NOTES or not isinstance(value[name], str) for name in value):
            label, fix = "says nothing", '{ "qty": { "gt": 0 } }'
            self.problem("M108", "a condition must not be empty", pointer, label=label, fix=fix)
            return
        told = {name for name in ("all", "any") if self.single_cond(name, value.get(name), pointer)}
        self.walker.object(
            {**self.walker.defs["cond"], "minProperties": 0}, {k: v for k, v in value.items() if k not in told}, pointer
        )

    def single_cond(self, name: str, value: Any, pointer: str) -> bool:
        """Tell when `all` or `any` has one condition in place of a list; an object of operators is about a path."""
        if not isinstance(value, dict) or any(op in self.walker.defs["operators"]["properties"] for op in value):
            return False
        message, fix = f'"{name}" must be a list of conditions', f"[{short_json(value) or '{ ... }'}]"
        self.problem("M108", message, join(pointer, name), label="one condition", fix=fix)
        return True

    def cond_value(self, value: Any, pointer: str) -> None:
        if isinstance(value, list):
            fix = f'{{ "in": {short_json(value) or "[...]"} }}'
            self.problem("M108", "a list is compared with an operator", pointer, label="which one?", fix=fix)
            return
        if isinstance(value, dict) and set(value) == {"source"}:
            fix = f'{{ "eq": {short_json(value) or "..."} }}'
            self.problem("M108", "a comparison needs an operator", pointer, label="which one?", fix=fix)
            return
        self.walker.define("cond_value", value, pointer)

    def format_object(self, value: Any, pointer: str) -> None:
        self.walker.define("format_object", value, pointer)
        if self.registry is not None and isinstance(value.get("type"), str):
            found = len(self.spec.problems)
            cls = self.registry.formats.get(value["type"])
            check_component(self.walker, cls, value, pointer)
            if cls is not None and len(self.spec.problems) == found:
                check_made(self.walker, cls, value, pointer)

    def table(self, value: Any, pointer: str) -> None:
        self.walker.define("table", value, pointer)
        if not isinstance(value, dict) or isinstance(value.get("inline"), dict):
            return
        properties = self.walker.defs["table"]["properties"]
        said = {*value, *self.walker.misspelt(value, properties)}
        if "key" not in said and any(name in value for name in ("inline", "file", "source")):
            self.walker.missing_key("key", properties["key"], pointer, "table")
        source = value.get("source")
        if self.registry is not None and isinstance(source, dict) and isinstance(source.get("type"), str):
            kinds = self.registry.components("sources")
            check_component(self.walker, kinds.get(source["type"]), source, join(pointer, "source"))


def _meant(word: str) -> str | None:
    """The origin that a key probably means."""
    near = near_name(word, ORIGINS) or _SYNONYMS.get(word)
    return near if near in ORIGINS else None
