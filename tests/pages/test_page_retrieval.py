"""Search by likeness: what stands together is said together, and the nearest place is found without any example."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from pages.content import Page, Section, Sentence
from pages.retrieval import Place, Retrieval, places_of, sayable_with, with_lead, words_of


def section(id_: str, title: str, *texts: str) -> Section:
    sentences = tuple(Sentence(n, t.removeprefix("- "), t.startswith("- ")) for n, t in enumerate(texts, 1))
    return Section(id_, title, "test", date(2026, 1, 1), "nobody", date(2026, 7, 1), (), (), sentences)


LIST = section("signs", "What are the signs?", "It grows.", "Signs are:", "- Weakness", "- Numbness", "See a doctor.")
LONG = section("long", "What else?", "One.", "Two.", "Three.", "Four.")
PAGE = Page("brain", "Brain", (LIST, LONG))


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ({1}, (1,)),
        ({3}, (2, 3)),
        ({4}, (2, 4)),
        ({2}, (2, 3, 4)),
        ({2, 3}, (2, 3)),
        ({1, 3, 4}, (1, 2, 3, 4)),
        ({5}, (5,)),
    ],
)
def test_a_list_item_comes_with_its_opening_and_an_opening_with_its_list(
    numbers: set[int], said: tuple[int, ...]
) -> None:
    assert with_lead(LIST, numbers) == said


def test_a_list_without_an_opening_can_be_said() -> None:
    assert with_lead(section("a", "A", "- one", "- two"), {2}) == (2,)


def test_a_heading_that_was_asked_is_answered_by_a_list_or_a_short_section_but_not_by_a_long_one() -> None:
    assert sayable_with(Place(PAGE, LIST, 1), whole=True) == (1, 2, 3, 4, 5)
    assert sayable_with(Place(PAGE, LONG, 2), whole=True) == (2,)


def test_every_heading_and_sentence_is_a_place() -> None:
    assert [place.text for place in places_of([PAGE])][:3] == ["What are the signs?", "It grows.", "Signs are:"]
    assert len(places_of([PAGE])) == 2 + 5 + 4


def test_the_nearest_sentence_is_found_and_never_a_heading_alone() -> None:
    places = places_of([PAGE])
    vectors = np.eye(len(places), 16)
    for n, place in enumerate(places):
        hit = Retrieval(places, vectors).find("question", vectors[n])
        assert hit is not None and hit.place.number > 0
        if place.number:
            assert hit.place == place


def test_words_decide_where_meanings_tie() -> None:
    places = places_of([PAGE])
    hit = Retrieval(places, np.ones((len(places), 4)) / 2).find("numbness", np.ones(4) / 2)
    assert hit is not None and hit.place.text == "Numbness"


@pytest.mark.parametrize("question", ["", "?!", "???"])
def test_nothing_to_look_for_finds_nothing(question: str) -> None:
    places = places_of([PAGE])
    assert Retrieval(places, np.ones((len(places), 4))).find(question, np.ones(4)) is None


def test_no_pages_find_nothing() -> None:
    assert Retrieval([], np.zeros((0, 4))).find("question", np.ones(4)) is None


def test_words_are_compared_without_case_filler_and_endings() -> None:
    assert words_of("What are the Tumors?") == ["tumor"]
