"""SIGINT and SIGTERM: the first asks the run to finish its batch and commit, the second ends it at once."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Any, Self

from ..plugin.calls import Overdue, held_in

GRACE = 5.0
"""Seconds; less than the ten after which container runtimes kill."""
LEAVING = 1.0
"""The same for each call when one was left already, and what is open is being closed."""


class CancelToken:
    """Stops a run from anywhere: another thread, a callback, a request handler. One token may serve several runs.

    The run ends as after SIGINT: it finishes the batch, commits, and its report says `interrupted`. A token made of
    others, `CancelToken(one, another)`, is also cancelled when one of them is.

    ```python
    from crosswalk import CancelToken

    token = CancelToken()
    token.cancel()  # from another thread, a callback, a request handler
    assert engine.run(document, reprocess="*", cancel=token).status == "interrupted"
    ```
    """

    def __init__(self, *others: CancelToken) -> None:
        self._event = threading.Event()
        self._others = others

    def cancel(self) -> None:
        """Ask; again does no harm."""
        self._event.set()

    @property
    def cancelled(self) -> bool:
        """Whether it was asked."""
        return self._event.is_set() or any(other.cancelled for other in self._others)


class Stopper:
    """Listens while its context is open (in the main thread only); `signal` is the number that came, 0 for none.

    `cancel`: a token that stands for SIGINT when it is cancelled. `grace`: seconds after which a call into a plugin
    that does not come back is interrupted, by Overdue; a call that began meanwhile has as long.
    """

    def __init__(self, cancel: CancelToken | None = None, *, grace: float = GRACE) -> None:
        self.signal = 0
        self._grace = grace
        self._timer: threading.Timer | None = None
        self._overdue = False
        self._held: Any = None
        self._cancel = cancel
        self._before: dict[int, Any] = {}

    def __call__(self) -> bool:
        """Whether the run is asked to stop."""
        if self._cancel is not None and self._cancel.cancelled and not self.signal:
            self.signal = signal.SIGINT
        return self.signal != 0

    def request(self, number: int = signal.SIGINT) -> None:
        """Ask as a signal would."""
        self.signal = number

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._before[number] = signal.signal(number, self._came)
        return self

    def _came(self, number: int, frame: FrameType | None) -> None:
        if self._overdue:
            self._overdue = False
            self._wait()
            before, self._held = self._held, held_in(frame)
            if self._held is not None and before is not None and self._held[0] is before[0]:
                waited, self._grace = self._grace, min(self._grace, LEAVING)
                raise Overdue(self._held[1], waited)
            return
        if self.signal:
            self._restore()
            signal.raise_signal(number)
        self.signal = number
        self._held = held_in(frame)
        self._wait()

    def _wait(self) -> None:
        """Come back to the main thread after the grace: only a signal gets it out of a call that blocks."""
        main = threading.get_ident()

        def wake() -> None:
            if not self._before:
                return  # the run is over
            self._overdue = True
            kill = getattr(signal, "pthread_kill", None)
            kill(main, self.signal) if kill else signal.raise_signal(self.signal)

        self._timer = threading.Timer(self._grace, wake)
        self._timer.daemon = True
        self._timer.start()

    def _restore(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        for number, before in self._before.items():
            signal.signal(number, before)
        self._before = {}
        self._held = None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._restore()
