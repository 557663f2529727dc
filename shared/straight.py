"""Mask -> its straight lines that are nearly level, apart from strokes that cross or touch them."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from .raster import Mask, opened
from .strokes import connected

STEEP: Final = 0.035  # of its length, how much a line that is nearly level rises at most
ROUGH: Final = 1.2  # times its thickness, how much it takes beside that
SIDE_BY_SIDE: Final = 0.5  # of a piece, what has a longer one beside it, at least, ...
SHORT: Final = 0.7  # ... which is this much of that at most
SHOWN: Final = 0.7  # of a line, what strokes leave to be seen, at least ...
ACROSS: Final = 0.9  # ... and of one that goes through this much of the whole ...
SHOWN_ACROSS: Final = 0.4  # ... at least


@dataclass(frozen=True)
class Line:
    """What a straight line is, in px.

    Attributes:
        thick: at most.
        length: at least.
        piece: between strokes that cross it and steps in it, at least.
        longest: the longest such piece, at least.
        gap: hidden by strokes, at most.
    """

    thick: int
    length: float
    piece: int
    longest: int
    gap: int


def find_straight(mask: Mask, line: Line) -> Mask:
    """Where level lines are, apart from strokes that cross them or lie on them."""
    none = np.zeros_like(mask)
    if np.count_nonzero(mask.any(axis=0)) < line.length:
        return none
    image = np.ascontiguousarray(mask, np.uint8)
    thick, lines = line.thick, none
    for _ in range(2):  # the second time it is known how thick they are
        thin = image & ~opened(image, thick + 2, 1)
        pieces = opened(thin, 1, line.piece)
        if np.count_nonzero(pieces.any(axis=0)) < line.length / 2:
            return none
        labels, is_line, thickness = _joined(pieces, opened(thin, 1, line.longest), line)
        lines = is_line[labels] & (thin > 0)
        if not lines.any():
            return none
        lines = _without_beside(lines, pieces, labels)
        thick = min(thick, round(thickness) + 1)
    return np.asarray(lines)


def find_unbroken(mask: Mask, line: Line) -> Mask:
    """Where level lines are that go on along strokes, so that they are one with these."""
    none = np.zeros_like(mask)
    if np.count_nonzero(mask.any(axis=0)) < line.length:
        return none
    image = np.ascontiguousarray(mask, np.uint8)
    labels, stats, _ = connected(opened(image, 1, 2 * line.piece))
    is_line = (stats[:, 2] >= line.length) & (stats[:, 3] <= 3 * line.thick)
    is_line[0] = False
    if not is_line.any():
        return none
    thickness = round(float((stats[is_line, 4] / stats[is_line, 2]).min()))
    return np.asarray(is_line[labels] & (opened(image, min(thickness, line.thick) + 2, 1) == 0))


def _without_beside(lines: Mask, pieces: NDArray[np.uint8], labels: NDArray[np.int32]) -> Mask:
    """Lines without what has far longer pieces of the same line above or below: strokes near it.

    Args:
        pieces: as of `find_straight`.
        labels: of the line that each pixel is of, from 1.
    """
    parts, stats, _ = connected(pieces & lines)
    left, width = stats[:, 0], stats[:, 2]
    right, line = left + width, np.zeros(len(stats), np.int32)
    line[parts] = labels  # a part is of one line
    line[0] = 0
    for one in np.unique(line[1:]):
        of = np.flatnonzero(line == one)
        common = np.minimum(right[of, None], right[of]) - np.maximum(left[of, None], left[of])
        is_short = SHORT * width[of] > width[of, None]
        is_beside = (is_short & (common > SIDE_BY_SIDE * width[of, None])).any(axis=1)
        if is_beside.any():
            ys, xs = np.nonzero(np.isin(parts, of[~is_beside]))
            columns, shown = np.unique(xs, return_counts=True)
            middles = np.bincount(xs, ys)[columns] / shown
            y, x = np.nonzero(lines & (labels == one))
            apart = np.abs(y - np.interp(x, columns, middles)) > shown.mean() / 2 + 1
            lines[y[apart], x[apart]] = False
    return lines


def _joined(
    pieces: NDArray[np.uint8], long: NDArray[np.uint8], line: Line
) -> tuple[NDArray[np.int32], Mask, float]:
    """Join the pieces of lines that go on behind strokes.

    Returns:
        The part that each pixel is of, from 1, which of them are lines, and how thick these are.
    """
    # What goes on behind a stroke may lie a little higher or lower.
    slack = round(STEEP * line.gap / 2)
    spread = cv2.dilate(pieces, np.ones((2 * slack + 1, 1), np.uint8))
    together = _without_gaps(np.asarray(spread, np.uint8), line.gap | 1)
    labels, stats, _ = connected(together)
    across, down = stats[:, 2:4].T
    ys, xs = np.nonzero(pieces)
    area = np.bincount(labels[ys, xs], minlength=len(stats))
    columns = np.unique(labels[ys, xs] * pieces.shape[1] + xs) // pieces.shape[1]
    shown = np.bincount(columns, minlength=len(stats))
    thickness = area / np.maximum(shown, 1)
    least = np.where(across >= ACROSS * pieces.shape[1], SHOWN_ACROSS, SHOWN)
    is_line = (across >= line.length) & (shown >= least * across)
    is_line &= down - 2 * slack <= ROUGH * thickness + STEEP * across + 1
    is_line &= np.bincount(labels[long > 0], minlength=len(stats)) > 0
    is_line[0] = False
    return (
        labels,
        is_line,
        float(area[is_line].sum() / max(shown[is_line].sum(), 1)),
    )


def _without_gaps(image: NDArray[np.uint8], length: int) -> NDArray[np.uint8]:
    """A mask without gaps in its rows that are shorter than so many px.

    That is a closing, whose cost grows with the logarithm of the length, as each step doubles what
    has been seen; OpenCV's grows with the length.
    """
    seen = np.pad(image, ((0, 0), (length - 1, length - 1)))
    for pick in (np.maximum, np.minimum):
        width = 1
        while width < length:
            step = min(width, length - width)
            seen = pick(seen[:, :-step], seen[:, step:])
            width += step
    return seen
