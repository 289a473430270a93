"""What TensorFlow learns is what ONNX Runtime runs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer

from assistant import adapter, minilm, token_network
from assistant.adapter import Adapter, AdapterError
from assistant.minilm_graph import FloatArray, Head, encoder_graph
from net_training.learning import padded, score
from net_training.network import Network

TEXTS = ["my legs gave out", "I can't feel it when I wipe, should I worry?", "what time do you open"]
SCALE = 2.0


@pytest.fixture(scope="module")
def network() -> Network:
    """A network whose corrections are no longer zero, as after learning."""
    weights, shape = minilm.pinned_weights()
    network = Network(weights, shape, len(adapter.LABELS), rank=4, scale=SCALE, seed=3)
    chance = np.random.default_rng(5)
    for variable in network.trainable:
        variable.assign_add((chance.standard_normal(variable.shape) * 0.02).astype(np.float32))
    return network


@pytest.fixture(scope="module")
def saved(network: Network, tmp_path_factory: pytest.TempPathFactory) -> Adapter:
    folder = tmp_path_factory.mktemp("net")
    adapter.save(
        folder,
        network.arrays(),
        examples_sha256="",
        base_sha256=minilm.WEIGHTS_SHA256,
        labels=adapter.LABELS,
        scale=SCALE,
        temperature=1.0,
        trained_on=0,
        calibrated_on=0,
        settings={},
    )
    return adapter.load(folder)


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    tokenizer = Tokenizer.from_file(str(minilm.tokenizer_file()))
    tokenizer.no_padding()
    return tokenizer


def by_onnx(saved: Adapter, tokenizer: Tokenizer, *, int8: bool, head: Head | None = None) -> FloatArray:
    weights, shape = minilm.pinned_weights()
    graph = encoder_graph(saved.merged(weights), shape, int8=int8, head=head or saved.head)
    session = token_network.session(graph.SerializeToString())
    rows = [np.array([tokenizer.encode(text).ids]) for text in TEXTS]
    return np.concatenate([session.run(None, {"input_ids": r, "attention_mask": np.ones_like(r)})[0] for r in rows])


def test_the_saved_adapter_gives_the_scores_that_were_learnt(
    network: Network, saved: Adapter, tokenizer: Tokenizer
) -> None:
    np.testing.assert_allclose(by_onnx(saved, tokenizer, int8=False), score(network, tokenizer, TEXTS), atol=0.02)


def test_eight_bits_change_a_score_little(saved: Adapter, tokenizer: Tokenizer) -> None:
    difference = by_onnx(saved, tokenizer, int8=True) - by_onnx(saved, tokenizer, int8=False)
    assert np.abs(difference).max() < 0.5


def test_a_cooled_head_divides_every_score(saved: Adapter, tokenizer: Tokenizer) -> None:
    warm, cooled = (by_onnx(saved, tokenizer, int8=False, head=saved.head.cooled(t)) for t in (1.0, 4.0))
    assert np.allclose(cooled * 4, warm, atol=1e-5)


def test_padding_changes_no_score(network: Network, tokenizer: Tokenizer) -> None:
    short = tokenizer.encode(TEXTS[0]).ids
    together, mask = padded([short, tokenizer.encode(TEXTS[1]).ids])
    alone, full = padded([short])
    np.testing.assert_allclose(
        network.scores(together, mask, learning=False)[0], network.scores(alone, full, learning=False)[0], atol=1e-4
    )


def test_a_correction_of_a_weight_that_is_not_there_is_refused(saved: Adapter) -> None:
    weights, _ = minilm.pinned_weights()
    del weights["encoder.layer.0.output.dense.weight"]
    with pytest.raises(AdapterError, match=r"corrects encoder\.layer\.0\.output\.dense\.weight"):
        saved.merged(weights)


def test_an_adapter_that_was_changed_on_disk_is_refused(tmp_path: Path, network: Network) -> None:
    fields = {
        "examples_sha256": "",
        "base_sha256": "x",
        "scale": 1.0,
        "temperature": 1.0,
        "trained_on": 0,
        "calibrated_on": 0,
    }
    adapter.save(tmp_path, network.arrays(), labels=adapter.LABELS, settings={}, **fields)
    path = tmp_path / adapter.ARRAYS_FILE
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(AdapterError, match="is not the file that adapter.json names"):
        adapter.load(tmp_path)


@pytest.mark.parametrize("name", [adapter.ARRAYS_FILE, adapter.RECORD_FILE])
def test_a_missing_file_is_refused_with_what_to_do(tmp_path: Path, network: Network, name: str) -> None:
    fields = {
        "examples_sha256": "",
        "base_sha256": "x",
        "scale": 1.0,
        "temperature": 1.0,
        "trained_on": 0,
        "calibrated_on": 0,
    }
    adapter.save(tmp_path, network.arrays(), labels=adapter.LABELS, settings={}, **fields)
    (tmp_path / name).unlink()
    with pytest.raises(AdapterError, match="run `make net`"):
        adapter.load(tmp_path)


def test_learning_can_go_on_from_what_was_saved(network: Network, tmp_path: Path, tokenizer: Tokenizer) -> None:
    fields = {"examples_sha256": "", "base_sha256": "x", "scale": 1.0, "temperature": 1.0, "trained_on": 0}
    adapter.save(tmp_path, network.arrays(), labels=adapter.LABELS, settings={}, calibrated_on=0, **fields)
    weights, shape = minilm.pinned_weights()
    fresh = Network(weights, shape, len(adapter.LABELS), rank=4, scale=SCALE, seed=9)
    fresh.restore(adapter.read_arrays(tmp_path))
    np.testing.assert_allclose(score(fresh, tokenizer, TEXTS), score(network, tokenizer, TEXTS), atol=0.02)
