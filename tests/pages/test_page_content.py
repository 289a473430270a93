"""The page is loaded strictly and said letter for letter."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from pages.content import content_hash, load_page, load_pages
from pages.front_matter import PageError
from pages.sentences import split_sentences

ROOT = Path(__file__).parents[2] / "data" / "page"
PAGE = ROOT / "spine-tumors-metastatic"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PAGE, tmp_path / "page"))


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) >= 1, old
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_every_sentence_is_on_the_page_letter_for_letter() -> None:
    text = (PAGE / "page.txt").read_text(encoding="utf-8")
    for section in load_page(PAGE).sections:
        for sentence in section.sentences:
            assert sentence.text in text


def test_every_line_of_the_page_that_says_something_is_in_a_section() -> None:
    page = load_page(PAGE)
    said = "\n".join(
        [s.title for s in page.sections] + [text for s in page.sections for text in (*s.paragraphs, *s.bullets)]
    )
    furniture = ("Home >", "Font ++", "Retype the numbers", "\u00a0Security code")
    for line in (PAGE / "page.txt").read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith(furniture):
            assert line.strip().removeprefix("• ") in said


def test_the_sections_come_in_the_order_of_the_page() -> None:
    assert [section.id for section in load_page(PAGE).sections] == [
        "appointment", "statistics", "what-are", "who-develops", "symptoms",
        "diagnosis", "treatment", "center", "find-a-doctor", "contact"
    ]  # fmt: skip


def test_each_bullet_is_a_sentence() -> None:
    symptoms = load_page(PAGE).section("symptoms")
    assert [s.text for s in symptoms.sentences if s.bullet] == list(symptoms.bullets)
    assert len(symptoms.bullets) == 3 and len(symptoms.sentences) == 6


def test_the_curly_apostrophe_is_kept() -> None:
    assert "the patient’s back pain" in load_page(PAGE).section("diagnosis").paragraphs[0]


def test_a_folder_without_pages_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PageError, match="no page folder"):
        load_pages(tmp_path)


def test_the_web_gets_the_page_as_json() -> None:
    page = load_page(PAGE).page_json()
    assert json.loads(json.dumps(page)) == page
    symptoms = next(section for section in page["sections"] if section["id"] == "symptoms")
    assert symptoms["title"] == "What are the symptoms of metastatic spinal tumors?"
    assert "Loss of bladder or bowel function" in symptoms["bullets"]


@pytest.mark.parametrize(
    ("paragraph", "sentences"),
    [
        ("Ask Dr. Lee. It helps.", ["Ask Dr. Lee.", "It helps."]),
        ("Some cancers, e.g. Breast cancer, spread. Others do not!", ["Some cancers, e.g. Breast cancer, spread.", "Others do not!"]),
        ("About 2.5 percent. Call 201-634-5339 now.", ["About 2.5 percent.", "Call 201-634-5339 now."]),
        ("Is it so? (Yes.) Good.", ["Is it so?", "(Yes.)", "Good."]),
        ("John D. Smith is in the U.S. Army.", ["John D. Smith is in the U.S. Army."]),
        ("No stop at all", ["No stop at all"]),
        ("One,\ntwo.", ["One,\ntwo."]),
        ("", [])
    ]
)  # fmt: skip
def test_sentences_end_where_a_reader_would_say(paragraph: str, sentences: list[str]) -> None:
    assert split_sentences(paragraph) == sentences


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("id: symptoms\n", "", r"05-symptoms\.md:1: the key 'id' is missing"),
        ("id: symptoms\n", "id: symptoms\nidd: x\n", r"05-symptoms\.md:3: the key 'idd' is not known"),
        ("id: symptoms", "id: diagnosis", r"06-diagnosis\.md:2: a second section with the id 'diagnosis'"),
        ("captured_on: 2026-11-22", "captured_on: unknown", r"05-symptoms\.md:5: 'captured_on' must be a date"),
        ("title: What", "title: [What", r"05-symptoms\.md:\d+: not YAML"),
        ("reviewed_by: nobody yet", "reviewed_by:", r"05-symptoms\.md:6: 'reviewed_by' must be text"),
        ("grow quickly", "grow fast", r"05-symptoms\.md:10: not a sentence of page\.txt: 'Metastatic spinal tumors grow fast"),
        ("---", "", r"05-symptoms\.md:1: front matter")
    ]
)  # fmt: skip
def test_a_fault_is_named_with_file_and_line(copy: Path, old: str, new: str, message: str) -> None:
    edit(copy / "05-symptoms.md", old, new)
    with pytest.raises(PageError, match=message):
        load_page(copy)


def test_a_section_without_text_is_refused(copy: Path) -> None:
    path = copy / "01-appointment.md"
    path.write_text(path.read_text(encoding="utf-8").split("\nTo make")[0], encoding="utf-8")
    with pytest.raises(PageError, match=r"01-appointment\.md:\d+: the body is empty"):
        load_page(copy)


def test_a_page_without_a_title_is_refused(copy: Path) -> None:
    (copy / "page.yml").write_text("name: x\n", encoding="utf-8")
    with pytest.raises(PageError, match="'title' is missing"):
        load_page(copy)


def test_the_hash_follows_every_letter_and_every_name(copy: Path) -> None:
    before = content_hash(copy)
    edit(copy / "page.yml", "Spine", "spine")
    changed = content_hash(copy)
    (copy / "page.yml").rename(copy / "pages.yml")
    assert len({before, changed, content_hash(copy)}) == 3


def test_an_unknown_section_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        load_page(PAGE).section("parking")
