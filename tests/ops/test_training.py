"""When a model is trained, and which model is trusted. A small program stands in for Rasa."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from assistant.model_inputs import input_files, input_hash
from assistant.training import MODEL_NAME, ModelError, record_path, train_if_needed, verify_model

TRAINS = (
    sys.executable,
    "-c",
    f"import pathlib, sys, uuid; (pathlib.Path(sys.argv[-1]) / {MODEL_NAME!r}).write_text(str(uuid.uuid4()))",
)
FAILS = (sys.executable, "-c", "import sys; print('YAML is wrong in line 3.'); sys.exit(1)")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with one file of each kind."""
    files = {
        "config.yml": "pipeline:\n- name: assistant.detector.Detector\n",
        "domain.yml": "version: '3.1'\n",
        "requirements.lock": "six==1.17.0\n",
        "data/nlu/pain.yml": "nlu: []\n",
        "data/page/symptoms.md": "Back pain.\n",
        "triage/decide.py": "LEVEL = 1\n",
        "pages/content.py": "BULLET = '- '\n",
        "assistant/detector.py": "from assistant import matcher\nfrom assistant.words import WORDS\n",
        "assistant/matcher.py": "import json\n",
        "assistant/words.py": "WORDS = ()\n",
        "assistant/server.py": "PORT = 5005\n",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def train(project: Path, command: tuple[str, ...] = TRAINS) -> Path:
    return train_if_needed(project, say=lambda _text: None, command=command)


@pytest.mark.parametrize(
    "name",
    [
        "config.yml",
        "domain.yml",
        "requirements.lock",
        "data/nlu/pain.yml",
        "data/page/symptoms.md",
        "triage/decide.py",
        "pages/content.py",
        "assistant/detector.py",
        "assistant/matcher.py",
        "assistant/words.py",
    ],
)
def test_the_input_hash_changes_with_every_file_a_model_depends_on(project: Path, name: str) -> None:
    before = input_hash(project)
    with (project / name).open("a") as file:
        file.write("# changed\n")
    assert input_hash(project) != before


def test_the_input_hash_changes_with_a_new_and_with_a_renamed_data_file(project: Path) -> None:
    first = input_hash(project)
    added = project / "data" / "nlu" / "more.yml"
    added.write_text("nlu: []\n")
    second = input_hash(project)
    added.rename(added.with_name("other.yml"))
    assert len({first, second, input_hash(project)}) == 3


def test_the_servers_own_code_does_not_call_for_training(project: Path) -> None:
    before = input_hash(project)
    (project / "assistant" / "server.py").write_text("PORT = 1\n")
    (project / "data" / ".hidden.swp").write_text("an editor's own")
    assert input_hash(project) == before


def test_the_real_configuration_leads_to_its_components(root: Path) -> None:
    assert root / "assistant" / "sentence_encoder.py" in input_files(root)


def test_a_model_that_fits_is_not_trained_again(project: Path) -> None:
    first = train(project).read_text()
    assert train(project).read_text() == first


def test_a_changed_data_file_trains_a_new_model(project: Path) -> None:
    first = train(project).read_text()
    (project / "data" / "nlu" / "pain.yml").write_text("nlu: [1]\n")
    assert train(project).read_text() != first


def test_a_damaged_model_is_refused(project: Path) -> None:
    model = train(project)
    model.write_text("something else")
    with pytest.raises(ModelError, match="is not the file that was trained"):
        verify_model(model)


def test_a_damaged_model_is_trained_anew(project: Path) -> None:
    train(project).write_text("something else")
    assert verify_model(train(project))


@pytest.mark.parametrize("record", ["", "[]", '{"archive_sha256": "0"}', "not JSON"])
def test_a_model_with_an_unreadable_record_is_refused(project: Path, record: str) -> None:
    model = train(project)
    record_path(model).write_text(record)
    with pytest.raises(ModelError, match="cannot be read"):
        verify_model(model)


def test_a_missing_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="There is no trained model"):
        verify_model(tmp_path / MODEL_NAME)


def test_a_failed_training_says_why_in_one_line_and_keeps_the_old_model(project: Path) -> None:
    model = train(project)
    before = model.read_text()
    (project / "domain.yml").write_text("wrong")
    with pytest.raises(ModelError) as raised:
        train(project, FAILS)
    message = str(raised.value)
    assert message.startswith("Training failed: YAML is wrong in line 3. The model from before is still in place.")
    assert message.endswith("training.log") and "\n" not in message
    assert model.read_text() == before and verify_model(model)


def test_a_training_that_writes_no_model_has_failed(project: Path) -> None:
    with pytest.raises(ModelError, match="Training failed"):
        train(project, (sys.executable, "-c", "pass"))


def test_nothing_but_the_model_and_its_record_is_left_behind(project: Path) -> None:
    model = train(project)
    assert {path.name for path in model.parent.iterdir()} == {MODEL_NAME, f"{MODEL_NAME}.json", ".lock"}
