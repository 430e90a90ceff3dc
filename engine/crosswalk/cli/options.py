"""Options that several commands share, and how their texts become values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


def param_option(function: F) -> F:
    """`--param NAME=VALUE`, repeatable; given to the function as `params`, a dict."""
    return click.option(
        "--param", "-p", "params", multiple=True, metavar="NAME=VALUE", callback=_params,
        help="Give a parameter its value; repeat for more.",
    )(function)  # fmt: skip


def _params(ctx: click.Context, option: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise click.BadParameter(f'"{text}" is not NAME=VALUE', ctx, option)
        if name in found:
            raise click.BadParameter(f'"{name}" is given twice', ctx, option)
        found[name] = value
    return found


def from_option(function: F) -> F:
    """`--from FORMAT`; given as `from_`."""
    return click.option("--from", "from_", metavar="FORMAT", help="Format of the input: csv, json, ... or an object.")(
        function
    )


def limit_option(text: str) -> Callable[[F], F]:
    """`--limit N`."""
    return click.option("--limit", type=click.IntRange(min=0), metavar="N", help=text)
