"""Components: dataclass values whose fields are their configuration."""

from __future__ import annotations

import dataclasses
from abc import ABC
from collections.abc import Mapping
from typing import Any, ClassVar, Self

from ..errors import PluginError
from .convert import build_dataclass
from .schema import TYPES, dataclass_schema


class Component(ABC):
    """Base of sources, sinks, formats, state backends and executors.

    A subclass is a dataclass: its fields are its configuration, described by `` `name`: text `` lines in the docstring.
    It is a value: comparable, picklable, printable; it holds no open handle (sessions do). `type` is its name in specs.
    `extra`: what pip installs for the packages that it imports inside its methods, such as `acme-crosswalk[redis]`;
    `validate` then tells when they are missing, before anything runs.
    """

    kind: ClassVar[str] = "component"
    type: ClassVar[str]
    stability: ClassVar[str] = "stable"
    extra: ClassVar[str] = ""

    @classmethod
    def config_schema(cls) -> dict[str, Any]:
        """JSON Schema 2020-12 of the configuration object, `type` included; PluginError X108 where there is none."""
        try:
            return dataclass_schema(cls, tag=cls.type)
        except (TypeError, NameError) as error:
            raise PluginError("X108", f"the {cls.kind} {cls.type!r}: {error}", fix=TYPES) from error

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """An instance from a configuration that `config_schema` accepts; raises ArgumentError for a bad value."""
        found: Self = build_dataclass(cls, config)
        return found

    def check(self) -> list[str]:
        """Sentences about settings that do not fit together; [] when all is well. Opens nothing."""
        return []

    def replace(self, **changes: Any) -> Self:
        """A copy with other settings."""
        return dataclasses.replace(self, **changes)  # type: ignore[type-var]
