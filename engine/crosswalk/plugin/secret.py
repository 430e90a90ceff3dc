"""Secrets: a text whose value never prints, and the providers that find it."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar, final

from .component import Component


@final
class Secret:
    """A secret text; `repr`, `str` and formatting give `***`, only `reveal()` gives the value."""

    __slots__ = ("_value",)
    __json_schema__: ClassVar[dict[str, Any]] = {"type": "string", "format": "password"}

    @staticmethod
    def __from_json__(value: Any) -> Secret:
        return value if isinstance(value, Secret) else Secret(str(value))

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value, for the one call that needs it."""
        return self._value

    def __repr__(self) -> str:
        return "***"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)


class SecretProvider(Component):
    """Finds secrets by name; `type` is the provider's name in `${secret:NAME}` lookups."""

    kind: ClassVar[str] = "secret provider"

    @abstractmethod
    def get(self, name: str) -> Secret | None:
        """The secret, or None when this provider does not have it. An outage raises, it is never "absent"."""
