"""What is known of a mapping without running it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from ..errors import Diagnostic
from ..plugin.format import Format, WriteOptions
from .by_columns import ColumnarForm
from .plan import Object, Plan
from .redact import sensitive_fields
from .target_schema import TargetSchema

if TYPE_CHECKING:
    from ..plugin.path import PathLanguage
    from ..registry import Registry
    from ..spec.mapping_spec import MappingSpec
    from .field_type import FieldType
    from .lineage import Lineage


class MappingFacts:
    """A mapping as it is compiled: its names, formats, options, types and lineage."""

    def __init__(
        self, spec: MappingSpec, plan: Plan, registry: Registry, source_format: str | None, schema: Any
    ) -> None:
        self.spec = spec
        self._made_for = source_format
        self.plan = plan
        self._registry = registry
        self.languages: dict[str, PathLanguage] = {name: cls() for name, cls in registry.path_languages.items()}
        target = spec.data.get("target") or {}
        schema = schema or target.get("schema")
        self._schema = TargetSchema.load(spec, schema, sensitive_fields(plan)) if schema else None
        self._form = ColumnarForm(plan, self.languages, self._schema)

    def __repr__(self) -> str:
        return f"<Mapper {self.name}: {', '.join(name for name in self.streams if name) or 'one output'}>"

    def _repr_html_(self) -> str:
        from .mapper_html import mapper_html

        return mapper_html(self)

    @property
    def name(self) -> str:
        """The mapping's name."""
        return self.plan.name

    @property
    def hash(self) -> str:
        """SHA-256 of the flattened mapping; rejects and state carry it."""
        return self.spec.hash

    @property
    def warnings(self) -> list[Diagnostic]:
        """Lint findings (M4xx)."""
        return self.spec.warnings

    @property
    def streams(self) -> tuple[str, ...]:
        """The names of the output streams, `("",)` without `outputs`."""
        return self.plan.streams

    @property
    def max_rejects(self) -> int | str | None:
        """`on_error.max_rejects`: a count, `"1%"`, or None."""
        found: int | str | None = (self.spec.data.get("on_error") or {}).get("max_rejects")
        return found

    @property
    def source_format(self) -> Any:
        """`source.format` as written, None when absent."""
        return (self.spec.data.get("source") or {}).get("format")

    @property
    def target_format(self) -> Any:
        """`target.format` as written, None when absent."""
        return (self.spec.data.get("target") or {}).get("format")

    def write_options(self, stream: str = "") -> WriteOptions:
        """Columns, null token and decimals for the target's format."""
        target = self.spec.data.get("target") or {}
        declared = [output.columns for output in self.plan.outputs if output.name == stream]
        columns: tuple[str, ...] | None = None
        if "columns" in target:
            columns = tuple(target["columns"])
        elif declared and all(part is not None for part in declared):
            columns = tuple(dict.fromkeys(name for part in declared if part for name in part))
        bodies = [output.body for output in self.plan.outputs if output.name == stream]
        own = [name for body in bodies if isinstance(body, Object) for name, _ in body.members]
        return WriteOptions(
            columns=columns,
            null_token=target.get("null_token", ""),
            decimals=target.get("decimals", "number"),
            schema=self._schema.schema if self._schema else None,
            first=() if columns is not None else tuple(dict.fromkeys(own)),
        )

    def lineage(self) -> Lineage:
        """Which source paths, tables, parameters and resolvers each target field depends on."""
        from .lineage import lineage_of

        return lineage_of(self)

    def output_type(self, stream: str = "", source: FieldType | None = None) -> FieldType:
        """What is known of the records of a stream before the data: an object with the type of every field.

        `source`: the type of the source's records, where something is known of it.
        """
        from .output_types import output_types

        return output_types(self.plan, self._schema.schema if self._schema else None, source)[stream]

    @cached_property
    def _wants_rows(self) -> bool:
        """Whether columns of the source's format, where it is known, would lack what expressions look at."""
        from .whole_objects import whole_objects

        said = self.source_format["type"] if isinstance(self.source_format, dict) else self.source_format
        known = [self._registry.formats.get(name) for name in {said, self._made_for} if name]
        return bool(known) and all(one is not None and whole_objects(one, self.plan) for one in known)

    def reader(self) -> Format:
        """The format of the source as the mapping states it (ndjson when it does not)."""
        config = self.source_format or "ndjson"
        name = config if isinstance(config, str) else config["type"]
        cls = self._registry.formats[name]
        return cls.from_config({} if isinstance(config, str) else config)
