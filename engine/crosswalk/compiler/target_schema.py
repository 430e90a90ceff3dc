"""`target.schema`: outputs checked against a JSON Schema, as they will read in JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import DataError
from ..reject import FieldError
from ..values import sample_of, text_of

if TYPE_CHECKING:
    from ..spec.mapping_spec import MappingSpec


class TargetSchema:
    """A compiled schema; `check` gives the errors of one output."""

    def __init__(self, schema: dict[str, Any]) -> None:
        from jsonschema import Draft202012Validator

        self.schema = schema
        self._validator = Draft202012Validator(schema)

    @classmethod
    def load(cls, spec: MappingSpec, given: Any) -> TargetSchema | None:
        """From an inline schema or a file beside the mapping; problems are reported as M108."""
        from jsonschema import Draft202012Validator, SchemaError

        from ..spec.document import parse_document

        schema = given
        if isinstance(given, str):
            path = spec.resolve_file("/target/schema", given)
            if path is None:
                spec.raise_if_errors()
                return None
            schema = parse_document(path.read_bytes(), str(path)).data
        try:
            Draft202012Validator.check_schema(schema)
        except SchemaError as error:
            spec.problem("M108", f"not a JSON Schema: {error.message}", "/target/schema", label="does not hold")
            spec.raise_if_errors()
        return cls(schema)

    def check(self, out: Any) -> list[FieldError]:
        """What is wrong with the output, [] when it fits."""
        found = []
        for error in self._validator.iter_errors(_json_face(out)):
            field = ".".join(str(part) for part in error.absolute_path)
            found.append(
                FieldError("M360", error.message[:200], field, "/target/schema", "", sample_of(error.instance))
            )
        return found


def _json_face(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _json_face(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_json_face(part) for part in value]
    if value is None or isinstance(value, str | int | float) or hasattr(value, "as_tuple"):
        return value
    try:
        return text_of(value)
    except DataError:
        return str(value)
