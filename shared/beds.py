"""Picture -> its page, without what that lies on beside it: a scanner's bed, a book's edge."""

from collections.abc import Iterator
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from .paper import SHADED, is_large
from .raster import reduced, sides_of
from .strokes import find_strokes

UNLIKE: Final = 40  # of 255, by how much the picture's sides differ, at least, if beds are at some
SHORTEST: Final = 16  # px, a side of the picture that a bed is along
ALONG: Final = 0.97  # of a side, what a bed covers, at least
WIDEST: Final = 0.65  # of the picture, how far it reaches into it, at most
EVEN: Final = (0.02, 3.0)  # of the side, and px, how far its border is from straight, at most ...
MOSTLY: Final = 0.7  # ... for so much of it, at least, as lines may end there
SLANTED: Final = 0.15  # of the side, how much the border leans, at most
BARE: Final = 0.002  # of a bed, what is as the page ...
INNER: Final = 0.8  # ... and of its depth, what no page shines into, where ...
PLAIN: Final = 0.12  # ... it varies so much at most, of its contrast, as no shaded writing does
SHADE: Final = 0.15  # of that, what is less is no shade on the page ...
SHADY: Final = 0.15  # ... which reaches so far into it, at most
THICK: Final = 2.5  # times the pen's width, a bed, at least
BLUR: Final = 2  # px of `SHADED`, how blurred the border is, at most


def find_page(pixels: NDArray[np.uint8]) -> tuple[slice, slice] | None:
    """The rows and columns between beds; None where there are none, and of small pictures.

    A bed is dark beside a light page, or light beside a dark one, along a whole side of the
    picture. Its border is straight, nothing is on it, and it is far thicker than a pen's stroke.

    Args:
        pixels: uint8, (height, width) or (height, width, 3), 0 to 255.
    """
    height, width = pixels.shape[:2]
    if not is_large(pixels):
        return None
    if np.ptp([side.mean() for side in sides_of(pixels)]) < UNLIKE:
        return None
    grey = reduced(pixels, SHADED)
    if grey.ndim == 3:
        grey = np.asarray(cv2.cvtColor(grey, cv2.COLOR_RGB2GRAY), np.uint8)
    threshold, _ = cv2.threshold(grey, 0, 255, cv2.THRESH_OTSU)
    dark = grey <= threshold
    for mask in (dark, ~dark):
        beds = [_bed(*views) for views in zip(_from_sides(mask), _from_sides(grey), strict=True)]
        if not any(beds):
            continue
        thick = THICK * _pen(mask[_between(beds, mask.shape)]) + BLUR
        beds = [bed if bed >= thick else 0 for bed in beds]
        if any(beds):
            scale = max(height, width) / max(grey.shape)
            return _between([round(scale * bed) for bed in beds], (height, width))
    return None


def _from_sides(picture: NDArray[Any]) -> Iterator[NDArray[Any]]:
    """The picture turned so that its left, right, upper and lower side is the left one."""
    yield from (picture, picture[:, ::-1], picture.T, picture[::-1].T)


def _between(beds: list[int], shape: tuple[int, ...]) -> tuple[slice, slice]:
    """Rows and columns between what reaches so far into a picture, in the order of the sides."""
    left, right, top, bottom = beds
    return slice(top, shape[0] - bottom), slice(left, shape[1] - right)


def _bed(mask: NDArray[np.bool_], grey: NDArray[np.uint8]) -> int:
    """How far a bed at the left side reaches, with the shade beside it, px; 0 without one.

    Args:
        mask: bool, (height, width), what is as dark as a bed, or as light.
        grey: the picture.
    """
    height, width = mask.shape
    if height < SHORTEST or np.count_nonzero(mask[:, 0]) < ALONG * height:
        return 0
    border = _border(mask)
    if border is None:
        return 0
    columns = np.arange(width)
    bed = columns < border[:, None] - _even(height)
    inner = grey[columns < INNER * border[:, None]]
    depth = int(np.ceil(border.max())) + BLUR
    if not inner.size or depth >= width or (bed & ~mask).sum() > BARE * bed.sum():
        return 0
    low, usual, high = np.quantile(inner, (BARE, 0.5, 1 - BARE))
    levels = np.median(grey[:, depth:], axis=0)
    page = float(np.median(levels))
    contrast = abs(page - usual)
    if high - low > PLAIN * contrast:
        return 0
    shade = int((np.abs(levels - page) <= SHADE * contrast).argmax())
    return depth + (shade + BLUR if 0 < shade <= SHADY * width else 0)


def _border(mask: NDArray[np.bool_]) -> NDArray[np.float64] | None:
    """The straight right border of what is at the left side, px by row; None without one."""
    height, width = mask.shape
    ends = np.where(mask.all(axis=1), width, mask.argmin(axis=1))
    usual = float(np.sort(ends)[height // 2])
    if not 0 < usual <= WIDEST * width:
        return None
    rows, even = np.arange(height), _even(height)
    slope, start, reach = 0.0, usual, SLANTED * height + even
    for closer in (3 * even, even, even):
        near = np.abs(ends - start - slope * rows) <= reach
        if np.count_nonzero(near) < MOSTLY * height:
            return None
        slope, start = np.polyfit(rows[near], ends[near], 1)
        reach = closer
    return np.asarray(start + slope * rows) if abs(slope) <= SLANTED else None


def _even(side: int) -> float:
    share, least = EVEN
    return max(least, share * side)


def _pen(page: NDArray[np.bool_]) -> float:
    """How thick strokes are, px, those within the page if there are any; 0 without any."""
    strokes = find_strokes(page)
    radii, within = strokes.radii[1:], ~strokes.at_edge[1:]
    if not radii.size:
        return 0.0
    return 2 * float(np.median(radii[within] if within.any() else radii))
