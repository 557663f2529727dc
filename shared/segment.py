"""Ink -> the ink of one digit: which strokes belong to it, and where it is."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from .ink import Ink
from .strokes import EDGE, REACH, SOFT, Strokes, inked
from .tracing import traced

SPECK: Final = 0.02  # share of the main stroke's ink below which a stroke is a speck ...
DISTANCE: Final = 0.3  # ... and how much that rises by a distance of the main stroke's size
STRONG: Final = 0.4  # strength that a stroke reaches somewhere
FLAT: Final = 0.3  # of its length, the height of a line above or below the digit, at most ...
LONG: Final = 1.2  # ... and its length at least, of the digit's width ...
WIDE_FOOT: Final = 1.1  # ... or of its height, where it is no further away ...
NEAR: Final = 0.05  # ... than this: the foot of a 1, the upper bar of a 5
APART: Final = 0.6  # in such sizes, from where on a stroke does not belong to it
TIGHT: Final = 32  # px, up to which pictures end at their digit's strokes, and not at other ones


@dataclass(frozen=True)
class Segment:
    """The ink of one digit.

    Attributes:
        ink: float32, (height, width), 0 to 1; the crop that holds the digit and nothing else.
        x, y: upper left corner of the crop, in pixels of the picture at working scale.
    """

    ink: NDArray[np.float32]
    x: int
    y: int

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of its ink, px: it ends inside a pixel that is less inked."""
        height, width = self.ink.shape
        full = self.ink.max()
        across, down = self.ink.max(axis=0) / full, self.ink.max(axis=1) / full
        return (
            self.x + 1 - float(across[0]),
            self.y + 1 - float(down[0]),
            self.x + width - 1 + float(across[-1]),
            self.y + height - 1 + float(down[-1]),
        )


@traced
def one_digit(ink: Ink) -> Segment | None:
    """All strokes that make up the one digit of a picture; specks and frames are left out.

    Returns:
        None where there is no stroke.
    """
    strokes = ink.strokes
    boxes, count = strokes.boxes, len(strokes.boxes)
    if count == 1:
        return None
    # The mask has faint parts of strokes; a stroke has strong ones too.
    strong = np.zeros(count, bool)
    strong[strokes.labels[strokes.place][ink.strength[strokes.place] > STRONG]] = True
    strong[0] = False
    mass = strokes.mass(ink.strength)
    strong[strokes.frames], mass[strokes.frames] = False, 0  # a box that the digit was written into
    main = _main_stroke(strokes, mass)
    at_edge = strokes.at_edge
    if min(ink.mask.shape) > TIGHT and not at_edge[main]:
        strong[at_edge] = False  # of what is beside the digit, and cut off
    keep = [
        label
        for label in np.flatnonzero(strong).tolist()
        if label == main or _belongs(label, main, mass, boxes, ink.mask.shape)
    ]
    if not keep:
        return None
    # What is kept lies in its strokes' boxes and their soft edges.
    x, y, w, h = boxes[keep].T
    left, top = max(0, int(x.min()) - SOFT), max(0, int(y.min()) - SOFT)
    place = slice(top, int((y + h).max()) + SOFT), slice(left, int((x + w).max()) + SOFT)
    kept = np.zeros(count, np.uint8)
    kept[keep] = 1
    strength = ink.strength[place] * cv2.dilate(kept[strokes.labels[place]], REACH)
    rows, columns = inked(strength, max(EDGE, ink.noise))
    if rows.stop == 0:
        return None
    return Segment(strength[rows, columns], left + columns.start, top + rows.start)


def _main_stroke(strokes: Strokes, mass: NDArray[np.float64]) -> int:
    """The stroke with most ink; one at the picture's edge (a shadow, a table) only if it must."""
    height = len(strokes.labels)
    at_edge, heights = strokes.at_edge, strokes.boxes[:, 3]
    order = np.argsort(mass[1:])[::-1] + 1
    main = int(order[0])
    if at_edge[main]:
        for label in order:
            large = heights[label] >= 0.2 * height and mass[label] >= 0.1 * mass[main]
            if not at_edge[label] and large:
                return int(label)
    return main


def _belongs(
    label: int,
    main: int,
    mass: NDArray[np.float64],
    boxes: NDArray[np.int32],
    shape: tuple[int, ...],
) -> bool:
    """Whether a stroke is part of the main stroke's digit; a small one must be near."""
    gap = _gap(boxes[label], boxes[main])
    return (
        gap < APART
        and mass[label] > (SPECK + DISTANCE * gap) * mass[main]
        and not _is_frame(boxes[label], boxes[main], shape)
        and not _is_line(boxes[label], boxes[main])
    )


def _is_frame(box: NDArray[np.int32], main: NDArray[np.int32], shape: tuple[int, ...]) -> bool:
    """Whether ink runs along the picture's edge for longer than the main stroke is large."""
    x, y, width, height = (int(value) for value in box)
    along_side = height if x == 0 or x + width == shape[1] else 0
    along_top = width if y == 0 or y + height == shape[0] else 0
    return max(along_side, along_top) > int(main[2:].max())


def _is_line(box: NDArray[np.int32], main: NDArray[np.int32]) -> bool:
    """Whether a flat stroke is longer than the main one is wide, and above or below it."""
    _, y, width, height = (int(value) for value in box)
    _, top, across, down = (int(value) for value in main)
    is_flat = height < FLAT * width and width > LONG * max(across, down / 2)
    gap = max(top - (y + height), y - (top + down))
    return is_flat and gap >= 0 and (gap > NEAR * down or width > WIDE_FOOT * down)


def _gap(box: NDArray[np.int32], main: NDArray[np.int32]) -> float:
    """Distance between two boxes (x, y, width, height), in sizes of the second."""
    dx = max(0, main[0] - (box[0] + box[2]), box[0] - (main[0] + main[2]))
    dy = max(0, main[1] - (box[1] + box[3]), box[1] - (main[1] + main[3]))
    return float(max(dx, dy) / max(main[2], main[3]))
