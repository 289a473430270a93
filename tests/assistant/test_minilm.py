"""The sentence encoder gives the numbers of the published network, quickly and the same each time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from scipy.special import erf
from tokenizers import Tokenizer

from assistant import minilm, token_network
from assistant.minilm import MiniLM, WeightsError, source_folder
from assistant.minilm_graph import BertShape, FloatArray, GraphError, encoder_graph, read_safetensors

SENTENCES = [
    "I can't feel my legs",
    "my legs are numb",
    "Where do I call for an appointment about a tumor in my spine, please?",
]


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MiniLM]:
    yield MiniLM.build(tmp_path_factory.mktemp("minilm"))


@pytest.fixture(scope="module")
def weights() -> dict[str, FloatArray]:
    return read_safetensors(source_folder() / "model.safetensors")


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    tokenizer = Tokenizer.from_file(str(source_folder() / "tokenizer.json"))
    tokenizer.no_padding()
    return tokenizer


def _norm(w: Mapping[str, FloatArray], name: str, x: FloatArray) -> FloatArray:
    centred = x - x.mean(-1, keepdims=True)
    return centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-12) * w[f"{name}.weight"] + w[f"{name}.bias"]


def _linear(w: Mapping[str, FloatArray], name: str, x: FloatArray) -> FloatArray:
    return x @ w[f"{name}.weight"].T + w[f"{name}.bias"]


def numpy_forward(w: Mapping[str, FloatArray], ids: list[int]) -> FloatArray:
    """BERT as in its paper, for one unpadded text: the independent check of the graph."""
    e = "embeddings"
    x = w[f"{e}.word_embeddings.weight"][ids] + w[f"{e}.position_embeddings.weight"][: len(ids)]
    x = _norm(w, f"{e}.LayerNorm", x + w[f"{e}.token_type_embeddings.weight"][0])
    for layer in (f"encoder.layer.{i}" for i in range(6)):
        parts = []
        q, k, v = (_linear(w, f"{layer}.attention.self.{part}", x) for part in ("query", "key", "value"))
        for head in range(12):
            at = slice(32 * head, 32 * head + 32)
            scores = np.exp(q[:, at] @ k[:, at].T / np.sqrt(32))
            parts.append(scores / scores.sum(-1, keepdims=True) @ v[:, at])
        attended = _linear(w, f"{layer}.attention.output.dense", np.concatenate(parts, -1))
        x = _norm(w, f"{layer}.attention.output.LayerNorm", attended + x)
        wide = _linear(w, f"{layer}.intermediate.dense", x)
        wide = wide * 0.5 * (1 + erf(wide / np.sqrt(2)))
        x = _norm(w, f"{layer}.output.LayerNorm", _linear(w, f"{layer}.output.dense", wide) + x)
    mean = x.mean(0)
    return (mean / np.linalg.norm(mean)).astype(np.float32)


@pytest.fixture(scope="module")
def exact(weights: dict[str, FloatArray]) -> onnxruntime.InferenceSession:
    shape = BertShape.from_config(source_folder() / "config.json")
    graph = encoder_graph(weights, shape, int8=False)
    return onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])


def run(session: onnxruntime.InferenceSession, rows: list[list[int]], mask: list[list[int]]) -> FloatArray:
    inputs = {"input_ids": np.array(rows), "attention_mask": np.array(mask)}
    result: FloatArray = session.run(None, inputs)[0]
    return result


@pytest.mark.parametrize("sentence", SENTENCES)
def test_the_exact_graph_agrees_with_an_independent_forward_pass(
    sentence: str, weights: dict[str, FloatArray], tokenizer: Tokenizer, exact: onnxruntime.InferenceSession
) -> None:
    ids = tokenizer.encode(sentence).ids
    given = run(exact, [ids], [[1] * len(ids)])[0]
    np.testing.assert_allclose(given, numpy_forward(weights, ids), atol=1e-4)


def test_padding_does_not_change_the_exact_vector(tokenizer: Tokenizer, exact: onnxruntime.InferenceSession) -> None:
    ids = tokenizer.encode(SENTENCES[0]).ids
    alone = run(exact, [ids], [[1] * len(ids)])
    padded = run(exact, [ids + [0] * 9], [[1] * len(ids) + [0] * 9])
    np.testing.assert_allclose(alone, padded, atol=1e-5)


def test_the_exact_graph_gives_the_known_similarity(tokenizer: Tokenizer, exact: onnxruntime.InferenceSession) -> None:
    first, second = (run(exact, [i], [[1] * len(i)])[0] for i in (tokenizer.encode(s).ids for s in SENTENCES[:2]))
    assert 0.71 <= float(first @ second) <= 0.74


def test_the_8_bit_vectors_stay_close_to_the_exact_ones(
    encoder: MiniLM, tokenizer: Tokenizer, exact: onnxruntime.InferenceSession
) -> None:
    for sentence, small in zip(SENTENCES, encoder.encode(SENTENCES)):
        ids = tokenizer.encode(sentence).ids
        assert float(run(exact, [ids], [[1] * len(ids)])[0] @ small) > 0.98


def test_numb_legs_are_nearer_to_legs_without_feeling_than_to_an_appointment(encoder: MiniLM) -> None:
    cannot_feel, numb, appointment = encoder.encode(SENTENCES)
    assert cannot_feel @ numb > cannot_feel @ appointment + 0.3


def test_vectors_are_float32_rows_of_length_one(encoder: MiniLM) -> None:
    vectors = encoder.encode(SENTENCES)
    assert vectors.dtype == np.float32 and vectors.shape == (3, minilm.DIMENSION)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


def test_a_text_has_the_same_vector_alone_and_among_others(encoder: MiniLM) -> None:
    np.testing.assert_array_equal(encoder.encode(SENTENCES)[1], encoder.encode([SENTENCES[1]])[0])


@pytest.mark.parametrize("text", ["", " ", "\u200b", "🦴", "half a pair \ud83d", "\x00"])
def test_any_text_gets_a_finite_vector(encoder: MiniLM, text: str) -> None:
    assert np.isfinite(encoder.encode([text])).all()


def test_words_after_the_limit_are_not_read(encoder: MiniLM) -> None:
    limit = "pain " * 300
    np.testing.assert_array_equal(encoder.encode([limit]), encoder.encode([limit + "and other words"]))


def test_no_text_gives_no_rows(encoder: MiniLM) -> None:
    assert encoder.encode([]).shape == (0, minilm.DIMENSION)


def test_two_builds_give_the_same_file(tmp_path: Path, encoder: MiniLM) -> None:
    MiniLM.build(tmp_path / "a")
    MiniLM.build(tmp_path / "b")
    assert (tmp_path / "a" / token_network.MODEL_FILE).read_bytes() == (
        tmp_path / "b" / token_network.MODEL_FILE
    ).read_bytes()


def test_the_same_content_is_loaded_once(tmp_path: Path, encoder: MiniLM) -> None:
    assert MiniLM.build(tmp_path) is encoder


def test_the_built_file_is_small(tmp_path: Path) -> None:
    MiniLM.build(tmp_path)
    assert (tmp_path / token_network.MODEL_FILE).stat().st_size < 24_000_000


def test_other_weights_than_the_pinned_ones_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"not the weights")
    monkeypatch.setattr(minilm, "source_folder", lambda: tmp_path)
    with pytest.raises(WeightsError, match="sha256"):
        MiniLM.build(tmp_path / "out")


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(minilm, "PACKAGE", "no_such_package_here")
    with pytest.raises(WeightsError, match="no_such_package_here"):
        source_folder()


def test_a_weights_file_cut_short_is_refused(tmp_path: Path) -> None:
    header = b'{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}'
    path = tmp_path / "cut.safetensors"
    path.write_bytes(len(header).to_bytes(8, "little") + header + b"\0\0\0\0")
    with pytest.raises(GraphError, match="x ends after"):
        read_safetensors(path)
