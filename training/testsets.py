"""Sets to evaluate on, and never to train on: other pens, pages and writers."""

import gzip
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from .corruptions import Corruption
from .outputs import Unusable


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


def png(picture: NDArray[np.uint8]) -> bytes:
    """The picture as an image file, as users send them."""
    return cv2.imencode(".png", picture)[1].tobytes()


def read_sklearn_digits() -> Iterator[tuple[NDArray[np.uint8], int]]:
    """1,797 digits of 13 writers, 8 x 8, light on black; never trained on.

    The test part of Alpaydin and Kaynak, "Optical recognition of handwritten digits", UCI machine
    learning repository (1998), as scikit-learn ships it.
    """
    from sklearn.datasets import load_digits

    digits = load_digits()
    for picture, label in zip(digits.images, digits.target, strict=True):
        yield (picture * 255 / 16).astype(np.uint8), int(label)


def read_semeion(path: Path) -> list[tuple[NDArray[np.uint8], int]]:
    """1,593 digits of 80 Italian writers, 16 x 16, black on white; never trained on.

    Semeion Research Center, "Semeion handwritten digit", UCI machine learning repository (1994).

    Raises:
        OSError: the file cannot be read.
        Unusable: it is not that of Semeion.
    """
    content = path.read_bytes()
    try:
        text = gzip.decompress(content) if path.suffix == ".gz" else content
        rows = np.array([line.split() for line in text.decode().splitlines()], dtype=float)
        pictures = ((1 - rows[:, :256]) * 255).astype(np.uint8).reshape(-1, 16, 16)
        labels = rows[:, 256:266].argmax(axis=1)
    except (OSError, EOFError, ValueError, IndexError, zlib.error) as error:
        raise Unusable(f"{path} is not the file of Semeion's digits: {error}") from error
    return [(picture, int(label)) for picture, label in zip(pictures, labels, strict=True)]
