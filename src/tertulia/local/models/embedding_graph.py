"""Makes the ONNX graph of a BERT-style sentence encoder from its weights, so that no torch is ever needed.

In: ``model.safetensors`` of all-MiniLM-L6-v2 (hidden size 384, 6 layers, 12 heads). Out: ``model.onnx``, quantised to
int8 (23 MB), which takes ``input_ids`` and ``attention_mask`` [batch, tokens] and gives ``embedding`` [batch, 384]:
the mean of the last layer over the mask, scaled to length one, as the model's card prescribes.

    python -m tertulia.local.models.embedding_graph FOLDER
"""

import sys
from pathlib import Path
from typing import Any

HEADS = 12
EPSILON = 1e-12
GRAPH = "model.onnx"


def write_graph(folder: Path) -> None:
    """Write ``model.onnx`` beside the weights."""
    import onnx
    from onnxruntime.quantization import quantize_dynamic

    whole, small = folder / "model.f32.onnx", folder / "model.int8.onnx"
    onnx.save(build(folder / "model.safetensors"), str(whole))
    # One scale for a whole matrix would lose five right passages in a thousand (docs/retrieval.md).
    quantize_dynamic(str(whole), str(small), per_channel=True)
    whole.unlink()
    small.replace(folder / GRAPH)


def build(weights: Path) -> Any:
    """The graph in full precision, as an ``onnx.ModelProto``."""
    from safetensors.numpy import load_file

    tensors = {name.removeprefix("bert."): tensor for name, tensor in load_file(str(weights)).items()}
    return _Encoder(tensors).model()


class _Encoder:
    """Collects the graph's nodes while its methods spell the network out, layer by layer."""

    def __init__(self, tensors: dict[str, Any]) -> None:
        self._tensors = tensors
        self._constants: dict[str, Any] = {}
        self._nodes: list[Any] = []
        self._layers = 1 + max(int(name.split(".")[2]) for name in tensors if name.startswith("encoder.layer."))
        self._width = tensors["embeddings.word_embeddings.weight"].shape[1]

    def model(self) -> Any:
        import onnx
        from onnx import TensorProto, helper

        hidden = self._embed()
        bias = self._mask_bias()
        for number in range(self._layers):
            hidden = self._layer(hidden, bias, f"encoder.layer.{number}.")
        self._pool(hidden)
        graph = helper.make_graph(
            self._nodes,
            "sentence-encoder",
            [
                helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["batch", "tokens"]),
                helper.make_tensor_value_info("attention_mask", TensorProto.INT64, ["batch", "tokens"]),
            ],
            [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["batch", self._width])],
            list(self._constants.values()),
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
        onnx.checker.check_model(model)
        return model

    def _embed(self) -> str:
        words = self._op("Gather", self._weight("embeddings.word_embeddings.weight"), "input_ids")
        length = self._op("Slice", self._op("Shape", "input_ids"), self._ints(1), self._ints(2), self._ints(0))
        first_type = self._tensors["embeddings.token_type_embeddings.weight"][0]
        positions = self._constant("positions", self._tensors["embeddings.position_embeddings.weight"] + first_type)
        here = self._op("Slice", positions, self._ints(0), length, self._ints(0))
        return self._normalise(self._op("Add", words, here), "embeddings.LayerNorm")

    def _mask_bias(self) -> str:
        """Minus infinity, near enough, wherever the mask is zero: those tokens are not attended to."""
        import numpy as np
        from onnx import TensorProto

        mask = self._op("Cast", "attention_mask", to=TensorProto.FLOAT)
        absent = self._op("Sub", self._constant("one", np.float32(1)), self._op("Unsqueeze", mask, self._ints(1, 2)))
        return self._op("Mul", absent, self._constant("far", np.float32(-1e9)))

    def _layer(self, hidden: str, bias: str, name: str) -> str:
        attended = self._linear(self._attend(hidden, bias, name), name + "attention.output.dense")
        hidden = self._normalise(self._op("Add", attended, hidden), name + "attention.output.LayerNorm")
        wide = self._op("Gelu", self._linear(hidden, name + "intermediate.dense"))
        return self._normalise(
            self._op("Add", self._linear(wide, name + "output.dense"), hidden), name + "output.LayerNorm"
        )

    def _attend(self, hidden: str, bias: str, name: str) -> str:
        import numpy as np

        query, key, value = (
            self._heads(self._linear(hidden, f"{name}attention.self.{part}")) for part in ("query", "key", "value")
        )
        scale = self._constant("scale", np.float32((self._width // HEADS) ** -0.5))
        scores = self._op("Mul", self._op("MatMul", query, self._op("Transpose", key, perm=[0, 1, 3, 2])), scale)
        weights = self._op("Softmax", self._op("Add", scores, bias), axis=-1)
        mixed = self._op("Transpose", self._op("MatMul", weights, value), perm=[0, 2, 1, 3])
        return self._op("Reshape", mixed, self._ints(0, 0, self._width))

    def _heads(self, tensor: str) -> str:
        split = self._op("Reshape", tensor, self._ints(0, 0, HEADS, self._width // HEADS))
        return self._op("Transpose", split, perm=[0, 2, 1, 3])

    def _pool(self, hidden: str) -> None:
        from onnx import TensorProto, helper

        mask = self._op("Cast", "attention_mask", to=TensorProto.FLOAT)
        column = self._op("Unsqueeze", mask, self._ints(2))
        total = self._op("ReduceSum", self._op("Mul", hidden, column), self._ints(1), keepdims=0)
        mean = self._op("Div", total, self._op("ReduceSum", column, self._ints(1), keepdims=0))
        self._nodes.append(helper.make_node("LpNormalization", [mean], ["embedding"], axis=-1, p=2))

    def _linear(self, tensor: str, name: str) -> str:
        weight = self._constant(name + ".transposed", self._tensors[name + ".weight"].T)
        return self._op("Add", self._op("MatMul", tensor, weight), self._weight(name + ".bias"))

    def _normalise(self, tensor: str, name: str) -> str:
        gain, bias = self._weight(name + ".weight"), self._weight(name + ".bias")
        return self._op("LayerNormalization", tensor, gain, bias, axis=-1, epsilon=EPSILON)

    def _weight(self, name: str) -> str:
        return self._constant(name, self._tensors[name])

    def _ints(self, *values: int) -> str:
        import numpy as np

        return self._constant(f"ints {values}", np.array(values, np.int64))

    def _constant(self, name: str, value: Any) -> str:
        import numpy as np
        from onnx import numpy_helper

        if name not in self._constants:
            self._constants[name] = numpy_helper.from_array(np.ascontiguousarray(value).reshape(value.shape), name)
        return name

    def _op(self, kind: str, *inputs: str, **attributes: Any) -> str:
        from onnx import helper

        output = f"{kind} {len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, list(inputs), [output], name=output, **attributes))
        return output


if __name__ == "__main__":
    write_graph(Path(sys.argv[1]))
