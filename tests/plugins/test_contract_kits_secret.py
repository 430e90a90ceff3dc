"""The secret providers' kit finds each fault, and blames nothing else."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pytest

from crosswalk import EnvironmentFailure, Secret, SecretProvider
from crosswalk.testing import SecretContract
from crosswalk_secrets.providers import EnvSecrets, FileSecrets

sys.path.append(str(Path(__file__).parent))
from contract_failures import checks, only


class TestEnv(SecretContract):
    @pytest.fixture(autouse=True)
    def _environment(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        self.patch = monkeypatch
        yield

    def provider(self, folder: Path, secrets: dict[str, str]) -> SecretProvider:
        for name, value in secrets.items():
            self.patch.setenv(f"KIT_{name}", value)
        return EnvSecrets(prefix="KIT_")


class TestFile(SecretContract):
    def provider(self, folder: Path, secrets: dict[str, str]) -> SecretProvider:
        for name, value in secrets.items():
            (folder / name).write_text(f"{value}\n")
        return FileSecrets(folder=str(folder))

    def break_(self, folder: Path) -> None:
        for path in folder.iterdir():
            path.write_bytes(b"\xff")


@dataclass(frozen=True)
class Good(SecretProvider):
    """Secrets of a JSON file.

    `path`: the file.
    """

    type: ClassVar[str] = "acme.good"
    path: str

    def held(self) -> Any:
        try:
            return json.loads(Path(self.path).read_text())
        except (OSError, ValueError):
            raise EnvironmentFailure("P124", f"{self.path} cannot be read", fix="put it back") from None

    def get(self, name: str) -> Secret | None:
        found = self.held().get(name)
        return None if found is None else Secret(found)


class GivesText(Good):
    def get(self, name: str) -> Secret | None:
        found = super().get(name)
        return found.reveal() if found is not None and found.reveal() != "rotated" else found  # type: ignore[return-value]


class Strips(Good):
    def get(self, name: str) -> Secret | None:
        found = super().get(name)
        return Secret(found.reveal().split(" ")[0]) if found else None


class EmptyForAbsent(Good):
    def get(self, name: str) -> Secret | None:
        return super().get(name) or (Secret("") if name == "CONTRACT_NOTHING" else None)


class ReadsPaths(Good):
    def get(self, name: str) -> Secret | None:
        return Secret("x") if name == "../x" else super().get(name)


class StumblesOverNames(Good):
    def get(self, name: str) -> Secret | None:
        if not name:
            raise KeyError(name)
        return super().get(name)


class Logs(Good):
    def get(self, name: str) -> Secret | None:
        found = super().get(name)
        logging.getLogger("acme").debug("found %s", found.reveal() if found else None)
        return found


class Caches(Good):
    seen: ClassVar[dict[str, Any]] = {}

    def get(self, name: str) -> Secret | None:
        held = self.held()
        found = self.seen.setdefault(name, held.get(name))
        return None if found is None else Secret(found)


class LeavesOpen(Good):
    kept: ClassVar[list[Any]] = []

    def get(self, name: str) -> Secret | None:
        if Path(self.path).exists():
            self.kept.append(Path(self.path).open())  # noqa: SIM115
        return super().get(name)


class NoneInAnOutage(Good):
    def held(self) -> Any:
        try:
            return super().held()
        except EnvironmentFailure:
            return {}


BROKEN: dict[type[Good], tuple[str, ...]] = {
    Good: (),
    GivesText: ("finds_a_secret",),
    Strips: ("finds_a_secret",),
    EmptyForAbsent: ("absent_is_none",),
    ReadsPaths: ("unusual_names",),
    StumblesOverNames: ("unusual_names",),
    Logs: ("shows_no_value",),
    Caches: ("a_new_value_is_seen",),
    LeavesOpen: ("closes",),
    NoneInAnOutage: ("outage_is_an_error_not_absence",),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_each_fault_is_found(kind: type[Good], tmp_path: Path) -> None:
    class Contract(SecretContract):
        def provider(self, folder: Path, secrets: dict[str, str]) -> SecretProvider:
            (folder / "secrets.json").write_text(json.dumps(secrets))
            return kind(path=str(folder / "secrets.json"))

        def break_(self, folder: Path) -> None:
            (folder / "secrets.json").write_text("not JSON")

    only(Contract, tmp_path, *BROKEN[kind])
    while LeavesOpen.kept:
        LeavesOpen.kept.pop().close()
    Caches.seen.clear()


def test_every_check_can_fail() -> None:
    of_components = {"is_a_value", "settings_are_described", "required_settings_are_named"}  # see the sources' kit
    assert {name for names in BROKEN.values() for name in names} == set(checks(SecretContract)) - of_components
