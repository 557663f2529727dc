"""The Keras models to compare with, of the ONNX files: `python -m bench.keras_models`."""

from pathlib import Path
from typing import Any, Final

import keras
import numpy as np
import onnx
import onnxruntime

from training import network

FOLDER: Final = Path("build/bench")
ROUNDED: Final = 0.03  # of the logits' range, that integers may change them by


def main() -> None:
    """Write both.

    Raises:
        ValueError: one computes something else than its ONNX file.
    """
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, model in ("digits", network.build()), ("rows", network.build_rows()):
        source = Path("model", f"{name}.onnx")
        _fill(model, _weights(source))
        _check(model, source)
        model.save(FOLDER / f"{name}.keras")


def _weights(source: Path) -> list[list[Any]]:
    """Of each layer that has some, in their order: kernel, factor and bias, in floats."""
    graph = onnx.load(source).graph
    constants = {one.name: onnx.numpy_helper.to_array(one) for one in graph.initializer}
    layers: list[list[Any]] = []
    for node in graph.node:
        if node.op_type == "DequantizeLinear" and node.input[0] in constants:
            whole, scale, zero = (constants[name] for name in node.input)
            each = (-1,) + (1,) * (whole.ndim - 1) if scale.ndim else ()  # of the outputs
            constants[node.output[0]] = (whole - zero.reshape(each)) * scale.reshape(each)
        given = [constants[name] for name in node.input if name in constants]
        if node.op_type in ("Conv", "MatMul"):
            layers.append([given[0], 1.0, given[1] if len(given) > 1 else 0.0])
        elif node.op_type in ("Mul", "Add") and given:
            layers[-1][1 if node.op_type == "Mul" else 2] = given[0].ravel()
    return layers


def _fill(model: Any, weights: list[list[Any]]) -> None:
    """Set a model's weights; its batch normalization does what is left of it in the ONNX file."""
    factor = bias = None
    left = iter(weights)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            one = np.ones(layer.gamma.shape)
            layer.set_weights([factor * one, bias * one, 0 * one, (1 - layer.epsilon) * one])
        elif layer.weights:
            kernel, factor, bias = next(left)
            if kernel.ndim == 4:  # from output, input, height and width
                kernel = kernel.transpose(2, 3, 1, 0)
            layer.set_weights([kernel.reshape(layer.kernel.shape), bias][: len(layer.weights)])


def _check(model: Any, source: Path) -> None:
    session = onnxruntime.InferenceSession(source)
    name, shape = session.get_inputs()[0].name, model.input_shape
    noise = np.random.default_rng(0).random([side or 100 for side in shape], np.float32)
    found, served = np.asarray(model(noise, training=False)), session.run(None, {name: noise})[0]
    is_exact = all(node.op_type != "QuantizeLinear" for node in onnx.load(source).graph.node)
    if not np.allclose(found, served, atol=1e-3 if is_exact else ROUNDED * np.ptp(served)):
        raise ValueError(f"the Keras model does not compute what {source} does")


if __name__ == "__main__":
    main()
