"""Rows of strokes -> those of one number, whose digits jump up and down, as one level row."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from .strokes import SOFT, with_edges

SMALL: Final = 0.45  # of the digits' height, below which a stroke is no digit by itself
LEVEL: Final = 0.15  # of the lesser height, by which rows are beside each other, at least ...
NEAR: Final = 1.5  # ... or, of the digits' height, how far aside of each other they are, at most,
ALIKE: Final = 0.6  # of that and of the larger height, the lesser, at least ...
JUMP: Final = 2.0  # ... and of the lesser, how far digits alone or between others jump, at most
OVER: Final = 0.25  # of the columns of the lesser, those with ink of both, if one is over another
MOST: Final = 32  # strokes of a number that jumps; more of them are a texture, which takes time
AROUND: Final = 8  # rows above it, with which each is compared
UNEVEN: Final = 0.3  # of the digits' height, how far one is from their middle that is not moved

Boxes = NDArray[np.int32]
Labels = NDArray[np.int64]


def join(rows: list[Labels], boxes: Boxes, size: float, *, one_row: bool) -> list[Labels]:
    """Take rows beside each other for one, and digits alone or between others for theirs.

    Args:
        rows: top to bottom, each the numbers of its strokes.
        boxes: int32, (strokes, 4), x, y, width and height, by number.
        size: the usual height of digits, px.
        one_row: whether all is known to be one row, so that any that are near belong together.
    """
    joined: list[Labels] = []
    for row in rows:
        beside = [row]
        for above in joined[: -AROUND - 1 : -1]:
            below = boxes[np.concatenate(beside)]
            if _are_over(boxes[above], below):
                break
            if _are_beside(boxes[above], below, size, one_row=one_row):
                beside.insert(0, above)
                joined = [one for one in joined if one is not above]
        joined.append(np.concatenate(beside))
    return joined


def _are_over(above: Boxes, below: Boxes) -> bool:
    """Whether strokes are over others."""
    count = int(max((boxes[:, 0] + boxes[:, 2]).max() for boxes in (above, below)))
    one, other = (covered(boxes[:, 0], boxes[:, 2], count) for boxes in (above, below))
    return bool((one & other).sum() > OVER * min(one.sum(), other.sum()))


def _are_beside(above: Boxes, below: Boxes, size: float, *, one_row: bool) -> bool:
    """Whether strokes, none over another, are as high as each other in part, or near enough."""
    (x, y, w, h), (left, top, width, height) = above.T, below.T
    lesser, larger = sorted((int(h.max()), int(height.max())))
    common = int((y + h).max() - top.min())
    if common >= LEVEL * lesser:
        return True
    if len(above) + len(below) > MOST:
        return False
    aside = int(np.maximum(left[:, None] - (x + w), x - (left + width)[:, None]).min())
    if aside > NEAR * size or lesser < ALIKE * max(larger, size):
        return False
    are_mixed = bool(x.min() < (left + width).max() and left.min() < (x + w).max())
    return one_row or (
        common >= -JUMP * lesser
        and (are_mixed or any(len(_digits(boxes, size)) == 1 for boxes in (above, below)))
    )


def covered(start: NDArray[np.int32], length: NDArray[np.int32], count: int) -> NDArray[np.bool_]:
    """Which of `count` places any of these stretches covers."""
    change = np.zeros(count + 1, np.int64)
    np.add.at(change, start, 1)
    np.add.at(change, start + length, -1)
    return np.asarray(change[:-1].cumsum() > 0)


def without_jumps(
    ink: NDArray[np.float32], labels: NDArray[np.int32], boxes: Boxes, size: float
) -> tuple[NDArray[np.float32], NDArray[np.bool_], NDArray[np.int64]]:
    """Raise and lower digits that jump up and down to the height of most.

    Args:
        ink: float32, (height, width), of a row.
        labels: int32, as large, each pixel's stroke, from 1; 0 for none.
        boxes: int32, (strokes, 4), x, y, width and height of each, the first of number 1.
        size: the usual height of its digits, px.

    Returns:
        The ink, where its strokes are, and by how many px what is in each column was raised.
    """
    raised = np.zeros(ink.shape[1], np.int64)
    if len(boxes) > MOST:
        return ink, labels > 0, raised
    digits = _digits(boxes, size)
    tops = [int(boxes[digit, 1].min()) for digit in digits]
    ends = [int((boxes[digit, 1] + boxes[digit, 3]).max()) for digit in digits]
    middles = np.add(tops, ends) / 2
    away = middles - np.median(middles)
    up = np.where(np.abs(away) > UNEVEN * size, np.rint(away), 0).astype(int).tolist()
    if not any(up):
        return ink, labels > 0, raised
    first, last = int(np.subtract(tops, up).min()) - SOFT, int(np.subtract(ends, up).max()) + SOFT
    shape = last - first, ink.shape[1]
    row, mine = np.zeros(shape, np.float32), np.zeros(shape, np.bool_)
    begin = 0
    for digit, top, end, by in zip(digits, tops, ends, up, strict=True):
        left, right = int(boxes[digit, 0].min()), int((boxes[digit, 0] + boxes[digit, 2]).max())
        rows = slice(max(0, top - SOFT), end + SOFT)
        columns = slice(max(0, left - SOFT), right + SOFT)
        near_by = labels[rows, columns]
        own = np.isin(near_by, digit + 1)
        near = with_edges(own) & (own | (near_by == 0))
        to = rows.start - by - first
        place = slice(to, to + len(own)), columns
        row[place] = np.maximum(row[place], np.where(near, ink[rows, columns], np.float32(0)))
        mine[place] |= own
        raised[begin:] = by + first
        begin = right
    return row, mine, raised


def _digits(boxes: Boxes, size: float) -> list[Labels]:
    """Strokes over each other, left to right, and with them small ones that are nearest to them."""
    x, _, w, h = boxes.T
    is_tall = h >= SMALL * size
    tall = np.flatnonzero(is_tall)
    digits: list[list[int]] = []
    begin = end = 0
    for stroke in tall[np.argsort(x[tall])].tolist():
        both = end - int(x[stroke])
        if digits and both > OVER * min(int(w[stroke]), end - begin):
            digits[-1].append(stroke)
        else:
            digits.append([stroke])
            begin = int(x[stroke])
        end = max(end, int(x[stroke] + w[stroke]))
    middles = np.array([(x[some].min() + (x[some] + w[some]).max()) / 2 for some in digits])
    for stroke in np.flatnonzero(~is_tall).tolist():
        nearest = int(np.abs(middles - (x[stroke] + w[stroke] / 2)).argmin())
        digits[nearest].append(stroke)
    return [np.array(digit) for digit in digits]
