"""Targets, the keys of `fields`: split at dots, and refused when two of them cannot both be written (M109)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from .pointer import join

_DOT = re.compile(r"(?<!\\)\.")


def split_target(target: str) -> list[str]:
    r"""The keys a target nests through: `address.city` is two, `a\.b` one with a dot in it."""
    return [part.replace(r"\.", ".") for part in _DOT.split(target)]


def check_targets(problem: Callable[..., None], fields: Mapping[str, Any], pointer: str) -> None:
    """Note empty keys, the same place written twice, and a value together with its members."""
    written: dict[tuple[str, ...], str] = {}
    inside: dict[tuple[str, ...], str] = {}
    for target in fields:
        path = tuple(split_target(target))
        there = join(pointer, target)
        if not all(path):
            message = f'the target "{target}" has an empty key' if target else "a target is an empty key"
            fix = '"a\\\\.b" for a key with a dot in it' if target else ""
            problem("M109", message, there, of="key", label="nothing beside the dot" if target else "empty", fix=fix)
            continue
        clash = written.get(path) or inside.get(path)
        clash = clash or next((written[path[:i]] for i in range(1, len(path)) if path[:i] in written), None)
        if clash is not None:
            message = f'the targets "{clash}" and "{target}" cannot both be written'
            same = written.get(path) == clash
            label = "the same place" if same else "one is the object, the other a member of it"
            problem(
                "M109", message, there, of="key", label=label, fix='write the members into one "fields"' * (not same)
            )
            continue
        written[path] = target
        for i in range(1, len(path)):
            inside.setdefault(path[:i], target)
