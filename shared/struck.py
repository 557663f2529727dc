"""Whether digits are struck out: one straight stroke goes through them, from the first to the last.

They are read all the same, as what struck them looks like a ruled line, but less surely, so that a
person looks at them.
"""

from typing import Final

import cv2
import numpy as np

from .raster import Mask, opened, reduced
from .strokes import Strokes, stroke_width

LARGE: Final = 320  # px, the extent of digits to which larger ones are reduced
THICK: Final = 0.7  # of the pen's strokes, how thick it is at least: a ruled line is thinner
LONG: Final = 0.8  # of the digits' extent, along which it goes, at least ...
WIDE: Final = 1.0  # ... and that, of their height
MIDDLE: Final = (0.25, 0.75)  # of their height, between which it crosses the middle of that extent
GAP: Final = 0.1  # of their height, by which it is broken, at most
DIRECTION: Final = np.pi / 360  # radians, from one that is looked in to the next


def are_struck(strokes: Strokes, rows: slice, columns: slice) -> bool:
    """Whether the digits of a row are.

    Args:
        rows: those where they are, and nothing of other rows.
        columns: where they are.
    """
    height, width = rows.stop - rows.start, columns.stop - columns.start
    if width < WIDE * height:
        return False
    _, top, long, high = strokes.boxes.T
    may_be = (long >= LONG * width) & (top < rows.stop) & (top + high > rows.start)
    may_be[0] = False
    place = strokes.labels[rows, columns]
    return any(_is_struck(place == number) for number in np.flatnonzero(may_be).tolist())


def _is_struck(stroke: Mask) -> bool:
    """Whether a straight stroke is in what hangs together, as high and wide as the digits."""
    image = np.asarray(reduced(255 * stroke.view(np.uint8), LARGE) > 127).view(np.uint8)
    height, width = image.shape
    side = max(1, round(THICK * stroke_width(image.astype(np.float32))))
    least = LONG * width
    found = cv2.HoughLinesP(
        opened(image, side, side),
        1,
        DIRECTION,
        round(least / 2),
        minLineLength=least,
        maxLineGap=max(1.0, GAP * height),
    )
    if found is None:
        return False
    left, first, right, last = found.reshape(-1, 4).T.astype(np.float64)
    across = np.maximum(right - left, 1.0)
    middle = first + (width / 2 - left) / across * (last - first)
    least_down, most_down = (share * height for share in MIDDLE)
    is_through = (across >= least) & (least_down <= middle) & (middle <= most_down)
    return bool(is_through.any())
