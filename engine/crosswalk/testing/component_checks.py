"""Checks of every component, whatever its kind: it is a value, and its settings explain themselves."""

from __future__ import annotations

import dataclasses
import inspect
import pickle
from abc import abstractmethod
from pathlib import Path
from typing import Any, ClassVar

from ..plugin.component import Component
from ..plugin.schema import json_name

STABILITIES = ("stable", "beta", "experimental", "deprecated")


class ComponentChecks:
    """Mixed into the kits of components.

    `required`: the settings that must be given; None takes the class at its word.
    """

    required: ClassVar[tuple[str, ...] | None] = None

    @abstractmethod
    def _component(self, folder: Path) -> Component:
        """The component under test, not bound."""

    def test_is_a_value(self, tmp_path: Path) -> None:
        """Comparable, printable, picklable: pipelines are compared, logged and sent to other processes."""
        component = self._component(tmp_path)
        copy = pickle.loads(pickle.dumps(component))
        assert copy == component, f"a pickled copy is not equal: {copy!r} != {component!r}"
        assert component.replace() == component, "replace() without changes gives another value"
        assert component.check() == [], f"check() finds fault with the component of the test: {component.check()}"

    def test_settings_are_described(self, tmp_path: Path) -> None:
        """Each setting has a line in the docstring; schema, editor and reference page show it."""
        cls = type(self._component(tmp_path))
        schema = cls.config_schema()
        properties: dict[str, Any] = schema["properties"]
        assert inspect.getdoc(cls), f"{cls.__name__} has no docstring"
        bare = [
            name
            for name, about in properties.items()
            if about.get("description", "") in ("", f"The {name.replace('_', ' ')} of the {cls.type}.")
        ]
        assert not bare, f"settings without a description: {bare}; write `name`: text in the class docstring"
        assert cls.stability in STABILITIES, f"stability {cls.stability!r} is none of {', '.join(STABILITIES)}"

    def test_required_settings_are_named(self, tmp_path: Path) -> None:
        """Left out, a required setting is named by the error, before anything is opened."""
        cls = type(self._component(tmp_path))
        schema = [name for name in cls.config_schema()["required"] if name != "type"]
        wanted = schema if self.required is None else list(self.required)
        assert sorted(schema) == sorted(wanted), f"the schema requires {sorted(schema)}, the test says {sorted(wanted)}"
        fields = {json_name(field.name) for field in dataclasses.fields(cls) if field.init}  # type: ignore[arg-type]
        assert set(wanted) <= fields, f"no settings at all: {sorted(set(wanted) - fields)}"
        try:
            cls.from_config({})
        except (TypeError, ValueError) as error:
            silent = [name for name in wanted if name.rstrip("_") not in str(error)]
            assert not silent, f"the error does not name {silent}: {error}"
        else:
            assert not wanted, f"built without its required settings {wanted}"
