"""What a sink may remember in a pipeline's state: jobs at the destination, and the outcomes of what it has sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from ..errors import UsageError


@dataclass(frozen=True, slots=True)
class Job:
    """A job at the destination: a batch that it loads, an import that it runs.

    `status`: submitting (sent, the answer is not known), submitted, done, failed. `handle`: what the destination calls
    it, a JSON value. `key`: the idempotency key it was submitted with. `attempts`: how often one of that name was
    begun. `error`: why it failed.
    """

    name: str
    status: Literal["submitting", "submitted", "done", "failed"]
    handle: Any = None
    key: str = ""
    attempts: int = 1
    error: str = ""


class Jobs(Protocol):
    """The jobs of one pipeline's output, at `context.jobs`; kept over runs, safe from runs that lost their lease.

    A name says what the job is for and is the sink's to choose: `2026-01-31` for one job a day, a file's name for one a
    file. Every method raises StateError when the state cannot be reached (never "absent") or the lease is lost.
    """

    def submit(self, name: str, send: Callable[[str], Any], *, find: Callable[[str], Any | None] | None = None) -> Job:
        """The job of that name: the one that is submitted or done already, else `send(key)` submits it.

        That it will be sent is durable before `send` is called, and the handle that `send` returns before this returns.
        Where a run died in between, `find(key)` asks the destination for the handle; without `find`, or when that gives
        None, `send` is called again with the same key, which the destination must know again. A job that failed is
        submitted anew under a new key. What `send` raises is raised, and the next call sends the same key.
        """

    def finish(self, name: str, *, error: str | None = None) -> Job:
        """Note that a submitted job is done, or with `error` that it failed; saying the same again does no harm.

        Raises StateError S130 for a job that was never submitted, or that has ended otherwise.
        """

    def get(self, name: str) -> Job | None:
        """The job of that name, if there is one."""

    def unfinished(self) -> list[Job]:
        """Jobs that are submitting or submitted, of this run or of one that died: to be waited for first."""


class Idempotency(Protocol):
    """Outcomes by idempotency key, at `context.idempotency`, for sinks that send in pieces."""

    def key(self, payload: bytes) -> str:
        """A key for the next piece: the same in the run that repeats it after a crash, another for any other piece.

        It is made of the pipeline, its position, the number of the piece behind that position, and the bytes; so pieces
        have to be asked for in the order of the records.
        """

    def once(self, key: str, send: Callable[[], Any], *, ttl: float | None = None) -> Any:
        """The outcome (a JSON value) recorded for the key, else that of `send()`, which is then recorded.

        When the process dies between the two, `send` is called again, so it should give the key to the destination.
        `ttl`: seconds that the outcome is kept, as long as the state's retention by default. What `send` raises is
        raised, and nothing is recorded.
        """


class _NoMemory:
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # copying and pickling ask for these
            raise AttributeError(name)
        raise UsageError("P116", f"there is no state to remember anything in: {name} was called outside a run")


NO_MEMORY: Any = _NoMemory()
"""Stands for both outside a run, where there is no state: every call is a UsageError P116."""
