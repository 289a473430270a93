"""Blocks become sections."""

from __future__ import annotations

from pages.drafts import SectionStart, into_sections, slug
from pages.extract import Block


def H(text: str) -> Block:
    return Block("heading", text)


def P(text: str) -> Block:
    return Block("paragraph", text)


def B(text: str) -> Block:
    return Block("bullet", text)


def test_a_heading_begins_a_section_and_names_it() -> None:
    drafts = into_sections([H("What is it?"), P("This."), H("Who gets it?"), P("They.")], "Page")
    assert [(draft.id, draft.title, draft.body()) for draft in drafts] == [
        ("what-is-it", "What is it?", "This.\n"),
        ("who-gets-it", "Who gets it?", "They.\n"),
    ]


def test_what_stands_before_the_first_heading_belongs_to_the_page() -> None:
    drafts = into_sections([P("Call us."), H("The Page"), P("This.")], "The Page")
    assert [(draft.title, draft.body()) for draft in drafts] == [("The Page", "Call us.\n\nThis.\n")]


def test_a_page_without_headings_is_one_section() -> None:
    assert [draft.id for draft in into_sections([P("One."), P("Two.")], "Brain")] == ["brain"]


def test_two_sections_of_one_title_stay_two() -> None:
    drafts = into_sections([H("More"), P("a."), H("More"), P("b.")], "Page")
    assert [draft.id for draft in drafts] == ["more", "more-2"]


def test_a_heading_with_nothing_under_it_is_no_section() -> None:
    assert [draft.title for draft in into_sections([H("Empty"), H("Full"), P("x.")], "Page")] == ["Full"]


def test_list_items_stand_together() -> None:
    (draft,) = into_sections([H("S"), P("They are:"), B("one"), B("two"), P("End.")], "Page")
    assert draft.body() == "They are:\n\n- one\n- two\n\nEnd.\n"


def test_a_section_may_begin_where_no_heading_is() -> None:
    starts = [SectionStart("top", "Call", title="To call"), SectionStart("what", "What is")]
    drafts = into_sections([P("Call 1."), H("What is it?"), P("This.")], "Page", starts)
    assert [(draft.id, draft.title, draft.body()) for draft in drafts] == [
        ("top", "To call", "Call 1.\n"),
        ("what", "What is it?", "This.\n"),
    ]


def test_two_hundred_sections_are_two_hundred() -> None:
    blocks = [block for n in range(200) for block in (H(f"Question {n}?"), P(f"Answer {n}."))]
    assert len({draft.id for draft in into_sections(blocks, "Page")}) == 200


def test_an_id_is_short_and_plain() -> None:
    assert slug("Wie häufig? — Ärzte & Zahlen") == "wie-haufig-arzte-zahlen"
    assert slug("?!") == "section"
    assert len(slug("a" * 100)) <= 32
