"""The second, statistical net: how much a message sounds like a red flag, a crisis or something urgent, whatever its words.

It may add urgency to what the rules decide (`triage.suspicion`), never take any away.
"""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path
from typing import ClassVar, Final

import numpy as np
from tokenizers import Tokenizer

from assistant import adapter, minilm
from assistant.adapter import LABELS, AdapterError
from assistant.minilm_graph import FloatArray, encoder_graph
from triage import Estimate

MODEL_FILE: Final = "suspicion.onnx"
TOKENIZER_FILE: Final = "tokenizer.json"
TEMPERATURE_FILE: Final = "temperature.txt"
WINDOW: Final = 192  # tokens read at once, what training read; a longer message is read in overlapping windows
OVERLAP: Final = 64


def fingerprint() -> str:
    """Names the numbers that `Suspicion` gives."""
    record = adapter.read_record()
    return f"{minilm.fingerprint()}:{record.arrays_sha256}:{record.temperature}"


class Suspicion:
    """The net, loaded. Safe to use from several threads."""

    _loaded: ClassVar[dict[str, Suspicion]] = {}
    _lock: ClassVar[threading.Lock] = threading.Lock()

    def __init__(self, graph: bytes, tokenizer: str, temperature: float) -> None:
        """Start a session on the bytes of the graph and the text of tokenizer.json."""
        self._session = minilm.session(graph)
        self._tokenizer = Tokenizer.from_str(tokenizer)
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(WINDOW, stride=OVERLAP)
        self._temperature = temperature

    @classmethod
    def build(cls, folder: Path) -> Suspicion:
        """Merge the adapter into the pinned encoder, write the net into `folder` (23 MB) and load it; about a second.

        Raises AdapterError or minilm.WeightsError.
        """
        trained = adapter.load()
        if trained.record.base_sha256 != minilm.WEIGHTS_SHA256 or trained.record.labels != LABELS:
            raise AdapterError("The adapter was made for another encoder: run `make net`.")
        weights, shape = minilm.pinned_weights()
        graph = encoder_graph(trained.merged(weights), shape, int8=True, head=trained.head)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / MODEL_FILE).write_bytes(graph.SerializeToString(deterministic=True))
        (folder / TOKENIZER_FILE).write_bytes((minilm.source_folder() / TOKENIZER_FILE).read_bytes())
        (folder / TEMPERATURE_FILE).write_text(str(trained.record.temperature), "utf-8")
        return cls.load(folder)

    @classmethod
    def load(cls, folder: Path) -> Suspicion:
        """Load what `build` wrote; the same content is loaded once in a process. Raises OSError or ValueError."""
        graph = (folder / MODEL_FILE).read_bytes()
        tokenizer = (folder / TOKENIZER_FILE).read_text("utf-8")
        temperature = float((folder / TEMPERATURE_FILE).read_text("utf-8"))
        key = hashlib.sha256(graph).hexdigest()
        with cls._lock:
            if key not in cls._loaded:
                cls._loaded[key] = cls(graph, tokenizer, temperature)
            return cls._loaded[key]

    def estimate(self, text: str) -> Estimate:
        """The calibrated chances for one message; of a long one, those of its most alarming window. Any str will do."""
        encoding = self._tokenizer.encode(text.encode("utf-8", "replace").decode("utf-8"))
        windows = [self._chances(part.ids) for part in (encoding, *encoding.overflowing)]
        worst = max(windows, key=lambda chances: chances[1] + chances[2])
        return Estimate(**{name: round(float(p), 4) for name, p in zip(LABELS, worst, strict=True) if name != "none"})

    def _chances(self, ids: list[int]) -> FloatArray:
        tokens = np.array([ids], dtype=np.int64)
        (scores,) = self._session.run(None, {"input_ids": tokens, "attention_mask": np.ones_like(tokens)})
        powers = np.exp((scores[0] - scores[0].max()) / self._temperature)
        chances: FloatArray = powers / powers.sum()
        return chances
