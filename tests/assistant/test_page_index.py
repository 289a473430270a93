"""The page index answers what the page says, in its own words, and nothing else."""

from __future__ import annotations

import json
import shutil
import tarfile
import time
from pathlib import Path

import numpy as np
import pytest

from assistant.minilm import MiniLM
from assistant.page_content import load_page
from assistant.page_index import PageIndex, PageIndexError, load_index, words_of

ROOT = Path(__file__).parents[2] / "data" / "page"

# Written after the index was, and not in it: the floors below are what was measured, less a little for new content.
ANSWERED: list[tuple[str, set[str]]] = [
    ("What does it mean if a spinal tumor is called secondary?", {"what-are"}),
    ("Does it originate in the spine itself?", {"what-are"}),
    ("Could cancer in the prostate move into the spine?", {"what-are", "who-develops"}),
    ("What's behind a metastatic tumor in the vertebral column?", {"what-are"}),
    ("Are the majority of tumors found in the spine metastases?", {"statistics"}),
    ("What fraction of cancer patients have it travel to the spine?", {"statistics"}),
    ("How prevalent are these tumors?", {"statistics"}),
    ("Do both genders get it?", {"who-develops"}),
    ("Which primary cancer is the most frequent in females with spine metastasis?", {"who-develops"}),
    ("If a man has lung cancer, is spread to the spine more likely?", {"who-develops"}),
    ("How can you tell that someone might have a tumor in the spine?", {"symptoms", "diagnosis"}),
    ("What problems can metastatic spinal tumors cause?", {"symptoms"}),
    ("Is back ache the main sign?", {"symptoms"}),
    ("Which area of the back aches?", {"symptoms"}),
    ("Do spine metastases develop rapidly?", {"symptoms"}),
    ("What gets compressed when it gets larger?", {"symptoms"}),
    ("Does it lead to loss of strength in the muscles?", {"symptoms"}),
    ("Can it make arms feel strange or go numb?", {"symptoms"}),
    ("Is incontinence among the symptoms?", {"symptoms"}),
    ("What exams confirm a spine tumor?", {"diagnosis"}),
    ("Do doctors use magnetic resonance imaging?", {"diagnosis"}),
    ("What is done with the sample from the tumor?", {"diagnosis"}),
    ("How does the team learn what stage it is?", {"diagnosis"}),
    ("What treatments do patients with spinal mets get?", {"treatment"}),
    ("Under what circumstances is surgery chosen?", {"treatment"}),
    ("Is radiotherapy a possibility?", {"treatment"}),
    ("Will treatment try to keep the spine stable?", {"treatment"}),
    ("What is the center that treats this called?", {"center"}),
    ("Who should I ring to find out more about care for spine tumors?", {"center"}),
    ("Which phone line books appointments with your cancer specialists?", {"appointment", "center"}),
]
NOT_ANSWERED: list[str] = [
    "How long does somebody with this usually have?",
    "What is the five-year survival for spinal metastases?",
    "Is remission possible?",
    "What are the odds the operation succeeds?",
    "How many chemo cycles do people get?",
    "Which drug do you use to treat it?",
    "How many hours is the surgery?",
    "Is radiation going to burn my skin?",
    "How much gabapentin should I take for nerve pain?",
    "Can I keep taking blood thinners?",
    "What is the copay for a visit?",
    "Will Medicaid pay for radiation?",
    "What time does the office open on Monday?",
    "Do you answer the phone at night?",
    "What street is the hospital on?",
    "Can I get a ride to my appointment?",
    "Do babies ever get this?",
    "Is my teenager at risk?",
    "What are the symptoms of a brain tumor?",
    "How is colon cancer treated?",
    "What causes osteoarthritis?",
    "Do essential oils help with tumors?",
    "Would a vegan diet slow the tumor?",
    "Should I choose chemo or an operation?",
    "Is it my cancer that makes my legs tingle?",
    "Can I fly after spine surgery?",
    "Who is your top neurosurgeon?",
    "Are there any studies I can join?",
    "How do I get a copy of my scans?",
    "Is the MRI loud?",
]


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> MiniLM:
    return MiniLM.build(tmp_path_factory.mktemp("minilm"))


@pytest.fixture(scope="module")
def index(encoder: MiniLM) -> PageIndex:
    return PageIndex.build(ROOT, encoder)


@pytest.fixture(scope="module")
def model(index: PageIndex, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trained model's folder, as far as the index is concerned."""
    folder = tmp_path_factory.mktemp("model")
    answerer = folder / "components" / "train_PageAnswerer6"
    answerer.mkdir(parents=True)
    index.save(ROOT, answerer)
    MiniLM.build(folder / "components" / "train_SentenceEncoder2")
    return folder


def test_most_questions_the_page_answers_are_answered_from_the_right_section(index: PageIndex) -> None:
    right = sum(index.ask(question).section in sections for question, sections in ANSWERED)
    assert right >= 0.85 * len(ANSWERED), right


def test_few_questions_the_page_does_not_answer_get_an_answer(index: PageIndex) -> None:
    wrong = [question for question in NOT_ANSWERED if index.ask(question).answerable]
    assert len(wrong) <= 0.1 * len(NOT_ANSWERED), wrong


@pytest.mark.parametrize(
    ("question", "section"),
    [
        ("What are metastatic spinal tumors?", "what-are"),
        ("Who develops metastatic spinal tumors?", "who-develops"),
        ("What are the symptoms of metastatic spinal tumors?", "symptoms"),
        ("How are metastatic spinal tumors diagnosed?", "diagnosis"),
        ("How are metastatic spinal tumors treated?", "treatment"),
    ],
)
def test_the_pages_own_headings_are_answered_from_their_section(index: PageIndex, question: str, section: str) -> None:
    assert index.ask(question).section == section


@pytest.mark.parametrize(
    "question",
    [
        "What is the survival rate of spinal metastases?",
        "How many sessions of radiation will I need?",
        "What dose of dexamethasone should I take?",
        "How much does the surgery cost?",
        "What are your opening hours?",
        "How do I get to the hospital by car?",
        "Can children get it?",
        "How is a stroke treated?",
        "Do herbs help against tumors?",
        "Which treatment is best for me?",
    ],
)
def test_what_the_page_does_not_say_is_not_answered(index: PageIndex, question: str) -> None:
    answer = index.ask(question)
    assert not answer.answerable
    assert answer.sentences == () and answer.section is None


def test_symptoms_are_answered_with_the_introduction_and_every_bullet(index: PageIndex) -> None:
    answer = index.ask("What symptoms do spinal metastases cause?")
    bullets = load_page(ROOT / "spine-tumors-metastatic").section("symptoms").bullets
    assert answer.sentences[-len(bullets) :] == bullets
    assert "back pain" in answer.sentences[0]


def test_an_answer_is_whole_sentences_of_the_page_in_its_order(index: PageIndex) -> None:
    text = (ROOT / "spine-tumors-metastatic" / "page.txt").read_text(encoding="utf-8")
    for question, _ in ANSWERED:
        places = [text.find(sentence) for sentence in index.ask(question).sentences]
        assert -1 not in places and places == sorted(places)


@pytest.mark.parametrize("question", ["", " ", "...", "🦴", "\u200b"])
def test_a_question_without_a_word_is_not_answered(index: PageIndex, question: str) -> None:
    assert index.ask(question).answerable is False


@pytest.mark.parametrize("question", ["x" * 5000, "half \ud83d pair", "12345", "¿Cuáles son los síntomas?"])
def test_any_text_gets_a_score_between_0_and_1(index: PageIndex, question: str) -> None:
    assert 0.0 <= index.ask(question).score <= 1.0


def test_the_answer_travels_as_json(index: PageIndex) -> None:
    value = index.ask("What are the symptoms?").as_dict()
    assert json.loads(json.dumps(value)) == value
    assert value["answerable"] is True and value["section"] == "symptoms"


def test_the_neighbours_tell_the_page_from_the_counter_examples(index: PageIndex) -> None:
    assert index.ask("What are the symptoms?").neighbours[0].section == "symptoms"
    assert index.ask("How much does treatment cost?").neighbours[0].section is None


def test_a_question_takes_less_than_5_ms_besides_its_embedding(index: PageIndex, encoder: MiniLM) -> None:
    vectors = encoder.encode([question for question, _ in ANSWERED])
    times = []
    for (question, _), vector in zip(ANSWERED, vectors):
        start = time.perf_counter()
        index.ask(question, vector)
        times.append(time.perf_counter() - start)
    assert np.median(times) < 0.005


def test_two_builds_answer_alike(index: PageIndex, encoder: MiniLM) -> None:
    again = PageIndex.build(ROOT, encoder)
    for question in [question for question, _ in ANSWERED] + NOT_ANSWERED:
        assert again.ask(question) == index.ask(question)


def test_a_trained_model_answers_like_the_index_it_was_made_from(index: PageIndex, model: Path) -> None:
    loaded = load_index(model)
    for question, _ in ANSWERED[:10]:
        assert loaded.ask(question).as_dict() == index.ask(question).as_dict()


def test_the_index_is_read_from_the_models_archive(model: Path, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "model.tar.gz", "w:gz", compresslevel=1) as archive:
        archive.add(model / "components", "components")
    assert load_index(tmp_path / "model.tar.gz").ask("What are the symptoms?").section == "symptoms"


def test_content_changed_behind_the_index_is_refused(model: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(model / "components" / "train_PageAnswerer6", tmp_path / "answerer"))
    with (folder / "content" / "unanswerable.yml").open("a", encoding="utf-8") as file:
        file.write("new:\n  - Is it new?\n")
    with pytest.raises(PageIndexError, match="changed"):
        PageIndex.load(folder)


def test_a_model_without_an_index_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PageIndexError, match="no page index"):
        load_index(tmp_path)


def test_an_index_without_an_encoder_needs_the_embedding(model: Path) -> None:
    with pytest.raises(ValueError, match="embedding"):
        PageIndex.load(model / "components" / "train_PageAnswerer6").ask("What are the symptoms?")


def test_a_folder_without_pages_is_refused(tmp_path: Path, encoder: MiniLM) -> None:
    with pytest.raises(PageIndexError, match="no page folder"):
        PageIndex.build(tmp_path, encoder)


def test_words_are_compared_without_case_filler_and_endings() -> None:
    assert words_of("What are the SYMPTOMS of treated tumors?") == ["symptom", "treat", "tumor"]
