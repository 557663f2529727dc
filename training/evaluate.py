"""Measures the exported model through shared/, from image files to readings, as users get it."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from shared.model import Model

from . import data
from .corruptions import CORRUPTIONS
from .outputs import require_place, write_json
from .readers import Readers, opened
from .scores import Score
from .testsets import corrupted, on_pages, png, read_semeion, read_sklearn_digits, restroked

Labelled = Iterable[tuple[NDArray[np.uint8], int]]

STRANGERS: Final = 500  # of each kind
KEPT: Final = 0.99  # share of the digits kept where strangers are refused


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
    require_place(output)
    other = None if baseline is None else opened(baseline)
    others = None if semeion is None else read_semeion(semeion)
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
        **({} if others is None else {"semeion": others}),
        **{name: zip(some, labels, strict=True) for name, some in bad.items()},
    }
    with Readers(path) as readers:
        scores = {name: score(readers, tqdm(some, desc=name)) for name, some in sets.items()}
        strange = score_strangers(readers)

    accuracies = [100 * scores[name].right.mean() for name in bad]
    figures: dict[str, Any] = {
        **readers.networks,
        "corruptions_mean": round(float(np.mean(accuracies)), 2),
        "sets": {name: one.to_dict() for name, one in scores.items()},
        "strangers": tell_apart(scores["mnist_test"].confidences, strange),
    }
    if other is not None:
        accuracy = plain_accuracies(other, written | bad, labels)
        figures["baseline"] = {"model": other.to_dict(), "accuracy": accuracy}
    write_json(output, figures)
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


def score(readers: Readers, labelled: Labelled) -> Score:
    """Read each picture, as a PNG file in mode "digit"; one without ink is an error."""
    labels, readings = [], []
    files = ((png(picture), label) for picture, label in labelled)
    for _, label, (reading,) in readers.read(files, ["digit"]):
        labels.append(label)
        readings.append(reading)
    confidences = np.array([reading.confidence for reading in readings])
    return Score(np.array(labels), [reading.text for reading in readings], confidences)


def score_strangers(readers: Readers) -> dict[str, NDArray[np.float64]]:
    """The confidence of each reading of a thing that is no digit, by kind; 0 without ink."""
    from .strangers import KINDS, strangers

    confidences: dict[str, list[float]] = {kind: [] for kind in KINDS}
    files = ((png(picture), kind) for picture, kind in strangers(STRANGERS, seed=1))
    for _, kind, (reading,) in readers.read(files, ["digit"]):
        confidences[kind].append(reading.confidence)
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
