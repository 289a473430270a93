"""Importing a page: exactly the page's words, a diff to read, nothing lost unseen, nothing half-written."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from pages import importing
from pages.content import load_page
from pages.extract import ExtractError
from pages.front_matter import PageError
from pages.importing import Refused, import_page

ROOT = Path(__file__).parents[2] / "data" / "page"
SPINE = "spine-tumors-metastatic"
TODAY = date(2026, 11, 22)
BRAIN = """<html><body><main><h1>Brain Metastases</h1><p>They come from other parts of the body.</p>
<h2>How are they treated?</h2><p>With 3 kinds of therapy. Call 201-634-5585.</p></main></body></html>"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "page"
    folder.mkdir()
    return folder


@pytest.fixture
def spine(root: Path) -> Path:
    return Path(shutil.copytree(ROOT / SPINE, root / SPINE))


def page(tmp_path: Path, text: str, name: str = "new.html") -> str:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    return str(path)


def content(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_importing_the_pages_text_gives_exactly_the_content_of_the_repository(spine: Path, root: Path) -> None:
    before = content(spine)
    done = import_page(str(ROOT / SPINE / "page.txt"), root, SPINE, today=TODAY)
    assert (done.diff, done.notes, content(spine)) == ("", (), before)


def test_it_gives_the_same_words_where_there_were_none(root: Path) -> None:
    (root / SPINE).mkdir()
    shutil.copyfile(ROOT / SPINE / "page.yml", root / SPINE / "page.yml")
    import_page(str(ROOT / SPINE / "page.txt"), root, SPINE, today=TODAY)
    words = [(s.id, s.title, s.paragraphs, s.bullets) for s in load_page(ROOT / SPINE).sections]
    assert [(s.id, s.title, s.paragraphs, s.bullets) for s in load_page(root / SPINE).sections] == words


def test_a_new_page_is_taken_up_under_its_title(root: Path, tmp_path: Path) -> None:
    done = import_page(page(tmp_path, BRAIN), root, today=TODAY)
    taken = load_page(root / "brain-metastases")
    assert done.folder == root / "brain-metastases"
    assert [section.title for section in taken.sections] == ["Brain Metastases", "How are they treated?"]
    assert taken.sections[1].sentences[1].text == "Call 201-634-5585."
    assert (taken.sections[0].reviewed_by, taken.sections[0].captured_on) == ("nobody yet", TODAY)
    assert "+With 3 kinds of therapy." in done.diff


def test_a_lost_section_and_a_changed_number_are_refused_and_nothing_is_written(root: Path, tmp_path: Path) -> None:
    import_page(page(tmp_path, BRAIN), root, today=TODAY)
    before = content(root)
    changed = BRAIN.replace("<p>They come from other parts of the body.</p>", "").replace("5585", "5586")
    with pytest.raises(Refused) as refused:
        import_page(page(tmp_path, changed), root, "brain-metastases", today=TODAY)
    assert "'brain-metastases' (Brain Metastases) is not on the page any more" in str(refused.value)
    assert "the number 201-634-5585 in 'how-are-they-treated' is not there any more" in str(refused.value)
    assert "the number 201-634-5586 in 'how-are-they-treated' is new" in str(refused.value)
    assert content(root) == before


def test_accepted_losses_are_written(root: Path, tmp_path: Path) -> None:
    import_page(page(tmp_path, BRAIN), root, today=TODAY)
    changed = BRAIN.replace("5585", "5586")
    import_page(page(tmp_path, changed), root, "brain-metastases", accept=True, today=TODAY)
    assert "201-634-5586" in (root / "brain-metastases" / "02-how-are-they-treated.md").read_text("utf-8")


def test_changed_words_have_to_be_reviewed_again(spine: Path, root: Path, tmp_path: Path) -> None:
    path = spine / "06-diagnosis.md"
    path.write_text(path.read_text("utf-8").replace("reviewed_by: nobody yet", "reviewed_by: Dr. Lee"), "utf-8")
    text = (ROOT / SPINE / "page.txt").read_text("utf-8").replace("Tests include", "The tests include")
    import_page(page(tmp_path, text, "page.txt"), root, SPINE, today=date(2027, 1, 5))
    section = load_page(spine).section("diagnosis")
    assert (section.reviewed_by, section.captured_on) == ("nobody yet", date(2027, 1, 5))
    assert section.review_due > date(2027, 6, 1)


def test_questions_go_with_their_sentences_and_say_when_one_is_gone(spine: Path, root: Path, tmp_path: Path) -> None:
    asked = {a.question: a.facts for a in load_page(spine).asked if a.facts == ("symptoms:2",)}
    text = (ROOT / SPINE / "page.txt").read_text("utf-8")
    first = "Metastatic spinal tumors grow quickly, and back pain (often in the middle or lower back) is usually the most common symptom. "
    done = import_page(page(tmp_path, text.replace(first, ""), "page.txt"), root, SPINE, today=TODAY)
    moved = {a.question: a.facts for a in load_page(spine).asked if a.question in asked}
    assert moved and set(moved.values()) == {("symptoms:1",)}
    assert any("their answer is not on the page any more" in note for note in done.notes)


@pytest.mark.parametrize(
    ("text", "error"),
    [("", ExtractError), ("<html><body></body></html>", ExtractError), ("   \n", ExtractError)],
)
def test_an_empty_page_is_refused_and_the_old_one_stays(
    root: Path, tmp_path: Path, text: str, error: type[Exception]
) -> None:
    import_page(page(tmp_path, BRAIN), root, today=TODAY)
    before = content(root)
    with pytest.raises(error):
        import_page(page(tmp_path, text), root, "brain-metastases", accept=True, today=TODAY)
    assert content(root) == before


def test_a_page_without_headings_is_one_section_and_says_so(root: Path, tmp_path: Path) -> None:
    done = import_page(
        page(tmp_path, "<html><body><main><p>Only this.</p></main></body></html>"), root, "one", today=TODAY
    )
    assert len(load_page(done.folder).sections) == 1 and any("no heading" in note for note in done.notes)


def test_latin_1_and_scripts_and_two_hundred_sections_import_rightly(root: Path, tmp_path: Path) -> None:
    sections = "".join(f"<h2>Frage {n}?</h2><p>Rückenmark {n} geprüft.</p><script>x({n})</script>" for n in range(200))
    path = tmp_path / "big.html"
    path.write_bytes(
        f'<html><head><meta charset="iso-8859-1"></head><body><main>{sections}</main></body></html>'.encode("latin-1")
    )
    taken = load_page(import_page(str(path), root, "big", today=TODAY).folder)
    assert len(taken.sections) == 200 and taken.sections[7].paragraphs == ("Rückenmark 7 geprüft.",)


def test_a_crash_in_the_swap_brings_the_old_content_back(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_page(page(tmp_path, BRAIN), root, today=TODAY)
    before = content(root)
    plain = Path.rename

    def rename(self: Path, target: Path) -> Path:
        if self.parent.name.startswith(".import-") and self.name == "brain-metastases":
            raise OSError("disk full")
        return plain(self, target)

    monkeypatch.setattr(importing.Path, "rename", rename)
    with pytest.raises(OSError, match="disk full"):
        import_page(page(tmp_path, BRAIN.replace("other parts", "many parts")), root, "brain-metastases", today=TODAY)
    assert content(root) == before


@pytest.mark.parametrize("name", ["../out", "a/b", "", ".", "Brain", "a b", "/tmp"])
def test_a_page_cannot_be_written_anywhere_else(root: Path, tmp_path: Path, name: str) -> None:
    with pytest.raises(ExtractError, match="no name for a page"):
        import_page(page(tmp_path, BRAIN), root, name, today=TODAY)
    assert content(tmp_path) == {"new.html": BRAIN.encode()}


def test_a_file_is_named_as_the_source_without_its_folder(root: Path, tmp_path: Path) -> None:
    done = import_page(page(tmp_path, BRAIN), root, today=TODAY)
    assert load_page(done.folder).sections[0].source == "new.html"


def test_settings_that_cannot_be_read_are_refused_with_their_file(spine: Path, root: Path) -> None:
    (spine / "page.yml").write_text("title: T\nimport: {sections: [{name: x}]}\n", "utf-8")
    with pytest.raises(PageError, match=r"page\.yml:1: 'import' holds"):
        import_page(str(ROOT / SPINE / "page.txt"), root, SPINE, today=TODAY)
