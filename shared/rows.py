"""Ink -> rows of strokes: turned upright, without specks, shadows and what is printed."""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from .ink import Ink
from .jumps import SMALL, covered, join, without_jumps
from .printed import TALL, Core, written
from .raster import Mask, edge_of, reduced, sides_of
from .segment import FLAT, NEAR, WIDE_FOOT
from .strokes import (
    CORE,
    SOFT,
    Strokes,
    connected,
    find_strokes,
    height_holding,
    spread,
    stroke_width,
    with_edges,
)
from .tracing import traced

SEARCHED: Final = 240  # px, the long side on which the slope is searched
UPRIGHT: Final = 1.5  # degrees under which nothing is turned
TELLING: Final = 2.5  # times the usual height, the width of strokes beside each other that tell it
LARGE: Final = 80  # px, digits larger than this are reduced to it, four times what the network sees
THINNEST: Final = 1.5  # px, how thick strokes become that would be thinner when so reduced
FULL: Final = 0.85  # of its box, the area of a strip along the edge, at least
WHOLE: Final = 0.9  # of the picture's height, the digits' where it ends at them, at least
LARGER: Final = 1.5  # times the usual height, from which on a stroke at the edge is a shadow
THICKER: Final = 1.3  # times the thickest other stroke, what is no shadow at the edge, at most ...
BENT: Final = 1.0  # ... and times half of its own, how far it is from straight, at least ...
FOOT: Final = 4.0  # ... or it is on the edge, at most
BLURRED: Final = 0.3  # of the other strokes' steepness, below which one at the edge is a shadow
SMOOTH: Final = 3  # px, over which that is measured: what is thinner begins steeply
CUT: Final = 0.75  # of the usual height, what the picture cuts off another line, at most ...
BESIDE: Final = 0.3  # ... and of itself, what is beside strokes within the picture, at most ...
WITHIN: Final = 0.3  # ... which have so much of the ink at least
SMALLEST: Final = 5  # px, a digit's height, under which nothing of it can be told
SPECK: Final = 0.01  # of the digits' height squared, the ink of a speck ...
LESS: Final = 0.15  # ... but at most of that of a digit, which is little where strokes are thin
SHORT: Final = 0.6  # of it, the length of a line under digits that does not touch them, at least
SMALLER: Final = 0.15  # of it, the height of digits in rows of their own at least ...
SEVERAL: Final = 2  # ... and how many strokes there are in one
IN_ROW: Final = 0.6  # of the digits' height, by which middles of digits in a row differ at most
JUMPING: Final = 1.5  # of it, from which on a row's may jump up and down
APART: Final = 0.35  # of it, the gap between strokes of one digit, at most
STRAIGHT: Final = 0.13  # of its extent along itself, that of a straight stroke across, at most
HIGH: Final = 0.7  # of the digits' height, that of 1s beside each other, at least ...
LIKE: Final = 0.85  # ... that of one, of the other's, at least ...
PARALLEL: Final = 0.2  # ... and by how much of its height it leans more, at most


@dataclass(frozen=True)
class Row:
    """Strokes beside each other, the row level.

    Attributes:
        ink: float32, (height, width), 0 to 1.
        strokes: int32, (height, width), the stroke a pixel belongs to, from 1; 0 for none.
        boxes: int32, (strokes, 4), x, y, width and height of each, in the order of their middles.
        size: the usual height of its digits, px.
        to_picture: float64, (2, 3), affine, from its pixels, were none raised, to the picture's.
        raised: int64, (width,), by how many px what is in each column was raised to be level.
    """

    ink: NDArray[np.float32]
    strokes: NDArray[np.int32]
    boxes: NDArray[np.int32]
    size: float
    to_picture: NDArray[np.float64]
    raised: NDArray[np.int64]

    @cached_property
    def height(self) -> float:
        """The usual height of its digits in the picture, px."""
        return self.size * math.sqrt(self._enlarged)

    @property
    def _enlarged(self) -> float:
        return abs(float(np.linalg.det(self.to_picture[:, :2])))

    @cached_property
    def are_ones(self) -> Mask:
        """Which strokes are straight and parallel to one like them near by: (strokes + 1,).

        To the networks two of them look like the outline of one as well.
        """
        are = np.zeros(len(self.boxes) + 1, bool)
        left, _, width, height = self.boxes.T
        may_be = (height >= HIGH * self.size) & (2 * width <= height)
        alike = np.minimum(height[1:], height[:-1]) >= LIKE * np.maximum(height[1:], height[:-1])
        apart = left[1:] - left[:-1] - width[:-1]
        lean: dict[int, float] = {}
        near = may_be[:-1] & may_be[1:] & alike & (apart < APART * self.size)
        for i in np.flatnonzero(near).tolist():
            for number in {i + 1, i + 2} - lean.keys():
                ys, xs = np.nonzero(self.strokes == number)
                if self.is_straight(ys, xs):
                    (_, both), (_, down) = np.cov(xs, ys)
                    lean[number] = both / down
            if abs(lean.get(i + 1, np.inf) - lean.get(i + 2, -np.inf)) <= PARALLEL:
                are[i + 1 : i + 3] = True
        return are

    def is_straight(self, ys: NDArray[np.int64], xs: NDArray[np.int64]) -> bool:
        """Whether pixels are a whole stroke that is straight and higher than wide."""
        if len(ys) < 2 or np.ptp(ys) <= np.ptp(xs):
            return False
        across, along = spread(ys, xs)
        is_whole = len(ys) == np.count_nonzero(self.strokes == self.strokes[ys[0], xs[0]])
        return bool(is_whole and across < STRAIGHT * along)

    @cached_property
    def mass(self) -> float:
        """How much ink its strokes have, pixels of the picture of full strength."""
        return self._enlarged * float(self.ink[self.strokes > 0].sum())


@traced
def find_rows(ink: Ink, *, all_of_it: bool = False, one_row: bool = False) -> list[Row]:
    """The rows of strokes, top to bottom.

    Args:
        all_of_it: take nothing for shadows, boxes and ruled lines, as where a picture ends at its
            digits, and give none where it does not; what lies beside the paper is left out still.
        one_row: all digits that are near each other are one row's, however they jump.
    """
    without = _without_strips if all_of_it else _without_penumbrae
    strength, to_picture = _turned(without(ink))
    core = ink.core if strength is ink.strength else Core(strength > CORE)
    strokes = core.strokes if all_of_it else written(core)
    mass, boxes = strokes.mass(strength), strokes.boxes
    kept = np.arange(1, len(boxes)) if all_of_it else _without_shadows(strokes, mass)
    if not kept.size:
        return []
    size = height_holding(0.5, boxes[kept], mass[kept])
    if size < SMALLEST or (all_of_it and size < TALL * len(strength)):
        return []
    sized = [
        (max(size, height_holding(0.5, boxes[some], mass[some])), some)
        for some in _of_size(size, kept, strokes, mass, one_row=one_row)
    ]
    rest = kept[~np.isin(kept, np.concatenate([some for _, some in sized]))]
    if rest.size >= SEVERAL and not all_of_it:
        smaller = height_holding(0.5, boxes[rest], mass[rest])
        if smaller >= max(SMALLEST, SMALLER * size):
            groups = _of_size(smaller, rest, strokes, mass, one_row=one_row)
            sized += [(smaller, some) for some in groups if len(some) >= SEVERAL]
            sized.sort(key=lambda one: float(strokes.middles[one[1], 1].mean()))
    rows = [_row(strength, strokes, some, size, to_picture) for size, some in sized]
    return [row for row in rows if len(row.boxes)]  # the thinnest strokes of a texture may be lost


def _without_penumbrae(ink: Ink) -> NDArray[np.float32]:
    """The ink without what reaches the picture's edge and begins less steeply than other strokes.

    Where a soft shadow leaves the picture, nothing tells how it would go on.
    """
    strength = ink.strength
    if not edge_of(ink.core.mask).any():
        return strength
    strokes = ink.core.strokes
    mass = strokes.mass(strength)
    at_edge = strokes.at_edge
    mass[at_edge] = 0
    if not mass.any():
        return strength
    usual = _steepness(strength, strokes, int(mass.argmax()))
    may_be = at_edge & (strokes.boxes[:, 2:].min(axis=1) > SMOOTH)
    shadows = [
        i
        for i in (np.flatnonzero(may_be[1:]) + 1).tolist()
        if _steepness(strength, strokes, i) < BLURRED * usual
    ]
    return np.where(np.isin(strokes.labels, shadows), np.float32(0), strength)


def _without_strips(ink: Ink) -> NDArray[np.float32]:
    """The ink without strips along a whole side of the picture, as of a table beside the paper.

    What is as high as the picture is none, where all it holds is.
    """
    strength, strokes = ink.strength, ink.core.strokes
    is_strip, heights = strokes.along_sides(FULL)[1:], strokes.boxes[1:, 3]
    if not is_strip.any() or heights[~is_strip].max(initial=0) >= WHOLE * len(strength):
        return strength
    strips = np.flatnonzero(is_strip) + 1
    return np.where(np.isin(strokes.labels, strips), np.float32(0), strength)


def _steepness(strength: NDArray[np.float32], strokes: Strokes, number: int) -> float:
    """How steeply a stroke begins: by how much its strength changes at its edge, a pixel on."""
    x, y, width, height = strokes.boxes[number]
    place = slice(max(0, y - 1), y + height + 1), slice(max(0, x - 1), x + width + 1)
    is_stroke = strokes.labels[place] == number
    # A large shadow's grain is steep somewhere.
    smooth = cv2.blur(np.ascontiguousarray(strength[place]), (SMOOTH, SMOOTH))
    steps = [np.abs(np.diff(smooth, axis=axis))[np.diff(is_stroke, axis=axis)] for axis in (0, 1)]
    return float(np.median(np.concatenate(steps)))


def _turned(strength: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Turn so that rows are level; also the way back from its pixels to the picture's."""
    height, width = strength.shape
    angle = _slope(strength)
    if abs(angle) < UPRIGHT:
        return strength, np.eye(2, 3)
    turn = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), angle, 1)
    # The page grows, so that nothing is turned out of it.
    corners = np.array([[0, 0], [width, 0], [0, height], [width, height]]) @ turn[:, :2].T
    low, high = corners.min(axis=0), corners.max(axis=0)
    turn[:, 2] -= low + turn[:, 2]
    across, down = (int(side) for side in np.ceil(high - low))
    turned = cv2.warpAffine(strength, turn, (across, down), flags=cv2.INTER_LINEAR)
    return np.asarray(turned, np.float32), np.asarray(cv2.invertAffineTransform(turn), float)


def _slope(strength: NDArray[np.float32]) -> float:
    """Degrees by which rows fall to the right: where the ink by lines is most uneven.

    Postl, "Detection of linear oblique structures and skew scan in digitized documents" (1986).
    """
    small = reduced(strength, SEARCHED)
    ys, xs = np.nonzero(small > CORE / 2)
    if xs.size == 0 or np.ptp(xs) < 1.2 * np.ptp(ys):  # a lone digit is as it is
        return 0.0
    weights = small[ys, xs].astype(float)
    reach = int(np.hypot(*small.shape)) + 2.5  # no line is below 0, and all are rounded
    y, x = ys - ys.mean() + reach, xs - xs.mean()
    # Each number has lines of its own: what is far from it is not in its row.
    y += _neighbours(small.shape, ys, xs, weights) * (2 * int(reach) + 3)

    def most_uneven(angles: NDArray[np.float64]) -> float:
        lines = (y + np.tan(np.deg2rad(angles))[:, None] * x).astype(np.int64)
        unevenness = [np.square(np.bincount(line, weights)).sum() for line in lines]
        return float(angles[np.argmax(unevenness * (1 - 0.0004 * angles * angles))])

    coarse = most_uneven(np.arange(-15.0, 16, 3))
    return -most_uneven(np.arange(coarse - 2, coarse + 2.5, 0.5))


def _neighbours(
    shape: tuple[int, ...],
    ys: NDArray[np.int64],
    xs: NDArray[np.int64],
    weights: NDArray[np.float64],
) -> NDArray[np.int32]:
    """Number of the strokes beside each other that a pixel is of; all 0 where most are alone.

    Args:
        shape: of the picture, (height, width).
        ys, xs: (n,), pixels with ink.
        weights: (n,), its strength there.
    """
    inked = np.zeros(shape, np.uint8)
    inked[ys, xs] = 1
    labels, stats, _ = connected(inked)
    mass = np.asarray(np.bincount(labels[ys, xs], weights), np.float64)
    size = height_holding(0.5, stats[1:, :4], mass[1:])
    across = 2 * int(size / 2) + 1
    labels, stats, _ = connected(cv2.dilate(inked, np.ones((1, across), np.uint8)))
    groups = labels[ys, xs]
    mass = np.asarray(np.bincount(groups, weights, len(stats)), np.float64)
    tell = stats[:, 2] - across >= TELLING * size
    return groups if mass[tell].sum() >= mass.sum() / 2 else np.zeros_like(groups)


def _without_shadows(strokes: Strokes, mass: NDArray[np.float64]) -> NDArray[np.int64]:
    """Labels of strokes; what lies along the picture's edge only if there is nothing else."""
    height, width = strokes.labels.shape
    boxes = strokes.boxes
    _, _, w, h = boxes[1:].T
    shadow = strokes.at_edge[1:] & ((w > 0.4 * width) | (h > 0.75 * height))
    labels = np.arange(1, len(boxes))
    if shadow.all():
        return labels
    # Where a picture ends at its digits, they are no larger than what lies within it.
    usual = height_holding(0.5, boxes[1:][~shadow], mass[1:][~shadow])
    is_larger = np.maximum(w, h) > LARGER * usual
    others = labels[~shadow]
    for number in labels[shadow & is_larger].tolist():
        shadow[number - 1] = not _is_by_pen(strokes, number, others)
    shadow &= is_larger
    return np.asarray(labels[~(shadow | _are_cut_off(strokes, mass))], np.int64)


def _is_by_pen(strokes: Strokes, number: int, others: NDArray[np.int64]) -> bool:
    """Whether a stroke is as thin as the others, by their numbers, and no edge of paper."""
    radius = float(strokes.radii[number])
    if radius > THICKER * strokes.radii[others].max():
        return False
    across, _ = spread(*np.nonzero(strokes.mask(number)))
    return across >= BENT * radius or not _leads_across(strokes, number, FOOT * radius)


def _leads_across(strokes: Strokes, number: int, foot: float) -> bool:
    """Whether a stroke goes along the picture's edge for more than a foot, or from side to side."""
    on = [int(np.count_nonzero(side == number)) for side in sides_of(strokes.labels)]
    return max(on) > foot or sum(count > 0 for count in on) > 1


def _are_cut_off(strokes: Strokes, mass: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which strokes, from number 1, are of lines above and below that the picture cuts off."""
    height, boxes, mass = len(strokes.labels), strokes.boxes[1:], mass[1:]
    y, h = boxes[:, 1], boxes[:, 3]
    is_cut = (y == 0) | (y + h == height)
    whole = ~is_cut
    if not is_cut.any() or mass[whole].sum() < WITHIN * mass.sum():
        return np.zeros(len(h), np.bool_)
    usual = height_holding(0.5, boxes[whole], mass[whole])
    tall = whole & (h > SMALL * usual)
    beside = np.concatenate([[0], np.cumsum(covered(y[tall], h[tall], height))])
    is_apart = beside[y + h] - beside[y] < BESIDE * h
    return np.asarray(is_cut & is_apart & (h < CUT * usual), np.bool_)


def _of_size(
    size: float,
    kept: NDArray[np.int64],
    strokes: Strokes,
    mass: NDArray[np.float64],
    *,
    one_row: bool,
) -> list[NDArray[np.int64]]:
    """Labels by row of strokes of that usual height, without specks.

    Small strokes belong to the row they are in, and make none.
    """
    boxes, middles = strokes.boxes, strokes.middles[:, 1]
    tall = kept[boxes[kept, 3] >= SMALL * size]
    kept = kept[mass[kept] > min(SPECK * size * size, LESS * float(np.median(mass[tall])))]
    tall = kept[boxes[kept, 3] >= SMALL * size]
    tall = tall[np.argsort(middles[tall])]
    if not tall.size:
        return []
    breaks = np.flatnonzero(np.diff(middles[tall]) > IN_ROW * size) + 1
    rows = join(np.split(tall, breaks), boxes, size, one_row=one_row)
    small = kept[boxes[kept, 3] < SMALL * size]
    away = [np.abs(middles[small] - middles[_beside(boxes, row, small)]) for row in rows]
    nearest = np.argmin(away, axis=0)
    grouped = []
    for i, (row, far) in enumerate(zip(rows, away, strict=True)):
        near = small[(nearest == i) & (far < 0.75 * size)]
        near = near[~_are_underlines(boxes[near], boxes[row], size)]
        grouped.append(np.concatenate([row, near]))
    return grouped


def _beside(
    boxes: NDArray[np.int32], row: NDArray[np.int64], small: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Which stroke of a row is at about the same place along it, for each of the small ones."""
    centres = boxes[:, 0] + boxes[:, 2] / 2
    along = row[np.argsort(centres[row])]
    between = (centres[along[1:]] + centres[along[:-1]]) / 2
    return along[np.searchsorted(between, centres[small])]


def _are_underlines(
    small: NDArray[np.int32], tall: NDArray[np.int32], size: float
) -> NDArray[np.bool_]:
    """Which small strokes, by their boxes, are flat, and under the tall ones of their row.

    The foot of a 1 is nearer to it than a short one.
    """
    x, y, width, height = small.T
    left, top, across, down = tall.T
    are_over = (left < (x + width)[:, None]) & (left + across > x[:, None])
    gap = y - np.where(are_over, top + down, 0).max(axis=1, initial=0)
    is_flat = (height < FLAT * width) & are_over.any(axis=1)
    is_below = (gap > NEAR * size) & (width > SHORT * size)
    is_long = (gap > -NEAR * size) & ((width > WIDE_FOOT * size) | (are_over.sum(axis=1) > 1))
    return np.asarray(is_flat & (is_below | is_long))


def _row(
    strength: NDArray[np.float32],
    strokes: Strokes,
    some: NDArray[np.int64],
    size: float,
    to_picture: NDArray[np.float64],
) -> Row:
    x, y, w, h = strokes.boxes[some].T
    # Room for the strokes' soft edges.
    left, top = max(0, x.min() - SOFT), max(0, y.min() - SOFT)
    place = slice(top, (y + h).max() + SOFT), slice(left, (x + w).max() + SOFT)
    ink, mine = strength[place], np.zeros(len(strokes.boxes), bool)
    mine[some] = True
    mine = mine[strokes.labels[place]]
    others = (ink > CORE) & ~mine  # lines and boxes that were left out, too
    if others.any():
        ink = np.where(with_edges(others) & ~with_edges(mine), np.float32(0), ink)
    raised = np.zeros(ink.shape[1], np.int64)
    if len(ink) > JUMPING * size:
        number = np.zeros(len(strokes.boxes), np.int32)
        number[some] = np.arange(1, len(some) + 1)
        boxes = strokes.boxes[some] - np.array([left, top, 0, 0], np.int32)
        ink, mine, raised = without_jumps(ink, number[strokes.labels[place]], boxes, size)
    scale = min(1, LARGE / size)
    if scale < 1:
        ink, mine, raised, beyond = _reduced(ink, mine, raised, scale)
        left, top = left - beyond, top - beyond
    parts = find_strokes(mine)
    order = np.argsort(parts.middles[1:, 0]) + 1
    number = np.zeros(len(parts.boxes), np.int32)
    number[order] = np.arange(1, len(number))
    to_page = np.array([[1 / scale, 0, left], [0, 1 / scale, top], [0, 0, 1]], float)
    return Row(
        ink, number[parts.labels], parts.boxes[order], size * scale, to_picture @ to_page, raised
    )


def _reduced(
    ink: NDArray[np.float32], mine: NDArray[np.bool_], raised: NDArray[np.int64], scale: float
) -> tuple[NDArray[np.float32], NDArray[np.bool_], NDArray[np.int64], int]:
    """A row so much smaller, and by how many px of before it was made larger on each side."""
    ink, mine, beyond = _thickened(ink, mine, THINNEST / scale)
    raised = np.pad(raised, beyond, mode="edge")
    shape = max(1, round(ink.shape[1] * scale)), max(1, round(ink.shape[0] * scale))
    ink = np.asarray(cv2.resize(ink, shape, interpolation=cv2.INTER_AREA), np.float32)
    less = cv2.resize(mine.astype(np.float32), shape, interpolation=cv2.INTER_AREA)
    columns = (np.arange(shape[0]) * len(raised)) // shape[0]
    raised = np.rint(scale * raised[columns]).astype(np.int64)
    return ink, np.asarray(less > CORE), raised, beyond


def _thickened(
    ink: NDArray[np.float32], mine: NDArray[np.bool_], least: float
) -> tuple[NDArray[np.float32], NDArray[np.bool_], int]:
    """The ink and what is strokes of it, these `least` px thick, and by how much both are larger.

    A hairline would vanish where large digits are reduced.
    """
    lacking = round(least - stroke_width(np.where(mine, ink, np.float32(0))))
    if lacking < 1:
        return ink, mine, 0
    beyond = lacking // 2 + 1
    pen = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (lacking + 1, lacking + 1))
    ink, mine = np.pad(ink, beyond), np.pad(mine, beyond)
    return (
        np.asarray(cv2.dilate(ink, pen), np.float32),
        cv2.dilate(mine.view(np.uint8), pen) > 0,
        beyond,
    )
