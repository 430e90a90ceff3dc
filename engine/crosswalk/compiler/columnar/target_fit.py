"""`target.schema` over columns: which records may not fit; of those the row functions tell what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as t

from .codes import codes_of, first_of_each
from .column import Column, Env, Irregular, either, repeated, single
from .fit_values import KEYWORDS, is_number
from .lists import items_of
from .notes import Unsupported
from .plain import normal
from .target_choices import not_chosen, not_one

if TYPE_CHECKING:
    from ..target_schema import TargetSchema

_OF_OBJECTS = frozenset(
    (
        "properties", "required", "additionalProperties", "patternProperties", "propertyNames", "minProperties",
        "maxProperties", "dependentRequired",
    )
)  # fmt: skip
_OF_LISTS = frozenset(("items", "minItems", "maxItems", "uniqueItems", "contains"))
_HARD = frozenset(
    [
        *("prefixItems", "minContains", "maxContains", "dependentSchemas", "unevaluatedItems", "unevaluatedProperties"),
        "$dynamicRef",
    ]
)
"""Keywords of objects and lists that have no columnar form."""
_CHOICES = frozenset(("oneOf", "not", "if"))
_WHOLE = frozenset(("enum", "const"))
_INNER = ("items", "additionalProperties", "contains", "not", "if", "then", "else")


class TargetFit:
    """Tells which records may not fit a schema; raises Unsupported for one that columns do not check.

    Within, `sure` asks for the rows that surely do not fit, else for all that may not: of what is not looked into here
    none is sure. Choices between schemas need both.
    """

    def __init__(self, target: TargetSchema) -> None:
        self._target = target
        self._verdicts: dict[int, tuple[Any, bool]] = {}
        hard = _hard_keyword(target, target.schema, frozenset(), top=True)
        if hard:
            raise Unsupported(
                f'"{hard}" of target.schema is checked record by record', "/target/schema",
                '"additionalProperties" runs by columns' if hard == "unevaluatedProperties"
                else 'say it with "checks", which run by columns',
            )  # fmt: skip

    def bad(self, env: Env, column: Column) -> Any:
        """The mask of the records that may not fit (None: none)."""
        return self._bad(env, column, self._target.schema, ())

    def _bad(self, env: Env, column: Column, schema: Any, seen: tuple[str, ...], sure: bool = False) -> Any:
        """Rows that may not fit, or surely do not; those that are missing do not count."""
        if schema is True:
            return None
        count = len(column.data)
        if schema is False:
            return repeated(True, count)
        there = column.data.is_valid()
        found = None
        if there.false_count:
            null = pc.invert(there) if column.missing is None else pc.and_not(pc.invert(there), column.missing)
            if null.true_count and not self._takes_null(schema):
                found = null
        if there.true_count:
            found = either(found, _where(there, self._of_values(env, column, schema, seen, sure)))
        return found

    def _of_values(self, env: Env, column: Column, schema: Mapping[str, Any], seen: tuple[str, ...], sure: bool) -> Any:
        kind = column.data.type
        if column.members is not None or t.is_struct(kind):
            own, wanted = _OF_OBJECTS, "object"
        elif column.items is not None or t.is_list(kind):
            own, wanted = _OF_LISTS, "array"
        else:
            return self._of_scalars(env, column, schema, seen, sure)
        if not sure and set(schema) & (_HARD | _WHOLE):
            raise Irregular
        found = None
        kinds = schema.get("type", wanted)
        if wanted not in ([kinds] if isinstance(kinds, str) else kinds):
            found = repeated(True, len(column.data))
        if own & set(schema):
            objects = wanted == "object"
            found = either(found, (self._object if objects else self._list)(env, column, schema, sure))
        return either(found, self._combined(env, column, schema, seen, sure))

    def _combined(self, env: Env, column: Column, schema: Mapping[str, Any], seen: tuple[str, ...], sure: bool) -> Any:
        count = len(column.data)

        def bad(part: Any, sure: bool = sure) -> Any:
            return self._bad(env, column, part, seen, sure)

        def mask(part: Any, sure: bool) -> Any:
            found = bad(part, sure)
            return repeated(False, count) if found is None else found

        found = None
        for part in schema.get("allOf", ()):
            found = either(found, bad(part))
        if "anyOf" in schema:
            none = repeated(True, count)
            for part in schema["anyOf"]:
                none = pc.and_(none, mask(part, sure))
            found = either(found, none)
        if "oneOf" in schema:
            found = either(found, not_one(schema["oneOf"], mask, count, sure=sure))
        if "not" in schema:
            found = either(found, pc.invert(mask(schema["not"], not sure)))
        if "if" in schema:
            found = either(found, not_chosen(schema, mask, sure=sure))
        ref = schema.get("$ref")
        if ref is not None and ref in seen:
            if not sure:
                raise Irregular
        elif ref is not None:
            found = either(found, self._bad(env, column, self._target.at(ref), (*seen, ref), sure))
        return found

    # ---- single values --------------------------------------------------------------------------------------------

    def _of_scalars(
        self, env: Env, column: Column, schema: Mapping[str, Any], seen: tuple[str, ...], sure: bool
    ) -> Any:
        data = column.data
        if sure and (set(schema) & _WHOLE or t.is_decimal(data.type)):
            return self._by_value(data, schema)
        found = None
        for keyword, value in schema.items():
            if keyword in KEYWORDS:
                bad = KEYWORDS[keyword](data, value)
                if bad is NotImplemented:
                    return self._by_value(data, schema)
                if bad is not None:
                    found = either(found, bad.fill_null(single(False)) if bad.null_count else bad)
            elif keyword in _CHOICES or keyword == ("multipleOf" if is_number(data.type) else "pattern"):
                return self._by_value(data, schema)
        return either(found, self._combined(env, column, schema, seen, sure))

    def _by_value(self, data: Any, schema: Any) -> Any:
        """The schema itself on each distinct value."""
        coded = data.dictionary_encode()
        fits = [self._target.fits(value, schema) for value in coded.dictionary.to_pylist()]
        return pc.invert(pa.array(fits, pa.bool_()).take(coded.indices)).fill_null(single(False))

    def _takes_null(self, schema: Any) -> bool:
        held = self._verdicts.get(id(schema))
        if held is None:
            # The schema is kept, so that its id stays its own.
            held = self._verdicts[id(schema)] = (schema, self._target.fits(None, schema))
        return held[1]

    # ---- objects --------------------------------------------------------------------------------------------------

    def _object(self, env: Env, column: Column, schema: Mapping[str, Any], sure: bool) -> Any:
        count = len(column.data)
        members = dict(_members(env, column))
        there = {
            name: None if member.missing is None else pc.invert(member.missing) for name, member in members.items()
        }
        found = None
        for name, member in members.items():
            for part in self._schemas_of(name, schema):
                found = either(found, _where(there[name], self._bad(env, member, part, (), sure)))
        for name in schema.get("required", ()):
            found = either(found, _absent(there, name, count))
        for name, others in schema.get("dependentRequired", {}).items():
            for other in others if name in there else ():
                found = either(found, _where(there[name], _absent(there, other, count)))
        least, most = schema.get("minProperties"), schema.get("maxProperties")
        if least is not None or most is not None:
            sizes = repeated(0, count)
            for mask in there.values():
                sizes = pc.add(sizes, single(1) if mask is None else mask.cast(pa.int64()))
            found = either(found, _outside(sizes, least, most))
        return found

    def _schemas_of(self, name: str, schema: Mapping[str, Any]) -> list[Any]:
        """The schemas of a member; False among them where its name does not fit."""
        found = [schema["properties"][name]] if name in schema.get("properties", {}) else []
        found += [part for pattern, part in schema.get("patternProperties", {}).items() if _matches(pattern, name)]
        if not found and "additionalProperties" in schema:
            found = [schema["additionalProperties"]]
        if "propertyNames" in schema and not self._target.fits(name, schema["propertyNames"]):
            found.append(False)
        return found

    # ---- lists ----------------------------------------------------------------------------------------------------

    def _list(self, env: Env, column: Column, schema: Mapping[str, Any], sure: bool) -> Any:
        values, parents, offsets = items_of(column)
        count = len(column.data)
        found = _outside(
            pc.subtract(offsets[1:], offsets[:-1]).cast(pa.int64()), schema.get("minItems"), schema.get("maxItems")
        )
        if "items" in schema:
            found = either(found, _raised(self._bad(env, values, schema["items"], (), sure), parents, count))
        if "contains" in schema:
            bad = self._bad(env, values, schema["contains"], (), sure)
            fits = repeated(True, len(parents)) if bad is None else pc.invert(bad)
            found = either(found, _without(fits, parents, count))
        if schema.get("uniqueItems") and not sure:
            codes = codes_of([Column(parents.cast(pa.int64())), values], len(parents))
            found = either(found, _raised(pc.invert(first_of_each(codes)), parents, count))
        return found


def _members(env: Env, column: Column) -> list[tuple[str, Column]]:
    """The members of an object, of one of the source too."""
    if column.members is not None:
        return column.members
    found = []
    for place, field in enumerate(column.data.type):
        data = normal(pc.struct_field(column.data, place))
        missing = data.is_null() if column.source and env.nulls_are_missing else column.data.is_null()
        found.append((field.name, Column(data, missing if missing.true_count else None, source=column.source)))
    return found


def _where(there: Any, bad: Any) -> Any:
    """What does not fit (None: nothing), of the rows that count (None: all)."""
    return bad if bad is None or there is None else pc.and_(there, bad)


def _absent(there: Mapping[str, Any], name: str, count: int) -> Any:
    if name not in there:
        return repeated(True, count)
    return None if there[name] is None else pc.invert(there[name])


def _outside(sizes: Any, least: Any, most: Any) -> Any:
    found = None if least is None else pc.less(sizes, single(int(least)))
    return found if most is None else either(found, pc.greater(sizes, single(int(most))))


def _raised(bad: Any, parents: Any, count: int) -> Any:
    """The rows that have an item that does not fit."""
    if bad is None or not bad.true_count:
        return None
    return pc.is_in(pa.array(range(count), parents.type), value_set=parents.filter(bad).unique())


def _without(fits: Any, parents: Any, count: int) -> Any:
    """The rows that have no item that fits."""
    return pc.invert(pc.is_in(pa.array(range(count), parents.type), value_set=parents.filter(fits).unique()))


def _matches(pattern: str, name: str) -> bool:
    import re

    return re.search(pattern, name) is not None


def _hard_keyword(target: TargetSchema, schema: Any, seen: frozenset[str], *, top: bool = False) -> str:
    """A keyword of an object or list that has no columnar form, "" where there is none."""
    if not isinstance(schema, Mapping):
        return ""
    hard = sorted(set(schema) & _HARD)
    if hard or ("$id" in schema and not top):
        return hard[0] if hard else "$id"
    inner = [*schema.get("properties", {}).values(), *schema.get("patternProperties", {}).values()]
    inner += [part for name in ("allOf", "anyOf", "oneOf") for part in schema.get(name, ())]
    inner += [schema[name] for name in _INNER if name in schema]
    ref = schema.get("$ref", "")
    if ref and ref not in seen:
        try:
            inner.append(target.at(ref))
        except (LookupError, ValueError, TypeError):
            return "$ref"
        seen |= {ref}
    return next((found for part in inner if (found := _hard_keyword(target, part, seen))), "")
