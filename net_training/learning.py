"""Learning: batches of messages of like length, Adam with a falling rate, and the calibration of the chances."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import tensorflow as tf
from scipy.optimize import minimize_scalar
from tokenizers import Tokenizer

from assistant import minilm
from assistant.minilm_graph import FloatArray
from net_training.examples import Example
from net_training.network import Network

IntArray = npt.NDArray[np.int32]

SMOOTHING = 0.05  # of the labels: some are wrong
WARM_UP = 0.06  # of all steps
LAST_RATE = 0.02  # of the first
NONE, URGENT = 0, 3  # places of these labels in assistant.adapter.LABELS


@dataclass(frozen=True)
class Settings:
    """How it was learnt; kept in the adapter's record."""

    epochs: int = 4
    rate: float = 8e-4
    batch: int = 24
    rank: int = 16
    seed: int = 1


def learn(
    network: Network,
    tokenizer: Tokenizer,
    examples: Sequence[Example],
    known: Sequence[str],
    settings: Settings,
    say: Callable[[str], None],
    noise: Callable[[Example, random.Random], str],
) -> None:
    """Fit `network` to the examples, whose labels are out of `known`, each epoch in other words (`noise`).

    About 4 minutes an epoch for 10,000 messages on two cores. A label behind the network's own means "none or urgent".
    """
    chance = random.Random(settings.seed)
    tf.random.set_seed(settings.seed)
    step = _step(network)
    total = settings.epochs * (len(examples) // settings.batch + 1)
    done, started = 0, time.monotonic()
    for epoch in range(settings.epochs):
        texts = [noise(example, chance) for example in examples]
        losses = []
        for rows in _batches(tokenizer, texts, settings.batch, chance):
            rate = settings.rate * min(1.0, done / (WARM_UP * total)) * max(LAST_RATE, 1 - done / total)
            ids, mask = padded([tokens for _, tokens in rows])
            labels = np.array([known.index(examples[place].label) for place, _ in rows], np.int32)
            losses.append(float(step(ids, mask, labels, np.float32(rate))))
            done += 1
        say(f"epoch {epoch + 1} of {settings.epochs}: loss {np.mean(losses):.4f}, {time.monotonic() - started:.0f} s")


def tokenizer_for(window: int) -> Tokenizer:
    """The encoder's tokenizer, cutting texts at `window` tokens as the served net does. Raises minilm.WeightsError."""
    tokenizer = Tokenizer.from_file(str(minilm.tokenizer_file()))
    tokenizer.no_padding()
    tokenizer.enable_truncation(window)
    return tokenizer


def score(network: Network, tokenizer: Tokenizer, texts: Sequence[str]) -> FloatArray:
    """float32 [n, labels]: uncalibrated scores."""
    read = tf.function(
        lambda ids, mask: network.scores(ids, mask, learning=False),
        input_signature=[tf.TensorSpec([None, None], tf.int32)] * 2,
    )
    tokens = [tokenizer.encode(text).ids for text in texts]
    order = sorted(range(len(tokens)), key=lambda place: len(tokens[place]))
    scores: FloatArray = np.zeros((len(tokens), int(network.variables["head.bias"].shape[0])), np.float32)
    for start in range(0, len(order), 32):
        places = order[start : start + 32]
        scores[places] = read(*padded([tokens[place] for place in places])).numpy()
    return scores


def temperature(scores: FloatArray, labels: Sequence[str], classes: Sequence[str]) -> float:
    """What to divide the scores by so that chances are right: least log loss on messages that were not learnt."""
    known = np.array([label in classes for label in labels])
    wanted = np.array([classes.index(label) for label in labels if label in classes])

    def loss(log_temperature: float) -> float:
        cooled = scores[known] / np.exp(log_temperature)
        cooled = cooled - cooled.max(1, keepdims=True)
        logs = cooled - np.log(np.exp(cooled).sum(1, keepdims=True))
        return float(-logs[np.arange(len(wanted)), wanted].mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-2.0, 3.0), method="bounded").x))


def padded(rows: Sequence[Sequence[int]]) -> tuple[IntArray, IntArray]:
    """Token ids and mask, int32 [n, longest]."""
    ids = np.zeros((len(rows), max(map(len, rows))), np.int32)
    mask = np.zeros_like(ids)
    for row, tokens in enumerate(rows):
        ids[row, : len(tokens)] = tokens
        mask[row, : len(tokens)] = 1
    return ids, mask


def _batches(
    tokenizer: Tokenizer, texts: Sequence[str], size: int, chance: random.Random
) -> Iterator[list[tuple[int, list[int]]]]:
    """Places and tokens of texts, in batches of about the same length (padding is work for nothing), in random order."""
    rows = [(place, tokenizer.encode(text).ids) for place, text in enumerate(texts)]
    rows.sort(key=lambda row: len(row[1]) + 8 * chance.random())
    batches = [rows[start : start + size] for start in range(0, len(rows), size)]
    chance.shuffle(batches)
    return iter(batches)


def _step(network: Network) -> Callable[..., tf.Tensor]:
    optimizer = tf.keras.optimizers.legacy.Adam()
    tokens = tf.TensorSpec([None, None], tf.int32)

    @tf.function(input_signature=[tokens, tokens, tf.TensorSpec([None], tf.int32), tf.TensorSpec([], tf.float32)])
    def step(ids: tf.Tensor, mask: tf.Tensor, labels: tf.Tensor, rate: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            logs = tf.nn.log_softmax(network.scores(ids, mask, learning=True))
            exact = tf.gather(logs, tf.minimum(labels, logs.shape[1] - 1), batch_dims=1)
            exact = (1 - SMOOTHING) * exact + SMOOTHING * tf.reduce_mean(logs, 1)
            either = tf.reduce_logsumexp(tf.stack([logs[:, NONE], logs[:, URGENT]], -1), -1)
            loss = -tf.reduce_mean(tf.where(labels == logs.shape[1], either, exact))
        gradients, _ = tf.clip_by_global_norm(tape.gradient(loss, network.trainable), 1.0)
        optimizer.learning_rate = rate
        optimizer.apply_gradients(zip(gradients, network.trainable))  # noqa: B905 -- AutoGraph knows no strict=
        return loss

    return step  # type: ignore[no-any-return]
