"""Mask of ink -> strokes: what hangs together."""

import functools
import math
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

CORE: Final = 0.3  # strength from which on ink is surely a stroke, so that faint lines join none
SOFT: Final = 2  # px, how far a soft edge reaches beyond a stroke
REACH: Final = np.ones((2 * SOFT + 1, 2 * SOFT + 1), np.uint8)  # dilates a stroke by that
EDGE: Final = 0.05  # strength from which on ink counts to a digit's box
ENCLOSED: Final = 0.3  # of a frame's height, the height of what is in it, at least ...
SEVERAL: Final = 0.2  # ... and of each of several strokes in it
MOST_FRAMES: Final = 16  # of the largest strokes are looked at
SLASH: Final = 0.3  # of its length, a slash through a zero across, at most ...
SLANTED: Final = 0.5  # ... and the shorter side of its box, of the longer one, at least
AS_LARGE: Final = 0.1  # of its sides, by how much those of another frame differ at most
CORNER: Final = 0.1  # of its shorter side, what is near the corner of a rectangle


@dataclass(frozen=True)
class Strokes:
    """Connected parts of a mask; number 0 is what is outside of the mask.

    Attributes:
        labels: int32, as large as the mask, each pixel's stroke, from 1.
        boxes: int32, (count + 1, 4), x, y, width and height, by number.
        areas: int32, (count + 1,), pixels, by number; nothing of number 0.
        middles: float64, (count + 1, 2), centres of mass, x and y, by number, but of number 0.
        place: rows and columns that hold all of the mask.
    """

    labels: NDArray[np.int32]
    boxes: NDArray[np.int32]
    areas: NDArray[np.int32]
    middles: NDArray[np.float64]
    place: tuple[slice, slice]

    @property
    def at_edge(self) -> NDArray[np.bool_]:
        """Which reach the edge of the picture, by number: (count + 1,)."""
        height, width = self.labels.shape
        x, y, w, h = self.boxes.T
        return np.asarray((x == 0) | (y == 0) | (x + w == width) | (y + h == height))

    def along_sides(self, full: float) -> NDArray[np.bool_]:
        """Which are strips along a whole side of the picture, by number: (count + 1,).

        Args:
            full: of its box, the area of a strip, at least.
        """
        height, width = self.labels.shape
        _, _, w, h = self.boxes.T
        return np.asarray(((w == width) | (h == height)) & (self.areas > full * w * h))

    @functools.cached_property
    def radii(self) -> NDArray[np.float32]:
        """That of the largest disc in each, px, by number: (count + 1,)."""
        labels = self.labels[self.place]
        inside = labels > 0
        depth = cv2.distanceTransform(np.pad(inside.view(np.uint8), 1), cv2.DIST_L2, 5)[1:-1, 1:-1]
        radii = np.zeros(len(self.boxes), np.float32)
        np.maximum.at(radii, labels[inside], depth[inside])
        return radii

    @functools.cached_property
    def frames(self) -> NDArray[np.int64]:
        """Numbers of those around another one nearly as high, or around several.

        A zero with a slash in it is none, unless it is as large as another frame.
        """
        found = _find_frames(self.boxes).tolist()
        zeros = [number for number in found if self._is_zero(number)]
        frames = [number for number in found if number not in zeros]
        sides = self.boxes[:, 2:]
        for number in zeros:
            differ = np.abs(sides[frames] - sides[number]) > AS_LARGE * sides[number]
            if not differ.any(axis=1).all():
                frames.append(number)
        return np.array([number for number in found if number in frames], np.int64)

    def _is_zero(self, frame: int) -> bool:
        """Whether it is round, and all in it is a straight stroke that slants as no digit does."""
        is_high = self.boxes[:, 3] >= SEVERAL * self.boxes[frame, 3]
        inner = np.flatnonzero(self.are_within(frame) & is_high).tolist()
        if len(inner) != 1:
            return False
        width, height = self.boxes[inner[0], 2:].tolist()
        if min(width, height) < SLANTED * max(width, height):
            return False
        ring = self.mask(frame)
        if inked_corners(ring, max(1, round(CORNER * min(ring.shape)))) > 2:
            return False
        across, along = spread(*np.nonzero(self.mask(inner[0])))
        return across < SLASH * along

    def mask(self, number: int) -> NDArray[np.bool_]:
        """Where a stroke is in its box, (height, width)."""
        x, y, width, height = self.boxes[number].tolist()
        return np.asarray(self.labels[y : y + height, x : x + width] == number)

    def are_within(self, number: int) -> NDArray[np.bool_]:
        """Which lie within a stroke's box, by number: (count + 1,)."""
        (are,) = _within(self.boxes, self.boxes[[number]])
        are[0] = False
        return np.asarray(are)

    def mass(self, strength: NDArray[np.float32]) -> NDArray[np.float64]:
        """How much ink each has, by number: (count + 1,), of ink as large as the mask.

        What is outside of the mask counts as none.
        """
        labels = self.labels[self.place]
        inside = labels > 0
        counted = np.bincount(labels[inside], strength[self.place][inside], len(self.boxes))
        return np.asarray(counted, np.float64)


def find_strokes(mask: NDArray[np.bool_]) -> Strokes:
    """The strokes of a mask, (height, width).

    They are looked for where there are any, as most of a page is bare.
    """
    x, y, width, height = cv2.boundingRect(mask.view(np.uint8))
    place = slice(y, y + max(height, 1)), slice(x, x + max(width, 1))
    found, stats, middles = connected(mask[place])
    labels = np.zeros(mask.shape, np.int32)
    labels[place] = found
    boxes = stats[:, :4]
    boxes[:, :2] += (x, y)
    return Strokes(labels, boxes, stats[:, 4], middles + np.array([x, y]), place)


def connected(
    mask: NDArray[Any],
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]]:
    """Labels, statistics and centres of a mask's parts, as OpenCV gives them; of number 0 neither.

    OpenCV's statistics are three times as fast by blocks of 2 x 2 pixels (Grana, Borghesani,
    Cucchiara, 2010), if both sides are even.
    """
    height, width = mask.shape
    even = np.zeros((height + height % 2, width + width % 2), np.uint8)
    even[:height, :width] = mask
    _, labels, stats, middles = cv2.connectedComponentsWithStatsWithAlgorithm(
        even, 8, cv2.CV_32S, cv2.CCL_GRANA
    )
    found = np.asarray(labels[:height, :width], np.int32)
    return found, np.asarray(stats, np.int32), np.asarray(middles, np.float64)


def with_edges(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """A mask of strokes and their soft edges."""
    return np.asarray(cv2.dilate(mask.view(np.uint8), REACH) > 0)


def inked(
    strength: NDArray[np.float32] | NDArray[np.uint8], above: float = 0.0
) -> tuple[slice, slice]:
    """Rows and columns that hold all ink stronger than this; empty where there is none.

    Args:
        strength: float32, (height, width), 0 to 1, or bytes.
    """
    ink = strength > above
    ys, xs = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    if not ys.size:
        return slice(0), slice(0)
    return slice(int(ys[0]), int(ys[-1]) + 1), slice(int(xs[0]), int(xs[-1]) + 1)


def inked_corners(box: NDArray[np.bool_], side: int) -> int:
    """How many corners, squares with sides of so many px, have ink: four of a rectangle's."""
    ends = slice(side), slice(-side, None)
    return sum(bool(box[down, across].any()) for down in ends for across in ends)


def height_holding(share: float, boxes: NDArray[np.int32], mass: NDArray[np.float64]) -> float:
    """The height, px, up to which strokes hold this share of the ink; one stroke at least."""
    order = np.argsort(boxes[:, 3])
    held = np.cumsum(mass[order])
    return float(boxes[order[np.searchsorted(held, share * held[-1])], 3])


def _find_frames(boxes: NDArray[np.int32]) -> NDArray[np.int64]:
    """Numbers of strokes around another one nearly as high, or around several, as no digit is.

    Args:
        boxes: as of `Strokes`.
    """
    largest, inside = largest_with_contents(boxes[1:])
    height, high = boxes[1:, 3], boxes[1:][largest, 3, None]
    is_frame = (inside & (height >= ENCLOSED * high)).any(axis=1)
    is_frame |= (inside & (height >= SEVERAL * high)).sum(axis=1) > 1
    return np.asarray(largest[is_frame] + 1, np.int64)


def largest_with_contents(boxes: NDArray[np.int32]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The largest boxes, int64 (n,), and which of all lie within each: bool (n, boxes)."""
    _, _, width, height = boxes.T
    largest = np.argsort(-width.astype(np.int64) * height)[:MOST_FRAMES]
    return largest, _within(boxes, boxes[largest])


def _within(boxes: NDArray[np.int32], outer: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Which boxes, (n, 4), lie within each of the outer ones, (m, 4): bool (m, n)."""
    x, y, width, height = boxes.T
    left, top, w, h = outer.T[:, :, None]
    return np.asarray(
        (x > left) & (y > top) & (x + width < left + w) & (y + height < top + h), np.bool_
    )


def spread(ys: NDArray[np.int64], xs: NDArray[np.int64]) -> tuple[float, float]:
    """How far pixels, two or more, reach across the direction in which they lie, and along it.

    Standard deviations, px.
    """
    across, along = np.linalg.eigvalsh(np.cov(xs, ys))
    return math.sqrt(max(across, 0.0)), math.sqrt(along)


def stroke_width(ink: NDArray[np.float32]) -> float:
    """Mean width of strokes in pixels: a long band's area over half its outline."""
    bordered = cv2.copyMakeBorder(ink, 1, 1, 1, 1, cv2.BORDER_CONSTANT)
    outline = cv2.norm(bordered[1:], bordered[:-1], cv2.NORM_L1)
    outline += cv2.norm(bordered[:, 1:], bordered[:, :-1], cv2.NORM_L1)
    # The outline counted along the axes is 4 / pi times the true one, on average of directions.
    return 2 * float(ink.sum()) / max(outline * np.pi / 4, 1e-6)
