"""Secret providers find, miss, and fail loudly; interpolation hides what they find."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from crosswalk import EnvironmentFailure, Secret, UsageError
from crosswalk.registry import Registry
from crosswalk.runtime.components import Secrets
from crosswalk.runtime.interpolation import Names, interpolate
from crosswalk_secrets.providers import EnvSecrets, FileSecrets, KeyringSecrets


def test_env(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X_TOKEN", "t0ps3cret")
    found = EnvSecrets(prefix="X_").get("TOKEN")
    assert found is not None
    assert (found.reveal(), repr(found), f"{found}") == ("t0ps3cret", "***", "***")
    assert EnvSecrets().get("NO_SUCH_TOKEN") is None


def test_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("t0ps3cret\n")
    (tmp_path / "folder").mkdir()
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    provider = FileSecrets(folder=str(tmp_path))
    assert provider.get("token") == Secret("t0ps3cret")
    assert provider.get("none") is None
    assert provider.get("../token") is None
    for name in ("folder", "binary"):
        with pytest.raises(EnvironmentFailure, match="P124"):
            provider.get(name)


def test_keyring_absent_or_without_a_backend_has_nothing() -> None:
    assert KeyringSecrets().get("NO_SUCH_TOKEN") is None


def test_providers_are_asked_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "from env")
    (tmp_path / "TOKEN").write_text("from file")
    configs: list[Any] = [{"type": "file", "folder": str(tmp_path)}, {"type": "env"}]
    assert Secrets(Registry(), configs).get("TOKEN").reveal() == "from file"
    assert Secrets(Registry()).get("TOKEN").reveal() == "from env"
    with pytest.raises(UsageError, match="P122") as caught:
        Secrets(Registry()).get("NO_SUCH_TOKEN")
    assert "env, file, keyring" in caught.value.notes[0]


def _names(**members: Any) -> Names:
    started = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
    return Names("p", "r1", started, **({"env": {"HOME": "/h"}, "secret": lambda name: Secret(f"s-{name}")} | members))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a-${run.id}-${pipeline}", "a-r1-p"),
        ("${run.date}/${run.started_at:%Y%m%d}", "2026-01-02/20260102"),
        ("${env.HOME}/${params.n}/${params.flag}", "/h/7/true"),
        ("no $ {places} here", "no $ {places} here"),
    ],
)
def test_places(text: str, found: str) -> None:
    assert interpolate({"x": [text]}, _names(params={"n": 7, "flag": True})) == {"x": [found]}


def test_a_text_with_a_secret_is_a_secret_as_a_whole() -> None:
    found = interpolate("db://u:${secret:PW}@${pipeline}", _names())
    assert isinstance(found, Secret)
    assert found.reveal() == "db://u:s-PW@p"


@pytest.mark.parametrize("text", ["${nothing}", "${params.x}", "${env.NONE}", "${run.started_at:%c}", "${}"])
def test_unknown_places_are_errors(text: str) -> None:
    with pytest.raises(UsageError, match="P12"):
        interpolate(text, _names())
