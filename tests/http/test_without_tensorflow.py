"""The server's process never loads TensorFlow, which this model does not need; a model that needs it gets the real one."""

from __future__ import annotations

import inspect
import io
import json
import re
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from chat_server import ServerProcess

from assistant.model_archive import component_classes
from assistant.settings import ROOT
from assistant.without_tensorflow import NEED_IT

pytestmark = pytest.mark.slow


def run(code: str, *arguments: str) -> str:
    """In a process of its own, which has imported nothing yet."""
    ended = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr[-2000:]
    return ended.stdout.strip()


def model_with(path: Path, *names: str) -> Path:
    nodes = {name: {"uses": f"rasa.somewhere.{name}"} for name in names}
    content = json.dumps({"predict_schema": {"nodes": nodes}}).encode()
    with tarfile.open(path, "w:gz") as archive:
        entry = tarfile.TarInfo("metadata.json")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return path


def test_our_model_needs_none_of_it(trained_model: Path) -> None:
    names = component_classes(trained_model)
    assert {"TriagePolicy", "RedFlagDetector", "IntentClassifier"} <= names
    assert not names & NEED_IT


def test_every_component_of_rasa_that_computes_with_it_is_known() -> None:
    from rasa.engine.recipes.default_components import DEFAULT_COMPONENTS

    computing = {
        component.__name__
        for component in DEFAULT_COMPONENTS
        if re.search(r"^import tensorflow", inspect.getsource(inspect.getmodule(component)), re.MULTILINE)
    }
    assert computing and computing <= NEED_IT


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_server_has_nothing_of_it_in_its_memory(server: ServerProcess) -> None:
    server.client.open().send("m1", "what are the symptoms?")
    mapped = Path(f"/proc/{server.process.pid}/maps").read_text()
    assert "onnxruntime" in mapped and "tensorflow" not in mapped


def test_what_calls_an_absent_name_fails_once_all_is_imported(tmp_path: Path) -> None:
    code = """
import sys
from pathlib import Path
from assistant import without_tensorflow
assert without_tensorflow.install_for(Path(sys.argv[1]))
import tensorflow as tf
from tensorflow.keras.layers import Layer
class Own(Layer): pass
assert isinstance(Own(), Own)
@tf.function
def computed(): return 1
assert computed() == 1
without_tensorflow.seal()
Own()
for use in (lambda: tf.constant(1), lambda: tf.keras.Model(), lambda: Layer()):
    try: use()
    except without_tensorflow.NoTensorFlow: print("fails")
"""
    assert run(code, str(model_with(tmp_path / "model.tar.gz", "TriagePolicy"))).split() == ["fails"] * 3


def test_a_model_that_needs_it_gets_the_real_one(tmp_path: Path) -> None:
    code = """
import importlib.util, sys
from pathlib import Path
from assistant import without_tensorflow
print(without_tensorflow.install_for(Path(sys.argv[1])), importlib.util.find_spec("tensorflow").origin is not None)
"""
    assert run(code, str(model_with(tmp_path / "model.tar.gz", "DIETClassifier"))) == "False True"
