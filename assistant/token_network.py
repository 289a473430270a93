"""A network over the tokens of a text: a folder with its graph and its tokenizer, and the session that runs them."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path
from typing import ClassVar, Final, Self

import numpy as np
import onnx
import onnxruntime
from tokenizers import Encoding, Tokenizer

from assistant.minilm_graph import FloatArray

MODEL_FILE: Final = "model.onnx"
TOKENIZER_FILE: Final = "tokenizer.json"


class TokenNetwork:
    """A loaded network. Safe to use from several threads; the same content is loaded once in a process."""

    WINDOW: ClassVar[int]  # tokens read at once
    OVERLAP: ClassVar[int] = 0  # tokens that two windows of a longer text share

    _loaded: ClassVar[dict[tuple[type[TokenNetwork], str], TokenNetwork]] = {}
    _lock: ClassVar[threading.Lock] = threading.Lock()

    def __init__(self, graph: bytes, tokenizer: str) -> None:
        """Start a session on the bytes of the graph and the text of tokenizer.json."""
        self._session = session(graph)
        self._tokenizer = Tokenizer.from_str(tokenizer)
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(self.WINDOW, stride=self.OVERLAP)

    @classmethod
    def write(cls, folder: Path, graph: onnx.ModelProto, tokenizer: Path) -> Self:
        """Keep graph and tokenizer in `folder`, the same bytes every time, and load them."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / MODEL_FILE).write_bytes(graph.SerializeToString(deterministic=True))
        (folder / TOKENIZER_FILE).write_bytes(tokenizer.read_bytes())
        return cls.load(folder)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Load what `write` kept, wherever it lies now. Raises FileNotFoundError."""
        graph = (folder / MODEL_FILE).read_bytes()
        tokenizer = (folder / TOKENIZER_FILE).read_text(encoding="utf-8")
        key = (cls, hashlib.sha256(graph + tokenizer.encode("utf-8")).hexdigest())
        with cls._lock:
            if key not in cls._loaded:
                cls._loaded[key] = cls(graph, tokenizer)
            network = cls._loaded[key]
        assert isinstance(network, cls)  # the class is part of the key
        return network

    def _tokens(self, text: str) -> Encoding:
        # Half of a surrogate pair is a legal str but not legal UTF-8, and the tokenizer would raise on it.
        return self._tokenizer.encode(text.encode("utf-8", "replace").decode("utf-8"))

    def _run(self, encoding: Encoding) -> FloatArray:
        """What the graph gives for one window of tokens: its first output's first row."""
        ids = np.array([encoding.ids], dtype=np.int64)
        (rows,) = self._session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})
        row: FloatArray = rows[0]
        return row

    def _chances(self, encoding: Encoding) -> FloatArray:
        """The graph's scores for one window as chances that sum to 1."""
        scores = self._run(encoding)
        powers = np.exp(scores - scores.max())
        chances: FloatArray = powers / powers.sum()
        return chances


def session(graph: bytes) -> onnxruntime.InferenceSession:
    """A graph ready to run, the same numbers each time."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # a message is a dozen words: a second thread costs more than it gives
    options.inter_op_num_threads = 1
    options.use_deterministic_compute = True
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
