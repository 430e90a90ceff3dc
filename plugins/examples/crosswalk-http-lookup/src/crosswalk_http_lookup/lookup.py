"""The resolvers: a key in, what the service says of it out; all keys of a batch of columns in few requests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from crosswalk import ArgumentError, DataError, Duration, resolver

from .service import MISSING, Service, service_of

HOUR = Duration(3600.0)
_DEFAULTS: dict[str, Any] = {
    "url": "", "param": "ids", "key": "id", "batch": 100, "keep": HOUR, "timeout": 10.0, "attempts": 4,
    "token_env": None,
}  # fmt: skip


def _ahead(array: Any, **args: Any) -> Any:
    """Ask for all keys of the column at once, so that the function finds each of them at hand."""
    named = {name: value for name, value in args.items() if name not in ("field", "on_missing")}
    # By position, as below: the same settings must find the same service.
    url, param, key, batch, keep, timeout, attempts, token_env = (_DEFAULTS | named).values()
    service = service_of(url, param, key, batch, keep, timeout, attempts, token_env)
    service.fetch([key for key in array.unique().to_pylist() if isinstance(key, str)])
    return NotImplemented


@resolver("http.lookup", factory=True, vector=_ahead, batched=True, group="lookup")
def lookup(
    *,
    url: str,
    field: str | None = None,
    param: str = "ids",
    key: str = "id",
    batch: int = 100,
    keep: Duration = HOUR,
    timeout: float = 10.0,
    attempts: int = 4,
    token_env: str | None = None,
    on_missing: Literal["error", "null"] = "error",
) -> Callable[[str], Any]:
    """Give what a web service knows about a key: a member of its answer, or all of it.

    The service is asked by GET with up to `batch` keys, joined by commas, and answers with a JSON list of objects that
    hold their key. It is asked once for a key: answers, also that there is none, are kept in memory for a while.

    `url`: where the service answers, for example https://api.example.com/products.
    `field`: the member of the answer to give; null: the whole object.
    `param`: the query parameter that takes the keys.
    `key`: the member of each answer that holds its key.
    `batch`: how many keys go into one request.
    `keep`: how long an answer is kept, such as 10m or 1h.
    `timeout`: seconds to wait for one answer.
    `attempts`: how often a request is sent when the service is busy (429) or fails (5xx, no connection).
    `token_env`: the environment variable that holds a bearer token; the token itself stands in no file.
    `on_missing`: what a key becomes that the service does not know: error rejects the record, null goes on.
    """
    service = _checked(url, param, key, batch, keep, timeout, attempts, token_env)

    def find(value: str) -> Any:
        answer = service.get(value)
        if answer is MISSING:
            if on_missing == "null":
                return None
            raise DataError("M330", "the service does not know it", value)
        if field is None:
            return answer
        return answer.get(field)

    return find


@resolver("http.known", factory=True, vector=_ahead, batched=True, group="lookup")
def known(
    *,
    url: str,
    param: str = "ids",
    key: str = "id",
    batch: int = 100,
    keep: Duration = HOUR,
    timeout: float = 10.0,
    attempts: int = 4,
    token_env: str | None = None,
) -> Callable[[str], bool]:
    """Say whether a web service knows a key. It shares its answers with `http.lookup`, and asks as that does.

    `url`: where the service answers, for example https://api.example.com/products.
    `param`: the query parameter that takes the keys.
    `key`: the member of each answer that holds its key.
    `batch`: how many keys go into one request.
    `keep`: how long an answer is kept, such as 10m or 1h.
    `timeout`: seconds to wait for one answer.
    `attempts`: how often a request is sent when the service is busy (429) or fails (5xx, no connection).
    `token_env`: the environment variable that holds a bearer token; the token itself stands in no file.
    """
    service = _checked(url, param, key, batch, keep, timeout, attempts, token_env)
    return lambda value: service.get(value) is not MISSING


def _checked(
    url: str, param: str, key: str, batch: int, keep: float, timeout: float, attempts: int, token_env: str | None
) -> Service:
    """The service of these settings. Raises ArgumentError for settings that cannot be."""
    if not url.startswith(("http://", "https://")):
        raise ArgumentError("url must begin with http:// or https://", argument="url")
    if batch < 1 or attempts < 1 or timeout <= 0:
        raise ArgumentError("batch and attempts must be 1 or more, timeout more than 0")
    return service_of(url, param, key, batch, keep, timeout, attempts, token_env)
