"""Ink -> whether nothing was written: an empty box of a form, or several side by side."""

from typing import Final

import cv2
import numpy as np

from .raster import Mask
from .strokes import connected, inked, inked_corners

SMALLEST: Final = 8  # px, a box's sides at least
NARROWEST: Final = 0.75  # of its height, its width at least: a zero is narrower
CONTENTS: Final = 4  # px, how large something in it is at least
UNBROKEN: Final = 0.9  # of its columns and rows, those with ink, at least
COVERED: Final = 0.6  # of a side, what is inked, at least ...
THROUGH: Final = 0.97  # ... and of one along several boxes: zeros side by side leave gaps
CORNER: Final = 0.14  # of its shorter side, how far ink is from its corners, at most
THICKEST: Final = 0.12  # of that, its lines
SLOPE: Final = 0.02  # of a line's length, what it rises or falls, at most


def is_empty_box(ink: Mask) -> bool:
    """Whether all ink is an upright box, or boxes side by side, with nothing in them.

    Args:
        ink: bool, (height, width).
    """
    box = ink[inked(ink.view(np.uint8))]
    height, width = box.shape
    short = min(height, width)
    if short < SMALLEST or width < NARROWEST * height:
        return False
    if min(box.any(axis=axis).mean() for axis in (0, 1)) < UNBROKEN:
        return False
    corner = max(2, round(CORNER * short))
    if inked_corners(box, corner) < 4:
        return False
    upright = _lines(box.T, COVERED)
    sides = _count(upright)
    level = _lines(box, COVERED if sides == 2 else THROUGH)
    if not all(lines[:corner].any() and lines[-corner:].any() for lines in (level, upright)):
        return False
    # Grain has ink in most rows and columns; with a third level line it is an eight of such lines.
    is_grain = upright.sum() > _widest(box.T, sides) or level.sum() > _widest(box, 2)
    if (
        is_grain
        or _count(level) != 2
        or box.sum() > THICKEST * short * (2 * width + sides * height)
    ):
        return False
    _, parts, _ = connected(box & ~level[:, None] & ~upright)
    return bool((parts[1:, 2:4] < CONTENTS).all())


def _lines(box: Mask, covered: float) -> Mask:
    """Which rows have this share of ink at least, with what a sloping line has in others."""
    pen = np.ones((_reach(box), 1), np.uint8)
    image = cv2.dilate(np.ascontiguousarray(box, np.uint8), pen)
    return np.asarray(image.mean(axis=1) >= covered)


def _reach(box: Mask) -> int:
    """How many rows a sloping line of it is in, and one more on either side, at most."""
    return 2 * max(1, round(SLOPE * int(box.shape[1]))) + 1


def _widest(box: Mask, lines: int) -> float:
    """How many rows so many level lines are, as `_lines` sees them, at most."""
    return float(lines * (THICKEST * min(box.shape) + _reach(box)))


def _count(lines: Mask) -> int:
    """How many lines such rows are."""
    return int(np.count_nonzero(np.diff(lines.view(np.int8), prepend=0) == 1))
