"""What is no digit, to train on: the network learns to be unsure of it.

Hendrycks, Mazeika, Dietterich, "Deep anomaly detection with outlier exposure" (2019). Made of
MNIST's training pictures, straight lines and letters by hand; the strangers that are evaluated on
are others.
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from shared.normalize import SIDE, normalize

from .augment import as_input, cropped, rewrite, soiled, to_bytes
from .letters import letter

Pictures = NDArray[np.uint8]

TURNED: Final = (2, 3, 7)  # digits that lying on their side are none


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
    wide = pictures[labels != 1]  # what a one is laid over remains itself, and its half is a one
    return np.stack([_outlier(pictures, wide, lying, random) for _ in range(count)])


def _outlier(
    pictures: Pictures, wide: Pictures, lying: Pictures, random: np.random.Generator
) -> Pictures:
    one, other = wide[random.integers(0, len(wide), 2)]
    match random.integers(10):
        case 0:  # one digit over another
            shift = random.integers(3, 7, 2) * random.choice([-1, 1], 2)
            seen = as_input(np.maximum(one, np.roll(other, shift, axis=(0, 1))))
        case 1:  # two or three beside each other, near enough to be taken for one
            row = pictures[random.integers(0, len(pictures), random.choice([2, 2, 3]))]
            seen = to_bytes(normalize(_beside(row, random)))
        case 2:  # part of one, as a wrong cut gives
            seen = as_input(_part(one, random))
        case 3:
            turn = random.choice([-1, 1])
            seen = as_input(np.rot90(lying[random.integers(len(lying))], turn))
        case 4:
            seen = as_input(_lines(random))
        # Paper taken for ink, so that of several ways to see a picture the right one is surest.
        case 5:
            seen = 255 - soiled(one, random)
        case 6:
            seen = to_bytes(normalize(1 - cropped(rewrite(one, random))))
        case 7:
            seen = as_input(letter(random))
        case _:
            seen = to_bytes(normalize(cropped(rewrite(letter(random), random))))
    return seen


def _beside(row: Pictures, random: np.random.Generator) -> NDArray[np.float32]:
    """The digits' ink left to right, at most slightly overlapping: float32, 0 to 1."""
    page = np.zeros((SIDE, len(row) * SIDE), np.uint8)
    x = 0
    for picture in row:
        columns = np.flatnonzero(picture.max(axis=0))
        digit = picture[:, columns[0] : columns[-1] + 1]
        place = page[:, x : x + digit.shape[1]]
        np.maximum(place, digit, out=place)
        x += digit.shape[1] + int(random.integers(-2, 5))
    return cropped(np.divide(page, 255, dtype=np.float32))


def _part(picture: Pictures, random: np.random.Generator) -> Pictures:
    """What is left or right of an upright cut near the middle of the ink."""
    columns = np.flatnonzero(picture.max(axis=0))
    cut = round(columns[0] + (columns[-1] - columns[0]) * random.uniform(0.4, 0.6))
    part = picture.copy()
    if random.random() < 0.5:
        part[:, cut:] = 0
    else:
        part[:, :cut] = 0
    return part


def _lines(random: np.random.Generator) -> Pictures:
    """Straight lines, end to end."""
    picture = np.zeros((2 * SIDE, 2 * SIDE), np.uint8)
    corners = random.integers(4, 2 * SIDE - 4, (random.integers(4, 8), 2)).astype(np.int32)
    width = int(random.integers(3, 8))
    cv2.polylines(picture, [corners], isClosed=False, color=255.0, thickness=width)
    return picture
