"""Run a contract kit by hand, to see which of its checks a broken implementation fails."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


def checks(contract: type[Any]) -> list[str]:
    """The names of the kit's checks, without `test_`."""
    return sorted(name.removeprefix("test_") for name in dir(contract) if name.startswith("test_"))


def failures(contract: type[Any], folder: Path) -> dict[str, str]:
    """The checks that fail, and what each says; skipped ones are left out."""
    found = {}
    for name in checks(contract):
        place = folder / name
        place.mkdir()
        try:
            getattr(contract(), f"test_{name}")(place)
        except pytest.skip.Exception:
            continue
        except (Exception, pytest.fail.Exception) as error:
            found[name] = str(error) or type(error).__name__
    return found


def only(contract: type[Any], folder: Path, *names: str) -> str:
    """What the kit says of an implementation that breaks just these checks."""
    found = failures(contract, folder)
    assert sorted(found) == sorted(names), found
    speechless = [name for name, said in found.items() if not said or said.startswith("assert ")]
    assert not speechless, "a check that fails says what is wrong"
    return " ".join(found.values())
