"""The page model answers what the page says, in its own words, and nothing else."""

from __future__ import annotations

import json
import shutil
import tarfile
from datetime import date
from pathlib import Path

import pytest

from assistant.adapter import examples_hash, read_record
from assistant.minilm import MiniLM
from assistant.page_model import PageModel, PageModelError, as_message, last_of, load_from_model
from assistant.page_net import FOLDER
from evaluation import page_questions
from pages.answering import PageAnswer
from pages.content import load_page, load_pages
from pages.importing import import_page

ROOT = FOLDER
PAGE = load_page(ROOT / "spine-tumors-metastatic")
BRAIN = """<html><head><title>x</title></head><body><nav>Home</nav><main><h1>Brain Metastases</h1>
<h2>What are brain metastases?</h2>
<p>Brain metastases are cancers that have spread to the brain from other parts of the body, such as the lung or the skin.</p>
<h2>What are the symptoms of brain metastases?</h2><p>Symptoms of brain metastases may include:</p>
<ul><li>Headache that is worse in the morning</li><li>Seizures</li><li>Trouble with memory or speech</li></ul>
<h2>How are brain metastases treated?</h2>
<p>Radiosurgery aims narrow beams at each brain metastasis. Steroids may ease the swelling in the brain.</p>
</main></body></html>"""


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> MiniLM:
    return MiniLM.build(tmp_path_factory.mktemp("minilm"))


@pytest.fixture(scope="module")
def built(encoder: MiniLM, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model") / "components" / "train_PageAnswerer6"
    folder.mkdir(parents=True)
    PageModel.build(ROOT, folder, encoder)
    return folder


@pytest.fixture(scope="module")
def model(built: Path) -> PageModel:
    return PageModel.load(built)


def ask(model: PageModel, encoder: MiniLM, question: str) -> PageAnswer:
    return model.answers(question, lambda text: encoder.encode([text])[0])[0]


def test_held_out_questions_are_answered_and_recognised(model: PageModel, encoder: MiniLM) -> None:
    scored = page_questions.score(lambda question: ask(model, encoder, question))
    yes, no = (page_questions.rate(scored, answerable=answerable) for answerable in (True, False))
    # Floors below what docs/evaluation.md shows; they notice a page net that was spoilt, not one that is a little worse.
    assert yes.hits >= 0.88 * yes.total and no.hits >= 0.88 * no.total, (yes, no)


@pytest.mark.parametrize(
    ("question", "section"),
    [(section.title, section.id) for section in PAGE.sections if section.title.endswith("?")],
)
def test_the_pages_own_headings_are_answered_from_their_section(
    model: PageModel, encoder: MiniLM, question: str, section: str
) -> None:
    assert ask(model, encoder, question).section == section


def test_every_answer_is_whole_sentences_of_the_page_in_its_order(model: PageModel, encoder: MiniLM) -> None:
    text = (ROOT / "spine-tumors-metastatic" / "page.txt").read_text("utf-8")
    for asked in page_questions.held_out()[::5]:
        answer = ask(model, encoder, asked.question)
        places = [text.index(sentence) for sentence in answer.sentences]
        assert places == sorted(places) and bool(places) is answer.answerable


def test_the_list_of_symptoms_is_whole(model: PageModel, encoder: MiniLM) -> None:
    answer = ask(model, encoder, PAGE.section("symptoms").title)
    assert "Loss of bladder or bowel function" in answer.sentences and len(answer.sentences) >= 4


@pytest.mark.parametrize("question", ["", "?", "\ud800", "a" * 5000, "1234567890"])
def test_any_text_gets_a_score_between_0_and_1(model: PageModel, encoder: MiniLM, question: str) -> None:
    assert 0 <= ask(model, encoder, question).score <= 1


def test_an_answer_travels_as_json_and_is_remembered(model: PageModel, encoder: MiniLM) -> None:
    page = as_message([ask(model, encoder, "How are metastatic spinal tumors treated?")])
    assert json.loads(json.dumps(page)) == page
    last = last_of(page)
    assert last is not None and last.section == "treatment"


def test_nothing_is_remembered_of_what_was_not_answered() -> None:
    assert last_of(as_message([PageAnswer(False, 0.1)])) is None
    assert last_of({}) is None


def test_a_second_page_is_answered_from_without_a_change_of_code(encoder: MiniLM, tmp_path: Path) -> None:
    root = Path(shutil.copytree(ROOT, tmp_path / "page"))
    (tmp_path / "brain.html").write_text(BRAIN, "utf-8")
    import_page(str(tmp_path / "brain.html"), root, today=date(2026, 11, 22))
    both = PageModel.build(root, tmp_path / "model", encoder)
    for question, sentence in (
        ("What are brain metastases?", "Brain metastases are cancers that have spread to the brain"),
        ("How are brain metastases treated?", "Radiosurgery aims narrow beams at each brain metastasis."),
        ("What are the symptoms of brain metastases?", "Symptoms of brain metastases may include:"),
    ):
        answer = ask(both, encoder, question)
        assert (answer.page, answer.page_title) == ("brain-metastases", "Brain Metastases"), question
        assert any(said.startswith(sentence) for said in answer.sentences)
    assert ask(both, encoder, "How are metastatic spinal tumors treated?").page == "spine-tumors-metastatic"


def test_the_archive_of_a_trained_model_answers_like_the_pages_it_was_made_from(
    model: PageModel, built: Path, encoder: MiniLM, tmp_path: Path
) -> None:
    MiniLM.build(built.parent / "train_SentenceEncoder2")
    with tarfile.open(tmp_path / "model.tar.gz", "w:gz") as archive:
        archive.add(built.parent, "components")
    loaded, its_encoder = load_from_model(tmp_path / "model.tar.gz")
    question = "Which tests find it?"
    assert ask(loaded, its_encoder, question) == ask(model, encoder, question)


def test_content_changed_behind_the_index_is_refused(built: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(built, tmp_path / "copy"))
    (folder / "content" / "spine-tumors-metastatic" / "page.yml").write_text("title: Other\n", "utf-8")
    with pytest.raises(PageModelError, match="changed after"):
        PageModel.load(folder)


def test_a_model_without_pages_is_refused(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "model.tar.gz", "w:gz"):
        pass
    with pytest.raises(PageModelError, match="no page index"):
        load_from_model(tmp_path / "model.tar.gz")


def test_the_page_net_was_learnt_from_todays_questions() -> None:
    assert read_record(FOLDER).examples_sha256 == examples_hash(FOLDER), "questions changed: run `make page-net`"


def test_every_answer_the_net_knows_is_on_the_page() -> None:
    known = {f"{page.id}/{id_}" for page in load_pages(ROOT) for id_ in page.sentences()}
    for name in read_record(FOLDER).labels[1:]:
        slug, _, ids = name.partition("/")
        assert {f"{slug}/{id_}" for id_ in ids.split("+")} <= known
