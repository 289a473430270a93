"""The MiniLM sentence encoder as an ONNX graph, for `assistant.minilm`.

The weights come as a safetensors file, and neither PyTorch nor TensorFlow is needed to run them: the network is a plain
six-layer BERT, so the graph is written here operator by operator. (onnxruntime.quantization would do the 8-bit step, but it needs sympy and gives one scale for the
whole word table; writing it out is shorter and keeps more of the meaning.) Pooling and normalisation are part of the graph, so
nothing that changes a number happens outside it.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

FloatArray = npt.NDArray[np.float32]

OPSET = 17  # the first with LayerNormalization
IR_VERSION = 8  # the one that goes with OPSET
SQRT_2 = 1.4142135
MASKED = -10000.0  # added to the attention score of padding; exp() of it is 0 in float32
# 8-bit weights use 7 bits: processors without VNNI add two products in 16 bits, and 2 * 255 * 127 would overflow there;
# with 63 the whole-number sums are the same on every machine.
WEIGHT_LIMIT = 63
TINY = 1e-9  # keeps a division by a length of zero from giving NaN


class GraphError(ValueError):
    """The weights file is not the network this module describes."""


@dataclass(frozen=True)
class BertShape:
    """The sizes of the network, from its config.json."""

    layers: int
    hidden: int
    heads: int
    epsilon: float

    @classmethod
    def from_config(cls, path: Path) -> BertShape:
        """Read the sizes; raises GraphError if the activation is not the exact (erf) GELU."""
        config = json.loads(path.read_text(encoding="utf-8"))
        if config["hidden_act"] != "gelu" or config["position_embedding_type"] != "absolute":
            raise GraphError(f"{path}: only GELU and absolute positions are supported")
        return cls(
            layers=int(config["num_hidden_layers"]),
            hidden=int(config["hidden_size"]),
            heads=int(config["num_attention_heads"]),
            epsilon=float(config["layer_norm_eps"]),
        )


@dataclass(frozen=True)
class Head:
    """What turns token vectors into a score for each of n labels.

    attention [hidden, n]: where a label looks; seen [n, hidden] and mean [n, hidden]: what it makes of that and of the
    mean of all tokens; bias [n].
    """

    attention: FloatArray
    seen: FloatArray
    mean: FloatArray
    bias: FloatArray

    def cooled(self, temperature: float) -> Head:
        """The head whose scores are these divided by `temperature`."""
        return replace(self, seen=self.seen / temperature, mean=self.mean / temperature, bias=self.bias / temperature)


def read_safetensors(path: Path) -> dict[str, FloatArray]:
    """Read the float32 tensors of a safetensors file: 8 bytes of header length, a JSON header, raw little-endian data.

    Tensors of other types (the constant position ids) are left out. Raises GraphError on a file cut short.
    """
    raw = path.read_bytes()
    (header_length,) = struct.unpack_from("<Q", raw)
    start = 8 + header_length
    header = json.loads(raw[8:start])
    tensors: dict[str, FloatArray] = {}
    for name, entry in header.items():
        if name == "__metadata__" or entry["dtype"] != "F32":
            continue
        first, last = entry["data_offsets"]
        if start + last > len(raw):
            raise GraphError(f"{path}: {name} ends after the end of the file")
        tensors[name] = np.frombuffer(raw, dtype="<f4", count=(last - first) // 4, offset=start + first).reshape(
            entry["shape"]
        )
    return tensors


class _Graph:
    """Collects nodes and constants; each method adds one step and returns the name of its output.

    With `int8`, weights are held in 8 bits: a matrix with one scale per column, an embedding table with one per row.
    """

    def __init__(self, *, int8: bool) -> None:
        self.int8 = int8
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[str, onnx.TensorProto] = {}
        self._quantized: dict[str, tuple[str, str, str]] = {}

    def constant(self, name: str, value: npt.ArrayLike, dtype: npt.DTypeLike = np.float32) -> str:
        if name not in self.constants:
            self.constants[name] = numpy_helper.from_array(np.ascontiguousarray(value, dtype=dtype), name)
        return name

    def add(self, op: str, *inputs: str, **attributes: Any) -> str:
        (output,) = self.add_many(op, 1, *inputs, **attributes)
        return output

    def add_many(self, op: str, outputs: int, *inputs: str, **attributes: Any) -> list[str]:
        name = f"{op}_{len(self.nodes)}"
        names = [name, *(f"{name}_{i}" for i in range(1, outputs))]
        self.nodes.append(helper.make_node(op, list(inputs), names, name=name, **attributes))
        return names

    def table(self, name: str, rows: FloatArray, ids: str) -> str:
        """The rows [*ids, hidden] of an embedding table."""
        if not self.int8:
            return self.add("Gather", self.constant(name, rows), ids)
        values, scales = _to_int8(rows, axis=1, limit=127)
        picked = self.add("Cast", self.add("Gather", self.constant(name, values, np.int8), ids), to=TensorProto.FLOAT)
        return self.add("Mul", picked, self.add("Gather", self.constant(f"{name}.scale", scales), ids))

    def dense(self, x: str, name: str, weight: FloatArray, bias: FloatArray) -> str:
        """x @ weight.T + bias; the input is quantized as it comes, so no calibration data is needed."""
        shift = self.constant(f"{name}.bias", bias)
        if not self.int8:
            return self.add("Add", self.add("MatMul", x, self.constant(f"{name}.weight", weight.T)), shift)
        if x not in self._quantized:
            first, second, third = self.add_many("DynamicQuantizeLinear", 3, x)
            self._quantized[x] = (first, second, third)
        levels, step, zero = self._quantized[x]
        values, scales = _to_int8(weight.T, axis=0, limit=WEIGHT_LIMIT)
        product = self.add("MatMulInteger", levels, self.constant(f"{name}.weight", values, np.int8), zero)
        scale = self.add("Mul", step, self.constant(f"{name}.scale", scales[0]))
        return self.add("Add", self.add("Mul", self.add("Cast", product, to=TensorProto.FLOAT), scale), shift)

    def reshape(self, x: str, *shape: int) -> str:
        name = "shape_" + "_".join(map(str, shape)).replace("-", "m")
        return self.add("Reshape", x, self.constant(name, shape, np.int64))


def _to_int8(values: FloatArray, *, axis: int, limit: int) -> tuple[npt.NDArray[np.int8], FloatArray]:
    """Whole numbers in -limit..limit and the float32 scales that bring them back; one scale per slice along `axis`."""
    largest = np.abs(values).max(axis=axis, keepdims=True)
    scales = (np.maximum(largest, TINY) / limit).astype(np.float32)
    return np.rint(values / scales).astype(np.int8), scales


def encoder_graph(
    weights: Mapping[str, FloatArray], shape: BertShape, *, int8: bool, head: Head | None = None
) -> onnx.ModelProto:
    """Build the graph: input_ids and attention_mask, int64 [n, length], to embedding, float32 [n, hidden].

    Each embedding is the mean over the unmasked tokens, scaled to length 1. With a `head` the output is `scores`,
    float32 [n, labels], instead. Raises KeyError if a weight is missing.
    """
    graph = _Graph(int8=int8)
    mask = graph.add("Cast", "attention_mask", to=TensorProto.FLOAT)
    x = _embeddings(graph, weights, shape)
    kept = graph.add("Sub", graph.constant("one", 1.0), mask)
    bias = graph.add("Mul", graph.reshape(kept, 0, 1, 1, -1), graph.constant("masked", MASKED))
    for layer in range(shape.layers):
        x = _layer(graph, weights, shape, f"encoder.layer.{layer}", x, bias)
    output, width = ("embedding", shape.hidden) if head is None else ("scores", len(head.bias))
    last = _pooled(graph, x, mask) if head is None else _scored(graph, x, mask, head)
    graph.nodes.append(helper.make_node("Identity", [last], [output], name=output))
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "minilm",
            [
                helper.make_tensor_value_info(n, TensorProto.INT64, ["n", "length"])
                for n in ("input_ids", "attention_mask")
            ],
            [helper.make_tensor_value_info(output, TensorProto.FLOAT, ["n", width])],
            list(graph.constants.values()),
        ),
        opset_imports=[helper.make_opsetid("", OPSET)],
        producer_name="spine-triage",
    )
    model.ir_version = IR_VERSION
    return model


def _embeddings(graph: _Graph, weights: Mapping[str, FloatArray], shape: BertShape) -> str:
    """Word + position + segment embedding, normalised. The segment is always 0, so it is added to the positions here."""
    words = graph.table("words", weights["embeddings.word_embeddings.weight"], "input_ids")
    segment = weights["embeddings.token_type_embeddings.weight"][0]
    positions = graph.constant("positions", weights["embeddings.position_embeddings.weight"] + segment)
    length = graph.add("Gather", graph.add("Shape", "input_ids"), graph.constant("axis_1", [1], np.int64))
    used = graph.add(
        "Slice", positions, graph.constant("axis_0", [0], np.int64), length, graph.constant("axis_0", [0], np.int64)
    )
    return _normalise(graph, weights, shape, "embeddings.LayerNorm", graph.add("Add", words, used))


def _normalise(graph: _Graph, weights: Mapping[str, FloatArray], shape: BertShape, name: str, x: str) -> str:
    scale = graph.constant(f"{name}.weight", weights[f"{name}.weight"])
    shift = graph.constant(f"{name}.bias", weights[f"{name}.bias"])
    return graph.add("LayerNormalization", x, scale, shift, axis=-1, epsilon=shape.epsilon)


def _layer(graph: _Graph, weights: Mapping[str, FloatArray], shape: BertShape, name: str, x: str, bias: str) -> str:
    def linear(suffix: str, source: str) -> str:
        weight, shift = (weights[f"{name}.{suffix}.weight"], weights[f"{name}.{suffix}.bias"])
        return graph.dense(source, f"{name}.{suffix}", weight, shift)

    def heads(suffix: str, order: tuple[int, ...]) -> str:
        split = graph.reshape(linear(suffix, x), 0, -1, shape.heads, shape.hidden // shape.heads)
        return graph.add("Transpose", split, perm=order)

    query = heads("attention.self.query", (0, 2, 1, 3))
    key = heads("attention.self.key", (0, 2, 3, 1))
    value = heads("attention.self.value", (0, 2, 1, 3))
    scale = graph.constant("head_scale", 1.0 / np.sqrt(shape.hidden // shape.heads))
    scores = graph.add("Add", graph.add("Mul", graph.add("MatMul", query, key), scale), bias)
    context = graph.add("MatMul", graph.add("Softmax", scores, axis=-1), value)
    joined = graph.reshape(graph.add("Transpose", context, perm=(0, 2, 1, 3)), 0, -1, shape.hidden)
    attended = _normalise(
        graph,
        weights,
        shape,
        f"{name}.attention.output.LayerNorm",
        graph.add("Add", linear("attention.output.dense", joined), x),
    )
    widened = linear("intermediate.dense", attended)
    erf = graph.add("Erf", graph.add("Div", widened, graph.constant("sqrt_2", SQRT_2)))
    gelu = graph.add(
        "Mul", graph.add("Mul", widened, graph.add("Add", erf, graph.constant("one", 1.0))), graph.constant("half", 0.5)
    )
    narrowed = graph.add("Add", linear("output.dense", gelu), attended)
    return _normalise(graph, weights, shape, f"{name}.output.LayerNorm", narrowed)


def _mean(graph: _Graph, x: str, mask: str) -> str:
    column = graph.reshape(mask, 0, -1, 1)
    axis = graph.constant("axis_1", [1], np.int64)
    total = graph.add("ReduceSum", graph.add("Mul", x, column), axis, keepdims=0)
    count = graph.add("ReduceSum", mask, axis, keepdims=1)
    return graph.add("Div", total, graph.add("Max", count, graph.constant("tiny", TINY)))


def _pooled(graph: _Graph, x: str, mask: str) -> str:
    mean = _mean(graph, x, mask)
    norm = graph.add("ReduceL2", mean, axes=[1], keepdims=1)
    return graph.add("Div", mean, graph.add("Max", norm, graph.constant("tiny", TINY)))


def _scored(graph: _Graph, x: str, mask: str, head: Head) -> str:
    """A score a label: each label looks at the tokens that matter to it, beside the mean of all of them.

    A mean alone would drown one clause in a message of a hundred words.
    """
    looks = graph.add("MatMul", x, graph.constant("head.attention", head.attention))
    kept = graph.add("Sub", graph.constant("one", 1.0), graph.reshape(mask, 0, 1, -1))
    shift = graph.add("Mul", kept, graph.constant("masked", MASKED))
    weights = graph.add("Softmax", graph.add("Add", graph.add("Transpose", looks, perm=(0, 2, 1)), shift), axis=-1)
    seen = graph.add("Mul", graph.add("MatMul", weights, x), graph.constant("head.seen", head.seen))
    own = graph.add("ReduceSum", seen, graph.constant("axis_2", [2], np.int64), keepdims=0)
    common = graph.add("MatMul", _mean(graph, x, mask), graph.constant("head.mean", head.mean.T))
    return graph.add("Add", graph.add("Add", own, common), graph.constant("head.bias", head.bias))
