"""What is no digit, to train on: the network learns to be unsure of it.

Hendrycks, Mazeika, Dietterich, "Deep anomaly detection with outlier exposure" (2019). Made of
MNIST's training pictures and of straight lines; the strangers that are evaluated on are others.
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from shared.normalize import SIDE

from .augment import as_input

Pictures = NDArray[np.uint8]

TURNED: Final = (2, 3, 4, 5, 7)  # digits that lying on their side are none


def outliers(
    pictures: Pictures, labels: NDArray[np.uint8], count: int, seed: tuple[int, ...]
) -> Pictures:
    """Things that are not digits, as the network's input.

    Args:
        pictures: uint8, (n, 28, 28), digits to take to pieces.
        labels: uint8, (n,).

    Returns:
        uint8, (count, 28, 28).
    """
    random = np.random.default_rng(seed)
    lying = pictures[np.isin(labels, TURNED)]
    wide = pictures[labels != 1]  # what a one is laid over remains itself
    return np.stack([as_input(_outlier(wide, lying, random)) for _ in range(count)])


def _outlier(wide: Pictures, lying: Pictures, random: np.random.Generator) -> Pictures:
    one, other = wide[random.integers(0, len(wide), 2)]
    kind = random.integers(4)
    if kind == 0:  # one digit over another
        shift = random.integers(3, 7, 2) * random.choice([-1, 1], 2)
        return np.asarray(np.maximum(one, np.roll(other, shift, axis=(0, 1))), np.uint8)
    if kind == 1:  # two beside each other
        return np.hstack([one[:, 4:24], other[:, 4:24]])
    if kind == 2:
        turn = random.choice([-1, 1])
        return np.ascontiguousarray(np.rot90(lying[random.integers(len(lying))], turn), np.uint8)
    return _lines(random)


def _lines(random: np.random.Generator) -> Pictures:
    """Straight lines, end to end."""
    picture = np.zeros((2 * SIDE, 2 * SIDE), np.uint8)
    corners = random.integers(4, 2 * SIDE - 4, (random.integers(4, 8), 2)).astype(np.int32)
    width = int(random.integers(3, 8))
    cv2.polylines(picture, [corners], isClosed=False, color=255.0, thickness=width)
    return picture
