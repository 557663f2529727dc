"""Fifteen ways a picture of a digit goes bad, to evaluate on and never to train on.

After the kinds of Mu and Gilmer, "MNIST-C: a robustness benchmark for computer vision" (2019),
written anew: each takes float32 (28, 28), 0 to 1, light ink on black, and a generator.
"""

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

Picture = NDArray[np.float32]
Corruption = Callable[[Picture, np.random.Generator], Picture]
SIDE: Final = 28


def shot_noise(picture: Picture, random: np.random.Generator) -> Picture:
    """Few photons: Poisson noise."""
    return _picture(random.poisson(picture * 8) / 8)


def impulse_noise(picture: Picture, random: np.random.Generator) -> Picture:
    """Salt and pepper on one pixel in seven."""
    at = random.random(picture.shape)
    return _picture(np.where(at < 0.07, 1, np.where(at > 0.93, 0, picture)))


def glass_blur(picture: Picture, random: np.random.Generator) -> Picture:
    """Pixels swapped with their neighbours, then blurred."""
    glass = cv2.GaussianBlur(picture, (0, 0), 0.6)
    y, x = np.mgrid[:SIDE, :SIDE].astype(np.float32)
    dx, dy = random.integers(-1, 2, (2, SIDE, SIDE)).astype(np.float32)
    return _picture(cv2.GaussianBlur(cv2.remap(glass, x + dx, y + dy, 0), (0, 0), 0.6))


def motion_blur(picture: Picture, random: np.random.Generator) -> Picture:
    """The camera moved by a quarter of the digit."""
    kernel = np.zeros((9, 9), np.float32)
    angle = random.uniform(0, np.pi)
    end = (4 + 3 * np.cos(angle), 4 + 3 * np.sin(angle))
    start = (4 - 3 * np.cos(angle), 4 - 3 * np.sin(angle))
    cv2.line(kernel, [round(v) for v in start], [round(v) for v in end], 1.0)
    return _picture(cv2.filter2D(picture, -1, kernel / kernel.sum()))


def shear(picture: Picture, random: np.random.Generator) -> Picture:
    """Slanted by up to 35 degrees."""
    slant = random.uniform(0.4, 0.7) * random.choice([-1, 1])
    return _affine(picture, np.array([[1, slant], [0, 1]]))


def scale(picture: Picture, random: np.random.Generator) -> Picture:
    """Between 0.5 and 0.7 of its size."""
    return _affine(picture, np.eye(2) / random.uniform(0.5, 0.7))


def rotate(picture: Picture, random: np.random.Generator) -> Picture:
    """Turned by 20 to 30 degrees."""
    angle = np.deg2rad(random.uniform(20, 30) * random.choice([-1, 1]))
    return _affine(
        picture, np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    )


def brightness(picture: Picture, random: np.random.Generator) -> Picture:
    """A black that is grey, and ink that is clipped at white."""
    return _picture(picture + random.uniform(0.3, 0.6))


def translate(picture: Picture, random: np.random.Generator) -> Picture:
    """Moved by up to 5 pixels, in part out of the picture."""
    return _affine(picture, np.eye(2), random.uniform(-5, 5, 2))


def stripe(picture: Picture, random: np.random.Generator) -> Picture:
    """An inverted band on each side."""
    left, right = random.integers(4, 8, 2)
    striped = picture.copy()
    striped[:, :left] = 1 - striped[:, :left]
    striped[:, -right:] = 1 - striped[:, -right:]
    return striped


def fog(picture: Picture, random: np.random.Generator) -> Picture:
    """Clouds in front, of about the brightness of the ink."""
    clouds = np.zeros((SIDE, SIDE), np.float32)
    for size, weight in ((3, 1.0), (5, 0.6), (9, 0.4), (17, 0.2)):
        waves = random.random((size, size)).astype(np.float32)
        clouds += weight * cv2.resize(waves, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    clouds = (clouds - clouds.min()) / np.ptp(clouds)
    return _picture((picture + 1.2 * clouds) / 2.2)


def spatter(picture: Picture, random: np.random.Generator) -> Picture:
    """Drops of half the ink's brightness."""
    liquid = cv2.GaussianBlur(random.normal(0, 1, (SIDE, SIDE)).astype(np.float32), (0, 0), 1.2)
    drops = liquid > np.quantile(liquid, 0.92)
    return _picture(np.maximum(picture, 0.6 * drops))


def dotted_line(picture: Picture, random: np.random.Generator) -> Picture:
    """A line of dots from side to side."""
    start, end = random.uniform(2, SIDE - 2, 2)
    lined = picture.copy()
    for x in range(0, SIDE, 2):
        y = round(start + (end - start) * x / (SIDE - 1))
        lined[min(y, SIDE - 1), x] = 1
    return lined


def zigzag(picture: Picture, random: np.random.Generator) -> Picture:
    """A zigzag line from side to side."""
    xs = np.arange(0, SIDE + 4, 4)
    middle = random.uniform(8, 20) + np.linspace(-1, 1, len(xs)) * random.uniform(-6, 6)
    ys = middle + np.where(np.arange(len(xs)) % 2, 3, -3)
    points = np.rint(np.stack([xs, ys], axis=1)).astype(np.int32)
    line = np.zeros((SIDE, SIDE), np.float32)
    cv2.polylines(line, [points], isClosed=False, color=1.0, thickness=1)
    return _picture(np.maximum(picture, line))


def edges(picture: Picture, random: np.random.Generator) -> Picture:
    """Only the outline of the strokes."""
    del random
    found = cv2.Canny(np.rint(picture * 255).astype(np.uint8), 100, 200)
    return _picture(found / 255)


CORRUPTIONS: Final[tuple[Corruption, ...]] = (
    shot_noise,
    impulse_noise,
    glass_blur,
    motion_blur,
    shear,
    scale,
    rotate,
    brightness,
    translate,
    stripe,
    fog,
    spatter,
    dotted_line,
    zigzag,
    edges,
)


def _affine(
    picture: Picture, linear: NDArray[np.float64], shift: NDArray[np.float64] | None = None
) -> Picture:
    """Sample the picture at `linear` times each place relative to the middle, plus `shift`."""
    middle = np.full(2, (SIDE - 1) / 2)
    offset = middle - linear @ middle + (np.zeros(2) if shift is None else shift)
    matrix = np.column_stack([linear, offset])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return _picture(cv2.warpAffine(picture, matrix, (SIDE, SIDE), flags=flags))


def _picture(values: ArrayLike) -> Picture:
    return np.asarray(np.clip(values, 0, 1), np.float32)
