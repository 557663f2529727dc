"""Picture -> the same at the scale that its digits need, where they are larger than that.

What was enlarged by repeating pixels is as it was before, and what is grainy is seen from so far
off that the grain is faint.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from math import gcd, pi, sqrt
from typing import Final

import cv2
import numpy as np

from .decode import Picture
from .ink import Ink, grain_of
from .margins import find_writing
from .paper import THUMBNAIL
from .raster import reduced
from .sequence import HEIGHT
from .strokes import height_holding

ENOUGH: Final = HEIGHT  # px, a digit's height that shows what the networks see of it
OVERVIEW: Final = 256  # px, the long side at which it is seen how large digits are
LESSER: Final = 0.1  # of the ink, what may be in smaller strokes
LINES: Final = 8  # of each direction, in which blocks are looked for
GRAINY: Final = 0.03  # grain, of the full range, from which on it may hide strokes ...
FAINT: Final = 0.02  # ... and what is left of it
STEPS: Final = (1, 2, 4)  # px, over which it is measured
FARTHEST: Final = 24  # to the short side, standard deviations of the blur at most


def as_needed(picture: Picture) -> tuple[Picture, Iterator[Ink]] | None:
    """Reduce a picture so far that its digits are still `ENOUGH` px high, at least threefold.

    What is smaller than `OVERVIEW` is not reduced further.

    Returns:
        The reduced picture, and its inks as `find_writing` gives them; None where the digits are
        too small for that, or nothing is found.
    """
    factor = _odd_from(max(picture.pixels.shape[:2]) / OVERVIEW)
    while factor > 1 and min(picture.pixels.shape[:2]) >= factor * ENOUGH:
        small = _reduced(picture, factor)
        inks = find_writing(small.pixels)
        first = next(inks, None)
        if first is None:
            return None
        mass = first.strokes.mass(first.strength)
        height = height_holding(LESSER, first.strokes.boxes[1:], mass[1:])
        if height >= ENOUGH:
            return small, chain([first], inks)
        factor = _odd_to(height * factor / ENOUGH)
    return None


def without_blocks(picture: Picture) -> Picture:
    """The picture with a pixel for each block of equal ones, if it is made of square blocks."""
    pixels = picture.pixels
    height, width = pixels.shape[:2]
    factor = gcd(height, width) if max(height, width) > ENOUGH else 1
    rows, columns = pixels[:: 1 + height // LINES], pixels[:, :: 1 + width // LINES]
    # A line tells nearly all pictures that are not.
    for line in chain(rows, np.swapaxes(columns, 0, 1)):
        if factor == 1:
            break
        differs = (line[1:] != line[:-1]).reshape(len(line) - 1, -1).any(axis=1)
        factor = int(np.gcd.reduce(np.flatnonzero(differs) + 1, initial=factor))
    if factor == 1:
        return picture
    small = np.ascontiguousarray(pixels[::factor, ::factor])
    blocks = cv2.resize(small, (width, height), interpolation=cv2.INTER_NEAREST)
    if not np.array_equal(blocks.reshape(pixels.shape), pixels):
        return picture
    return replace(picture, pixels=small)


def is_grainy(picture: Picture) -> bool:
    """Whether grain may hide strokes, as far as pixels beside each other tell."""
    return grain_of(picture.pixels) >= GRAINY


def without_grain(picture: Picture) -> Iterator[Picture]:
    """A grainy picture from so far off that its grain is faint, and from twice as far.

    Yields:
        Nothing where there is little grain, or where the picture is too small.
    """
    short, long = sorted(picture.pixels.shape[:2])
    if short < FARTHEST:
        return
    # Grain of single pixels is the fainter the further off, what a camera made of it is not.
    steps = [step for step in STEPS if short >= step * FARTHEST]
    grain = max(step * grain_of(reduced(picture.pixels, long // step)) for step in steps)
    if grain < GRAINY:
        return
    # Independent pixels' deviation is divided by 2 sqrt(pi) that of the blur.
    least = max(1.0, grain / FAINT / (2 * sqrt(pi)))
    for blur in sorted({min(blur, short / FARTHEST) for blur in (least, 2 * least)}):
        smooth = np.asarray(cv2.GaussianBlur(picture.pixels, (0, 0), blur), np.uint8)
        side = round(long * max(1 / blur, THUMBNAIL / short))
        yield replace(picture, pixels=reduced(smooth, side))


def _reduced(picture: Picture, factor: int) -> Picture:
    height, width = picture.pixels.shape[:2]
    size = -(-width // factor), -(-height // factor)
    down, across = size[1] * factor - height, size[0] * factor - width
    whole = picture.pixels
    if down or across:
        border = cv2.copyMakeBorder(whole, 0, down, 0, across, cv2.BORDER_REPLICATE)
        whole = np.asarray(border, np.uint8)
    pixels = cv2.resize(whole, size, interpolation=cv2.INTER_AREA)
    return replace(picture, pixels=np.asarray(pixels, np.uint8))


# The mean of an odd number of bytes is never half-way between two: dark on light and light on dark
# are rounded alike.
def _odd_from(least: float) -> int:
    return 2 * int(np.ceil((least - 1) / 2)) + 1


def _odd_to(most: float) -> int:
    return 2 * int((most - 1) // 2) + 1
