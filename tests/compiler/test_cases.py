"""The language's conformance suite: every case of `tests/cases`, on every back end."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from crosswalk import Engine

sys.path.append(str(Path(__file__).parent))
from case_files import BACK_ENDS, load_cases, run_case

CASES = load_cases()


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine()


@pytest.mark.parametrize("back_end", BACK_ENDS)
@pytest.mark.parametrize("case", [case for _, case in CASES], ids=[name for name, _ in CASES])
def test_case(case: dict[str, Any], back_end: str, engine: Engine, tmp_path: Path) -> None:
    run_case(case, tmp_path, engine, back_end)


def test_case_names_are_unique() -> None:
    names = [name for name, _ in CASES]
    assert len(names) == len(set(names))
