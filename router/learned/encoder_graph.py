"""The sentence encoder as one graph: int8 products, fused operators, and the mean at its end.

all-MiniLM-L6-v2 is published as float weights. Here each layer is six operators on int8 by uint8
with per-channel scales, the input is one array, and texts are never padded, so there is no mask.
Fewer layers than it has make a coarser vector in less time. Needs `onnx`: for making it only.
"""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

_FUSED = "com.microsoft"
_HEADS = 12
_EPSILON = 1e-12

Floats = NDArray[np.float32]


def build(weights: Path, layers: int, target: Path) -> None:
    """Reads `model.safetensors`, writes the int8 graph and, on the way, `<target>.float`."""
    float_path = target.with_suffix(".float")
    onnx.save(_graph(read_safetensors(weights), layers), float_path)
    quantize_dynamic(
        float_path,
        target,
        weight_type=QuantType.QInt8,
        per_channel=True,
        # Seven bits: without VNNI the products of eight saturate.
        reduce_range=True,
        op_types_to_quantize=["MatMul", "Attention"],
        extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
    )
    float_path.unlink()


def read_safetensors(path: Path) -> dict[str, Floats]:
    """The float tensors of a file: eight bytes of length, a header of JSON, then all the values."""
    content = path.read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    values = memoryview(content)[8 + length :]
    return {
        name: np.frombuffer(values[slice(*each["data_offsets"])], np.float32).reshape(each["shape"])
        for name, each in json.loads(content[8 : 8 + length]).items()
        if name != "__metadata__" and each["dtype"] == "F32"
    }


def _graph(tensors: dict[str, Floats], layers: int) -> onnx.ModelProto:
    graph = _Graph(tensors)
    x = graph.embeddings()
    for layer in range(layers):
        x = graph.layer(f"encoder.layer.{layer}.", x)
    graph.add("ReduceMean", [x], "vector", axes=[1], keepdims=0)
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "encoder",
            [helper.make_tensor_value_info("input_ids", onnx.TensorProto.INT32, ["b", "s"])],
            [helper.make_tensor_value_info("vector", onnx.TensorProto.FLOAT, ["b", "d"])],
            graph.initializers,
        ),
        opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid(_FUSED, 1)],
        ir_version=8,
    )
    onnx.checker.check_model(model)
    return model


class _Graph:
    """Nodes and constants, under the names that the tensors have."""

    def __init__(self, tensors: dict[str, Floats]) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []
        self._tensors = tensors

    def add(
        self, operator: str, inputs: list[str], output: str, domain: str = "", **attributes: Any
    ) -> str:
        self.nodes.append(
            helper.make_node(operator, inputs, [output], name=output, domain=domain, **attributes)
        )
        return output

    def hold(self, name: str, values: NDArray[Any]) -> str:
        self.initializers.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def constant(self, name: str) -> str:
        return self.hold(name, self._tensors[name])

    def weights(self, *names: str) -> str:
        """Of one product, or of several side by side; [inputs, outputs]."""
        joined = np.concatenate([self._tensors[f"{name}.weight"].T for name in names], axis=1)
        return self.hold("+".join(names), joined)

    def embeddings(self) -> str:
        """All tokens have type 0, which is added to the positions. Words are int8, row by row."""
        words = self._tensors["embeddings.word_embeddings.weight"]
        scales = np.abs(words).max(axis=1, keepdims=True) / 127
        rounded = np.round(words / scales).astype(np.int8)
        places = (
            self._tensors["embeddings.position_embeddings.weight"]
            + self._tensors["embeddings.token_type_embeddings.weight"][:1]
        )
        first = self.hold("first", np.array([0]))
        self.add("Shape", ["input_ids"], "length", start=1, end=2)
        self.add("Slice", [self.hold("places", places), first, "length", first], "place_vectors")
        self.add("Gather", [self.hold("words", rounded), "input_ids"], "word_bytes")
        self.add("Cast", ["word_bytes"], "word_floats", to=onnx.TensorProto.FLOAT)
        self.add("Gather", [self.hold("scales", scales), "input_ids"], "word_scales")
        self.add("Mul", ["word_floats", "word_scales"], "word_vectors")
        self.add("Add", ["word_vectors", "place_vectors"], "embedded")
        norm = "embeddings.LayerNorm."
        return self.add(
            "LayerNormalization",
            ["embedded", self.constant(f"{norm}weight"), self.constant(f"{norm}bias")],
            "embeddings",
            epsilon=_EPSILON,
        )

    def layer(self, prefix: str, x: str) -> str:
        selves = [f"{prefix}attention.self.{part}" for part in ("query", "key", "value")]
        bias = np.concatenate([self._tensors[f"{name}.bias"] for name in selves])
        attended = self.add(
            "Attention",
            [x, self.weights(*selves), self.hold(f"{prefix}attention.bias", bias)],
            f"{prefix}attended",
            _FUSED,
            num_heads=_HEADS,
        )
        x = self._dense(f"{prefix}attention.output", attended, x)
        wide = f"{prefix}intermediate.dense"
        inner = self.add("MatMul", [x, self.weights(wide)], f"{prefix}inner")
        inner = self.add(
            "BiasGelu", [inner, self.constant(f"{wide}.bias")], f"{prefix}gelu", _FUSED
        )
        return self._dense(f"{prefix}output", inner, x)

    def _dense(self, part: str, x: str, residual: str) -> str:
        """A product, then its bias, the residual and the normalisation in one operator."""
        product = self.add("MatMul", [x, self.weights(f"{part}.dense")], f"{part}.product")
        named = ("LayerNorm.weight", "LayerNorm.bias", "dense.bias")
        return self.add(
            "SkipLayerNormalization",
            [product, residual, *(self.constant(f"{part}.{name}") for name in named)],
            part,
            _FUSED,
            epsilon=_EPSILON,
        )
