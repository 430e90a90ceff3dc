"""What generated code calls: the slow or rare half of every operation, and failures turned into field errors."""

from __future__ import annotations

import copy
import datetime as dt
import math
import re
from collections.abc import Callable, Iterable, Mapping
from decimal import (
    ROUND_HALF_EVEN,
    Context,
    Decimal,
    DivisionByZero,
    Inexact,
    InvalidOperation,
    Overflow,
)
from typing import Any, Final, NoReturn

from ..errors import DataError, PluginError
from ..reject import FieldError
from ..values import INT64_MAX, INT64_MIN, MISSING, sample_of, text_of, type_name
from .lint import walk
from .plan import Field, PathPlan, Source
from .tables import key_text

M: Final = MISSING
NUMBERS: Final = frozenset((int, float, Decimal))
EXACT: Final = Context(prec=76, rounding=ROUND_HALF_EVEN, traps=[Inexact, InvalidOperation, Overflow])
QUOTIENT: Final = Context(prec=38, rounding=ROUND_HALF_EVEN, traps=[InvalidOperation, DivisionByZero, Overflow])
MAX_REPEAT: Final = 100_000


class Poisoned(Exception):
    """A value depends on a let that failed already; reported there, not again."""


class _Poison:
    """Stands for the value of a failed let; whatever looks at it raises Poisoned."""

    def _refuse(self, *_: Any) -> Any:
        raise Poisoned

    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __bool__ = __len__ = __iter__ = __str__ = _refuse
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __neg__ = _refuse
    __hash__ = None  # type: ignore[assignment]


POISON: Final = _Poison()


class Errors(list[FieldError]):
    """The errors of the record at hand; `warnings` outlive it."""

    __slots__ = ("warnings",)

    def __init__(self) -> None:
        super().__init__()
        self.warnings: list[FieldError] = []


def reads_sensitive(node: Any) -> bool:
    """Whether a part of the plan reads a variable whose value must not be shown."""
    return any(
        isinstance(part, PathPlan)
        and any(var is not None and var.sensitive for var in (part.var, *part.variables.values()))
        for part in walk(node)
    )


class Site:
    """A field as its failures see it: where each generated line comes from, and what `on_error` puts in its place."""

    __slots__ = ("field", "is_let", "marks", "replacement", "sensitive", "soft")

    def __init__(
        self, field: Field, marks: dict[int, tuple[str, str, str, str]], *, is_let: bool, hard: bool, reads: Any = None
    ) -> None:
        self.field = field
        self.sensitive = field.sensitive or reads_sensitive(reads if reads is not None else field)
        self.marks = marks
        self.is_let = is_let
        self.soft = field.on_error != "fail" and not hard
        self.replacement = {"null": None, "default": field.default}.get(field.on_error, MISSING)


def fail(errors: Errors, error: Exception, site: Site) -> Any:
    """Handle an exception of a field: note it, or give what `on_error` says. Plugin bugs are raised as PluginError."""
    if isinstance(error, Poisoned):
        return POISON if site.is_let else MISSING
    trace = error.__traceback__
    pointer, local, path, name = site.field.pointer, "", "", ""
    if trace is not None:
        pointer, local, path, name = site.marks.get(trace.tb_lineno, (pointer, "", "", ""))
    value: Any = MISSING
    if isinstance(error, DataError):
        code, message = error.code, error.message
        value = error.sample
    elif isinstance(error, ValueError | ArithmeticError):
        code, message = "M310", "not a valid value" if site.sensitive else str(error)
    elif isinstance(error, RecursionError):
        code, message = "M313", "nested too deeply"
    else:
        raise PluginError(
            "X105",
            f'resolver "{name}" broke on a value: {type(error).__name__}: {error}' if name else f"bug: {error!r}",
            notes=(f"at {pointer} (field {site.field.target})",),
        ) from error
    if site.soft:
        return fresh(site.replacement)
    if (value is None or value is MISSING) and local and trace is not None:
        value = trace.tb_frame.f_locals.get(local, MISSING)
    if value is POISON:
        return POISON if site.is_let else MISSING
    if not path and isinstance(site.field.origin, Source):
        path = site.field.origin.paths[0].text
    sample = "" if value is MISSING else "***" if site.sensitive else sample_of(value)
    errors.append(FieldError(code, message, site.field.target, pointer, path, sample))
    return POISON if site.is_let else MISSING


def no_get(_name: str, default: Any = None) -> Any:
    """`dict.get` of something that has no members."""
    return default


def other_get(context: Any) -> Callable[..., Any]:
    """The getter of a context that is no plain dict."""
    return context.get if isinstance(context, Mapping) else no_get


def read_names(context: Any, names: tuple[str, ...]) -> Any:
    """The value at a path of names, M where a step finds nothing."""
    for name in names:
        if not isinstance(context, Mapping):
            return M
        context = context.get(name, M)
    return context


def as_list(value: Any) -> list[Any]:
    """What an iteration walks: nothing for missing and null, a list as it is, anything else as a list of one."""
    if value is None or value is M:
        return []
    if value is POISON:
        raise Poisoned
    if isinstance(value, list):
        return value
    return list(value) if isinstance(value, tuple) else [value]


def accept(value: Any, types: tuple[type, ...], name: str) -> Any:
    """The value, when it is of a type the resolver takes; raises M313."""
    if value is POISON:
        raise Poisoned
    if isinstance(value, bool):
        if bool in types:
            return value
    elif isinstance(value, types):
        return value
    elif float in types and isinstance(value, int):
        return float(value)
    elif list in types and isinstance(value, tuple):
        return list(value)
    wanted = " or ".join(dict.fromkeys(_WORDS.get(t, t.__name__) for t in types))
    raise DataError("M313", f'"{name}" needs {wanted}, not {_a(type_name(value))}', value)


_WORDS: dict[type, str] = {
    str: "a string", int: "a number", float: "a number", Decimal: "a number", bool: "a boolean", list: "a list",
    dict: "an object", dt.date: "a date", dt.datetime: "a datetime", dt.time: "a time", bytes: "bytes",
    dt.timedelta: "a duration",
}  # fmt: skip


def _a(word: str) -> str:
    if word in ("bytes", "null", "missing"):
        return word
    return f"an {word}" if word[0] in "aeio" else f"a {word}"


def required(value: Any) -> NoReturn:
    """Refuse missing, null or blank."""
    if value is POISON:
        raise Poisoned
    state = "missing" if value is M else "null" if value is None else "blank"
    raise DataError("M301", f"required, but {state}", value)


def blank(value: Any) -> bool:
    """Whether a value counts as nothing for `required`."""
    return value is M or value is None or (isinstance(value, str) and not value.strip())


def fresh(value: Any) -> Any:
    """A constant container of its own for this record."""
    return copy.deepcopy(value) if isinstance(value, list | dict) else value


def text(value: Any) -> str:
    """A value in a template."""
    if value is POISON:
        raise Poisoned
    return text_of(value)


def map_key(value: Any) -> Any:
    """The text a non-string is looked up by in `map`."""
    if value is POISON:
        raise Poisoned
    return text_of(value)


def not_in_map(value: Any) -> NoReturn:
    raise DataError("M330", "not in the map", value)


def lookup_key(value: Any) -> Any:
    """The index key of a value that is no string."""
    if value is POISON:
        raise Poisoned
    return key_text(value)


def lookup_miss(value: Any, table: str) -> NoReturn:
    raise DataError("M331", f'not in table "{table}"', value)


def check_failed(value: Any, message: str) -> NoReturn:
    raise DataError("M342", message, value)


# ---- calc -------------------------------------------------------------------------------------------------------


def overflow() -> NoReturn:
    raise DataError("M311", "the result does not fit 64 bits")


def _operands(a: Any, b: Any) -> tuple[Any, Any]:
    for value in (a, b):
        if value is POISON:
            raise Poisoned
        if type(value) not in NUMBERS:
            raise DataError("M313", f"calc needs numbers, not {_a(type_name(value))}", value)
    if isinstance(a, Decimal) and isinstance(b, float):
        return a, _decimal(b)
    if isinstance(b, Decimal) and isinstance(a, float):
        return _decimal(a), b
    return a, b


def _decimal(value: float) -> Decimal:
    if not math.isfinite(value):
        raise DataError("M310", "not a finite number", value)
    return Decimal(repr(value))


def _finish(value: Any) -> Any:
    if type(value) is int:
        if not INT64_MIN <= value <= INT64_MAX:
            overflow()
    elif type(value) is float and not math.isfinite(value):
        raise DataError("M311", "the result is too large")
    return value


def _exact(operation: Callable[[Any, Any], Any], a: Any, b: Any) -> Any:
    try:
        return operation(a, b)
    except Inexact as error:
        raise DataError("M311", "the result needs more than 76 digits") from error
    except (InvalidOperation, Overflow) as error:
        raise DataError("M311", "the result is too large") from error


def add(a: Any, b: Any) -> Any:
    a, b = _operands(a, b)
    return _exact(EXACT.add, a, b) if Decimal in (type(a), type(b)) else _finish(a + b)


def sub(a: Any, b: Any) -> Any:
    a, b = _operands(a, b)
    return _exact(EXACT.subtract, a, b) if Decimal in (type(a), type(b)) else _finish(a - b)


def mul(a: Any, b: Any) -> Any:
    a, b = _operands(a, b)
    return _exact(EXACT.multiply, a, b) if Decimal in (type(a), type(b)) else _finish(a * b)


def div(a: Any, b: Any) -> Any:
    """True division of decimals or floats; two integers are refused (M313): say which you mean."""
    a, b = _operands(a, b)
    if b == 0:
        raise DataError("M317", "division by zero")
    if Decimal in (type(a), type(b)):
        return _exact(QUOTIENT.divide, a, b)
    if type(a) is int and type(b) is int:
        raise DataError("M313", '"/" needs a decimal or a float: make one operand a decimal')
    return _finish(a / b)


def mod(a: Any, b: Any) -> Any:
    """The remainder with the sign of the dividend, for every number type."""
    a, b = _operands(a, b)
    if b == 0:
        raise DataError("M317", "division by zero")
    if Decimal in (type(a), type(b)):
        return _exact(EXACT.remainder, a, b)
    if type(a) is float or type(b) is float:
        return _finish(math.fmod(a, b))
    rest = abs(a) % abs(b)
    return -rest if a < 0 else rest


def neg(a: Any) -> Any:
    _operands(a, 0)
    return EXACT.minus(a) if isinstance(a, Decimal) else _finish(-a)


# ---- conditions -------------------------------------------------------------------------------------------------


def _family(value: Any) -> str:
    kind = type(value)
    if kind in NUMBERS:
        return "number"
    if kind is dt.datetime:
        return "datetime" if value.tzinfo is None else "datetime with zone"
    return type_name(value)


def _alike(a: Any, b: Any) -> tuple[Any, Any]:
    """Both values of one comparable kind, an ISO text beside a date read as a date; M320 otherwise."""
    if a is POISON or b is POISON:
        raise Poisoned
    left, right = _dated(a, b), _dated(b, a)
    kind = _family(left)
    if kind != _family(right):
        raise DataError("M320", f"{_a(_family(a))} cannot be compared with {_a(_family(b))}", a)
    if kind == "number" and type(left) is not type(right) and Decimal in (type(left), type(right)):
        return (_decimal(left) if type(left) is float else left, _decimal(right) if type(right) is float else right)
    # Python compares two times of one zone by the clock on the wall, which repeats an hour each autumn.
    return (left.astimezone(dt.UTC), right.astimezone(dt.UTC)) if kind == "datetime with zone" else (left, right)


def _dated(value: Any, other: Any) -> Any:
    """An ISO text beside a date or time as such a value, where it is one."""
    if isinstance(value, str) and isinstance(other, dt.date | dt.time):
        try:
            return type(other).fromisoformat(value)
        except ValueError:
            pass
    return value


def _ordered(a: Any, b: Any) -> tuple[Any, Any]:
    a, b = _alike(a, b)
    if isinstance(a, list | dict | bool):
        raise DataError("M320", f"{_a(type_name(a))} has no order", a)
    return a, b


def eq(a: Any, b: Any) -> bool:
    if a is None or a is M:
        return b is None or b is M
    if b is None or b is M:
        if a is POISON:
            raise Poisoned
        return False
    a, b = _alike(a, b)
    return bool(a == b)


def ne(a: Any, b: Any) -> bool:
    if a is None or a is M:
        return not (b is None or b is M)
    return not eq(a, b)


def gt(a: Any, b: Any) -> bool:
    if a is None or a is M or b is None or b is M:
        return False
    a, b = _ordered(a, b)
    return bool(a > b)


def gte(a: Any, b: Any) -> bool:
    if a is None or a is M or b is None or b is M:
        return False
    a, b = _ordered(a, b)
    return bool(a >= b)


def lt(a: Any, b: Any) -> bool:
    if a is None or a is M or b is None or b is M:
        return False
    a, b = _ordered(a, b)
    return bool(a < b)


def lte(a: Any, b: Any) -> bool:
    if a is None or a is M or b is None or b is M:
        return False
    a, b = _ordered(a, b)
    return bool(a <= b)


def between(a: Any, b: Any) -> bool:
    return gte(a, b[0]) and lte(a, b[1])


def isin(a: Any, b: Any) -> bool:
    if a is None or a is M:
        return isinstance(b, list) and any(item is None for item in b)
    if not isinstance(b, list):
        return False if b is None or b is M else eq(a, b)
    known = [item for item in b if item is not None]
    found = [item for item in known if _family(item) == _family(a)]
    return any(eq(a, item) for item in found or known)


def not_in(a: Any, b: Any) -> bool:
    return not isin(a, b)


def _text_operand(a: Any) -> bool:
    if a is None or a is M:
        return False
    if a is POISON:
        raise Poisoned
    if not isinstance(a, str):
        raise DataError("M320", f"{_a(type_name(a))} is not a text", a)
    return True


def starts_with(a: Any, b: Any) -> bool:
    return _text_operand(a) and _text_operand(b) and a.startswith(b)


def ends_with(a: Any, b: Any) -> bool:
    return _text_operand(a) and _text_operand(b) and a.endswith(b)


def contains(a: Any, b: Any) -> bool:
    if isinstance(a, list):
        return any(_family(item) == _family(b) and eq(item, b) for item in a)
    if not _text_operand(a) or b is None or b is M:
        return False
    if not isinstance(b, str):
        raise DataError("M320", f"{_a(type_name(b))} cannot be part of a text", b)
    return b in a


def matches(a: Any, b: re.Pattern[str]) -> bool:
    return _text_operand(a) and b.search(a) is not None


def has_type(a: Any, b: str) -> bool:
    if b == "any":
        return a is not M
    return type(a) in NUMBERS if b == "number" else type_name(a) == b


def truth(value: Any) -> bool:
    """A condition's `expr`: only booleans are truth values, nothing is false."""
    if value is True or value is False:
        return bool(value)
    if value is None or value is M:
        return False
    raise DataError("M320", f"a condition must be true or false, not {_a(type_name(value))}", value)


OPERATORS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "eq": eq, "ne": ne, "gt": gt, "gte": gte, "lt": lt, "lte": lte, "between": between, "in": isin, "not_in": not_in,
    "starts_with": starts_with, "ends_with": ends_with, "contains": contains, "matches": matches, "type": has_type,
}  # fmt: skip


# ---- iteration --------------------------------------------------------------------------------------------------


def entries_of(value: Any) -> list[tuple[str, Any]]:
    """The members of an object as (key, value)."""
    if value is None or value is M:
        return []
    if value is POISON:
        raise Poisoned
    if not isinstance(value, Mapping):
        raise DataError("M313", f"entries needs an object, not {_a(type_name(value))}", value)
    return list(value.items())


def zip_lists(names: tuple[str, ...], lists: list[Any], uneven: str) -> list[dict[str, Any]]:
    """Parallel lists as objects; lists of unlike length are an error, padded (missing members) or cut."""
    sizes = [len(column) for column in lists]
    if len(set(sizes)) > 1 and uneven == "error":
        shown = ", ".join(f"{name} {size}" for name, size in zip(names, sizes, strict=True))
        raise DataError("M315", f"the lists differ in length ({shown})")
    count = (min if uneven == "cut" else max)(sizes, default=0)
    return [
        {name: column[i] for name, column in zip(names, lists, strict=True) if i < len(column) and column[i] is not M}
        for i in range(count)
    ]


def match_key(key: str, patterns: Iterable[re.Pattern[str]]) -> tuple[str, ...] | None:
    """The captures of the first glob that matches."""
    for pattern in patterns:
        found = pattern.fullmatch(key)
        if found:
            return found.groups()
    return None


def repeat_count(value: Any) -> int:
    """How often an item is repeated: a whole number, nothing counts as none."""
    if value is None or value is M:
        return 0
    if value is POISON:
        raise Poisoned
    if isinstance(value, bool) or not isinstance(value, int):
        raise DataError("M313", f"repeat needs a whole number, not {_a(type_name(value))}", value)
    if value > MAX_REPEAT:
        raise DataError("M311", f"repeat is limited to {MAX_REPEAT:,}", value)
    return max(0, value)


class _Reverse:
    """Turns the order of one sort key around."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __lt__(self, other: _Reverse) -> bool:
        return bool(other.value < self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Reverse) and bool(other.value == self.value)


def sort_items(items: list[tuple[Any, ...]], descending: tuple[bool, ...]) -> list[tuple[Any, ...]]:
    """Items by their keys (`item[0]`), stable; missing and null come last; unlike types are M320."""
    for place in range(len(descending)):
        known = [item[0][place] for item in items if item[0][place] is not None and item[0][place] is not M]
        for value in known[1:]:
            _ordered(known[0], value)

    def key(item: tuple[Any, ...]) -> tuple[Any, ...]:
        parts: list[Any] = []
        for value, down in zip(item[0], descending, strict=True):
            absent = value is None or value is M
            parts += [absent, 0 if absent else _Reverse(value) if down else value]
        return tuple(parts)

    return sorted(items, key=key)


def distinct_items(items: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """The first item of each distinct value (`item[1]`)."""
    seen: set[Any] = set()
    found = []
    for item in items:
        mark = hashable(item[1])
        if mark not in seen:
            seen.add(mark)
            found.append(item)
    return found


def hashable(value: Any) -> Any:
    """A stand-in that is equal when the values are, and can be a dict key; true is not 1."""
    if isinstance(value, list | tuple):
        return tuple(hashable(part) for part in value)
    if isinstance(value, dict):
        return ("{}", *sorted((key, hashable(part)) for key, part in value.items()))
    return (bool, value) if isinstance(value, bool) else value


def put_key(target: dict[str, Any], keys: tuple[Any, ...], value: Any, duplicates: str) -> None:
    """Set a member of a keyed object, nested by the keys; a key is made text, a second one is handled as told."""
    *lead, last = [_key_name(key) for key in keys]
    for key in lead:
        target = target.setdefault(key, {})
    if duplicates == "collect":
        target.setdefault(last, []).append(value)
    elif last not in target or duplicates == "last":
        target[last] = value
    elif duplicates == "error":
        raise DataError("M316", "two items have the same key", last)


def _key_name(key: Any) -> str:
    if key is None or key is M:
        raise DataError("M315", "the key of an item is missing")
    return text(key)


def spread_into(out: dict[str, Any], value: Any) -> None:
    """Merge an object's members into the output; a name that is there already is M316."""
    if value is None or value is M:
        return
    if value is POISON:
        raise Poisoned
    if not isinstance(value, Mapping):
        raise DataError("M313", f"spread needs an object, not {_a(type_name(value))}", value)
    for name, part in value.items():
        if name in out:
            raise DataError("M316", "spread repeats a field", name)
        out[name] = part


class CopyRest:
    """`passthrough`: which members of the record are copied; decided once per name."""

    __slots__ = ("empty", "known", "rules", "taken")

    def __init__(
        self,
        only: tuple[re.Pattern[str], ...] | None,
        exclude: tuple[re.Pattern[str], ...],
        taken: frozenset[str],
        empty: str,
    ) -> None:
        self.rules = (only, exclude)
        self.taken = taken
        self.empty = empty
        self.known: dict[str, bool] = {}

    def _wanted(self, name: str) -> bool:
        only, exclude = self.rules
        wanted = name not in self.taken
        if only is not None:
            wanted = wanted and any(p.fullmatch(name) for p in only)
        wanted = wanted and not any(p.fullmatch(name) for p in exclude)
        if len(self.known) < 10_000:
            self.known[name] = wanted
        return wanted

    def __call__(self, out: dict[str, Any], record: Any) -> None:
        if not isinstance(record, Mapping):
            if record is None or record is M:
                return
            raise DataError("M313", f"passthrough needs an object, not {_a(type_name(record))}", record)
        known, empty = self.known, self.empty
        for name, value in record.items():
            wanted = known.get(name)
            if wanted if wanted is not None else self._wanted(name):
                if value == "" and empty != "keep":
                    if empty == "null":
                        out.setdefault(name, None)
                else:
                    out.setdefault(name, value)
