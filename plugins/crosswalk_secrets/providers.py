"""The three providers; none of them caches, so a rotated secret is seen by the next run."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import ClassVar

from crosswalk import EnvironmentFailure, Secret, SecretProvider


@dataclass(frozen=True)
class EnvSecrets(SecretProvider):
    """Secrets of environment variables.

    `prefix`: what the variables' names start with.
    """

    type: ClassVar[str] = "env"
    prefix: str = ""

    def get(self, name: str) -> Secret | None:
        """The variable's value."""
        found = os.environ.get(self.prefix + name)
        return None if found is None else Secret(found)


@dataclass(frozen=True)
class FileSecrets(SecretProvider):
    """Secrets of a folder with one file each, as Docker and Kubernetes mount them.

    `folder`: the folder; absent, the environment variable CROSSWALK_SECRETS, else /run/secrets.
    """

    type: ClassVar[str] = "file"
    folder: str | None = None

    def get(self, name: str) -> Secret | None:
        """The file's text without the line break at its end."""
        folder = self.folder or os.environ.get("CROSSWALK_SECRETS", "/run/secrets")
        if os.path.basename(name) != name or name in ("", ".", "..") or "\0" in name:
            return None
        path = os.path.join(folder, name)
        try:
            with open(path, encoding="utf-8") as stream:
                return Secret(stream.read().removesuffix("\n").removesuffix("\r"))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise EnvironmentFailure(
                "P124", f"the secret {name!r} cannot be read from {path}: {type(error).__name__}",
                fix="give the user of the run read access to it; it must be UTF-8 text",
            ) from None  # fmt: skip


@dataclass(frozen=True)
class KeyringSecrets(SecretProvider):
    """Secrets of the system's keyring (`keyring set crosswalk NAME`).

    `service`: the service they are stored under.
    """

    type: ClassVar[str] = "keyring"
    service: str = "crosswalk"

    def get(self, name: str) -> Secret | None:
        """The stored password. Without the package `keyring` nothing is stored there."""
        try:
            import keyring
            from keyring.errors import KeyringError, NoKeyringError
        except ImportError:
            return None
        try:
            found = keyring.get_password(self.service, name)
        except NoKeyringError:
            return None
        except KeyringError as error:
            raise EnvironmentFailure(
                "P124", f"the keyring cannot be asked for {name!r}: {type(error).__name__}", fix="unlock the keyring"
            ) from None
        return None if found is None else Secret(found)
