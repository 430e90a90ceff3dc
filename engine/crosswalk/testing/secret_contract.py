"""The conformance suite of secret providers: subclass `SecretContract`, give it a provider, and run pytest."""

from __future__ import annotations

import io
import logging
from abc import abstractmethod
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from ..errors import CrosswalkError
from ..plugin.component import Component
from ..plugin.secret import Secret, SecretProvider
from .component_checks import ComponentChecks
from .resources import nothing_left_open

NAME, VALUE, ABSENT = "CONTRACT_TOKEN", "s3cr3t-\u00e9 word", "CONTRACT_NOTHING"
_UNUSUAL = ("", " ", "a b", "é", "../x", "/etc/hostname", "a\0b", "$(x)", "x" * 500, "a/b", "-x")


class SecretContract(ComponentChecks):
    """Tests that every secret provider passes.

    ```python
    class TestVault(SecretContract):
        def provider(self, folder, secrets):
            (folder / "vault.json").write_text(json.dumps(secrets))
            return Vault(path=str(folder / "vault.json"))
    ```
    `break_` makes the provider's store unreachable or damaged; leave it out when that cannot happen.
    """

    @abstractmethod
    def provider(self, folder: Path, secrets: dict[str, str]) -> SecretProvider:
        """A provider that has just these secrets; `folder` is the test's own."""

    def break_(self, folder: Path) -> None:
        """Make the store fail."""
        pytest.skip("this provider cannot fail")

    def _component(self, folder: Path) -> Component:
        return self.provider(folder, {NAME: VALUE})

    def _provider(self, folder: Path) -> SecretProvider:
        return self.provider(folder, {NAME: VALUE})

    def test_finds_a_secret(self, tmp_path: Path) -> None:
        """The value, to the last character, as a Secret."""
        found = self._provider(tmp_path).get(NAME)
        assert isinstance(found, Secret), f"get gave a {type(found).__name__}, not a Secret"
        assert found.reveal() == VALUE, "the value is another one"

    def test_absent_is_none(self, tmp_path: Path) -> None:
        """Where it has no secret of a name, the next provider is asked."""
        found = self._provider(tmp_path).get(ABSENT)
        assert found is None, f"get gave a {type(found).__name__} for a secret that is not there"

    def test_unusual_names(self, tmp_path: Path) -> None:
        """Whatever the name, the outcome is None or an error of crosswalk; never a value from elsewhere."""
        provider = self._provider(tmp_path)
        for name in _UNUSUAL:
            try:
                found = provider.get(name)
            except CrosswalkError:
                continue
            except Exception as error:
                pytest.fail(f"{name[:20]!r} raised {type(error).__name__}: {error}")
            assert found is None, f"{name[:20]!r} has a value"

    def test_shows_no_value(self, tmp_path: Path) -> None:
        """Nothing is printed or logged with the value, and the provider's own text does not have it."""
        heard = io.StringIO()
        handler = logging.StreamHandler(heard)
        root = logging.getLogger()
        level = root.level
        root.addHandler(handler)
        root.setLevel(logging.DEBUG)
        try:
            with redirect_stdout(heard), redirect_stderr(heard):
                provider = self._provider(tmp_path)
                provider.get(NAME)
        finally:
            root.removeHandler(handler)
            root.setLevel(level)
        assert VALUE not in heard.getvalue() + repr(provider), "the value was shown"

    def test_a_new_value_is_seen(self, tmp_path: Path) -> None:
        """It does not cache: a secret that was changed is the new one for the next run."""
        self._provider(tmp_path).get(NAME)
        found = self.provider(tmp_path, {NAME: "rotated"}).get(NAME)
        assert found == Secret("rotated"), "the old value came again"

    def test_closes(self, tmp_path: Path) -> None:
        """Asking leaves no file, connection or thread."""
        provider = self._provider(tmp_path)
        provider.get(NAME)  # imports and pools are made by now
        with nothing_left_open("after get"):
            provider.get(NAME)
            provider.get(ABSENT)

    def test_outage_is_an_error_not_absence(self, tmp_path: Path) -> None:
        """A store that cannot be asked is an error with a fix; None would let another provider's value in."""
        provider = self._provider(tmp_path)
        self.break_(tmp_path)
        with pytest.raises(CrosswalkError) as caught:
            provider.get(NAME)
        assert caught.value.fix, "the error does not say what to do"
        assert VALUE not in str(caught.value), "the error shows the value"
