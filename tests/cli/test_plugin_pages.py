"""What a declaration gives to read: `plugins show`, `resolvers NAME` and reference pages, for every type of setting."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, ClassVar, Literal

import pytest

from crosswalk import Batch, Duration, Example, Format, Secret, Size, Source, resolver
from crosswalk.cli.reference import component_page
from crosswalk.cli.reference_resolvers import resolver_section
from crosswalk.cli.settings import kind_of, plainly, settings_of

from .conftest import Run


class Level(enum.Enum):
    LOW = "low"
    HIGH = "high"


@dataclass(frozen=True)
class Basic:
    """By name.

    `user`: who.
    """

    type: ClassVar[str] = "basic"
    user: str


@dataclass(frozen=True)
class Token:
    """By token.

    `token`: the word.
    """

    type: ClassVar[str] = "token"
    token: Secret
    ttl: Duration = Duration(60)  # noqa: RUF009


@dataclass(frozen=True)
class Page:
    """Paging.

    `size`: records of one.
    """

    size: int = 100


@dataclass(frozen=True)
class All(Source):
    """Has a setting of every type.

    It reads nothing.

    `text`: some text,
        on two lines.
    `auth`: who asks.
    """

    type: ClassVar[str] = "acme.all"
    text: str
    whole: int = 1
    real: float = 1.5
    flag: bool = True
    raw: bytes = b"x"
    price: Decimal = Decimal("1.10")
    day: dt.date = dt.date(2024, 2, 29)
    moment: dt.datetime = dt.datetime(2024, 2, 29, 12)
    names: list[str] = field(default_factory=list)
    sizes: dict[str, int] = field(default_factory=dict)
    mode: Literal["a", 3] = "a"
    level: Level = Level.LOW
    maybe: int | None = None
    auth: Basic | Token | None = None
    page: Page = Page()
    pages: list[Page] = field(default_factory=list)
    by: dict[str, Page] = field(default_factory=dict)
    inner: Source | None = None
    form: Format | None = None
    limit: Size = Size(64)  # noqa: RUF009
    wait: Duration = Duration(90)  # noqa: RUF009
    key: Secret | None = None
    any: Any = None

    def read(self, cursor: Any = None) -> Iterator[Batch]:
        yield Batch.of_rows([])


KINDS = {
    "text": ("string", "required"), "whole": ("integer", "1"), "real": ("number", "1.5"), "flag": ("boolean", "true"),
    "raw": ("base64", '"eA=="'), "price": ("decimal", '"1.10"'), "day": ("date", '"2024-02-29"'),
    "moment": ("datetime", '"2024-02-29T12:00:00"'), "names": ("list of string", "[]"),
    "sizes": ("object of integer", "{}"), "mode": ('`"a"`, `3`', '"a"'), "level": ('`"low"`, `"high"`', '"low"'),
    "maybe": ("integer or null", "null"), "auth": ('`"basic"` object or `"token"` object or null', "null"),
    "auth.user": ("string", "required"), "auth.token": ("secret", "required"), "auth.ttl": ("duration", '"1m"'),
    "page": ("object", ""), "page.size": ("integer", "100"), "pages": ("list of object", "[]"),
    "pages[].size": ("integer", "100"), "by": ("object of object", "{}"), "by.*.size": ("integer", "100"),
    "inner": ("source or null", "null"), "form": ("format or null", "null"), "limit": ("size", "64"),
    "wait": ("duration", '"1.5m"'), "key": ("secret or null", "null"), "any": ("any", "null"),
}  # fmt: skip


@resolver("acme.all", examples=[Example("a|b", "a|b", {"level": "high"}), Example("", error="M310")])
def args(
    value: str,
    *,
    level: Level = Level.LOW,
    price: Decimal = Decimal("1.10"),
    day: dt.date | None = None,
    raw: bytes = b"x",
    page: Page = Page(),
    **more: int,
) -> str:
    """Gives it back.

    `level`: how.
    `more`: numbers.
    """
    return value


def test_every_type_has_words_and_a_default() -> None:
    found = {one.name: (one.kind, one.need) for one in settings_of(All.config_schema())}
    assert found == KINDS


def test_texts_stand_with_their_settings() -> None:
    found = {one.name: one.text for one in settings_of(All.config_schema())}
    assert found["text"] == "some text, on two lines."
    assert found["auth"] == "who asks."
    assert found["auth.user"] == '`"basic"`: who.'
    assert found["pages[].size"] == "records of one."


def test_the_page_of_a_component() -> None:
    page = component_page(All)
    assert page.startswith(
        "# The source `acme.all`\n\nHas a setting of every type.\n\nIt reads nothing.\n\n| setting |"
    )
    assert "| `text` | string | required | Some text, on two lines. |" in page
    assert "| `page` | object |  | The page of the acme.all. |" in page
    assert len(page.splitlines()) == 8 + len(KINDS)


def test_the_arguments_of_a_resolver() -> None:
    assert [(one.name, one.kind, one.need) for one in settings_of(args.args_schema())] == [
        ("level", '`"low"`, `"high"`', '"low"'), ("price", "decimal", '"1.10"'), ("day", "date or null", "null"),
        ("raw", "base64", '"eA=="'), ("page", "object", ""), ("page.size", "integer", "100"),
    ]  # fmt: skip
    section = resolver_section(args, "# x")
    assert '| `level` | `"low"`, `"high"` | `"low"` | how. |' in section
    assert "| *any other name* | integer |  | numbers. |" in section
    assert "| `a\\|b` |" in section.replace('"', "")
    assert "Errors: M310." in section


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        ({}, "any"),
        ({"type": "array"}, "list"),
        ({"type": "array", "items": {"anyOf": [{"type": "string"}, {"type": "integer"}]}}, "list"),
        ({"anyOf": [{"type": "integer"}, {"type": "number"}, {"type": "null"}]}, "number or null"),
        ({"type": "object", "additionalProperties": {}}, "object"),
    ],
)
def test_odd_kinds(schema: dict[str, Any], kind: str) -> None:
    assert kind_of(schema) == kind


def test_choices_on_the_terminal() -> None:
    assert plainly('`"a"`, `3` or null') == '"a", 3 or null'
    assert list(settings_of({})) == []


def test_show(run: Run) -> None:
    assert '  quoting  "minimal", "all"; default "minimal"' in run("plugins", "show", "csv").out
    assert "  url  string, required" in run("plugins", "show", "files").out
    assert "  split.bytes  size or null; default null" in run("plugins", "show", "files").out
    page = run("plugins", "show", "csv", "--markdown").out
    assert page.startswith("# The format `csv`\n")
    assert run("plugins", "show", "csv", "--markdown", "--json").json["markdown"] == page.rstrip("\n")
    page = run("plugins", "show", "crosswalk_sql", "--markdown").out
    assert page.startswith("# crosswalk_sql\n\n## Sources\n\n### `sqlite`\n")
    assert "\n## Sinks\n" in page
    assert "### `trim`" in run("plugins", "show", "crosswalk_resolvers", "--markdown").out
    assert "### `jmespath`" in run("plugins", "show", "crosswalk_paths", "--markdown").out
    assert run("plugins", "show", "xpath").out.startswith("xpath  (path language)\n\nXPath 1.0")
    assert run("plugins", "show", "xpath", "--markdown").out.startswith("# The path language `xpath`\n\nXPath 1.0")
    assert run("plugins", "show", "xpath", "--json").json["path_language"]["name"] == "xpath"
    assert "ranges[].value: any, required" in run("resolvers", "range_map").out
