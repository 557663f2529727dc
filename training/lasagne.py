"""Turns weights of Lasagne's MNIST example into an ONNX model that this project serves.

The example ends with `np.savez("model.npz", *lasagne.layers.get_all_param_values(network))`, so a
file holds arr_0, arr_1 ...: weights and biases in turn, from the input to the output. Source of
the architectures: https://github.com/Lasagne/Lasagne/blob/master/examples/mnist.py
"""

import io
import json
import warnings
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from shared.model import Model

from .outputs import Unusable, replaced

Shape = tuple[int, ...]

OPSET = 17
IR_VERSION = 8  # the one of opset 17; the newest would shut out older runtimes
FILTER = 5
# A side of the picture after two rounds of convolution and pooling: 28 -> 24 -> 12 -> 8 -> 4.
SIDE = 4
# The example divides pixels by 256, the callers of the model by 255.
SCALE = np.float32(255 / 256)


def convert(source: Path, output: Path) -> None:
    """Write an ONNX model that computes what the network behind these weights did.

    Input `digits`: float32 (n, 28, 28, 1), 0 to 1, light on black. Output: float32 (n, 10), before
    the softmax, as `shared.model.Model` takes it.

    Args:
        source: the .npz file of `build_cnn`, `build_mlp` or `build_custom_mlp`, any number of
            filters and of hidden units.
        output: written once the model is complete and has been run.

    Raises:
        OSError: a file cannot be read or written.
        Unusable: the file is not one of these; nothing is written.
    """
    weights = _read(source)
    shapes = [array.shape for array in weights]
    convolutional = bool(shapes) and len(shapes[0]) == 4
    problem = _misfit(shapes, convolutional)
    if problem:
        found = ", ".join(map(str, shapes)) or "no arrays"
        raise Unusable(
            f"{source}: not a network of Lasagne's MNIST example: {problem} (found: {found})"
        )
    for index, array in enumerate(weights):
        if not np.isfinite(array).all():
            raise Unusable(f"{source}: arr_{index} has values that are not finite as float32")

    model = _model(weights, convolutional)
    onnx.checker.check_model(model, full_check=True)
    with replaced(output) as candidate:
        onnx.save(model, candidate)
        noise = np.random.default_rng(0).random((100, 28, 28), np.float32)
        served = Model(candidate)
        with np.errstate(invalid="ignore"):
            probabilities = served.probabilities(noise)
        if not np.isfinite(probabilities).all():
            raise Unusable(f"{source}: weights so large that the network overflows")
    kind = "build_cnn" if convolutional else f"MLP, hidden layers: {len(shapes) // 2 - 1}"
    print(f"{source}: {kind}, {sum(array.size for array in weights):,} weights")
    print(f"{output}: version {served.version}, {output.stat().st_size:,} bytes")


def _read(source: Path) -> list[NDArray[np.float32]]:
    """The arrays in the order of their numbers, arr_9 before arr_10."""
    file = io.BytesIO(source.read_bytes())
    if not zipfile.is_zipfile(file):
        raise Unusable(f"{source} is not an .npz file")
    file.seek(0)
    try:
        with warnings.catch_warnings(), np.load(file, allow_pickle=False) as archive:
            # NumPy complains of files from Python 2, which is where such weights come from.
            warnings.simplefilter("ignore")
            arrays = {name: np.asarray(archive[name]) for name in archive.files}
    except Exception as error:  # of zipfile, zlib or NumPy, depending on where the damage is
        raise Unusable(f"{source} is damaged, or holds more than plain numbers") from error

    names = [f"arr_{index}" for index in range(len(arrays))]
    if set(names) != set(arrays):
        found = ", ".join(sorted(arrays))
        raise Unusable(f"{source} holds {found}: expected {names[0]} to {names[-1]}")
    for name in names:
        if not np.issubdtype(arrays[name].dtype, np.floating):
            raise Unusable(f"{source}: {name} is {arrays[name].dtype}, not floating-point")
    with np.errstate(over="ignore"):  # refused later, as not finite
        return [arrays[name].astype(np.float32, order="C") for name in names]


def _misfit(shapes: list[Shape], convolutional: bool) -> str:
    """What keeps these shapes from being such a network; nothing if they are one."""
    if not shapes or len(shapes) % 2:
        return "weights and biases in pairs are expected"
    if convolutional and len(shapes) != 8:
        return "build_cnn has 8 arrays"
    for index, shape in enumerate(shapes):
        if index % 2 and len(shape) != 1:
            return f"arr_{index} is {shape} where a vector of biases is expected"
    # The biases tell the number of units, all the rest follows from it.
    units = [count for (count,) in shapes[1::2]]
    expected: list[Shape] = []
    inputs = 28 * 28
    if convolutional:
        first, second, *units = units
        expected += [(first, 1, FILTER, FILTER), (first,)]
        expected += [(second, first, FILTER, FILTER), (second,)]
        inputs = second * SIDE * SIDE
    for count in [*units[:-1], 10]:
        expected += [(inputs, count), (count,)]
        inputs = count
    for index, (shape, right) in enumerate(zip(shapes, expected, strict=True)):
        if shape != right:
            return f"arr_{index} is {shape} where {right} fits"
        if 0 in shape:
            return f"arr_{index} is empty"
    return ""


def _model(weights: list[NDArray[np.float32]], convolutional: bool) -> Any:
    """The graph: to channels first and the example's scale, then layer by layer."""
    nodes: list[Any] = []
    constants: list[Any] = []

    def constant(name: str, value: NDArray[np.float32]) -> str:
        constants.append(numpy_helper.from_array(value, name))
        return name

    def add(kind: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        output = output or f"{kind.lower()}_{len(nodes)}"
        nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    last = add("Transpose", "digits", perm=[0, 3, 1, 2])
    last = add("Mul", last, constant("scale", np.array(SCALE)))
    arrays = [(f"arr_{index}", array) for index, array in enumerate(weights)]
    pairs = list(zip(arrays[::2], arrays[1::2], strict=True))
    if convolutional:
        for (name, filters), bias in pairs[:2]:
            # Theano convolves, turning the filters by 180 degrees; ONNX correlates.
            turned = np.ascontiguousarray(filters[:, :, ::-1, ::-1])
            last = add("Conv", last, constant(name, turned), constant(*bias))
            last = add("Relu", last)
            last = add("MaxPool", last, kernel_shape=[2, 2], strides=[2, 2])
        pairs = pairs[2:]
    last = add("Flatten", last)
    # Dropout scales at training time in Lasagne, so here there is nothing in its place.
    for matrix, bias in pairs[:-1]:
        last = add("Gemm", last, constant(*matrix), constant(*bias))
        last = add("Relu", last)
    matrix, bias = pairs[-1]
    add("Gemm", last, constant(*matrix), constant(*bias), output="logits")

    graph = helper.make_graph(
        nodes,
        "lasagne",
        [helper.make_tensor_value_info("digits", TensorProto.FLOAT, ["n", 28, 28, 1])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", 10])],
        constants,
    )
    model = helper.make_model(
        graph,
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        doc_string="Reads a digit: digits float32 (n, 28, 28, 1) in 0 to 1 -> logits (n, 10)",
    )
    # Not calibrated: the example's own softmax.
    helper.set_model_props(model, {"temperature": json.dumps(1.0)})
    return model
