"""Row's ink -> seams at which it may be cut, between strokes and through them."""

from collections.abc import Iterator
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from .raster import Array, Mask
from .strokes import stroke_width

DETAIL: Final = 32  # px, the height at which cuts are searched
SLANT: Final = 0.04  # what a step aside costs a cut, px of ink crossed
FREE: Final = 0.5  # px of ink crossed, up to which a cut passes between strokes
CROSSED: Final = 0.45  # of the row's height, the ink that a cut crosses at most
PIECE: Final = 0.04  # of the height squared, the ink between two cuts at least ...
LENGTH: Final = 0.4  # ... or of the height, that of a stroke by the same pen, where it is thin
CUTS: Final = 7  # per height of the row, proposed at most
WIDEST: Final = 1.4  # of the digits' height, the width of a digit at most
ASIDE: Final = np.array([0, -1, 1])


def find_seams(ink: Array, size: float) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Ways from top to bottom across little ink, between or through strokes.

    Of the cheapest ways through each pixel those that part the ink differently, found by the
    dynamic programming of seam carving (Avidan and Shamir, 2007).

    Args:
        ink: float32, (height, width), 0 to 1.
        size: the usual height of a digit, px.

    Returns:
        int64 (n + 2, height), for each line of pixels the column, by the ink left of them: the
        first leaves all to its right, the last all to its left; and the ink that each crosses,
        float64 (n + 2,), in px of a digit `DETAIL` px high.
    """
    height, width = ink.shape
    scale = min(1, DETAIL / size)
    shape = max(3, round(width * scale)), max(3, round(height * scale))
    small = np.asarray(cv2.resize(ink, shape, interpolation=cv2.INTER_AREA), np.float32)
    rows, columns = small.shape
    down, from_above = _cheapest(small)
    up, from_below = _cheapest(small[::-1])
    up, from_below = up[::-1], from_below[::-1]
    cost = down + up - small
    ways = (small > 0.5) & (cost < CROSSED * size * scale)
    ways[rows // 2] |= cost[rows // 2] < FREE
    ys, xs = np.nonzero(ways)
    order = np.argsort(cost[ys, xs], kind="stable")
    ys, xs = ys[order], xs[order]
    seams = _ways_through(ys, xs, from_above, from_below)

    # Ways differ by the ink between them, and from the ends by that beside them.
    before = np.pad(np.cumsum(small, axis=1), ((0, 0), (1, 0)))
    lines = np.arange(rows)
    beside = (before[lines, seams] + before[lines, seams + 1]) / 2
    least = scale**2 * _least_piece(ink, size)
    total = before[:, -1]
    is_left = (beside.sum(axis=1) > least) & ((total - beside).sum(axis=1) > least)
    kept: list[int] = []
    while is_left.any() and len(kept) < 1 + CUTS * columns / (size * scale):
        best = int(is_left.argmax())
        kept.append(best)
        is_left &= np.abs(beside - beside[best]).sum(axis=1) > least
    kept.sort(key=lambda k: float(beside[k].sum()))
    back = (np.arange(height) * rows / height).astype(int)
    found = ((seams[kept][:, back] + 0.5) * width / columns).astype(np.int64)
    ends = np.zeros((1, height), np.int64)
    crossed = np.concatenate([[0], cost[ys[kept], xs[kept]] / (size * scale) * DETAIL, [0]])
    return np.concatenate([ends, found, ends + width]), crossed


def spans_between(
    ink: Array, seams: NDArray[np.int64], size: float
) -> Iterator[tuple[tuple[int, int], int, Mask]]:
    """Pairs of seams between which a digit may be.

    Yields:
        The numbers of both, the first column between them and, from there on, the mask of what is
        between them, as high as the ink.
    """
    columns = np.arange(ink.shape[1])
    is_ink, least = ink > 0, _least_piece(ink, size) / 2
    first, last = np.clip([seams.min(axis=1), seams.max(axis=1)], 0, ink.shape[1])
    for i in range(len(seams)):
        for j in range(i + 1, len(seams)):
            left, right = first[i], last[j]
            across = columns[left:right]
            mask = (across >= seams[i][:, None]) & (across < seams[j][:, None])
            some = mask & is_ink[:, left:right]
            found = np.flatnonzero(some.any(axis=0))
            if found.size == 0:
                continue
            if np.ptp(found) + 1 > WIDEST * size and j > i + 1:
                break
            if np.count_nonzero(some) > least:
                yield (i, j), int(left), mask


def _least_piece(ink: Array, size: float) -> float:
    """The ink of a digit or a part of one, at least, px; arguments as of `find_seams`."""
    return size * min(PIECE * size, LENGTH * stroke_width(ink))


def _cheapest(costs: Array) -> tuple[Array, NDArray[np.int64]]:
    """Of the ways from the first line to each pixel, the least cost, and the last step aside."""
    total = costs.copy()
    step = np.zeros(costs.shape, np.int64)
    ways = np.full((3, costs.shape[1]), np.inf, np.float32)
    for y in range(1, len(costs)):
        ways[0] = total[y - 1]
        ways[1, 1:] = ways[0, :-1] + SLANT
        ways[2, :-1] = ways[0, 1:] + SLANT
        step[y] = ASIDE[ways.argmin(axis=0)]
        total[y] += ways.min(axis=0)
    return total, step


def _ways_through(
    ys: NDArray[np.integer],
    xs: NDArray[np.integer],
    from_above: NDArray[np.int64],
    from_below: NDArray[np.int64],
) -> NDArray[np.int64]:
    """The cheapest ways through pixels: for each, the columns line by line."""
    rows = len(from_above)
    seams = np.zeros((len(ys), rows), np.int64)
    seams[np.arange(len(ys)), ys] = xs
    for y in range(rows - 1):
        on = np.flatnonzero(ys <= y)
        seams[on, y + 1] = seams[on, y] + from_below[y, seams[on, y]]
    for y in range(rows - 1, 0, -1):
        on = np.flatnonzero(ys >= y)
        seams[on, y - 1] = seams[on, y] + from_above[y, seams[on, y]]
    return seams
