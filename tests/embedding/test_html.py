"""What a notebook shows of mappers, results, rejects and reports: tables, escaped, short, nothing sensitive."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lxml import html as lxml_html

from crosswalk import Engine

MAPPING = {
    "mapping": "1",
    "name": "orders <b>",
    "params": {"shop": {"type": "string", "default": "34"}},
    "fields": {
        "id": "id",
        "qty": ["qty", "int"],
        "card": {"source": "card", "resolve": "int", "sensitive": True, "default": 0},
    },
}


def texts(shown: Any, tag: str = "td") -> list[str]:
    """The texts of the cells; the HTML must be whole."""
    found: str = shown._repr_html_()
    tree = lxml_html.fragment_fromstring(found, create_parent="div")
    assert not tree.xpath("//script | //b")
    assert found.startswith("<div class='crosswalk'>")
    return [str(cell.text_content()) for cell in tree.iter(tag)]


def test_a_mapper_shows_its_fields() -> None:
    mapper = Engine().mapping(MAPPING)
    assert "mapping orders <b>" in texts(mapper, "strong")
    cells = texts(mapper)
    assert [cells[cells.index("id")], cells[cells.index("qty")]] == ["id", "qty"]
    row = texts(mapper, "tr")[-2]
    assert row == "qtyinteger?qtyint"
    assert "shop" in cells
    nested = Engine().mapping({"mapping": "1", "fields": {"l": {"each": "l", "fields": {"s": ["s", "string"]}}}})
    assert texts(nested, "tr")[-1] == "l[].sstring?l[].sstring"


def test_results_show_records_and_rejects() -> None:
    rows = [{"id": "<script>alert(1)</script>", "qty": n} for n in range(30)] + [{"id": 1, "qty": "many"}]
    applied = Engine().mapping(MAPPING).apply(rows)
    cells = texts(applied)
    assert "<script>alert(1)</script>" in cells
    assert "M310" in cells
    assert '"many"' in cells
    assert "the first 20 of 30" in applied._repr_html_()
    nested = Engine().mapping({"mapping": "1", "fields": {"o": {"fields": {"a": "a"}}}}).apply([{"a": "x"}])
    assert '{"a": "x"}' in texts(nested)
    assert len(applied._repr_html_()) < 20_000


def test_a_reject_shows_its_errors_and_hides_what_is_sensitive() -> None:
    applied = Engine().mapping(MAPPING).apply([{"id": 1, "qty": "x", "card": "4111secret"}])
    (reject,) = applied.rejects
    cells = texts(reject)
    assert {"1", "M310", "qty", "card", "***"} <= set(cells)
    assert "4111secret" not in reject._repr_html_()


def test_a_report_shows_its_counts(tmp_path: Path) -> None:
    (tmp_path / "in.ndjson").write_text('{"id":1,"qty":1}\n{"id":2,"qty":"x"}\n')
    document = {
        "pipeline": "1",
        "name": "p",
        "source": {"type": "files", "url": str(tmp_path / "in.ndjson")},
        "mapping": MAPPING,
        "sink": {"type": "files", "url": str(tmp_path / "out.ndjson")},
        "rejects": {"type": "files", "url": str(tmp_path / "rejects.ndjson")},
        "state": {"type": "memory"},
    }
    report = Engine().run(document)
    cells = texts(report)
    assert {"done", "2", "1", report.run_id, "M310"} <= set(cells)
    assert texts(report, "th")[-2:] == ["errors", "fix"]
    assert "pipeline p" in texts(report, "strong")
