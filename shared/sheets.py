"""Ink -> sheets: paper on a desk, tiles and discs with something written on them."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from .raster import edge_of, opened
from .strokes import find_strokes

AT_EDGE: Final = 0.25  # of the picture's edge, what sheets reach of it at most
LEAST: Final = 0.1  # of the picture, how large they are together at least ...
SOLID: Final = 0.6  # ... how much of their outline is bare ...
MARGIN: Final = 0.01  # ... and, of the long side, how blurred the outline may be
STREAK: Final = 0.1  # of a sheet's short side, what sticks out of it and is no thicker is no part
ALIKE: Final = 0.5  # of the largest sheet, another one, at least ...
MOST: Final = 400  # ... and how many there are, at most
PLAIN: Final = 0.93  # of a rectangle or a circle around it, a sheet that is surely one ...
WRITTEN_ON: Final = 0.985  # ... of which, within its outline, so much is bare at most
NOTCHED: Final = 0.97  # of its hull, one of several that nothing is on, at least
BESIDE: Final = 0.15  # of all sheets, what is like them beside them, at most
LONGEST: Final = 2.5  # times its width, the length of a sheet without anything on it, at most


@dataclass(frozen=True)
class Sheets:
    """Sheets of a picture.

    Attributes:
        place: uint8, (height, width), 1 on them.
        are_plain: whether they plainly are: all rectangles or discs, with something on each.
        are_bare: whether they may be rectangles with nothing on them, and no strokes.
    """

    place: NDArray[np.uint8]
    are_plain: bool
    are_bare: bool


def find_sheets(core: NDArray[np.bool_]) -> Sheets | None:
    """Where a sheet lies, or several alike, if ink is all around them, or if they are the ink.

    Args:
        core: bool, (height, width), where surely ink is.

    Returns:
        None without any.
    """
    is_around = edge_of(core).mean() > 1 - AT_EDGE
    regions = ~core if is_around else core
    if np.count_nonzero(regions) < LEAST * core.size:
        return None
    strokes = find_strokes(regions)
    sizes = strokes.areas[1:]
    alike = np.flatnonzero(sizes >= ALIKE * sizes.max()) + 1
    if len(alike) > MOST:
        return None
    sheets, are_plain, are_bare = np.zeros(core.shape, np.uint8), True, True
    for number in alike.tolist():
        region = strokes.mask(number)
        outline, hull, is_plain = _shape_of(_without_streaks(region))
        is_strip_lost = len(alike) > 1 and cv2.contourArea(outline) < strokes.areas[number]
        if not is_plain or is_strip_lost:  # a stroke parts it, or leaves but a strip beside it
            whole = _shape_of(region)
            if whole[-1] or not is_plain:
                outline, hull, is_plain = whole
        if strokes.areas[number] < SOLID * cv2.contourArea(hull):
            return None  # a digit, or what no shadow is on
        cv2.fillConvexPoly(sheets, hull + strokes.boxes[number, :2], 1)
        # A straight stroke may have the outline of a sheet, but there is nothing within it.
        size = cv2.contourArea(outline)
        is_bare = bool(strokes.areas[number] >= WRITTEN_ON * size)
        if len(alike) > 1:
            is_bare &= bool(strokes.areas[number] >= NOTCHED * cv2.contourArea(hull))
        are_plain &= is_plain and not is_bare
        are_bare &= is_bare and _is_sheet(hull)
    # What is cut to pieces by a digit is no sheet, and would be lost.
    beside = np.count_nonzero(regions & (sheets == 0))
    are_plain &= bool(beside <= BESIDE * np.count_nonzero(sheets))
    is_small = np.count_nonzero(sheets) < LEAST * core.size
    if is_small or edge_of(sheets).mean() > AT_EDGE or (len(alike) > 1 and not are_plain):
        return None
    margin = 2 * max(2, round(MARGIN * max(core.shape))) + 1
    sheets = np.asarray(cv2.erode(sheets, np.ones((margin, margin), np.uint8)), np.uint8)
    return Sheets(sheets, are_plain, are_bare)


def _is_sheet(hull: NDArray[np.int32]) -> bool:
    """Whether a hull is a rectangle that is no longer than sheets of paper are."""
    _, sides, _ = cv2.minAreaRect(hull)
    area = cv2.contourArea(hull)
    return bool(area > PLAIN * sides[0] * sides[1] and max(sides) < LONGEST * min(sides))


def _outline_of(region: NDArray[np.bool_]) -> NDArray[np.int32]:
    """The outline of what is largest in a region."""
    outlines, _ = cv2.findContours(
        region.view(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE
    )
    return np.asarray(max(outlines, key=cv2.contourArea), np.int32)


def _shape_of(region: NDArray[np.bool_]) -> tuple[NDArray[np.int32], NDArray[np.int32], bool]:
    """A region's outline, the convex hull of that, and whether it is a rectangle or a disc."""
    outline = _outline_of(region)
    hull = np.asarray(cv2.convexHull(outline), np.int32)
    _, sides, _ = cv2.minAreaRect(hull)
    _, radius = cv2.minEnclosingCircle(hull)
    least = PLAIN * min(sides[0] * sides[1], np.pi * radius**2)
    return outline, hull, bool(cv2.contourArea(hull) > least)


def _without_streaks(region: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """A region without what sticks out of it, as bright grain of the table that it lies on."""
    side = max(3, round(STREAK * min(region.shape)))
    solid = opened(region.view(np.uint8), side, side) > 0
    return np.asarray(solid) if solid.any() else region
