"""What a mapper is bound to: a value for each parameter, and the facts of the run."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from threading import Lock
from typing import TYPE_CHECKING, Any

from ..errors import DataError, UsageError
from ..plugin.resolver import RunInfo
from ..spec.near import near_name
from ..values import MISSING
from .casts import CASTS
from .plan import Param

if TYPE_CHECKING:
    from ..registry import Registry


class Bound:
    """Parameters and run of a mapper; the defaults, and a run of its own, where none were given."""

    def __init__(
        self,
        known: Mapping[str, Param],
        registry: Registry,
        params: Mapping[str, Any] | None = None,
        run: RunInfo | None = None,
    ) -> None:
        self._known = known
        self._registry = registry
        self.given = params
        self.given_run = run
        self._lock = Lock()

    @property
    def params(self) -> Mapping[str, Any]:
        """The value of each parameter; raises UsageError M206 when a required one is missing."""
        return self.given if self.given is not None else checked_params(self._known, {}, self._registry)

    @property
    def run(self) -> RunInfo:
        """The run; one that was not given begins when it is first asked for."""
        with self._lock:  # threads that start together share one run
            self.given_run = self.given_run or RunInfo(uuid.uuid4().hex, dt.datetime.now(dt.UTC))
            return self.given_run


def checked_params(known: Mapping[str, Param], given: Mapping[str, Any], registry: Registry) -> dict[str, Any]:
    """A value for every parameter, MISSING for an optional one without; raises UsageError M202 or M206."""
    for name in given:
        if name not in known:
            near = near_name(name, known)
            raise UsageError(
                "M202", f'the mapping has no parameter "{name}"', fix=f'did you mean "{near}"?' if near else "",
                notes=(f"parameters: {', '.join(known) or 'none'}",),
            )  # fmt: skip
    found: dict[str, Any] = {}
    for name, param in known.items():
        if name in given:
            found[name] = _cast(param, given[name], registry)
        elif param.default is not None:
            found[name] = _cast(param, param.default, registry)
        elif param.required:
            raise UsageError("M206", f'parameter "{name}" is missing', fix=f"--param {name}=VALUE")
        else:
            found[name] = MISSING
    return found


def _cast(param: Param, value: Any, registry: Registry) -> Any:
    cast = CASTS.get(param.type)
    resolver = registry.resolvers.get(cast) if isinstance(cast, str) else cast
    if resolver is None or value is None:
        return value
    accepts = resolver.accepts
    if accepts and (not isinstance(value, accepts) or (isinstance(value, bool) and bool not in accepts)):
        raise UsageError("M206", f'parameter "{param.name}" is not a {param.type}')
    try:
        return resolver.bind({})(value)
    except DataError as error:
        shown = "" if param.sensitive else f": {value!r}"
        raise UsageError("M206", f'parameter "{param.name}" is {error.message}{shown}') from error
