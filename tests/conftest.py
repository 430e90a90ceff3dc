"""What all tests share: property tests run longer where `CROSSWALK_EXAMPLES` says so.

`CROSSWALK_EXAMPLES=5000 pytest tests/compiler --hypothesis-seed=7` tries at least so many examples in each of them.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import is_hypothesis_test, settings

LEAST = int(os.environ.get("CROSSWALK_EXAMPLES", "0"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Raise the number of examples of each property test to the least that is wanted."""
    for function in {item.function for item in items if isinstance(item, pytest.Function)}:
        if LEAST and is_hypothesis_test(function):
            # Hypothesis has no other way to reach settings that a decorator gave.
            own = function._hypothesis_internal_use_settings
            function._hypothesis_internal_use_settings = settings(own, max_examples=max(LEAST, own.max_examples))
