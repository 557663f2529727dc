"""Ink -> ink without what is around writing: margin lines, a scan's edges, corners, holes, dust."""

import itertools
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from .dots import are_dots
from .ink import Ink, find_ink
from .paper import is_large
from .printed import hairlines, is_low
from .raster import Mask, sides_of
from .rows import SEVERAL, SMALLEST
from .strokes import Strokes, find_strokes, height_holding, spread, with_edges
from .tracing import traced

STRIP: Final = 0.97  # of its box, the area of a strip without writing on it, at least ...
WIDEST: Final = 0.4  # ... and of the picture, its width, at most
DEEP: Final = 0.1  # of the picture, how far a wedge along its edge reaches into it, at most ...
ALONG: Final = 0.6  # ... and of a side, how much of it, at least
CORNER: Final = 3  # px from a corner of the picture, within which what fills it begins
SOLID: Final = 0.8  # of its convex hull, the area of what fills a corner, at least ...
TRIANGLE: Final = (0.36, 0.66)  # ... of its box ...
BESIDE: Final = 0.8  # ... and of that box's sides, what is along the picture's, at least
BOTH: Final = (0.5, 0.9)  # of the picture's sides, its shorter and its longer one, at most
BAR: Final = (3.0, 6.0)  # times the usual height of others, the length of a bar beside them: a 1
# under which words are printed is longer than that of their letters
LONG: Final = 0.6  # of the picture's shorter side, a bar's length at least ...
STRAIGHT: Final = 0.12  # ... of that, how far a bar reaches across, at most ...
AS_MUCH: Final = 0.35  # ... and of its ink, what the others have, at least
LITTLE: Final = 0.05  # of the picture, lines and holes without writing at most


def find_writing(pixels: NDArray[np.uint8]) -> Iterator[Ink]:
    """What `find_ink` finds, without all that; nothing for a page that has nothing else.

    Args:
        pixels: uint8, (height, width) or (height, width, 3), 0 to 255.
    """
    for ink in find_ink(pixels):
        if (written := _without_margins(ink)) is not None:
            yield written
        elif not ink.is_part and ink.mask.mean() < LITTLE:
            return  # paper is plainly seen, and what else might be ink is its grain


@traced
def _without_margins(ink: Ink) -> Ink | None:
    """The ink of a large picture without all that; None where nothing else is left."""
    if not is_large(ink.mask):
        return ink
    core, marks = ink.core, ink.core.columns
    if (are_marks := _marks(core.strokes)).any():
        marks = marks | are_marks[core.strokes.labels]
    lines = marks | core.level
    rest = find_strokes(core.mask & ~lines) if lines.any() else core.strokes
    if rest.boxes[1:, 3].max(initial=0) < SMALLEST:
        return None
    if not is_low(rest):  # what is as high as the picture may be a 1, unless it is too thin for one
        marks = hairlines(core.columns)
    if not marks.any():
        return ink
    near = with_edges(marks) & (rest.labels == 0)
    return replace(ink, strength=ink.strength * ~near, mask=ink.mask & ~near)


def _marks(strokes: Strokes) -> Mask:
    """Which strokes are strips, wedges and corners of a picture, holes or a bar, by number."""
    height, width = strokes.labels.shape
    _, _, w, h = strokes.boxes.T
    is_thin = (w < WIDEST * width) | (h < WIDEST * height)
    marks = (strokes.along_sides(STRIP) & is_thin) | are_dots(strokes) | _are_wedges(strokes)
    marks |= _are_corners(strokes) | _is_bar(strokes)
    marks[0] = False
    return np.asarray(marks)


def _are_wedges(strokes: Strokes) -> Mask:
    """Which go along a side and nowhere far from the edge, by number: a scanner's lid beside paper.

    What a picture was turned by leaves a wedge there, or several joined in its corners.
    """
    labels, count = strokes.labels, len(strokes.boxes)
    if not strokes.at_edge[1:].any():
        return np.zeros(count, bool)
    shares = [np.bincount(side, minlength=count) / len(side) for side in sides_of(labels)]
    along = np.max(shares, axis=0)
    deep = max(1, round(DEEP * min(labels.shape)))
    within = labels[deep:-deep, deep:-deep]
    are = along > ALONG
    are[0] = False
    for number in np.flatnonzero(are).tolist():
        are[number] = not (within == number).any()
    return np.asarray(are)


def _are_corners(strokes: Strokes) -> Mask:
    """Which fill a corner as a triangle does, by number: what a sheet lies on that is turned."""
    labels, (height, width) = strokes.labels, strokes.labels.shape
    are = np.zeros(len(strokes.boxes), bool)
    for vertical, horizontal in itertools.product((1, -1), repeat=2):
        corner = labels[::vertical, ::horizontal][:CORNER, :CORNER]
        for number in np.unique(corner[corner > 0]).tolist():
            shorter, longer = sorted(strokes.boxes[number][2:] / (width, height))
            if shorter < BOTH[0] and longer < BOTH[1]:
                are[number] |= _is_triangle(strokes.mask(number)[::vertical, ::horizontal])
    return are


def _is_triangle(mask: Mask) -> bool:
    """Whether a stroke in its box is a solid triangle, its right angle the upper left."""
    area, (height, width) = np.count_nonzero(mask), mask.shape
    least, most = TRIANGLE
    if not least * mask.size < area < most * mask.size:
        return False
    if mask[0].sum() + mask[:, 0].sum() < BESIDE * (height + width):
        return False
    hull = cv2.convexHull(cv2.findNonZero(mask.view(np.uint8)))
    return bool(area >= SOLID * cv2.contourArea(hull))


def _is_bar(strokes: Strokes) -> Mask:
    """Which one is straight and far longer than others are high, by number: a pen on the paper."""
    bar = np.zeros(len(strokes.boxes), bool)
    boxes, areas = strokes.boxes[1:], strokes.areas[1:]
    if len(boxes) <= SEVERAL:
        return bar
    sides = boxes[:, 2:].max(axis=1)
    longest = int(sides.argmax())
    if sides[longest] < LONG * min(strokes.labels.shape):
        return bar
    others = np.arange(len(boxes)) != longest
    (least, most), usual = BAR, height_holding(0.5, boxes[others], areas[others])
    is_much = areas[others].sum() >= AS_MUCH * areas[longest]
    if is_much and least * usual <= sides[longest] <= most * usual:
        across, along = spread(*np.nonzero(strokes.mask(longest + 1)))
        bar[longest + 1] = across < STRAIGHT * along
    return bar
