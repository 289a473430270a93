"""The sentence encoder with trainable low-rank corrections and a head, in TensorFlow, which Rasa brings along anyway.

The same network as `assistant.minilm_graph` describes; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from assistant.adapter import DOWN, HEAD, UP
from assistant.minilm_graph import MASKED, BertShape, FloatArray

DROPOUT = 0.1


class Network:
    """Scores for token ids. `trainable` are the corrections, the layer normalisations and the head; the rest is fixed."""

    def __init__(
        self, weights: Mapping[str, FloatArray], shape: BertShape, labels: int, *, rank: int, scale: float, seed: int
    ) -> None:
        """Start from the published weights: the corrections are zero at first."""
        chance = np.random.default_rng(seed)
        self._shape = shape
        self._scale = scale
        self._fixed: dict[str, tf.Tensor] = {}
        self.variables: dict[str, tf.Variable] = {}
        for name, value in weights.items():
            if name.startswith("pooler"):
                continue
            if "LayerNorm" in name:
                self._add(name, value)
                continue
            self._fixed[name] = tf.constant(value)
            if name.startswith("encoder") and value.ndim == 2:
                outputs, inputs = value.shape
                self._add(name + DOWN, chance.standard_normal((rank, inputs)) / np.sqrt(inputs))
                self._add(name + UP, np.zeros((outputs, rank)))
        self._add(HEAD + "attention", np.zeros((shape.hidden, labels)))
        self._add(HEAD + "seen", chance.standard_normal((labels, shape.hidden)) * 0.02)
        self._add(HEAD + "mean", chance.standard_normal((labels, shape.hidden)) * 0.02)
        self._add(HEAD + "bias", np.zeros(labels))

    @property
    def trainable(self) -> Sequence[tf.Variable]:
        """What learning changes."""
        return list(self.variables.values())

    def restore(self, arrays: Mapping[str, FloatArray]) -> None:
        """Start from values learnt before, as `arrays` gave them. Raises KeyError or ValueError if they are of another network."""
        for name, variable in self.variables.items():
            variable.assign(arrays[name])

    def arrays(self) -> dict[str, FloatArray]:
        """The trained values by the names that `assistant.adapter` reads."""
        return {name: variable.numpy() for name, variable in self.variables.items()}

    def scores(self, ids: tf.Tensor, mask: tf.Tensor, *, learning: bool) -> tf.Tensor:
        """float32 [n, labels] for ids and mask, int32 [n, length]."""
        kept = tf.cast(mask, tf.float32)
        x = tf.gather(self._fixed["embeddings.word_embeddings.weight"], ids)
        x += self._fixed["embeddings.position_embeddings.weight"][: tf.shape(ids)[1]]
        x = self._normalised(x + self._fixed["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
        x = self._dropped(x, learning)
        bias = (1.0 - kept)[:, None, None, :] * MASKED
        for layer in range(self._shape.layers):
            x = self._layer(f"encoder.layer.{layer}", x, bias, learning)
        return self._head(x, kept, learning)

    def _add(self, name: str, value: npt.ArrayLike) -> None:
        self.variables[name] = tf.Variable(value, dtype=tf.float32)

    def _linear(self, x: tf.Tensor, name: str) -> tf.Tensor:
        weight = name + ".weight"
        y = tf.einsum("bti,oi->bto", x, self._fixed[weight]) + self._fixed[name + ".bias"]
        low = tf.einsum("bti,ri->btr", x, self.variables[weight + DOWN])
        return y + self._scale * tf.einsum("btr,or->bto", low, self.variables[weight + UP])

    def _normalised(self, x: tf.Tensor, name: str) -> tf.Tensor:
        mean, variance = tf.nn.moments(x, -1, keepdims=True)
        centred = (x - mean) * tf.math.rsqrt(variance + self._shape.epsilon)
        return centred * self.variables[name + ".weight"] + self.variables[name + ".bias"]

    @staticmethod
    def _dropped(x: tf.Tensor, learning: bool) -> tf.Tensor:
        return tf.nn.dropout(x, DROPOUT) if learning else x

    def _layer(self, name: str, x: tf.Tensor, bias: tf.Tensor, learning: bool) -> tf.Tensor:
        n, length = tf.shape(x)[0], tf.shape(x)[1]
        width = self._shape.hidden // self._shape.heads

        def heads(part: str) -> tf.Tensor:
            split = tf.reshape(self._linear(x, f"{name}.attention.self.{part}"), (n, length, self._shape.heads, width))
            return tf.transpose(split, (0, 2, 1, 3))

        looks = tf.matmul(heads("query"), heads("key"), transpose_b=True) / np.sqrt(np.float32(width))
        context = tf.matmul(tf.nn.softmax(looks + bias), heads("value"))
        joined = tf.reshape(tf.transpose(context, (0, 2, 1, 3)), (n, length, self._shape.hidden))
        attended = self._dropped(self._linear(joined, f"{name}.attention.output.dense"), learning)
        x = self._normalised(x + attended, f"{name}.attention.output.LayerNorm")
        wide = tf.nn.gelu(self._linear(x, f"{name}.intermediate.dense"), approximate=False)
        narrow = self._dropped(self._linear(wide, f"{name}.output.dense"), learning)
        return self._normalised(x + narrow, f"{name}.output.LayerNorm")

    def _head(self, x: tf.Tensor, kept: tf.Tensor, learning: bool) -> tf.Tensor:
        looks = tf.einsum("bth,hc->bct", x, self.variables[HEAD + "attention"]) + (1.0 - kept)[:, None, :] * MASKED
        seen = self._dropped(tf.einsum("bct,bth->bch", tf.nn.softmax(looks), x), learning)
        mean = tf.reduce_sum(x * kept[:, :, None], 1) / tf.reduce_sum(kept, 1, keepdims=True)
        own = tf.reduce_sum(seen * self.variables[HEAD + "seen"], -1)
        common = tf.einsum("bh,ch->bc", self._dropped(mean, learning), self.variables[HEAD + "mean"])
        return own + common + self.variables[HEAD + "bias"]
