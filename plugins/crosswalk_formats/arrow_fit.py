"""Whether values of a kind fit an Arrow type without loss: pyarrow itself would cut, round or parse some of them."""

from __future__ import annotations

from typing import Any

from .arrow_kinds import EXACT_FLOAT, Kind, Misfit


def check_fit(kind: Kind, wanted: Any, member: str = "") -> None:
    """Raises Misfit when a column of type `wanted` cannot hold values of `kind` exactly."""
    import pyarrow.types as t

    if kind.name == "null":
        return
    if t.is_dictionary(wanted):
        check_fit(kind, wanted.value_type, member)
    elif kind.name == "list":
        if not (t.is_list(wanted) or t.is_large_list(wanted) or t.is_fixed_size_list(wanted)):
            raise _misfit(kind, wanted, member)
        if kind.item is not None:
            check_fit(kind.item, wanted.value_type, member + "[]")
    elif kind.name == "object":
        if not t.is_struct(wanted):
            raise _misfit(kind, wanted, member)
        for name, inner in kind.members:
            if wanted.get_field_index(name) < 0:
                raise Misfit(f'the column\'s type has no member "{name}"', member=f"{member}.{name}")
            check_fit(inner, wanted.field(name).type, f"{member}.{name}")
    elif not _scalar_fits(kind, wanted):
        raise _misfit(kind, wanted, member)


def _misfit(kind: Kind, wanted: Any, member: str) -> Misfit:
    return Misfit(f"{kind.name} does not fit a column of type {wanted} exactly", member=member)


def _scalar_fits(kind: Kind, wanted: Any) -> bool:
    import pyarrow.types as t

    if kind.name == "integer":
        return _integer_fits(kind, wanted)
    if kind.name == "decimal":
        fits = t.is_decimal(wanted) and kind.needed <= wanted.scale and kind.digits <= wanted.precision - wanted.scale
        return bool(fits)
    if kind.name in ("datetime", "instant"):
        # A coarser unit would cut the fraction silently.
        fits = t.is_timestamp(wanted) and wanted.unit in ("us", "ns")
        return bool(fits) and (wanted.tz is not None) == (kind.name == "instant")
    if kind.name == "time":
        return bool(t.is_time64(wanted))
    if kind.name == "duration":
        return bool(t.is_duration(wanted) and wanted.unit in ("us", "ns"))
    tests = {
        "boolean": t.is_boolean,
        "float": t.is_float64,
        "string": lambda w: t.is_string(w) or t.is_large_string(w) or t.is_string_view(w),
        "bytes": lambda w: t.is_binary(w) or t.is_large_binary(w) or t.is_fixed_size_binary(w),
        "date": t.is_date,
    }
    return bool(tests[kind.name](wanted))


def _integer_fits(kind: Kind, wanted: Any) -> bool:
    import pyarrow.types as t

    largest = max(-kind.low, kind.high)
    if t.is_signed_integer(wanted):
        bound = 2 ** (wanted.bit_width - 1)
        return bool(kind.low >= -bound and kind.high < bound)
    if t.is_unsigned_integer(wanted):
        return bool(kind.low >= 0 and kind.high < 2**wanted.bit_width)
    if t.is_decimal(wanted):
        return bool(largest < 10 ** (wanted.precision - wanted.scale))
    return bool(t.is_float64(wanted) and largest <= EXACT_FLOAT)
