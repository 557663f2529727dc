"""Weights of Lasagne's MNIST example against NumPy written from the layers' definitions."""

import io
import itertools
import subprocess
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from shared.model import Model
from tests.conftest import run_module

pytest.importorskip("onnx", reason="needs the training's parts: make test-deps")

Arrays = list[NDArray[Any]]


def cnn(*, first: int = 32, second: int = 32, hidden: int = 256) -> Arrays:
    """Random weights of `build_cnn`."""
    convolutions = [(first, 1, 5, 5), (second, first, 5, 5)]
    return with_biases([*convolutions, (second * 16, hidden), (hidden, 10)])


def mlp(*hidden: int) -> Arrays:
    """Random weights of `build_custom_mlp`, or of `build_mlp` if twice 800."""
    sizes = [784, *hidden, 10]
    return with_biases(list(itertools.pairwise(sizes)))


def with_biases(shapes: Sequence[tuple[int, ...]]) -> Arrays:
    random = np.random.default_rng(1)
    arrays: Arrays = []
    for shape in shapes:
        inputs, units = (shape[0], shape[1]) if len(shape) == 2 else (np.prod(shape[1:]), shape[0])
        arrays.append(random.normal(0, np.sqrt(2 / inputs), shape).astype(np.float32))
        arrays.append(random.normal(0, 0.1, units).astype(np.float32))
    return arrays


def convolved(x: NDArray[Any], filters: NDArray[Any], bias: NDArray[Any]) -> NDArray[Any]:
    """y[i, j] = sum of x[i - p, j - q] w[p, q], where the filter lies within the picture."""
    size = filters.shape[2]
    side = x.shape[2] - size + 1
    y: NDArray[Any] = np.zeros((len(x), len(filters), side, side)) + bias[:, None, None]
    for p in range(size):
        for q in range(size):
            top, left = size - 1 - p, size - 1 - q
            part = x[:, :, top : top + side, left : left + side]
            y += np.einsum("ncij,fc->nfij", part, filters[:, :, p, q])
    return y


def pooled(x: NDArray[Any]) -> NDArray[Any]:
    corners = [x[:, :, i::2, j::2] for i in (0, 1) for j in (0, 1)]
    largest: NDArray[Any] = np.max(corners, axis=0)
    return largest


def original(pixels: NDArray[np.uint8], arrays: Arrays) -> NDArray[Any]:
    """Probabilities that Lasagne gives for uint8 (n, 28, 28), in float64."""
    x: NDArray[Any] = pixels[:, None] / np.float64(256)
    layers = list(zip(arrays[::2], arrays[1::2], strict=True))
    while layers[0][0].ndim == 4:
        filters, bias = layers.pop(0)
        x = pooled(np.maximum(convolved(x, filters, bias), 0))
    channels, rows, columns = x.shape[1:]
    order = [(c, i, j) for c in range(channels) for i in range(rows) for j in range(columns)]
    x = np.stack([x[:, c, i, j] for c, i, j in order], axis=1)
    for index, (matrix, bias) in enumerate(layers):
        x = x @ matrix.astype(np.float64) + bias
        if index < len(layers) - 1:
            x = np.maximum(x, 0)
    powers = np.exp(x - x.max(axis=1, keepdims=True))
    probabilities: NDArray[Any] = powers / powers.sum(axis=1, keepdims=True)
    return probabilities


def noise(count: int = 20) -> NDArray[np.uint8]:
    return np.random.default_rng(2).integers(0, 256, (count, 28, 28), np.uint8)


def converted(arrays: Arrays, folder: Path) -> Model:
    from training.lasagne import convert

    np.savez(folder / "model.npz", *arrays)
    convert(folder / "model.npz", folder / "made" / "lasagne.onnx")
    assert [path.name for path in (folder / "made").iterdir()] == ["lasagne.onnx"]
    return Model(folder / "made" / "lasagne.onnx")


def answers(model: Model, pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    return model.probabilities((pixels / 255).astype(np.float32))


def difference(one: NDArray[Any], other: NDArray[Any]) -> float:
    return float(np.abs(one - other).max())


@pytest.mark.parametrize(
    "arrays",
    [
        pytest.param(cnn(), id="build_cnn"),
        pytest.param(cnn(first=3, second=7, hidden=11), id="small cnn"),
        pytest.param(mlp(800, 800), id="build_mlp"),
        pytest.param(mlp(), id="no hidden layer"),
        pytest.param(mlp(12), id="one hidden layer"),
        pytest.param(mlp(50, 50, 50), id="custom_mlp:3,50"),
        pytest.param(mlp(30, 20), id="two widths"),
        pytest.param(mlp(*[40] * 6), id="14 arrays, so arr_10 follows arr_9"),
        pytest.param([array.astype(np.float64) for array in cnn()], id="float64"),
        pytest.param([np.asfortranarray(array) for array in cnn()], id="columns first"),
    ],
)
def test_computes_what_the_original_did(arrays: Arrays, tmp_path: Path) -> None:
    expected = original(noise(), arrays)
    # The pictures tell something, else anything would agree.
    assert expected.std(axis=0).max() > 0.005
    assert difference(answers(converted(arrays, tmp_path), noise()), expected) < 1e-5


def test_comparison_notices_each_mistake(tmp_path: Path) -> None:
    arrays = cnn()
    got = answers(converted(arrays, tmp_path), noise())
    for index in (0, 2):
        for axis in (2, 3):
            turned = list(arrays)
            turned[index] = np.flip(arrays[index], axis)
            assert difference(got, original(noise(), turned)) > 0.01
    channels_last = list(arrays)
    channels_last[4] = arrays[4].reshape(4, 4, 32, 256).transpose(2, 0, 1, 3).reshape(512, 256)
    assert difference(got, original(noise(), channels_last)) > 0.01
    as_255ths = list(arrays)
    as_255ths[0] = arrays[0] * np.float32(256 / 255)
    assert difference(got, original(noise(), as_255ths)) > 1e-4


def test_where_a_pixel_arrives(tmp_path: Path) -> None:
    """Filters of a single 1 move the picture, here worked out by hand.

    As a convolution, a 1 at [p, q] gives y[i, j] = x[i + 4 - p, j + 4 - q].
    """
    arrays = [np.zeros_like(array) for array in cnn(first=1, second=2, hidden=10)]
    arrays[0][0, 0, 0, 1] = 1  # down 4, right 3
    arrays[2][0, 0, 4, 4] = 1  # channel 0: stays
    arrays[2][1, 0, 1, 4] = 1  # channel 1: down 3
    # Output 6 is row 2, column 1 of channel 1.
    arrays[4][1 * 16 + 2 * 4 + 1, 6] = 1
    arrays[6][:] = 5 * np.eye(10)
    # Row 2 of the last pooling is rows 4 and 5 of the second convolution; 3 down: rows 7 and 8
    # of the first pooling; rows 14 to 17 of the first convolution; 4 down: rows 18 to 21.
    # Columns: 1, then 2 and 3, 4 to 7, 3 to the right: 7 to 10.
    seen = np.zeros((28, 28), bool)
    seen[18:22, 7:11] = True

    pictures = np.zeros((28 * 28, 28, 28), np.uint8)
    pictures.reshape(784, 784)[np.arange(784), np.arange(784)] = 255
    probabilities = answers(converted(arrays, tmp_path), pictures)
    e = np.exp(5 * 255 / 256)
    assert np.allclose(probabilities[seen.ravel(), 6], e / (e + 9), atol=1e-5)
    assert np.allclose(probabilities[~seen.ravel()], 0.1, atol=1e-5)


def test_contract(tmp_path: Path) -> None:
    import onnx

    converted(cnn(), tmp_path)
    model = onnx.load(tmp_path / "made" / "lasagne.onnx")
    (digits,), (logits,) = model.graph.input, model.graph.output
    assert digits.name == "digits"
    assert [d.dim_value or d.dim_param for d in digits.type.tensor_type.shape.dim] == [
        *("n", 28, 28, 1)
    ]
    assert [d.dim_value or d.dim_param for d in logits.type.tensor_type.shape.dim] == ["n", 10]
    assert {p.key: p.value for p in model.metadata_props} == {"temperature": "1.0"}
    assert [(o.domain, o.version) for o in model.opset_import] == [("", 17)]
    assert "Softmax" not in {node.op_type for node in model.graph.node}


def with_array(arrays: Arrays, index: int, array: NDArray[Any]) -> Arrays:
    return [*arrays[:index], array, *arrays[index + 1 :]]


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        pytest.param([], "no arrays", id="empty"),
        pytest.param(cnn()[:-1], r"in pairs.*\(32, 1, 5, 5\), \(32,\)", id="a bias missing"),
        pytest.param(cnn()[:-2], "8 arrays", id="a layer missing"),
        pytest.param(cnn()[2:], "8 arrays", id="the first layer missing"),
        pytest.param([*cnn()[:2], *cnn()[4:]], "8 arrays", id="one convolution"),
        pytest.param(mlp(800)[2:], r"arr_0 is \(800, 10\) where \(784, 10\)", id="no input layer"),
        pytest.param(mlp(800)[:-2], r"\(784, 800\) where \(784, 10\)", id="no output layer"),
        pytest.param(mlp(800)[::-1], r"arr_1 is \(800, 10\) where a vector", id="backwards"),
        pytest.param(
            with_array(cnn(), 0, np.ones((32, 1, 3, 3))), r"arr_0 .*\(32, 1, 5, 5\) fits", id="3x3"
        ),
        pytest.param(
            with_array(cnn(), 0, np.ones((32, 3, 5, 5))), r"arr_0 .*\(32, 1, 5, 5\)", id="colours"
        ),
        pytest.param(
            with_array(cnn(), 4, np.ones((32 * 49, 256))), r"arr_4 .*\(512, 256\)", id="padded"
        ),
        pytest.param(with_array(mlp(8), 2, np.ones((8, 26))), r"\(8, 10\) fits", id="letters"),
        pytest.param(with_array(mlp(8), 3, np.array(1.0)), "vector of biases", id="a number"),
        pytest.param(
            [np.ones((784, 0)), np.ones(0), np.ones((0, 10)), np.ones(10)],
            "arr_0 is empty",
            id="no units",
        ),
        pytest.param(with_array(mlp(), 1, np.full(10, np.nan)), "arr_1 .*finite", id="NaN"),
        pytest.param(with_array(mlp(), 1, np.full(10, 1e300)), "arr_1 .*finite", id="too large"),
        pytest.param([np.full((784, 10), 1e38), np.ones(10)], "overflows", id="overflow"),
        pytest.param(with_array(mlp(), 1, np.arange(10)), "arr_1 is int64", id="integers"),
        pytest.param(with_array(mlp(), 1, np.array([None] * 10)), "plain numbers", id="objects"),
    ],
)
def test_refusals(arrays: Arrays, message: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        converted(arrays, tmp_path)
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.glob("made/*"))


def test_other_names(tmp_path: Path) -> None:
    from training.lasagne import convert

    np.savez(tmp_path / "model.npz", W=np.ones((784, 10)), b=np.ones(10))
    with pytest.raises(ValueError, match="W, b: expected arr_0 to arr_1"):
        convert(tmp_path / "model.npz", tmp_path / "lasagne.onnx")
    first, second, *_, last, bias = mlp(800, 800)
    np.savez(tmp_path / "model.npz", arr_0=first, arr_1=second, arr_4=last, arr_5=bias)
    with pytest.raises(ValueError, match="arr_4, arr_5: expected arr_0 to arr_3"):
        convert(tmp_path / "model.npz", tmp_path / "lasagne.onnx")


def test_no_npz(tmp_path: Path) -> None:
    from training.lasagne import convert

    path = tmp_path / "model.npz"
    with pytest.raises(FileNotFoundError):
        convert(path, tmp_path / "lasagne.onnx")
    for content in (b"", b"text", npy(np.ones(10))):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"not an \.npz file"):
            convert(path, tmp_path / "lasagne.onnx")
    np.savez(path, *mlp())
    whole = path.read_bytes()
    path.write_bytes(whole[:500] + bytes(1000) + whole[1500:])
    with pytest.raises(ValueError, match="damaged"):
        convert(path, tmp_path / "lasagne.onnx")
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match=r"not an \.npz file"):
        convert(path, tmp_path / "lasagne.onnx")
    assert [file.name for file in tmp_path.iterdir()] == ["model.npz"]


def npy(array: NDArray[Any]) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def test_file_from_python_2_on_windows(tmp_path: Path) -> None:
    """There the sizes were long integers, written with an L."""
    from training.lasagne import convert

    arrays = mlp()
    with zipfile.ZipFile(tmp_path / "old.npz", "w") as archive:
        for index, array in enumerate(arrays):
            shape = "(784L, 10L)" if array.ndim == 2 else "(10L,)"
            header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}"
            header = header.ljust(117) + "\n"
            data = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode()
            archive.writestr(f"arr_{index}.npy", data + array.tobytes())
    convert(tmp_path / "old.npz", tmp_path / "lasagne.onnx")
    got = answers(Model(tmp_path / "lasagne.onnx"), noise())
    assert difference(got, original(noise(), arrays)) < 1e-5


def step(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run_module("training", "import-lasagne", *arguments, folder=folder)


def test_command_line(tmp_path: Path) -> None:
    arrays = cnn()
    np.savez(tmp_path / "model.npz", *arrays)
    done = step(tmp_path, "model.npz")
    assert done.returncode == 0, done.stderr
    assert "build_cnn, 160,362 weights" in done.stdout
    model = Model(tmp_path / "build" / "lasagne.onnx")
    assert model.version in done.stdout
    assert difference(answers(model, noise()), original(noise(), arrays)) < 1e-5

    np.savez(tmp_path / "model.npz", *mlp(30))
    done = step(tmp_path, "model.npz", "--output", "other.onnx")
    assert done.returncode == 0, done.stderr
    assert answers(Model(tmp_path / "other.onnx"), noise()).shape == (20, 10)


def test_command_line_refuses_in_one_line(tmp_path: Path) -> None:
    np.savez(tmp_path / "model.npz", *cnn()[:-1])
    for file in ("model.npz", "nowhere.npz"):
        done = step(tmp_path, file)
        assert done.returncode == 1
        assert done.stdout == ""
        assert file in done.stderr
        assert done.stderr.count("\n") == 1
    assert not (tmp_path / "build").exists()
