"""Reject documents: one refused record with every reason, as the JSON that `schemas/reject.schema.json` describes."""

from __future__ import annotations

import base64
import datetime as dt
import json
from decimal import Decimal
from typing import Any

from ..reject import Reject

VERSION = "1"


def document(
    reject: Reject, *, pipeline: str, run: str, attempt: int, mapping: str, feed: str, part: str = ""
) -> dict[str, Any]:
    """The document of a reject.

    `id` is the same whenever the same record of the same source part is refused at the same stage, so that replaying
    and repeating are harmless. `record` is the record as JSON; what is not JSON stands in `raw`, as `text` or `base64`.
    """
    import hashlib  # loads OpenSSL, and most runs have no rejects

    source = {"feed": feed, "file": reject.file or "", "part": part, "number": reject.number, "line": reject.line}
    body = _body(reject.record)
    identity = [pipeline, reject.stage, *source.values(), None if reject.number else body]
    name = hashlib.sha256(json.dumps(identity, default=str, sort_keys=True).encode()).hexdigest()[:32]
    return {
        "reject": VERSION,
        "id": name,
        "pipeline": pipeline,
        "run": run,
        "attempt": attempt,
        "mapping": mapping,
        "stage": reject.stage,
        "source": source,
        "errors": [error.to_dict() for error in reject.errors],
        **body,
    }


def _body(record: Any) -> dict[str, Any]:
    if isinstance(record, bytes):
        try:
            return {"raw": {"text": record.decode("utf-8")}}
        except UnicodeDecodeError:
            return {"raw": {"base64": base64.b64encode(record).decode("ascii")}}
    if isinstance(record, str):
        return {"raw": {"text": record}}
    if hasattr(record, "tag") and hasattr(record, "getroottree"):
        from lxml import etree

        return {"raw": {"xml": etree.tostring(record, encoding="unicode", with_tail=False)}}
    return {"record": plain(record)}


def plain(value: Any) -> Any:
    """A value as JSON can carry it: dates in ISO 8601, bytes in base64; decimals stay, formats write their digits."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if value is None or isinstance(value, str | int | Decimal):
        return value
    if isinstance(value, float):
        return value if value - value == 0 else str(value)
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    return str(value)


def record_of(found: dict[str, Any]) -> Any:
    """The original record of a document, to be mapped again; ValueError when there is only unreadable raw text."""
    if "record" in found:
        return found["record"]
    raw = found.get("raw", {})
    if "xml" in raw:
        from lxml import etree

        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
        return etree.fromstring(raw["xml"].encode(), parser)
    raise ValueError("the record could not be read, so there is nothing to map again; correct the source instead")
