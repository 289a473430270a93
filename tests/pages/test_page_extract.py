"""What a page says survives, its furniture does not, and what cannot be read is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from pages.extract import Block, ExtractError, decode, fetch, from_html, from_text, is_html

HTML = """<!doctype html><html><head><title>T</title><style>.a{}</style><script>call("201-000-0000")</script></head><body>
<header><nav><ul><li><a href="/">Home</a></li></ul></nav></header>
<div class="cta"><p>For an appointment,<br>call <a href="tel:201-634-5339">201-634-5339</a>.</p></div>
<div class="crumbs">Home &gt; Cancers &gt; Brain</div>
MAIN
<footer><p>&copy; 2026 <a href="/p">Privacy</a></p></footer></body></html>"""
CONTENT = """<h1>Brain Metastases</h1><p>They come from  other
parts of the body.</p><!-- not said --><h2>What are the symptoms?</h2><p>They may include:</p>
<ul><li>Headache</li><li>Seizures <b>at night</b></li></ul><table><tr><td>Center</td><td>201-634-5585</td></tr></table>"""


def said(blocks: list[Block]) -> list[tuple[str, str]]:
    return [(block.kind, block.text) for block in blocks]


@pytest.mark.parametrize("main", ["<main>{}</main>", "<div id='content'>{}</div>", "<div role='main'>{}</div>"])
def test_headings_paragraphs_lists_tables_and_numbers_survive(main: str) -> None:
    blocks = said(from_html(HTML.replace("MAIN", main.format(CONTENT))))
    assert ("heading", "What are the symptoms?") in blocks
    assert ("paragraph", "They come from other parts of the body.") in blocks
    assert ("bullet", "Headache") in blocks and ("bullet", "Seizures at night") in blocks
    assert ("paragraph", "Center 201-634-5585") in blocks
    assert ("paragraph", "For an appointment, call 201-634-5339.") in blocks


@pytest.mark.parametrize("main", ["<main>{}</main>", "<div id='content'>{}</div>"])
def test_scripts_styles_comments_navigation_and_breadcrumbs_are_left_behind(main: str) -> None:
    text = repr(from_html(HTML.replace("MAIN", main.format(CONTENT))))
    for furniture in ("201-000-0000", ".a{}", "not said", "Home", "Privacy"):
        assert furniture not in text


@pytest.mark.parametrize(
    "page", ["<html><body></body></html>", "<html><body><script>x()</script></body></html>", "<p></p>"]
)
def test_a_page_without_content_is_refused(page: str) -> None:
    with pytest.raises(ExtractError):
        from_html(page)


def test_plain_text_is_parted_by_empty_lines_headings_and_bullets() -> None:
    text = "A Title\n\nFirst line,\nsecond line.\n\n  • one\n  • two\n\nMore\nThings\n"
    assert said(from_text(text)) == [
        ("heading", "A Title"),
        ("paragraph", "First line,\nsecond line."),
        ("bullet", "one"),
        ("bullet", "two"),
        ("heading", "More"),
        ("heading", "Things"),
    ]


def test_a_list_may_follow_its_opening_line_at_once() -> None:
    assert said(from_text("Signs are:\n- one\n- two")) == [
        ("paragraph", "Signs are:"),
        ("bullet", "one"),
        ("bullet", "two"),
    ]


@pytest.mark.parametrize("line", ["Call 201-634-5339", "It ends with a stop.", "one two three " * 6])
def test_what_is_no_heading(line: str) -> None:
    assert from_text(line)[0].kind == "paragraph"


def test_furniture_lines_of_a_text_are_left_out() -> None:
    assert said(from_text("Home > Cancers\n\nWords.", ["Home >"])) == [("paragraph", "Words.")]


@pytest.mark.parametrize("text", ["", " \n\n \n"])
def test_an_empty_text_is_refused(text: str) -> None:
    with pytest.raises(ExtractError, match="empty"):
        from_text(text)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "cp1252"])
def test_other_encodings_are_understood(encoding: str) -> None:
    text = "Die Ärzte prüfen das Rückenmark für über fünf Stunden und größere Häuser.\r\nSchön."
    assert decode(text.encode(encoding)) == text.replace("\r\n", "\n")


def test_a_declared_encoding_is_believed() -> None:
    page = '<html><head><meta charset="iso-8859-1"></head><body><p>R\u00fcckenmark</p></body></html>'
    assert "R\u00fcckenmark" in decode(page.encode("latin-1"))


def test_html_is_told_from_text() -> None:
    assert is_html("<!DOCTYPE html><html>") and is_html("<div>x</div>") and not is_html("a < b and b > c")


def test_a_file_that_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pages.extract.MOST_BYTES", 10)
    (tmp_path / "a.txt").write_bytes(b"x" * 11)
    with pytest.raises(ExtractError, match="more than"):
        fetch(str(tmp_path / "a.txt"))
