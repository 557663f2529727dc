"""Plots of the model and of its figures; the same figures give the same file."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
import numpy as np
import onnx
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray
from onnx import numpy_helper

from shared import settings
from shared.decode import decode

from .corruptions import CORRUPTIONS
from .scores import BINS, Misread, Score, wilson
from .sweeps import SWEEPS

DPI: Final = 130
UNEVEN: Final = ("height", "gap", "opacity", "quality")  # sweeps drawn with even steps
OURS: Final = "#1f5fa8"
THEIRS: Final = "#a3a9b0"
INK: Final = "#22262b"
FAINT: Final = "#6b727a"
STYLE: Final[dict[Any, Any]] = {
    "font.family": "DejaVu Sans",  # comes with matplotlib
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.edgecolor": FAINT,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "text.color": INK,
    "axes.labelcolor": INK,
    "xtick.color": FAINT,
    "ytick.color": FAINT,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "grid.color": "#e3e6e9",
}


@mpl.rc_context(STYLE)
def confusion(score: Score, path: Path) -> None:
    """Counts by label and reading; shades tell the mistakes, as the rest dwarfs them."""
    readings = [*"0123456789", *([""] if "" in score.readings else [])]
    counts = np.zeros((10, len(readings)), int)
    for label, reading in zip(score.labels, score.readings, strict=True):
        counts[label, readings.index(reading)] += 1
    wrong = counts.astype(float)
    wrong[range(10), range(10)] = 0

    figure = Figure(figsize=(6.4, 6.2), layout="constrained")
    axes = figure.subplots()
    shades = LogNorm(0.5, max(10.0, float(wrong.max())))
    axes.imshow(np.where(wrong > 0, wrong, np.nan), cmap="Reds", norm=shades, aspect="auto")
    for (row, column), count in np.ndenumerate(counts):
        if row == column:
            axes.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, color="#e9f0f8"))
        if count:
            dark = row != column and shades(float(count)) > 0.6
            colour = "white" if dark else OURS if row == column else INK
            axes.text(column, row, f"{count:,}", ha="center", va="center", color=colour)
    axes.set_xticks(range(len(readings)), [reading or "none" for reading in readings])
    axes.set_yticks(range(10))
    axes.set_xticks(np.arange(len(readings) + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(11) - 0.5, minor=True)
    axes.grid(which="minor")
    axes.tick_params(which="both", length=0)
    axes.spines[:].set_visible(False)
    axes.set_xlabel("read as")
    axes.set_ylabel("label")
    axes.set_title(f"MNIST test: {int((~score.right).sum()):,} of {len(score.right):,} misread")
    _save(figure, path)


@mpl.rc_context(STYLE)
def reliability(scores: Mapping[str, Score], path: Path) -> None:
    """How often readings of each confidence are right, and how many there are; by set."""
    figure = Figure(figsize=(4.6 * len(scores), 5.4), layout="constrained")
    grid = figure.subplots(2, len(scores), sharex=True, squeeze=False, height_ratios=(3, 1))
    edges = np.linspace(0, 1, BINS + 1)
    middles = (edges[:-1] + edges[1:]) / 2
    for column, (name, score) in enumerate(scores.items()):
        upper, lower = grid[:, column]
        which = np.minimum((score.confidences * BINS).astype(int), BINS - 1)
        count = np.bincount(which, minlength=BINS)
        upper.plot([0, 1], [0, 1], color=FAINT, linewidth=1, linestyle=(0, (4, 3)))
        for b in np.flatnonzero(count):
            right = int(score.right[which == b].sum())
            low, high = wilson(right, int(count[b]))
            mean = float(score.confidences[which == b].mean())
            upper.bar(middles[b], right / count[b], 0.9 / BINS, color=OURS, alpha=0.25)
            upper.plot([mean, mean], [low, high], color=OURS, linewidth=1.2, clip_on=False)
            upper.plot(mean, right / count[b], "o", color=OURS, markersize=5, clip_on=False)
        error = score.to_dict()["calibration_error"]
        upper.set_title(f"{name}: calibration error {error:.2f}%")
        upper.set_ylim(0, 1.02)
        upper.set_ylabel("share that is right")
        lower.bar(middles, count, 0.9 / BINS, color=OURS)
        lower.set_yscale("log")
        lower.set_ylim(0.7, 2 * max(count.max(), 1))
        lower.set_ylabel("readings")
        lower.set_xlabel("confidence")
        lower.set_xlim(0, 1)
        upper.grid()
        lower.grid(axis="y")
        for axes in (upper, lower):
            axes.set_axisbelow(True)
    _save(figure, path)


@mpl.rc_context(STYLE)
def corruptions(figures: Mapping[str, Any], path: Path) -> None:
    """Accuracy by what was done to the MNIST test pictures, beside the baseline's if there is one.

    Args:
        figures: as `evaluate` writes them.
    """
    ours = {name: figure["accuracy"] for name, figure in figures["sets"].items()}
    theirs = figures.get("baseline", {}).get("accuracy", {})
    kinds = sorted(
        (f"mnist_test_{corruption.__name__}" for corruption in CORRUPTIONS), key=ours.__getitem__
    )
    parts = {
        "Pen and polarity": {
            "thickened": "mnist_test_thickened",
            "as given": "mnist_test",
            "thinned": "mnist_test_thinned",
            "inverted": "mnist_test_inverted",
        },
        "Corruptions": {
            kind.removeprefix("mnist_test_").replace("_", " "): kind for kind in reversed(kinds)
        },
    }
    figure = Figure(figsize=(7.6, 5.8), layout="constrained")
    heights = [len(rows) for rows in parts.values()]
    grid = figure.subplots(2, 1, sharex=True, height_ratios=heights)
    for axes, (title, rows) in zip(grid, parts.items(), strict=True):
        for row, name in enumerate(rows.values()):
            _compare(axes, row, ours[name], theirs.get(name))
        axes.set_yticks(range(len(rows)), list(rows))
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.grid(axis="x")
        axes.set_axisbelow(True)
        axes.set_title(title, loc="left")
    for at, name, colour in ((1.02, "served", OURS), (1.13, "baseline", FAINT)):
        if name == "served" or theirs:
            grid[0].text(at, 1.06, name, transform=grid[0].transAxes, color=colour)
    grid[-1].set_xlabel("% read right")
    _save(figure, path)


def _compare(axes: Axes, row: int, ours: float, theirs: float | None) -> None:
    across = axes.get_yaxis_transform()
    if theirs is not None:
        axes.plot([theirs, ours], [row, row], color=THEIRS, linewidth=2, zorder=1)
        axes.plot(theirs, row, "o", color=THEIRS, markersize=6)
        axes.text(1.13, row, f"{theirs:.2f}", transform=across, va="center", color=FAINT)
    axes.plot(ours, row, "o", color=OURS, markersize=6)
    axes.text(1.02, row, f"{ours:.2f}", transform=across, va="center", color=OURS)


@mpl.rc_context(STYLE)
def filters(model: Path, path: Path) -> None:
    """The filters of the two convolutions; nothing is written for a network of other layers.

    The second layer's are shown as the input they answer to; see `composed`.
    """
    layers = convolutions(model)
    if len(layers) != 2:
        return
    first, second = layers
    titles = (
        f"First convolution: {len(first)} filters, 5 × 5",
        f"Second convolution: {len(second)} filters, as 14 × 14 of the input",
    )
    figure = Figure(figsize=(10, 3), layout="constrained")
    grid = figure.subplots(1, 2)
    # Enlarged to about the size of the others.
    shown = first[:, 0].repeat(3, axis=1).repeat(3, axis=2), composed(first, second)
    for axes, title, some in zip(grid, titles, shown, strict=True):
        # Each by its own largest weight, as some are far weaker than others.
        tiles = some / np.abs(some).max(axis=(1, 2), keepdims=True)
        axes.imshow(_mosaic(tiles, columns=8), cmap="RdBu", vmin=-1, vmax=1)
        axes.set_axis_off()
        axes.set_title(title)
    meaning = "blue: answers to ink there; red: to its absence"
    figure.supxlabel(meaning, color=FAINT, fontsize=9)
    _save(figure, path)


def convolutions(model: Path) -> list[NDArray[np.float32]]:
    """The weights of an ONNX file's convolutions: float32 (filters, channels, height, width)."""
    graph = onnx.load(model).graph
    weights = {tensor.name: tensor for tensor in graph.initializer}
    names = [node.input[1] for node in graph.node if node.op_type == "Conv"]
    return [np.asarray(numpy_helper.to_array(weights[name]), np.float32) for name in names]


def composed(first: NDArray[np.float32], second: NDArray[np.float32]) -> NDArray[np.float32]:
    """The input that each of the second layer's filters answers to, were the layers linear.

    The activation is left out, and the 2 x 2 maximum taken for a mean.

    Args:
        first: float32, (channels, 1, 5, 5).
        second: float32, (filters, channels, 5, 5).

    Returns:
        float32, (filters, 14, 14).
    """
    height, width = first.shape[2:]
    rows, columns = (2 * side for side in second.shape[2:])
    seen = np.zeros((len(second), rows + height - 1, columns + width - 1), np.float32)
    for y, x in np.ndindex(rows, columns):
        part = np.tensordot(second[:, :, y // 2, x // 2], first[:, 0], axes=1) / 4
        seen[:, y : y + height, x : x + width] += part
    return seen


@mpl.rc_context(STYLE)
def mistakes(pictures: NDArray[np.uint8], score: Score, path: Path) -> None:
    """Every picture misread, the surest first, with its label, reading and confidence.

    Args:
        pictures: uint8, (count, 28, 28), in the order of the score.
    """
    wrong = np.flatnonzero(~score.right)
    wrong = wrong[np.argsort(-score.confidences[wrong], kind="stable")]
    columns, above, beside = 10, 9, 2  # px of the pictures: room for the words, and between
    tiles = np.divide(pictures[wrong], 255, dtype=np.float32)
    tiles = np.pad(tiles, ((0, 0), (above, 0), (beside, beside)))
    sheet = _mosaic(tiles, columns=columns)
    figure = Figure(figsize=(columns, columns * len(sheet) / sheet.shape[1] + 0.4))
    axes = figure.add_axes((0, 0, 1, 1 - 0.4 / figure.get_figheight()))
    axes.imshow(sheet, cmap="gray_r", vmin=0, vmax=1, aspect="auto")
    axes.set_axis_off()
    axes.set_title(f"{len(wrong)} of {len(pictures):,} misread: label → reading, confidence")
    height, width = (side + 2 for side in tiles.shape[1:])
    for place, index in enumerate(wrong):
        row, column = divmod(place, columns)
        reading, confidence = score.readings[index], score.confidences[index]
        words = f"{score.labels[index]} → " + (
            f"{reading}  {confidence:.3f}" if reading else "none"
        )
        middle, bottom = (column + 0.5) * width, row * height + above
        axes.text(middle, bottom, words, ha="center", va="bottom", fontsize=8)
    _save(figure, path)


@mpl.rc_context(STYLE)
def sweeps(figures: Mapping[str, Any], path: Path) -> None:
    """Numbers read right over each of the `SWEEPS`, with 95% intervals; on MNIST's digits.

    Args:
        figures: as `evaluate_numbers` writes them.
    """
    columns = 4
    rows = -(-len(SWEEPS) // columns)
    figure = Figure(figsize=(2.9 * columns, 2.15 * rows), layout="constrained")
    grid = figure.subplots(rows, columns, sharey=True).ravel()
    for axes in grid[len(SWEEPS) :]:
        axes.set_axis_off()
    for axes, (name, sweep) in zip(grid, SWEEPS.items(), strict=False):
        points = figures["sweeps"][name]
        values = [point["value"] for point in points]
        are_names = isinstance(values[0], str)
        at = np.arange(len(values)) if are_names or name in UNEVEN else np.array(values)
        accuracies = np.array([point["accuracy"] for point in points])
        low, high = np.array([point["interval"] for point in points]).T
        if not are_names:
            axes.fill_between(at, low, high, color=OURS, alpha=0.15, linewidth=0)
        axes.plot(at, accuracies, "o" if are_names else "o-", color=OURS, ms=4, clip_on=False)
        axes.vlines(at, low, high, color=OURS, linewidth=1.2)
        turned = {"rotation": 45, "ha": "right"} if are_names and len(values) > 5 else {}
        axes.set_xticks(at, [v if are_names else f"{v:g}" for v in values], **turned)
        axes.set_title(sweep.title, fontsize=9)
        axes.set_ylim(0, 103)
        axes.grid(axis="y")
        axes.set_axisbelow(True)
    figure.supylabel("% of the numbers read right", fontsize=9)
    _save(figure, path)


@mpl.rc_context(STYLE)
def misread(some: Sequence[Misread], path: Path) -> None:
    """Numbers misread, of each set the surest, with text, reading and confidence."""
    columns, most = 5, 25
    names = list(dict.fromkeys(one.name for one in some))
    sure = sorted(some, key=lambda one: -one.confidence)
    shown = [one for name in names for one in [o for o in sure if o.name == name][:most]]
    rows = max(1, -(-len(shown) // columns))
    figure = Figure(figsize=(2.6 * columns, 1.9 * rows), layout="constrained")
    grid = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes in grid:
        axes.set_axis_off()
    for axes, one in zip(grid, shown, strict=False):
        picture = decode(one.file, max_pixels=settings.get().max_pixels)
        axes.imshow(picture.pixels, "gray", vmin=0, vmax=255)
        text, reading = (words.replace("\n", " / ") for words in (one.text, one.reading))
        words = f"{one.name}: {text}\n→ {reading or 'none'}  {one.confidence:.3f}"
        axes.set_title(words, fontsize=8, fontweight="normal")
    _save(figure, path)


def _mosaic(tiles: NDArray[np.float32], *, columns: int) -> NDArray[np.float32]:
    """Pictures, (count, height, width), in one row or more, NaN around each and at the end."""
    rows = max(1, -(-len(tiles) // columns))
    shape = tuple(side + 2 for side in tiles.shape[1:])
    padded = np.full((rows * columns, *shape), np.nan, np.float32)
    padded[: len(tiles), 1:-1, 1:-1] = tiles
    table = padded.reshape(rows, columns, *shape)
    return table.swapaxes(1, 2).reshape(rows * shape[0], columns * shape[1])


def _save(figure: Figure, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    FigureCanvasAgg(figure)
    # Without the name and version of the program, which would change the file.
    figure.savefig(path, dpi=DPI, metadata={"Software": None})
