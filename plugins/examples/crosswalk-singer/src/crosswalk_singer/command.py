"""What to run and with what: the command line, the environment, and the secrets that must not show."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from crosswalk import Context, Secret

Role = Literal["tap", "target"]
_SHORT = 4
"""Shorter secrets are not masked: they would blot out half of every line."""


@dataclass(frozen=True)
class Command:
    """A tap or target to be run: `role` names it in messages, `base` is its working folder."""

    role: Role
    words: tuple[str, ...]
    base: str
    env: Mapping[str, str]
    secrets: tuple[str, ...]

    @classmethod
    def of(
        cls, role: Role, command: str | list[str], config: Mapping[str, Any], env: Mapping[str, Any], context: Context
    ) -> Command:
        """From a component's settings. A path is relative to the document.

        Nothing goes through a shell: a command given as one text is split at spaces, with quotes as in a shell.
        """
        words = shlex.split(command) if isinstance(command, str) else list(command)
        if words and os.path.dirname(words[0]):
            words[0] = context.path(words[0])
        found = {text for text in _secrets([config, env]) if len(text) >= _SHORT}
        return cls(
            role,
            tuple(words),
            os.path.abspath(context.base),
            {name: revealed(value) for name, value in env.items()},
            tuple(sorted(found, key=len, reverse=True)),
        )

    @property
    def program(self) -> str:
        """The name in messages."""
        return os.path.basename(self.words[0]) if self.words else ""

    def environment(self) -> dict[str, str]:
        """The environment of the program."""
        # Buffered output would keep what a tap says on stderr until it is too late to be of use.
        return {**os.environ, "PYTHONUNBUFFERED": "1", **self.env}

    def found(self) -> str | None:
        """Where the program is; None when it is not there or may not be run."""
        return shutil.which(self.words[0], path=self.environment().get("PATH")) if self.words else None

    def masked(self, text: str) -> str:
        """The text with `***` for every secret in it."""
        for secret in self.secrets:
            text = text.replace(secret, "***")
        return text


def faults(command: Any) -> list[str]:
    """What is wrong with a `command` setting."""
    if isinstance(command, Secret) or (isinstance(command, list) and any(isinstance(word, Secret) for word in command)):
        return ["command has a secret in it, which every user of the machine could read; put it into config or env"]
    try:
        words = shlex.split(command) if isinstance(command, str) else command
    except ValueError as error:
        return [f"command: {error}"]
    return [] if words else ["command is empty"]


def revealed(value: Any) -> str:
    """The text of a secret, or of anything else; the `default` of json.dumps for a configuration."""
    return value.reveal() if isinstance(value, Secret) else str(value)


def _secrets(value: Any) -> Iterator[str]:
    if isinstance(value, Secret):
        yield value.reveal()
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _secrets(part)
    elif isinstance(value, list):
        for part in value:
            yield from _secrets(part)
