"""`target.schema`: outputs checked against a JSON Schema, as they will read in JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from ..errors import DataError, Diagnostic
from ..reject import FieldError
from ..spec.files import read_document
from ..spec.pointer import join
from ..values import decimal_text, sample_of, text_of
from .schema_refs import BadRef, bad_refs

if TYPE_CHECKING:
    from ..spec.document import Document
    from ..spec.mapping_spec import MappingSpec


class TargetSchema:
    """A compiled schema; `check` gives the errors of one output."""

    def __init__(self, schema: dict[str, Any], hidden: Iterable[str] = ()) -> None:
        from jsonschema import Draft202012Validator
        from jsonschema.validators import extend
        from jsonschema_specifications import REGISTRY

        self.schema = schema
        self._hidden = tuple(hidden)
        made: Any = extend(Draft202012Validator, {"multipleOf": _multiple_of})  # type: ignore[no-untyped-call]
        # With a registry of its own it never asks the network for what a reference names.
        self._validator = made(schema, registry=REGISTRY)

    @classmethod
    def load(cls, spec: MappingSpec, given: Any, hidden: Iterable[str] = ()) -> TargetSchema | None:
        """From an inline schema or a file beside the mapping; problems are reported as M108.

        `hidden` are the targets whose values must not be shown (`card.number`, `lines[].price`).
        """
        if not isinstance(given, str):
            _check(spec, given)
            return cls(given, hidden)
        path = spec.resolve_file("/target/schema", given)
        if path is None:
            spec.raise_if_errors()
            return None
        document = read_document(path)
        _check(spec, document.data, document)
        return cls(document.data, hidden)

    def fits(self, value: Any, schema: Any) -> bool:
        """Whether a value fits a part of the schema."""
        return bool(self._validator.evolve(schema=schema).is_valid(_json_face(value)))

    def at(self, ref: str) -> Any:
        """The part of the schema that a `$ref` within it names; raises LookupError for other references."""
        if ref != "#" and not ref.startswith("#/"):
            raise LookupError(ref)
        found: Any = self.schema
        for part in ref.removeprefix("#").split("/")[1:]:
            name = unquote(part).replace("~1", "/").replace("~0", "~")
            found = found[int(name)] if isinstance(found, list) else found[name]
        return found

    def check(self, out: Any) -> list[FieldError]:
        """What is wrong with the output, [] when it fits."""
        found = []
        for error in self._validator.iter_errors(_json_face(out)):
            field = ".".join(str(part) for part in error.absolute_path)
            message, sample = error.message[:200], sample_of(error.instance)
            if self._hides(error.absolute_path):
                message, sample = f'does not fit "{error.validator}" of the schema', "***"
            found.append(FieldError("M360", message, field, "/target/schema", "", sample))
        return found

    def _hides(self, path: Iterable[str | int]) -> bool:
        """Whether a sensitive value lies at, below or above the path."""
        here = "".join("[]" if isinstance(part, int) else f".{part}" for part in path)
        for target in self._hidden:
            there = f".{target}" if target and not target.startswith("[") else target
            long, short = (here, there) if len(here) > len(there) else (there, here)
            if long == short or long.startswith((f"{short}.", f"{short}[")):
                return True
        return False


def _check(spec: MappingSpec, schema: Any, document: Document | None = None) -> None:
    """Raise SpecError M108, at its place in the mapping or in the document, for what is wrong with a schema."""
    from jsonschema import Draft202012Validator, SchemaError

    wrong: list[BadRef] = []
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        wrong.append(BadRef(join("", *error.absolute_path), f"not a JSON Schema: {error.message}"))
    for pointer, message, fix in wrong or bad_refs(schema):
        if document is None:
            spec.problem("M108", message, f"/target/schema{pointer}", label="does not hold", fix=fix)
            continue
        place = document.span(pointer)
        line = document.line(place[0])
        spec.add(Diagnostic("M108", message, "error", pointer, document.file, *place, line, "does not hold", (), fix))
    spec.raise_if_errors()


def _multiple_of(validator: Any, divisor: Any, value: Any, schema: Any) -> Iterator[Any]:
    """`multipleOf` by the digits that are written: 1.1 is a multiple of 0.1."""
    from fractions import Fraction

    from jsonschema import ValidationError

    if validator.is_type(value, "number"):
        try:
            rest = Fraction(str(value)) % Fraction(str(divisor))
        except ValueError:  # NaN or an infinity
            rest = Fraction(1)
        if rest:
            yield ValidationError(f"{value!r} is not a multiple of {divisor}")


class _Shown(Decimal):
    """A decimal that messages show as JSON does."""

    __slots__ = ()

    def __repr__(self) -> str:
        return decimal_text(self) if self.is_finite() else str(self)


def _json_face(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _json_face(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_json_face(part) for part in value]
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, Decimal):
        return _Shown(value)
    try:
        return text_of(value)
    except DataError:
        return str(value)
