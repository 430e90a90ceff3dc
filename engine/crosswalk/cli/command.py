"""Command: what every command shares: --json, -v, and errors told as blocks with an exit status."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from ..errors import CrosswalkError, EnvironmentFailure
from .stray import guarded_stdout
from .view import Result, View


class Command(click.Command):
    """A command whose function returns a Result (or None); it takes a View with `@click.pass_obj`.

    Expected errors (CrosswalkError), a reader that went away and Ctrl-C end it without a traceback; a bug keeps its.
    """

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.params += [
            click.Option(["--json", "as_json"], is_flag=True, help="Print one JSON document on stdout."),
            click.Option(["-v", "--verbose"], count=True, help="Log what happens; twice for more."),
        ]

    def invoke(self, ctx: click.Context) -> int:
        """Run it; the exit status."""
        view = View(
            command=ctx.command_path.partition(" ")[2],
            as_json=ctx.params.pop("as_json", False),
            verbose=ctx.params.pop("verbose", 0),
        )
        ctx.obj = view
        try:
            try:
                with _logged(view.verbose, ctx.params.get("log")), guarded_stdout():
                    result = super().invoke(ctx)
                status = view.finish(result if isinstance(result, Result) else Result())
            except CrosswalkError as error:
                status = view.fail(error)
            except OSError as error:
                if isinstance(error, BrokenPipeError):
                    raise
                status = view.fail(_surfaced(error))
            except SystemExit as error:
                status = view.fail(_ended(error))
            if sys.stdout is not None:  # closed by whoever started us
                sys.stdout.flush()
        except BrokenPipeError:
            _leave_pipe()
            return 1
        except KeyboardInterrupt as error:
            if error.args:
                click.echo(f"interrupted {error.args[0]}", err=True)
            return 130
        except Terminated:
            return 143
        return status


class Terminated(BaseException):
    """SIGTERM came; raised so that what is open is closed and half outputs go."""


def _ended(error: SystemExit) -> CrosswalkError:
    """For what nobody caught: none of crosswalk's own code ends the process from within a command."""
    from ..errors import PluginError
    from ..plugin.fault import where

    return PluginError(
        "X105", f"something tried to end the process: SystemExit: {error}", notes=(f"at {where(error)}",)
    )


def _surfaced(error: OSError) -> EnvironmentFailure:
    name = f"{error.filename}: " if error.filename else ""
    full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    denied = error.errno in (errno.EACCES, errno.EPERM, errno.EROFS)
    code, fix = ("C103", "free some space and try again") if full else ("C105", "")
    if denied:
        code, fix = "C104", "check the permissions"
    return EnvironmentFailure(code, f"{name}{error.strerror or error}", fix=fix)


def _leave_pipe() -> None:
    # What is still buffered must not raise again when the interpreter flushes stdout at its end.
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):
        return


@contextmanager
def _logged(verbose: int, form: str | None) -> Iterator[None]:
    """crosswalk's log on stderr, while the command runs, when -v or --log asks for it."""
    if not verbose and form is None:
        yield
        return
    import logging

    from ..runtime.logs import LOGGER, log_to

    level = logging.DEBUG if verbose > 1 else logging.INFO
    handler = log_to(sys.stderr, "json" if form == "json" else "text", level)
    try:
        yield
    finally:
        logging.getLogger(LOGGER).removeHandler(handler)
