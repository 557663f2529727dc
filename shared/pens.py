"""Ink -> the ink of one pen, where there is another: stamps, printed boxes, a teacher's marks."""

from collections.abc import Iterable, Iterator
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from .raster import Array, Mask, are_apart, enlarged, reduced
from .strokes import CORE, find_strokes, stroke_width

SEEN: Final = 256  # px, the long side at which pens are told apart
FEWEST: Final = 32  # pixels of ink there, at least
SECOND: Final = 0.05  # of them, those of another pen, at least
SAMPLES: Final = 2048  # pixels by which colours are told ...
ROUNDS: Final = 8  # ... in so many rounds
HUES: Final = 0.19  # between two colours' directions from the paper, at least
ALIKE: Final = 0.02  # standard deviation of directions, under which there is one colour
TIGHT: Final = 0.3  # of that, how much the pixels of each differ from it, at most
CROSSING: Final = 0.1  # of a stroke, what each of two that cross has, at least ...
CROSSED: Final = 0.5  # ... and of all of one colour, what is in such strokes
OVER: Final = 1.2  # times as thick as it are strokes that lie on a stroke and are left out, at most
GAP: Final = 1.3  # times their thickness, what they hide of it
FAINTER: Final = 0.75  # of the strong strokes' strength, the faint ones', at most
NEAR: Final = 2  # px of `SEEN`, how far from strong ink a stroke's soft edge may be


def by_colour(
    pixels: NDArray[np.uint8], paper: Array, strength: Array
) -> tuple[Iterable[Mask], bool]:
    """Where the ink of each of two colours is, that of more ink first.

    Args:
        pixels: uint8, (height, width, 3), 0 to 255.
        paper: float32, the colour of the paper, 0 to 1, at any scale.
        strength: float32, (height, width), of the ink, 0 to 1.

    Returns:
        Both, bool (height, width), made as they are asked for, or none if there is one colour; and
        whether strokes of both cross, so that together they cannot be read.
    """
    few, small = reduced(pixels, SEEN), reduced(strength, SEEN)
    strong = small > CORE / 2
    split = _split(_hues(few, paper, strong))
    if split is None:
        return [], False
    is_one = _is_one(few, paper, *split)
    strokes = find_strokes(strong)
    amounts = np.stack([strokes.mass(small * mine) for mine in (is_one, ~is_one)])
    crossing = amounts.min(axis=0) > CROSSING * amounts.sum(axis=0)
    one, other = amounts.sum(axis=1)
    do_cross = amounts[:, crossing].sum(axis=1) > CROSSED * amounts.sum(axis=1)

    def masks() -> Iterator[Mask]:
        mine = _is_one(pixels, paper, *split) == (one >= other)
        yield _mended(mine, strength)
        yield _mended(~mine, strength)

    return masks(), bool(do_cross.any())


def _hues(pixels: NDArray[np.uint8], paper: Array, strong: Mask) -> Array:
    """Directions from the paper, of length 1, (n, 3), of some pixels where ink is strong."""
    ys, xs = np.nonzero(strong)
    step = -(-len(ys) // SAMPLES) or 1
    ys, xs = ys[::step], xs[::step]
    down, across = (np.array(paper.shape[:2]) / strong.shape).tolist()
    beneath = paper[(ys * down).astype(int), (xs * across).astype(int)]
    towards = pixels[ys, xs] / np.float32(255) - beneath
    size = np.sqrt(np.square(towards).sum(axis=1, keepdims=True))
    return np.asarray(towards / np.maximum(size, np.float32(1e-6)), np.float32)


def _is_one(pixels: NDArray[np.uint8], paper: Array, axis: Array, middle: float) -> Mask:
    """Which pixels are of the first of two colours, by what tells these apart."""
    height, width = pixels.shape[:2]
    towards = np.divide(pixels, 255, dtype=np.float32) - enlarged(paper, height, width)
    return np.asarray(towards @ axis > np.linalg.norm(towards, axis=2) * middle)


def _split(hues: Array) -> tuple[Array, float] | None:
    """What tells two colours apart: a direction, and its value in the middle between them.

    Two means, that begin with those of both sides of the direction in which hues differ most.

    Args:
        hues: float32, (n, 3), directions from the paper, of length 1.
    """
    if len(hues) < FEWEST or hues.std(axis=0).max() < ALIKE:
        return None
    differ = hues - hues.mean(axis=0)
    side = differ @ np.linalg.svd(differ, full_matrices=False)[2][0] > 0
    for _ in range(ROUNDS):
        if not SECOND < side.mean() < 1 - SECOND:
            return None
        one, other = hues[side].mean(axis=0), hues[~side].mean(axis=0)
        axis, middle = one - other, float((one - other) @ (one + other)) / 2
        side = hues @ axis > middle
    apart = float(np.linalg.norm(axis))
    spread = np.square(hues - np.where(side[:, None], one, other)).sum(axis=1).mean()
    return (axis, middle) if apart >= HUES and np.sqrt(spread) <= TIGHT * apart else None


def _mended(mine: Mask, strength: Array) -> Mask:
    """Where strokes of one colour are, also under thin ones of the other that lie on them."""
    width, other = (stroke_width(strength * part) for part in (mine, ~mine))
    if other > OVER * width:
        return mine
    # A closing by a disc, whose cost does not grow with it as OpenCV's does.
    radius = round(GAP * other + 2) // 2
    core = mine & (strength > CORE)
    near = cv2.distanceTransform((~core).view(np.uint8), cv2.DIST_L2, 5) <= radius
    return np.asarray(mine | (cv2.distanceTransform(near.view(np.uint8), cv2.DIST_L2, 5) > radius))


def without_fainter(strength: Array) -> Mask | None:
    """Where ink is strong, bool (height, width), if strokes are either that or clearly fainter.

    Args:
        strength: float32, (height, width), of the ink, 0 to 1.
    """
    small = reduced(strength, SEEN)
    smooth = cv2.blur(small, (3, 3))
    # Soft edges are as faint as faint strokes, but no ridges.
    ridge = (small > CORE / 2) & (smooth >= cv2.dilate(smooth, np.ones((3, 3))))
    values = np.rint(255 * small[ridge]).astype(np.uint8)
    if len(values) < FEWEST:
        return None
    threshold, _ = cv2.threshold(values, 0, 255, cv2.THRESH_OTSU)
    strong = values > threshold
    if not SECOND < strong.mean() < 1 - SECOND:
        return None
    if not are_apart(values, strong):
        return None
    if values[~strong].mean() > FAINTER * values[strong].mean():
        return None
    side = 2 * round(NEAR * max(strength.shape) / max(small.shape)) + 1
    return np.asarray(255 * cv2.dilate(strength, np.ones((side, side), np.uint8)) > threshold)
