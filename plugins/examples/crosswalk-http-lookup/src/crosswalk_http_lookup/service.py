"""One web service: batched requests with retries, and a cache that threads share."""

from __future__ import annotations

import os
import random
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import httpx

from crosswalk import ArgumentError, ConnectorError

MISSING: Any = object()
"""The service answered, and knows nothing of the key."""
MOST_KEPT = 100_000
"""Answers in memory; beyond it, the ones that were not asked for the longest time go."""
_LONGEST_WAIT = 60.0


class Service:
    """See `lookup`. Safe from several threads; no key is asked for twice at once."""

    def __init__(
        self, url: str, param: str, key: str, batch: int, keep: float, timeout: float, attempts: int, token: str | None
    ) -> None:
        self._url = url
        self._param = param
        self._key = key
        self._batch = batch
        self._keep = keep
        self._attempts = attempts
        headers = {"authorization": f"Bearer {token}"} if token else {}
        self._client = httpx.Client(timeout=timeout, headers=headers)
        self._cache: OrderedDict[str, tuple[float, Any]] = OrderedDict()
        self._lock = threading.RLock()

    def get(self, key: str) -> Any:
        """The answer for a key, MISSING when there is none. Raises ConnectorError when the service does not answer."""
        with self._lock:
            found = self._kept(key)
            if found is None:
                self.fetch([key])
                found = self._kept(key) or MISSING
            return found

    def fetch(self, keys: Iterable[str]) -> None:
        """Ask for all keys that are not at hand."""
        with self._lock:
            wanted = [key for key in dict.fromkeys(keys) if self._kept(key) is None]
            for start in range(0, len(wanted), self._batch):
                self._ask(wanted[start : start + self._batch])

    def _kept(self, key: str) -> Any:
        found = self._cache.get(key)
        if found is None or found[0] < time.monotonic():
            return None
        self._cache.move_to_end(key)
        return found[1]

    def _ask(self, keys: list[str]) -> None:
        answers = self._answers(self._sent(keys))
        until = time.monotonic() + self._keep
        for key in keys:
            self._cache[key] = (until, answers.get(key, MISSING))
            self._cache.move_to_end(key)
        while len(self._cache) > MOST_KEPT:
            self._cache.popitem(last=False)

    def _answers(self, response: httpx.Response) -> dict[str, Any]:
        try:
            items = response.json()
            return {str(item[self._key]): item for item in items}
        except (ValueError, TypeError, KeyError):
            raise ConnectorError(
                "C205", f"{self._url}: the answer is not a JSON list of objects with {self._key!r}",
                fix="say the member that holds the key: key",
            ) from None  # fmt: skip

    def _sent(self, keys: list[str]) -> httpx.Response:
        """The answer of the service, after retries with full jitter."""
        for attempt in range(1, self._attempts + 1):
            wait = min(_LONGEST_WAIT, 0.2 * 2**attempt) * random.uniform(0, 1)
            try:
                response = self._client.get(self._url, params={self._param: ",".join(keys)})
            except httpx.TransportError as error:
                failure = ConnectorError("C101", f"{self._url}: {error or type(error).__name__}", kind="transient")
            else:
                if response.is_success:
                    return response
                failure = _refused(self._url, response.status_code)
                if failure.kind not in ("transient", "rate_limited"):
                    raise failure
                after = response.headers.get("retry-after", "")
                wait = min(_LONGEST_WAIT, float(after)) if after.isdigit() else wait
            if attempt < self._attempts:
                time.sleep(wait)
        raise failure


def _refused(url: str, status: int) -> ConnectorError:
    if status in (401, 403):
        return ConnectorError("C104", f"{url}: status {status}", kind="auth", fix="set the variable of token_env")
    if status == 429:
        return ConnectorError("C101", f"{url}: status 429, too many requests", kind="rate_limited")
    kind: Any = "transient" if status >= 500 else "permanent"
    return ConnectorError("C101", f"{url}: status {status}", kind=kind)


@lru_cache(maxsize=64)
def service_of(
    url: str, param: str, key: str, batch: int, keep: float, timeout: float, attempts: int, token_env: str | None
) -> Service:
    """The service of these settings: fields that ask the same one share its answers."""
    token = os.environ.get(token_env) if token_env is not None else None
    if token_env is not None and not token:
        raise ArgumentError(f"the environment variable {token_env} is not set", argument="token_env")
    return Service(url, param, key, batch, keep, timeout, attempts, token)
