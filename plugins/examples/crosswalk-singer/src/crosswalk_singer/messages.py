"""Singer messages: one line of a tap's output, checked."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from .command import Command
from .errors import protocol

_EXPONENT = 6144
"""As crosswalk itself: a larger number, written out, could fill the memory."""
_SHOWN = 80
"""Characters of a line that is no message, in the error about it."""


@dataclass(slots=True)
class Messages:
    """Reads messages, and knows the streams that have a schema.

    What may stand behind a record, its version and time, is left out; so are messages that a version of a table is
    complete (ACTIVATE_VERSION), since nothing is deleted here.
    """

    command: Command
    schemas: dict[str, Any] = field(default_factory=dict)

    def read(self, number: int, line: bytes) -> tuple[str, str, Any]:
        """(type, stream or "", its record or schema, or the state).

        Raises ConnectorError C904 for what is no message, or comes before its schema.
        """
        message = self._parsed(number, line)
        kind = message.get("type")
        if kind == "RECORD":
            stream, record = self._member(number, message, "stream", str), self._member(number, message, "record", dict)
            if stream not in self.schemas:
                raise self._wrong(number, f"a RECORD of the stream {stream!r} before its SCHEMA")
            return kind, stream, record
        if kind == "STATE":
            if "value" not in message:
                raise self._wrong(number, "a STATE without a value")
            return kind, "", message["value"]
        if kind == "SCHEMA":
            stream = self._member(number, message, "stream", str)
            self.schemas[stream] = self._member(number, message, "schema", dict)
            return kind, stream, self.schemas[stream]
        if kind == "ACTIVATE_VERSION":
            return kind, "", None
        if kind == "BATCH":
            fix = "take batch_config out of the tap's config, so that it writes its records as messages"
            raise self._wrong(number, "a BATCH, whose records are in files that are not read here", fix)
        raise self._wrong(number, f"a message of the type {kind!r}, which is not known")

    def _parsed(self, number: int, line: bytes) -> dict[str, Any]:
        try:
            message = json.loads(line.decode("utf-8"), parse_float=_exact, parse_constant=_no_constant)
        except (ValueError, RecursionError) as error:
            why = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
            raise self._no_message(number, line, why) from None
        if not isinstance(message, dict):
            raise self._no_message(number, line, "not an object")
        return message

    def _no_message(self, number: int, line: bytes, why: str) -> Exception:
        text = self.command.masked(line.decode("utf-8", "replace"))
        shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
        return self._wrong(
            number, f"a line that is no message ({why}): {shown}", "a tap may write to stdout nothing but messages"
        )

    def _member(self, number: int, message: dict[str, Any], name: str, kind: type[Any]) -> Any:
        value = message.get(name)
        if not isinstance(value, kind):
            what = "text" if kind is str else "object"
            raise self._wrong(number, f"a {message['type']} whose {name!r} is no {what}")
        return value

    def _wrong(self, number: int, what: str, fix: str = "") -> Exception:
        return protocol(self.command.program, f"wrote on line {number} {what}", fix)


def _exact(text: str) -> float | Decimal:
    """A float where that is the same number, else a Decimal."""
    value = float(text)
    if len(text) <= 16 and "e" not in text and "E" not in text:  # up to 15 digits a float gives back the same decimal
        return value
    exact = Decimal(text)
    if abs(exact.adjusted()) > _EXPONENT:
        raise ValueError("a number beyond 10^±6144")
    return value if Decimal(repr(value)) == exact else exact


def _no_constant(text: str) -> Any:
    raise ValueError(f"{text} is not JSON")
