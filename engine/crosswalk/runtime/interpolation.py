"""`${...}` in a pipeline's strings: parameters, environment, secrets, facts of the run; nothing is evaluated."""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any

from ..errors import UsageError
from ..lean import lean_dataclass
from ..plugin.secret import Secret

PLACE = re.compile(r"\$\{([^{}]*)\}")
_TIME = re.compile(r"%[YmdHMSjyf%]")


@lean_dataclass(frozen=True, slots=False)
class Names:
    """What may stand in `${...}`. `secret` finds a secret by name and raises when there is none."""

    pipeline: str
    run_id: str
    started_at: dt.datetime
    params: Mapping[str, Any] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=lambda: os.environ)
    secret: Callable[[str], Secret] = lambda name: _no_secret(name)

    def find(self, name: str) -> str | Secret:
        """The text or secret of one name. Raises UsageError P120 (unknown name), P121 (not set), P122 (no secret)."""
        if name.startswith("secret:"):
            return self.secret(name.removeprefix("secret:"))
        if name.startswith("params."):
            return self._param(name.removeprefix("params."))
        if name.startswith("env."):
            variable = name.removeprefix("env.")
            if variable not in self.env:
                raise UsageError(
                    "P121", f"the environment variable {variable} is not set", fix=f"export {variable}=..."
                )
            return self.env[variable]
        head, _, form = name.partition(":")
        if head == "run.started_at":
            if not form:
                return self.started_at.isoformat()
            if _TIME.sub("", form).count("%"):
                raise UsageError("P120", f"${{{name}}}: only %Y %m %d %H %M %S %j %y %f may stand in a time")
            return self.started_at.strftime(form)
        plain = {"run.id": self.run_id, "run.date": f"{self.started_at:%Y-%m-%d}", "pipeline": self.pipeline}
        if name in plain:
            return plain[name]
        known = "params.NAME, env.NAME, secret:NAME, run.id, run.date, run.started_at, pipeline"
        raise UsageError("P120", f"${{{name}}} is not known here", fix=f"known are: {known}")

    def _param(self, name: str) -> str | Secret:
        value = self.params.get(name)
        if value is None:
            raise UsageError("P121", f"the parameter {name!r} has no value", fix=f"--param {name}=...")
        if isinstance(value, Secret):
            return value
        return str(value).lower() if isinstance(value, bool) else str(value)


def interpolate(value: Any, names: Names) -> Any:
    """A JSON value with all its strings filled in; a string with a secret in it becomes a Secret as a whole."""
    if isinstance(value, str):
        return _text(value, names) if "${" in value else value
    if isinstance(value, list):
        return [interpolate(item, names) for item in value]
    if isinstance(value, dict):
        return {key: interpolate(item, names) for key, item in value.items()}
    return value


def _text(text: str, names: Names) -> str | Secret:
    pieces: list[str] = []
    hidden = False
    at = 0
    for match in PLACE.finditer(text):
        found = names.find(match[1])
        hidden = hidden or isinstance(found, Secret)
        pieces += [text[at : match.start()], found.reveal() if isinstance(found, Secret) else found]
        at = match.end()
    whole = "".join([*pieces, text[at:]])
    return Secret(whole) if hidden else whole


def wildcard(value: Any) -> Any:
    """A JSON value with `*` for what differs between runs (`run.*`), so that the files of all runs are found."""
    if isinstance(value, str):
        return re.sub(r"\$\{run\.[^{}]*\}", "*", value)
    if isinstance(value, list):
        return [wildcard(item) for item in value]
    if isinstance(value, dict):
        return {key: wildcard(item) for key, item in value.items()}
    return value


def _no_secret(name: str) -> Secret:
    raise UsageError("P122", f"no secret {name!r} was found")
