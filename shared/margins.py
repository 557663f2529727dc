"""Ink -> ink without what is around writing: margin lines, strips of a table, holes, dust."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from .ink import Ink, find_ink
from .paper import THUMBNAIL
from .printed import Mask, are_dots, is_low
from .rows import SMALLEST
from .strokes import REACH, Strokes, find_strokes
from .tracing import traced

STRIP: Final = 0.97  # of its box, the area of a strip without writing on it, at least ...
WIDEST: Final = 0.4  # ... and of the picture, its width, at most
LITTLE: Final = 0.05  # of the picture, lines and holes without writing at most


def find_writing(pixels: NDArray[np.uint8]) -> Iterator[Ink]:
    """What `find_ink` finds, without all that; nothing for a page that has nothing else."""
    for ink in find_ink(pixels):
        if (written := _without_margins(ink)) is not None:
            yield written
        elif not ink.is_part and ink.mask.mean() < LITTLE:
            return  # paper is plainly seen, and what else might be ink is its grain


@traced
def _without_margins(ink: Ink) -> Ink | None:
    """The ink of a large picture without all that; None where nothing else is left.

    What is as high as the picture is taken for none of it where its digits are.
    """
    if max(ink.mask.shape) <= THUMBNAIL:
        return ink
    core, marks = ink.core, ink.core.columns
    if (are_marks := _marks(core.strokes)).any():
        marks = marks | are_marks[core.strokes.labels]
    lines = marks | core.level
    rest = find_strokes(core.mask & ~lines) if lines.any() else core.strokes
    if rest.boxes[1:, 3].max(initial=0) < SMALLEST:
        return None
    if not marks.any() or not is_low(rest):
        return ink
    near = cv2.dilate(marks.view(np.uint8), REACH) > 0
    near &= rest.labels == 0
    return replace(ink, strength=ink.strength * ~near, mask=ink.mask & ~near)


def _marks(strokes: Strokes) -> Mask:
    """Which strokes are strips along the picture's edge or holes, by number."""
    height, width = strokes.labels.shape
    _, _, w, h = strokes.boxes.T
    is_thin = (w < WIDEST * width) | (h < WIDEST * height)
    marks = (strokes.along_sides(STRIP) & is_thin) | are_dots(strokes)
    marks[0] = False
    return np.asarray(marks)
