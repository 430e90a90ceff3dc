"""What generated code may call by name."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ..errors import ConnectorError
from ..values import INT64_MAX, INT64_MIN, MISSING
from . import ops_calc, ops_compare, ops_iterate, ops_member, ops_value
from .failures import fail
from .poison import POISON, Poisoned
from .quick import SLOW

BASE_NAMES: dict[str, Any] = {
    "M": MISSING,
    "Decimal": Decimal,
    "NUMBERS": ops_calc.NUMBERS,
    "NOVARS": {},
    "INT64_MIN": INT64_MIN,
    "INT64_MAX": INT64_MAX,
    "POISON": POISON,
    "Poisoned": Poisoned,
    "fail": fail,
    "ConnectorError": ConnectorError,
    "SLOW": SLOW,
    **{
        name: getattr(module, name)
        for module, names in (
            (
                ops_value,
                "accept as_list blank required fresh text map_key not_in_map lookup_key lookup_miss check_failed",
            ),
            (ops_value, "must no_get other_get read_paths refuse"),
            (ops_calc, "add sub mul div mod neg overflow"),
            (ops_compare, "truth"),
            (ops_iterate, "entries_of zip_lists match_key repeat_count sort_items distinct_items hashable"),
            (ops_member, "put_key spread_into"),
        )
        for name in names.split()
    },
}
