"""Ink -> rows of strokes: turned upright, without specks, shadows and ruled lines."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from .ink import CORE, Ink, edge_of, reduced
from .strokes import REACH, SOFT, Strokes, find_frames, find_strokes, height_holding
from .tracing import traced

SEARCHED: Final = 240  # px, the long side on which the slope is searched
STEEPEST: Final = 16  # degrees a row may slope
STEEP: Final = 0.025  # of its length, how much a straight line that is nearly level rises at most
UPRIGHT: Final = 1.5  # degrees under which nothing is turned
RULE: Final = 0.8  # of the picture's side, from which on a thin straight line is a ruled one
RULE_WIDTH: Final = 0.03  # of the side, and at least 2 px: how thick a ruled line is at most
TICK: Final = 0.7  # of the digits' height, a tick on a ruled line at most ...
TICK_WIDTH: Final = 0.2  # ... and its width
LARGE: Final = 80  # px, digits larger than this are reduced to it, four times what the network sees
TALL: Final = 0.7  # of the picture's height, from which on its digits are as high as it
FRAME_WIDTH: Final = 0.2  # of a box's shorter side, how thick its lines are at most
UP: Final = 0.4
GAP: Final = 1.4
RULED: Final = 1.8  # of the usual height, a line that digits stand on, at least
BOXED: Final = 0.72  # of a stroke's sides, the lines in it that are a box, at least
LEVEL: Final = 0.6  # of the usual height, the lines of a box at least
DIGIT: Final = 0.35  # of the height of a box, how wide and high a digit in it is, at least
FULL: Final = 0.85  # of its box, the area of a strip along the edge, at least
WHOLE: Final = 0.9  # of the picture's height, the digits' where it ends at them, at least
LARGER: Final = 1.5  # times the usual height, from which on a stroke at the edge is a shadow
BLURRED: Final = 0.3  # of the other strokes' steepness, below which one at the edge is a shadow
SMALLEST: Final = 5  # px, a digit's height, under which nothing of it can be told
SPECK: Final = 0.01  # of the digits' height squared, the ink of a speck
SMALL: Final = 0.45  # of the digits' height, below which a stroke is no digit by itself
IN_ROW: Final = 0.6  # of the digits' height, by which middles of digits in a row differ at most


@dataclass(frozen=True)
class Row:
    """Strokes beside each other, the row level.

    Attributes:
        ink: float32, (height, width), 0 to 1.
        strokes: int32, (height, width), the stroke a pixel belongs to, from 1; 0 for none.
        boxes: int32, (strokes, 4), x, y, width and height of each, in the order of their middles.
        size: the usual height of its digits, px.
        to_picture: float64, (2, 3), affine, from the row's pixels to the picture's.
    """

    ink: NDArray[np.float32]
    strokes: NDArray[np.int32]
    boxes: NDArray[np.int32]
    size: float
    to_picture: NDArray[np.float64]

    @cached_property
    def mass(self) -> float:
        """How much ink its strokes have, pixels of the picture of full strength."""
        enlarged = abs(float(np.linalg.det(self.to_picture[:, :2])))
        return enlarged * float(self.ink[self.strokes > 0].sum())


@traced
def find_rows(ink: Ink, *, all_of_it: bool = False) -> list[Row]:
    """The rows of strokes, top to bottom.

    Args:
        all_of_it: take nothing for shadows, boxes and ruled lines, as where a picture ends at its
            digits, and give none where it does not; what lies beside the paper is left out still.
    """
    without = _without_strips if all_of_it else _without_penumbrae
    strength, to_picture = _level(without(ink.strength))
    strokes = find_strokes(strength > CORE) if all_of_it else _written(strength > CORE)
    mass, boxes = strokes.mass(strength), strokes.boxes
    kept = np.arange(1, len(boxes)) if all_of_it else _without_shadows(strokes, mass)
    if not kept.size:
        return []
    size = height_holding(0.5, boxes[kept], mass[kept])
    if size < SMALLEST or (all_of_it and size < TALL * len(strength)):
        return []
    kept = kept[mass[kept] > SPECK * size * size]
    return [
        _row(strength, strokes, some, size, to_picture)
        for some in _grouped(kept, boxes, strokes.middles[:, 1], size)
    ]


def _without_penumbrae(strength: NDArray[np.float32]) -> NDArray[np.float32]:
    """The ink without what reaches the picture's edge and begins less steeply than other strokes.

    Where a soft shadow leaves the picture, nothing tells how it would go on.
    """
    core = strength > CORE
    if not edge_of(core).any():
        return strength
    strokes = find_strokes(core)
    mass = strokes.mass(strength)
    mass[strokes.at_edge] = 0
    if not mass.any():
        return strength
    usual = _steepness(strength, strokes, int(mass.argmax()))
    at_edge = (np.flatnonzero(strokes.at_edge[1:]) + 1).tolist()
    shadows = [i for i in at_edge if _steepness(strength, strokes, i) < BLURRED * usual]
    return np.where(np.isin(strokes.labels, shadows), np.float32(0), strength)


def _without_strips(strength: NDArray[np.float32]) -> NDArray[np.float32]:
    """The ink without strips along a whole side of the picture, as of a table beside the paper.

    What is as high as the picture is none, where all it holds is.
    """
    strokes = find_strokes(strength > CORE)
    height, width = strength.shape
    _, _, w, h = strokes.boxes[1:].T
    is_full = strokes.areas[1:] > FULL * w * h
    is_strip = strokes.at_edge[1:] & ((w == width) | (h == height)) & is_full
    if not is_strip.any() or h[~is_strip].max(initial=0) >= WHOLE * height:
        return strength
    strips = np.flatnonzero(is_strip) + 1
    return np.where(np.isin(strokes.labels, strips), np.float32(0), strength)


def _steepness(strength: NDArray[np.float32], strokes: Strokes, number: int) -> float:
    """How much the strength of a stroke changes from one pixel to the next, at most."""
    x, y, width, height = strokes.boxes[number]
    place = slice(max(0, y - 1), y + height + 1), slice(max(0, x - 1), x + width + 1)
    ink = np.where(np.isin(strokes.labels[place], (0, number)), strength[place], np.float32(0))
    return float(max(np.abs(np.diff(ink, axis=axis)).max(initial=0) for axis in (0, 1)))


def _level(strength: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
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

    def most_uneven(angles: NDArray[np.float64]) -> float:
        lines = (y + np.tan(np.deg2rad(angles))[:, None] * x).astype(np.int64)
        unevenness = [np.square(np.bincount(line, weights)).sum() for line in lines]
        return float(angles[np.argmax(unevenness * (1 - 0.0004 * angles * angles))])

    coarse = most_uneven(np.arange(-15.0, 16, 3))
    return -most_uneven(np.arange(coarse - 2, coarse + 2.5, 0.5))


def _ruled(core: NDArray[np.bool_], *, is_frame: bool = False) -> NDArray[np.bool_]:
    """Where thin straight lines run across the picture, apart from strokes that cross them.

    Args:
        is_frame: whether nothing but a frame is expected, no digit as high as the picture.
    """
    ruled = np.zeros_like(core)
    for axis in (0, 1):
        along = core.shape[1 - axis]
        if np.count_nonzero(core.any(axis=axis)) < RULE * along:
            continue
        thick = max(2, round(RULE_WIDTH * core.shape[axis]))
        turned = core.T if axis else core
        # Lines that are not quite level pass from one row of pixels to the next.
        image = np.ascontiguousarray(turned, np.uint8)
        whole = cv2.morphologyEx(image, cv2.MORPH_OPEN, np.ones((1, max(8, along // 12))))
        if np.count_nonzero(whole.any(axis=0)) < RULE * along:
            continue
        count, labels, stats, _ = cv2.connectedComponentsWithStats(whole)
        lines = np.zeros_like(turned)
        for label in range(1, count):
            _, _, width, height, _ = stats[label]
            if width >= RULE * along and height <= 3 * thick:
                lines |= labels == label
        if not lines.any():
            continue
        strokes = cv2.morphologyEx(image, cv2.MORPH_OPEN, np.ones((thick + 2, 1)))
        lines &= strokes == 0
        found = lines.T if axis else lines
        if not axis or is_frame or _is_low(core & ~ruled & ~found):
            ruled |= found
    return ruled


def _straight(
    mask: NDArray[np.bool_], thick: int, least: float, run: int, gap: int
) -> NDArray[np.bool_]:
    """Where thin level lines are, apart from strokes that cross them or lie on them.

    Args:
        thick: px, how thick they are at most.
        least: px, how long they are at least.
        run: px without a step at least.
        gap: px, hidden by other strokes at most.
    """
    image = np.ascontiguousarray(mask, np.uint8)
    lines = np.zeros_like(mask)
    for _ in range(2):  # the second time knowing how thick they are
        # Where strokes cross a line or lie on it, both together are thicker.
        strokes = _opened(image, thick + 2, 1)
        # Lines that are not quite level pass from one row of pixels to the next.
        runs = _opened(image & ~strokes, 1, run)
        if np.count_nonzero(runs.any(axis=0)) < least / 2:
            break
        beside = np.ones((1, gap | 1), np.uint8)
        joined = cv2.copyMakeBorder(runs, 0, 0, gap, gap, cv2.BORDER_CONSTANT)
        joined = cv2.morphologyEx(joined, cv2.MORPH_CLOSE, beside)[:, gap:-gap]
        _, labels, stats, _ = cv2.connectedComponentsWithStats(joined)
        across, down = stats[:, 2:4].T
        usual = np.bincount(labels[runs > 0], minlength=len(stats)) / np.maximum(across, 1)
        is_line = (across >= least) & (down <= 1.2 * usual + STEEP * across + 1)
        is_line[0] = False
        lines = is_line[labels] & (runs > 0)
        if not lines.any():
            break
        thick = min(thick, round(np.count_nonzero(lines) / stats[is_line, 2].sum()) + 1)
    return np.asarray(lines)


def _written(core: NDArray[np.bool_]) -> Strokes:
    """The strokes, without boxes around them and ruled lines."""
    strokes = find_strokes(core)
    frames = find_frames(strokes.boxes)
    wide, high = RULE * np.array(core.shape)[::-1, None] <= strokes.boxes[frames, 2:].T
    frames = frames[~(wide & high & strokes.at_edge[frames])]  # else lines of the paper
    rest = _without_frames(strokes, frames)
    ruled = _ruled(core if rest is None else rest)
    if ruled.any():
        return _without_ticks(find_strokes((core if rest is None else rest) & ~ruled), ruled)
    return strokes if rest is None else find_strokes(rest)


def _without_frames(strokes: Strokes, frames: NDArray[np.int64]) -> NDArray[np.bool_] | None:
    """The ink without boxes that digits were written into, None where there are none.

    Args:
        frames: strokes around others; boxes that hang together with a digit are looked for.
    """
    if len(strokes.boxes) == 1:
        return None
    usual = _usual(strokes)
    image = (strokes.labels[strokes.place] > 0).view(np.uint8)
    level = _opened(image, 1, max(8, round(LEVEL * usual)))
    ys, xs = np.nonzero(level)
    labels = strokes.labels[strokes.place][ys, xs]
    first, last = np.full(len(strokes.boxes), 10**6), np.full(len(strokes.boxes), -1)
    np.minimum.at(first, labels, ys)
    np.maximum.at(last, labels, ys)
    _, _, wide, high = strokes.boxes.T
    boxed = np.flatnonzero((last - first >= BOXED * high) | ((last >= 0) & (wide >= RULED * usual)))
    core = None
    paper = strokes.at_edge & (strokes.boxes[:, 2] >= RULE * strokes.labels.shape[1])
    for label in {*frames.tolist(), *boxed[~paper[boxed]].tolist()}:
        x, y, width, height = strokes.boxes[label]
        is_frame = label in frames
        place = slice(y, y + height), slice(x, x + width)
        frame = strokes.labels[place] == label
        lines = _lines_of(frame, usual)
        if not is_frame and not lines.any():
            continue
        # What is left without the lines may be digits that touch them.
        parts = find_strokes(frame & ~lines)
        _, _, w, h = parts.boxes.T
        is_digit = (parts.areas > 0.02 * usual**2) & (w > 2) & (h > 2) & (h < 2 * usual)
        if not lines.any():
            is_digit &= w < 1.5 * usual
            is_digit &= (w < 0.95 * width) & (h < 0.97 * height)
        is_digit &= (h < 0.95 * height) | (w >= DIGIT * usual)
        if width >= RULED * usual:
            is_digit &= (h >= TICK * usual) | (w >= TICK_WIDTH * usual)
        is_digit[0] = False
        is_small = width < RULED * usual and height < RULED * usual
        if not is_digit.any() and not is_frame and is_small:
            continue
        if core is None:
            core = strokes.labels > 0
        core[place] &= ~frame
        core[place] |= is_digit[parts.labels]
    return core


def _usual(strokes: Strokes) -> float:
    """The usual height of strokes, of those that have no other inside if there are any."""
    x, y, width, height = strokes.boxes[1:].T
    largest = np.argsort(-width.astype(np.int64) * height)[:16]
    left, top, wide, high = (some[largest, None] for some in (x, y, width, height))
    inside = (x > left) & (y > top) & (x + width < left + wide) & (y + height < top + high)
    around = (inside & (height > 0.1 * high)).any(axis=1) | (inside.sum(axis=1) > 4)
    rest = np.setdiff1d(np.arange(len(x)), largest[around])
    if not rest.size:
        rest = np.arange(len(x))
    return height_holding(0.5, strokes.boxes[1:][rest], strokes.areas[1:][rest])


def _opened(image: NDArray[np.uint8], height: int, width: int) -> NDArray[np.uint8]:
    """What is left of a mask where a box of so many px, or one more, fits in."""
    kernel = np.ones((height | 1, width | 1), np.uint8)
    small = cv2.erode(image, kernel, borderType=cv2.BORDER_CONSTANT, borderValue=0)
    return np.asarray(cv2.dilate(small, kernel), np.uint8)


def _lines_of(frame: NDArray[np.bool_], usual: float) -> NDArray[np.bool_]:
    """The lines of a box, or of several side by side, or that on which digits stand."""
    height, width = frame.shape
    thick, run = max(2, round(FRAME_WIDTH * usual)), max(6, round(0.25 * usual))
    gap = round(GAP * usual)
    lines = _straight(frame, thick, min(BOXED * width, RULED * usual), run, gap)
    rows = np.flatnonzero(lines.any(axis=1))
    if not rows.size or width < LEVEL * usual:
        return np.zeros_like(frame)
    if np.ptp(rows) >= BOXED * height:
        upright = _straight(frame.T, thick, UP * np.ptp(rows), run, gap).T
        columns = np.flatnonzero(upright.any(axis=0))
        is_box = columns.size and np.ptp(columns) >= BOXED * width
        return lines | upright if is_box else np.zeros_like(frame)
    return lines if width >= RULED * usual else np.zeros_like(frame)


def _without_ticks(strokes: Strokes, ruled: NDArray[np.bool_]) -> Strokes:
    """The strokes without low upright ones on a ruled line, which part it into fields as a comb."""
    near = cv2.dilate(ruled.view(np.uint8), REACH) > 0
    is_on = np.zeros(len(strokes.boxes), bool)
    is_on[np.unique(strokes.labels[near])] = True
    others = ~is_on[1:]
    if not others.any():
        return strokes
    usual = height_holding(0.5, strokes.boxes[1:][others], strokes.areas[1:][others])
    _, _, width, height = strokes.boxes.T
    ticks = is_on & (height < TICK * usual) & (width < TICK_WIDTH * usual)
    ticks[0] = False
    return find_strokes((strokes.labels > 0) & ~ticks[strokes.labels]) if ticks.any() else strokes


def _is_low(rest: NDArray[np.bool_]) -> bool:
    """Whether there are strokes, and none as high as the picture, as where it ends at its digits.

    Else what runs from top to bottom may be a 1.
    """
    heights = find_strokes(rest).boxes[1:, 3]
    return bool(heights.size and heights.max() < TALL * len(rest))


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
    return np.asarray(labels[~(shadow & is_larger)], np.int64)


def _grouped(
    kept: NDArray[np.int64], boxes: NDArray[np.int32], middles: NDArray[np.float64], size: float
) -> list[NDArray[np.int64]]:
    """Labels by row. Small strokes belong to the row they are in, and make none."""
    tall = kept[boxes[kept, 3] >= SMALL * size]
    tall = tall[np.argsort(middles[tall])]
    if not tall.size:
        return []
    breaks = np.flatnonzero(np.diff(middles[tall]) > IN_ROW * size) + 1
    rows = np.split(tall, breaks)
    levels = np.array([middles[row].mean() for row in rows])
    small = kept[boxes[kept, 3] < SMALL * size]
    nearest = np.abs(middles[small][:, None] - levels).argmin(axis=1) if small.size else small
    grouped = []
    for i, row in enumerate(rows):
        near = small[nearest == i] if small.size else small
        near = near[np.abs(middles[near] - levels[i]) < 0.75 * size]
        grouped.append(np.concatenate([row, near]))
    return grouped


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
        near, own = (cv2.dilate(mask.view(np.uint8), REACH) for mask in (others, mine))
        ink = np.where(near > own, np.float32(0), ink)
    scale = min(1, LARGE / size)
    if scale < 1:
        shape = max(1, round(ink.shape[1] * scale)), max(1, round(ink.shape[0] * scale))
        ink = np.asarray(cv2.resize(ink, shape, interpolation=cv2.INTER_AREA), np.float32)
        less = cv2.resize(mine.astype(np.float32), shape, interpolation=cv2.INTER_AREA)
        mine = np.asarray(less > CORE)
    parts = find_strokes(mine)
    order = np.argsort(parts.middles[1:, 0]) + 1
    number = np.zeros(len(parts.boxes), np.int32)
    number[order] = np.arange(1, len(number))
    to_page = np.array([[1 / scale, 0, left], [0, 1 / scale, top], [0, 0, 1]], float)
    return Row(ink, number[parts.labels], parts.boxes[order], size * scale, to_picture @ to_page)
