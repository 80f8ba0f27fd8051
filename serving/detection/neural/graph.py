"""Rampart's encoder written anew: four-bit weights read back, then int8 and fused operators.

The published graph unpacks its weights at every run and leaves attention in pieces. Here each layer
is six operators, matrix products are int8 by uint8 with per-channel scales, and the input is one
array: windows are never padded, so there is no mask. Needs `onnx`; set-up only.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

_FUSED = "com.microsoft"
_EPSILON = 1e-12
_TABLE_PARTS = ("quantized", "scale", "zero_point")

Array = NDArray[Any]


def convert(source: Path, config: dict[str, Any], target: Path) -> None:
    """Reads `model_q4.onnx`, writes the int8 model and, on the way, `<target>.float`."""
    float_path = target.with_suffix(".float")
    onnx.save(_rewrite(onnx.load(source), config), float_path)
    quantize_dynamic(
        float_path,
        target,
        weight_type=QuantType.QInt8,
        per_channel=True,
        # Seven bits: without VNNI the products of eight saturate, and the scores with them.
        reduce_range=True,
        op_types_to_quantize=["MatMul", "Attention"],
        # A hundredth of the time, and it is the score.
        nodes_to_exclude=["classifier"],
        extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
    )
    float_path.unlink()


def _rewrite(published: onnx.ModelProto, config: dict[str, Any]) -> onnx.ModelProto:
    graph = _Graph(published)
    x = graph.embeddings()
    for layer in range(config["num_hidden_layers"]):
        x = graph.layer(layer, x, config["num_attention_heads"])
    x = graph.add("MatMul", [x, graph.weights("/classifier")], "classifier")
    graph.add("Add", [x, graph.constant("classifier.bias")], "logits")
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "rampart",
            [helper.make_tensor_value_info("input_ids", onnx.TensorProto.INT32, ["b", "s"])],
            [
                helper.make_tensor_value_info(
                    "logits", onnx.TensorProto.FLOAT, ["b", "s", len(config["id2label"])]
                )
            ],
            graph.initializers,
        ),
        opset_imports=[helper.make_opsetid("", 18), helper.make_opsetid(_FUSED, 1)],
        ir_version=8,
    )
    onnx.checker.check_model(model)
    return model


class _Graph:
    """Nodes and constants of the new graph, taken from the published one by their names."""

    def __init__(self, published: onnx.ModelProto) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []
        self._held: set[str] = set()
        self._tensors = {tensor.name: tensor for tensor in published.graph.initializer}
        self._products = {
            node.name.removesuffix("/MatMul_Q4"): node
            for node in published.graph.node
            if node.op_type == "MatMulNBits"
        }

    def add(
        self, operator: str, inputs: list[str], output: str, domain: str = "", **attributes: Any
    ) -> str:
        self.nodes.append(
            helper.make_node(operator, inputs, [output], name=output, domain=domain, **attributes)
        )
        return output

    def hold(self, name: str, values: Array) -> str:
        if name not in self._held:
            self._held.add(name)
            self.initializers.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def tensor(self, name: str) -> Array:
        values: Array = numpy_helper.to_array(self._tensors[name])
        return values

    def constant(self, name: str) -> str:
        return self.hold(name, self.tensor(name))

    def weights(self, *names: str) -> str:
        """The float weights of one product, or of several side by side; [inputs, outputs]."""
        return self.hold(
            "+".join(names), np.concatenate([self._unpacked(name) for name in names], axis=1)
        )

    def embeddings(self) -> str:
        """Words stay a uint8 table. All tokens have type 0, which is added to the positions."""
        prefix = "bert.embeddings."
        word, scale, zero_point = (
            self.constant(f"{prefix}word_embeddings.weight_{part}") for part in _TABLE_PARTS
        )
        places = (
            self._table(f"{prefix}position_embeddings.weight")
            + (self._table(f"{prefix}token_type_embeddings.weight")[:1])
        )
        first = self.hold("first", np.array([0]))
        self.add("Shape", ["input_ids"], "length", start=1, end=2)
        self.add("Slice", [self.hold("places", places), first, "length", first], "place_vectors")
        self.add("Gather", [word, "input_ids"], "word_bytes")
        self.add("DequantizeLinear", ["word_bytes", scale, zero_point], "word_vectors")
        self.add("Add", ["word_vectors", "place_vectors"], "embedded")
        norm = f"{prefix}LayerNorm."
        return self.add(
            "LayerNormalization",
            ["embedded", self.constant(norm + "weight"), self.constant(norm + "bias")],
            "embeddings",
            epsilon=_EPSILON,
        )

    def layer(self, number: int, x: str, heads: int) -> str:
        place, prefix = f"/bert/encoder/layer.{number}/", f"bert.encoder.layer.{number}."
        selves = [f"attention.self.{part}" for part in ("query", "key", "value")]
        qkv = self.weights(*(place + name.replace(".", "/") for name in selves))
        bias = np.concatenate([self.tensor(f"{prefix}{name}.bias") for name in selves])
        attended = self.add(
            "Attention",
            [x, qkv, self.hold(f"{prefix}attention.bias", bias)],
            f"attended.{number}",
            _FUSED,
            num_heads=heads,
        )
        x = self._dense(place, prefix, "attention/output", attended, x)
        inner = self.add(
            "MatMul", [x, self.weights(place + "intermediate/dense")], f"{prefix}inner"
        )
        inner = self.add(
            "BiasGelu",
            [inner, self.constant(f"{prefix}intermediate.dense.bias")],
            f"{prefix}gelu",
            _FUSED,
        )
        return self._dense(place, prefix, "output", inner, x)

    def _dense(self, place: str, prefix: str, part: str, x: str, residual: str) -> str:
        """A product, then its bias, the residual and the normalisation in one operator."""
        dotted = prefix + part.replace("/", ".")
        product = self.add("MatMul", [x, self.weights(f"{place}{part}/dense")], f"{dotted}.product")
        return self.add(
            "SkipLayerNormalization",
            [
                product,
                residual,
                self.constant(f"{dotted}.LayerNorm.weight"),
                self.constant(f"{dotted}.LayerNorm.bias"),
                self.constant(f"{dotted}.dense.bias"),
            ],
            dotted,
            _FUSED,
            epsilon=_EPSILON,
        )

    def _table(self, name: str) -> NDArray[np.float32]:
        quantized, scale, zero_point = (self.tensor(f"{name}_{part}") for part in _TABLE_PARTS)
        return (quantized.astype(np.float32) - np.float32(zero_point)) * np.float32(scale)

    def _unpacked(self, name: str) -> NDArray[np.float32]:
        """MatMulNBits: (nibble - zero point) * scale, in blocks along the inputs; zero point 8."""
        node = self._products[name]
        attributes = {a.name: helper.get_attribute_value(a) for a in node.attribute}
        inputs, outputs = attributes["K"], attributes["N"]
        packed, scales = self.tensor(node.input[1]), self.tensor(node.input[2])
        blocks = packed.shape[1]
        zero_points: Array | np.float32 = np.float32(8)
        if len(node.input) > 3 and node.input[3]:
            pairs = self.tensor(node.input[3]).reshape(outputs, -1)
            zero_points = _nibbles(pairs).reshape(outputs, -1)[:, :blocks, None]
        values = _nibbles(packed).reshape(outputs, blocks, -1) - zero_points
        weights = (values * scales.reshape(outputs, blocks, 1)).reshape(outputs, -1)[:, :inputs]
        return np.ascontiguousarray(weights.T, dtype=np.float32)


def _nibbles(packed: Array) -> NDArray[np.float32]:
    """Two values a byte, the lower half first."""
    return np.stack([packed & 15, packed >> 4], axis=-1).astype(np.float32)
