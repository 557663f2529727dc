"""Exports the Keras model to ONNX and checks that both compute the same."""

import hashlib
import json
import tempfile
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import onnx
import tensorflow as tf
import tf2onnx

from shared import settings
from shared.model import Model

from . import data
from .lines import lines
from .outputs import replaced, require_place
from .quantize import quantized
from .saved import load

OPSET = 17
TOLERANCE = 1e-5
ROWS = 500  # written to measure the integers' scales on, and as many to compare on


def export(source: Path, output: Path, *, seed: int = 0) -> None:
    """Write the ONNX file, its calibration in its metadata, if it computes what Keras does.

    Raises:
        OSError: the source is not there, or the output cannot be written.
        Unusable: the source is no Keras model.
        ValueError: a probability differs by more than 1e-5; nothing is written.
    """
    require_place(output)
    model, facts = load(source)
    converted = _converted(
        model,
        tf.TensorSpec([None, 28, 28, 1], tf.float32, name="digits"),
        "Reads a digit: digits float32 (n, 28, 28, 1) in 0 to 1 -> logits (n, 10)",
    )
    onnx.helper.set_model_props(converted, {"temperature": json.dumps(facts["temperature"])})

    def difference(candidate: Path) -> float:
        return _difference(model, Model(candidate), facts["temperature"], seed)

    _check(converted, difference)
    _write(converted, output)


def export_rows(source: Path, output: Path, *, folder: Path | None = None, seed: int = 0) -> None:
    """Write the row network's ONNX file in integers, if it computes what Keras does before.

    Args:
        folder: of the MNIST files, for rows to measure the integers' scales on; see `data.mnist`.

    Raises:
        OSError, Unusable: as of `export`.
        ValueError: a probability differs by more than 1e-5 in floats, or the likeliest class in
            integers at more than one in fifty places; nothing is written.
    """
    require_place(output)
    model, _ = load(source)
    converted = _converted(
        model,
        tf.TensorSpec([None, 32, None, 1], tf.float32, name="row"),
        "Reads a row: row float32 (n, 32, width, 1) in 0 to 1 -> logits (n, width / 2, 11)",
    )
    row = np.random.default_rng(seed).random((32, 500), np.float32)
    expected = np.asarray(keras.ops.softmax(model(row[None, ..., None], training=False)[0]))

    def difference(candidate: Path) -> float:
        served = Model(settings.get().model_path, candidate)
        return float(np.abs(np.exp(served.places(row)) - expected).max())

    _check(converted, difference)
    learned, _ = data.learned_and_held_out(folder)
    measured, *_ = lines(*learned, ROWS, (seed, 15))
    others, widths, _ = lines(*learned, ROWS, (seed, 16))
    compared = [row[:, :width] for row, width in zip(others, widths, strict=True)]
    _write(_ordered(quantized(converted, measured, compared)), output)


def _converted(model: keras.Model, signature: tf.TensorSpec, what: str) -> onnx.ModelProto:
    converted, _ = tf2onnx.convert.from_function(
        tf.function(lambda inputs: model(inputs, training=False), input_signature=[signature]),
        input_signature=[signature],
        opset=OPSET,
    )
    converted.doc_string = what
    return _ordered(converted)


def _ordered(model: onnx.ModelProto) -> onnx.ModelProto:
    model.graph.CopyFrom(_in_order(model.graph))
    onnx.checker.check_model(model)
    return model


def _in_order(graph: onnx.GraphProto) -> onnx.GraphProto:
    """The same graph, ordered and named by how its output is made; tf2onnx leaves it to chance.

    The same weights give the same file, and so the same version.
    """
    makers = {name: node for node in graph.node for name in node.output}
    weights = {weight.name: weight for weight in graph.initializer}
    outputs = [output.name for output in graph.output]
    nodes: list[onnx.NodeProto] = []
    used: list[onnx.TensorProto] = []
    names = {given.name: given.name for given in graph.input} | {"": ""}

    def visit(name: str) -> None:
        if name in names:
            return
        if name in weights:
            names[name] = f"weights_{len(used)}"
            used.append(weights[name])
            return
        for given in makers[name].input:
            visit(given)
        for made in makers[name].output:
            names[made] = made if made in outputs else f"between_{len(names)}"
        nodes.append(makers[name])

    for output in outputs:
        visit(output)
    for number, node in enumerate(nodes):
        node.name = f"{node.op_type}_{number}"
        node.input[:] = [names[given] for given in node.input]
        node.output[:] = [names[made] for made in node.output]
    for weight in used:
        weight.name = names[weight.name]
    for value in (*graph.input, *graph.output):
        for number, side in enumerate(value.type.tensor_type.shape.dim):
            if side.dim_param:  # tf2onnx counts them from where the process has got to
                side.dim_param = f"{value.name}_{number}"
    return onnx.helper.make_graph(nodes, graph.name, graph.input, graph.output, used)


def _check(converted: onnx.ModelProto, difference_of: Callable[[Path], float]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        candidate = Path(folder) / "candidate.onnx"
        onnx.save(converted, candidate)
        difference = difference_of(candidate)
    print(f"Keras against ONNX: largest difference of a probability {difference:.1e}")
    if difference > TOLERANCE:
        raise ValueError(f"Keras and ONNX differ by {difference:.1e}, over {TOLERANCE:.0e}")


def _write(converted: onnx.ModelProto, output: Path) -> None:
    with replaced(output) as part:
        onnx.save(converted, part)
    version = hashlib.sha256(output.read_bytes()).hexdigest()[:12]
    print(f"{output}: version {version}, {output.stat().st_size:,} bytes")


def _difference(model: keras.Model, served: Model, temperature: float, seed: int) -> float:
    """Largest difference of a probability on noise, which reaches every weight."""
    digits = np.random.default_rng(seed).random((1000, 28, 28), np.float32)
    expected = keras.ops.softmax(model(digits[..., None], training=False) / temperature)
    return float(np.abs(served.probabilities(digits) - np.asarray(expected)).max())
