"""Secret providers: environment variables, files of a folder, the system keyring."""

from __future__ import annotations

from collections.abc import Iterable

from crosswalk import SecretProvider, hookimpl


@hookimpl
def crosswalk_secret_providers() -> Iterable[type[SecretProvider]]:
    """The bundled providers; they are asked in this order."""
    from .providers import EnvSecrets, FileSecrets, KeyringSecrets

    return [EnvSecrets, FileSecrets, KeyringSecrets]
