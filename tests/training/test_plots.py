from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.conftest import ROOT

pytest.importorskip("matplotlib", reason="needs matplotlib: make test-deps")

from training import plots
from training.corruptions import CORRUPTIONS
from training.scores import Score

MODEL = ROOT / "model" / "digits.onnx"
LABELS = np.arange(200) % 10
PICTURES = np.random.default_rng(1).integers(0, 256, (200, 28, 28), dtype=np.uint8)


def made_up(*, wrong: int, unread: int = 0) -> Score:
    readings = [str(label) for label in LABELS]
    readings[:wrong] = [str((label + 1) % 10) for label in LABELS[:wrong]]
    readings[:unread] = [""] * unread
    return Score(LABELS, readings, np.linspace(0.2, 1, 200))


def figures(accuracy: float, baseline: float | None = None) -> dict[str, Any]:
    pens = ("", "_inverted", "_thickened", "_thinned")
    names = [f"mnist_test{suffix}" for suffix in (*pens, *(f"_{c.__name__}" for c in CORRUPTIONS))]
    made: dict[str, Any] = {"sets": {name: {"accuracy": accuracy} for name in names}}
    if baseline is not None:
        made["baseline"] = {"accuracy": dict.fromkeys(names, baseline)}
    return made


Plot = Callable[[Path], None]
DRAWN: list[tuple[tuple[int, int], Plot, Plot]] = [
    (
        (832, 806),
        lambda path: plots.confusion(made_up(wrong=3), path),
        lambda path: plots.confusion(made_up(wrong=3, unread=1), path),
    ),
    (
        (1196, 702),
        lambda path: plots.reliability({"a": made_up(wrong=3), "b": made_up(wrong=5)}, path),
        lambda path: plots.reliability({"a": made_up(wrong=3), "b": made_up(wrong=99)}, path),
    ),
    (
        (988, 754),
        lambda path: plots.corruptions(figures(97), path),
        lambda path: plots.corruptions(figures(97, baseline=50), path),
    ),
    (
        (1300, 390),
        lambda path: plots.filters(MODEL, path),
        lambda path: plots.confusion(made_up(wrong=3), path),
    ),
]


@pytest.mark.parametrize(("size", "draw", "other"), DRAWN)
def test_plot(size: tuple[int, int], draw: Plot, other: Plot, tmp_path: Path) -> None:
    files = [tmp_path / "new" / name for name in ("one.png", "again.png", "other.png")]
    for file, plot in zip(files, (draw, draw, other), strict=True):
        plot(file)
    with Image.open(files[0]) as image:
        assert image.format == "PNG"
        assert np.abs(np.subtract(image.size, size)).max() <= 1
        image.load()
    one, again, changed = (file.read_bytes() for file in files)
    assert one == again
    assert one != changed
    assert b"atplotlib" not in one


def test_all_mistakes_are_shown(tmp_path: Path) -> None:
    heights = []
    for wrong in (0, 10, 11, 45):
        path = tmp_path / f"{wrong}.png"
        plots.mistakes(PICTURES, made_up(wrong=wrong, unread=wrong // 10), path)
        sheet = np.asarray(Image.open(path).convert("L"))
        heights.append(sheet.shape[0])
        assert sheet.shape[1] == 1300
        # Noise is dark in about half of a picture's place, in so many places.
        cells = -(-wrong // 10) or 1
        rows = sheet[52:].astype(float)
        height = rows.shape[0] / cells
        dark = [
            (rows[int((r + 0.5) * height) : int((r + 0.9) * height), c * 130 + 40 : c * 130 + 90])
            for r in range(cells)
            for c in range(10)
        ]
        assert sum(bool((cell < 128).mean() > 0.2) for cell in dark) == wrong
    assert heights[0] == heights[1] < heights[2] < heights[3]


def test_filters_of_the_served_model() -> None:
    first, second = plots.convolutions(MODEL)
    assert first.shape == (32, 1, 5, 5)
    assert second.shape == (32, 32, 5, 5)


def test_composed_filters_give_what_the_layers_give() -> None:
    random = np.random.default_rng(1)
    first = random.normal(size=(3, 1, 5, 5)).astype(np.float32)
    second = random.normal(size=(4, 3, 5, 5)).astype(np.float32)
    picture = random.normal(size=(14, 14))
    windows = np.lib.stride_tricks.sliding_window_view(picture, (5, 5))
    channels = np.einsum("yxij,cij->cyx", windows, first[:, 0])
    pooled = channels.reshape(3, 5, 2, 5, 2).mean(axis=(2, 4))
    expected = np.einsum("cyx,fcyx->f", pooled, second)
    composed = plots.composed(first, second)
    assert composed.shape == (4, 14, 14)
    assert np.allclose((composed * picture).sum(axis=(1, 2)), expected, atol=1e-4)


def test_no_filters_of_a_network_without_convolutions(tmp_path: Path) -> None:
    import onnx
    from onnx import TensorProto, helper

    sides = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1])
    same = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1])
    graph = helper.make_graph([helper.make_node("Relu", ["x"], ["y"])], "plain", [sides], [same])
    onnx.save(helper.make_model(graph), tmp_path / "plain.onnx")
    plots.filters(tmp_path / "plain.onnx", tmp_path / "filters.png")
    assert not (tmp_path / "filters.png").exists()
