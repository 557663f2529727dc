"""Measures the exported model through shared/, from image files to readings, as users get it."""

import gzip
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from shared.model import Model
from shared.recognize import Reading, recognize

from . import data
from .corruptions import CORRUPTIONS, Corruption

Labelled = Iterable[tuple[NDArray[np.uint8], int]]

BINS: Final = 15  # of confidence, to compare it with the share that is right
STRANGERS: Final = 500  # of each kind
KEPT: Final = 0.99  # share of the digits kept where strangers are refused


@dataclass(frozen=True)
class Score:
    """Readings of one set.

    Attributes:
        labels: int64, (count,), what they show.
        readings: what was read; "" where there was no ink.
        confidences: float64, (count,).
    """

    labels: NDArray[np.int64]
    readings: list[str]
    confidences: NDArray[np.float64]

    @property
    def right(self) -> NDArray[np.bool_]:
        """Which were read right: bool (count,)."""
        both = zip(self.labels, self.readings, strict=True)
        return np.array([reading == str(label) for label, reading in both], bool)

    def to_dict(self) -> dict[str, Any]:
        """Percentages, with the 95% interval of the accuracy."""
        right = self.right
        low, high = wilson(int(right.sum()), len(right))
        return {
            "count": len(right),
            "errors": int((~right).sum()),
            "accuracy": round(100 * float(right.mean()), 2),
            "interval": [round(100 * low, 2), round(100 * high, 2)],
            "calibration_error": round(100 * calibration_error(self.confidences, right), 2),
        }


def evaluate(
    path: Path,
    output: Path,
    *,
    folder: Path | None = None,
    semeion: Path | None = None,
    baseline: Path | None = None,
    reports: Path = Path("reports"),
) -> None:
    """Read every test set with the model at `path`.

    Args:
        output: of the figures (JSON); plots go beside it.
        baseline: another model, which is given the MNIST test pictures as they are.
        reports: of what shows pictures of the test set.
    """
    model = Model(path)
    pictures, labels = data.mnist("test", folder)
    written = {
        "mnist_test": pictures,
        "mnist_test_inverted": 255 - pictures,
        "mnist_test_thickened": np.stack(list(restroked(pictures, cv2.dilate))),
        "mnist_test_thinned": np.stack(list(restroked(pictures, cv2.erode))),
    }
    bad = {
        f"mnist_test_{c.__name__}": np.stack(list(corrupted(pictures, c, seed=1)))
        for c in CORRUPTIONS
    }
    sets: dict[str, Labelled] = {
        **{name: zip(some, labels, strict=True) for name, some in written.items()},
        "mnist_test_on_pages": on_pages(pictures, labels, seed=1),
        "sklearn_digits": read_sklearn_digits(),
        **({} if semeion is None else {"semeion": read_semeion(semeion)}),
        **{name: zip(some, labels, strict=True) for name, some in bad.items()},
    }
    scores = {name: score(model, tqdm(some, desc=name)) for name, some in sets.items()}

    accuracies = [100 * scores[name].right.mean() for name in bad]
    figures: dict[str, Any] = {
        "model": model.to_dict(),
        "corruptions_mean": round(float(np.mean(accuracies)), 2),
        "sets": {name: one.to_dict() for name, one in scores.items()},
        "strangers": tell_apart(scores["mnist_test"].confidences, score_strangers(model)),
    }
    if baseline is not None:
        other = Model(baseline)
        accuracy = plain_accuracies(other, written | bad, labels)
        figures["baseline"] = {"model": other.to_dict(), "accuracy": accuracy}
    output.write_text(json.dumps(figures, indent=2) + "\n")
    _plot(path, scores, pictures, figures, output.parent, reports)
    _print(figures)


def _plot(
    path: Path,
    scores: Mapping[str, Score],
    pictures: NDArray[np.uint8],
    figures: Mapping[str, Any],
    folder: Path,
    reports: Path,
) -> None:
    from . import plots

    names = {"mnist_test": "MNIST test", "semeion": "Semeion"}
    shown = {title: scores[name] for name, title in names.items() if name in scores}
    plots.confusion(scores["mnist_test"], folder / "confusion.png")
    plots.reliability(shown, folder / "reliability.png")
    plots.corruptions(figures, folder / "corruptions.png")
    plots.filters(path, folder / "filters.png")
    plots.mistakes(pictures, scores["mnist_test"], reports / "mistakes.png")


def _print(figures: Mapping[str, Any]) -> None:
    for name, figure in figures["sets"].items():
        print(f"{name:30} {figure['accuracy']:6.2f}%  calibration {figure['calibration_error']}%")
    print(f"{'mean of the corruptions':30} {figures['corruptions_mean']:6.2f}%")
    for kind, figure in figures["strangers"]["kinds"].items():
        print(f"strangers: {kind:19} {figure['refused']:6.2f}% refused  AUROC {figure['auroc']}")


def score(model: Model, labelled: Labelled) -> Score:
    """Read each picture; one without ink is an error."""
    labels, readings = [], []
    for picture, label in labelled:
        labels.append(label)
        readings.append(read(model, picture))
    confidences = np.array([reading.confidence for reading in readings])
    return Score(np.array(labels), [reading.text for reading in readings], confidences)


def read(model: Model, picture: NDArray[np.uint8]) -> Reading:
    """Read a picture as a PNG file in mode "digit"."""
    _, png = cv2.imencode(".png", picture)
    return recognize(png.tobytes(), model, mode="digit")


def score_strangers(model: Model) -> dict[str, NDArray[np.float64]]:
    """The confidence of each reading of a thing that is no digit, by kind; 0 without ink."""
    from .strangers import KINDS, strangers

    confidences: dict[str, list[float]] = {kind: [] for kind in KINDS}
    for picture, kind in strangers(STRANGERS, seed=1):
        confidences[kind].append(read(model, picture).confidence)
    return {kind: np.array(some) for kind, some in confidences.items()}


def tell_apart(
    digits: NDArray[np.float64], strangers: Mapping[str, NDArray[np.float64]]
) -> dict[str, Any]:
    """How well confidence tells digits from each kind of stranger, and from all together.

    AUROC: the probability that a digit is read with more confidence than a stranger. Refused:
    the percentage of strangers below the confidence that 99% of the digits reach.
    """
    from sklearn.metrics import roc_auc_score

    threshold = float(np.quantile(digits, 1 - KEPT, method="lower"))
    figures = {}
    for kind, strange in {**strangers, "all": np.concatenate(list(strangers.values()))}.items():
        is_digit = np.repeat([True, False], [len(digits), len(strange)])
        auroc = roc_auc_score(is_digit, np.concatenate([digits, strange]))
        refused = 100 * float((strange < threshold).mean())
        figures[kind] = {
            "count": len(strange),
            "auroc": round(float(auroc), 4),
            "refused": round(refused, 2),
        }
    return {"threshold": round(threshold, 4), "kinds": figures}


def plain_accuracies(
    model: Model, sets: Mapping[str, NDArray[np.uint8]], labels: NDArray[np.uint8]
) -> dict[str, float]:
    """Percentages right where the network is given the pictures, (count, 28, 28), as they are."""
    accuracies = {}
    for name, pictures in sets.items():
        # By parts, as what the layers hold of all pictures at once takes a gigabyte.
        parts = np.array_split(np.divide(pictures, 255, dtype=np.float32), -(-len(pictures) // 500))
        digits = np.concatenate([model.probabilities(part).argmax(axis=1) for part in parts])
        accuracies[name] = round(100 * float((digits == labels).mean()), 2)
    return accuracies


def on_pages(
    pictures: NDArray[np.uint8], labels: NDArray[np.uint8], *, seed: int
) -> Iterator[tuple[NDArray[np.uint8], int]]:
    """Each digit in dark ink somewhere on a light page of 60 to 800 px a side."""
    random = np.random.default_rng(seed)
    for picture, label in zip(pictures, labels, strict=True):
        height, width = (int(side) for side in np.exp(random.uniform(np.log(60), np.log(800), 2)))
        side = int(random.uniform(max(20, 0.25 * min(height, width)), 0.9 * min(height, width)))
        method = cv2.INTER_CUBIC if side > 28 else cv2.INTER_AREA
        ink = cv2.resize(picture, (side, side), interpolation=method).astype(np.float32) / 255
        top, left = random.integers(0, height - side + 1), random.integers(0, width - side + 1)
        page = np.full((height, width), random.uniform(200, 255), np.float32)
        page[top : top + side, left : left + side] -= ink * random.uniform(120, 200)
        yield np.rint(page).clip(0, 255).astype(np.uint8), int(label)


def restroked(
    pictures: NDArray[np.uint8], change: Callable[..., Any]
) -> Iterator[NDArray[np.uint8]]:
    """Thicker or thinner pens: a 7 x 7 maximum or minimum at four times the resolution."""
    for picture in pictures:
        fine = cv2.resize(picture, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC)
        changed = change(fine, np.ones((7, 7), np.uint8))
        small = cv2.resize(changed, (28, 28), interpolation=cv2.INTER_AREA)
        yield np.asarray(small, np.uint8)


def corrupted(
    pictures: NDArray[np.uint8], corruption: Corruption, *, seed: int
) -> Iterator[NDArray[np.uint8]]:
    """Each picture gone bad in one of the ways of `corruptions`."""
    random = np.random.default_rng(seed)
    for picture in pictures:
        bad = corruption(np.divide(picture, 255, dtype=np.float32), random)
        yield np.rint(bad * 255).astype(np.uint8)


def read_sklearn_digits() -> Iterator[tuple[NDArray[np.uint8], int]]:
    """1,797 digits of 43 writers, 8 x 8, light on black; never trained on.

    The test part of Alpaydin and Kaynak, "Optical recognition of handwritten digits", UCI machine
    learning repository (1998), as scikit-learn ships it.
    """
    from sklearn.datasets import load_digits

    digits = load_digits()
    for picture, label in zip(digits.images, digits.target, strict=True):
        yield (picture * 255 / 16).astype(np.uint8), int(label)


def read_semeion(path: Path) -> Iterator[tuple[NDArray[np.uint8], int]]:
    """1,593 digits of 80 Italian writers, 16 x 16, black on white; never trained on.

    Semeion Research Center, "Semeion handwritten digit", UCI machine learning repository (1994).
    """
    content = path.read_bytes()
    text = gzip.decompress(content) if path.suffix == ".gz" else content
    rows = np.array([line.split() for line in text.decode().splitlines()], dtype=float)
    for bits, label in zip(rows[:, :256], rows[:, 256:266].argmax(axis=1), strict=True):
        yield ((1 - bits) * 255).astype(np.uint8).reshape(16, 16), int(label)


def wilson(right: int, count: int) -> tuple[float, float]:
    """95% interval of a share. Wilson, "Probable inference" (1927)."""
    z = 1.96
    share, spread = right / count, z * z / count
    middle = (share + spread / 2) / (1 + spread)
    half = z * np.sqrt(share * (1 - share) / count + spread / (4 * count)) / (1 + spread)
    return middle - float(half), middle + float(half)


def calibration_error(
    confidences: NDArray[np.float64], right: NDArray[np.bool_], *, bins: int = BINS
) -> float:
    """Expected calibration error over equal bins of confidence (Guo et al., 2017)."""
    which = np.minimum((confidences * bins).astype(int), bins - 1)
    gaps = [
        abs(confidences[which == b].mean() - right[which == b].mean()) * (which == b).mean()
        for b in np.unique(which)
    ]
    return float(sum(gaps))
