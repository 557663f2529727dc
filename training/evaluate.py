"""Measures the exported model through shared/, from image files to readings, as users get it."""

import gzip
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from shared.model import Model
from shared.recognize import recognize

from . import data
from .corruptions import CORRUPTIONS, Corruption

Labelled = Iterable[tuple[NDArray[np.uint8], int]]


@dataclass(frozen=True)
class Score:
    """Readings of one set: the confidence of each, and whether it was right."""

    confidences: NDArray[np.float64]
    right: NDArray[np.bool_]

    def to_dict(self) -> dict[str, Any]:
        """Percentages, with the 95% interval of the accuracy."""
        low, high = wilson(int(self.right.sum()), len(self.right))
        return {
            "count": len(self.right),
            "errors": int((~self.right).sum()),
            "accuracy": round(100 * float(self.right.mean()), 2),
            "interval": [round(100 * low, 2), round(100 * high, 2)],
            "calibration_error": round(100 * calibration_error(self.confidences, self.right), 2),
        }


def evaluate(
    path: Path, output: Path, *, folder: Path | None = None, semeion: Path | None = None
) -> None:
    """Read every test set with the model at `path`; write the figures to `output` (JSON)."""
    model = Model(path)
    pictures, labels = data.mnist("test", folder)
    sets: dict[str, Labelled] = {
        "mnist_test": zip(pictures, labels, strict=True),
        "mnist_test_inverted": zip(255 - pictures, labels, strict=True),
        "mnist_test_thickened": zip(restroked(pictures, cv2.dilate), labels, strict=True),
        "mnist_test_thinned": zip(restroked(pictures, cv2.erode), labels, strict=True),
        "mnist_test_on_pages": on_pages(pictures, labels, seed=1),
        "sklearn_digits": read_sklearn_digits(),
    }
    if semeion is not None:
        sets["semeion"] = read_semeion(semeion)
    for corruption in CORRUPTIONS:
        bad = corrupted(pictures, corruption, seed=1)
        sets[f"mnist_test_{corruption.__name__}"] = zip(bad, labels, strict=True)
    scores = {
        name: score(model, tqdm(labelled, desc=name)).to_dict() for name, labelled in sets.items()
    }
    accuracies = [scores[f"mnist_test_{c.__name__}"]["accuracy"] for c in CORRUPTIONS]
    figures = {
        "model": model.to_dict(),
        "corruptions_mean": round(float(np.mean(accuracies)), 2),
        "sets": scores,
    }
    output.write_text(json.dumps(figures, indent=2) + "\n")
    for name, figure in scores.items():
        print(f"{name:30} {figure['accuracy']:6.2f}%  calibration {figure['calibration_error']}%")
    print(f"{'mean of the corruptions':30} {figures['corruptions_mean']:6.2f}%")


def score(model: Model, labelled: Labelled) -> Score:
    """Read each picture as a PNG file in mode "digit"; a picture without ink is an error."""
    confidences, right = [], []
    for picture, label in labelled:
        _, png = cv2.imencode(".png", picture)
        reading = recognize(png.tobytes(), model, mode="digit")
        confidences.append(reading.confidence)
        right.append(reading.text == str(label))
    return Score(np.array(confidences), np.array(right))


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
    confidences: NDArray[np.float64], right: NDArray[np.bool_], *, bins: int = 15
) -> float:
    """Expected calibration error over equal bins of confidence (Guo et al., 2017)."""
    which = np.minimum((confidences * bins).astype(int), bins - 1)
    gaps = [
        abs(confidences[which == b].mean() - right[which == b].mean()) * (which == b).mean()
        for b in np.unique(which)
    ]
    return float(sum(gaps))
