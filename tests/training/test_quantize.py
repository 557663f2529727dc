import numpy as np
import pytest

pytest.importorskip("onnx", reason="needs ONNX: make test-deps")

import onnx
from onnx import TensorProto, helper, numpy_helper

from training.quantize import quantized


def network(outlier: float) -> onnx.ModelProto:
    """Two convolutions; one of four channels between them, which nobody looks at, is larger."""
    random = np.random.default_rng(1)
    first, second = random.normal(size=(4, 1, 3, 3)), random.normal(size=(11, 4, 32, 2))
    first[3] *= outlier
    second[:, 3] = 0
    second[10] = np.abs(second[10]) * 2  # the likeliest wherever there is ink
    weights = {"first": first, "second": second}
    nodes = [
        helper.make_node("Transpose", ["row"], ["ink"], perm=[0, 3, 1, 2]),
        helper.make_node("Conv", ["ink", "first"], ["edges"], "conv_1", pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["edges"], ["strokes"], "relu"),
        helper.make_node("Conv", ["strokes", "second"], ["places"], "conv_2", strides=[1, 2]),
        helper.make_node("Squeeze", ["places", "axis"], ["classes"]),
        helper.make_node("Transpose", ["classes"], ["logits"], perm=[0, 2, 1]),
    ]
    graph = helper.make_graph(
        nodes,
        "rows",
        [helper.make_tensor_value_info("row", TensorProto.FLOAT, [None, 32, None, 1])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [None, None, 11])],
        [
            numpy_helper.from_array(np.array([2]), "axis"),
            *(numpy_helper.from_array(w.astype(np.float32), name) for name, w in weights.items()),
        ],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def rows(seed: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.random.default_rng(seed).integers(0, 256, (20, 32, 64), np.uint8)


def test_all_but_the_first_convolution_are_in_integers() -> None:
    small = quantized(network(1), rows(1), rows(2))
    stored = {weight.name: weight.data_type for weight in small.graph.initializer}
    assert stored["first"] == TensorProto.FLOAT
    assert stored["second_quantized"] == TensorProto.INT8
    (second,) = (w for w in small.graph.initializer if w.name == "second_quantized")
    assert np.abs(numpy_helper.to_array(second)).max() <= 64  # seven bits


def test_a_network_that_integers_change_is_refused() -> None:
    with pytest.raises(ValueError, match="agree at"):
        quantized(network(10_000), rows(1), rows(2))
