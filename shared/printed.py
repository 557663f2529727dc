"""Ink -> strokes, without what was printed for them: ruled lines, boxes, cells, combs.

Lines are told from strokes as thin, straight and long; where a stroke crosses a line or lies on it,
both together are thicker than the line, and stay.
"""

import functools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from .dots import are_dots
from .raster import Mask, opened
from .straight import STEEP, Line, find_straight, find_unbroken
from .strokes import Strokes, find_strokes, height_holding, largest_with_contents, with_edges

RULE: Final = 0.8  # of the picture's side, from which on a thin straight line is a ruled one
NEARLY_RULE: Final = 0.7  # of it, from which on one is perhaps the upper side of boxes
RULE_WIDTH: Final = 0.03  # of the side, and at least 2 px: how thick a ruled line is at most
RULE_PIECE: Final = 1 / 24  # of the side, a piece of a ruled line between strokes, at least ...
RULE_GAP: Final = 0.6  # ... and what strokes hide of it, at most
ENDS: Final = 0.03  # ... and how far from its end, or the outermost level lines, upright ones end
HAIR: Final = 1 / 40  # of its length, how thick an upright one is that is no 1, at most
TALL: Final = 0.7  # of the picture's height, from which on its digits are as high as it

# Of the usual height of strokes:
LINE: Final = 0.2  # how thick a printed line is at most
PIECE: Final = 0.25  # a piece of one between strokes, at least ...
LONG_PIECE: Final = 0.6  # ... and the longest
SIDE_PIECE: Final = 0.4  # the longest of an upright side
GAP: Final = 1.4  # what strokes hide of a line, at most
LEVEL: Final = 0.6  # the width of a box, at least
WIDE: Final = 1.8  # a line that digits stand on, at least
TICK: Final = 0.7  # a tick on such a line, at most ...
TICK_WIDTH: Final = 0.2  # ... and how wide
TOOTH: Final = 2  # px, by which a comb's tooth is thicker than its line, at most ...
TEETH: Final = 3  # ... how many it has, at least ...
EVENLY: Final = 0.1  # ... of what is between two, by how much that and their heights differ ...
FIELD: Final = 0.6  # ... and that, at least
NARROW: Final = 0.35  # the width of what is left of a box's side, at most
LARGE: Final = 2.0  # the height of a digit in a box, at most
SPECK: Final = 0.02  # of the height squared, the area of what is left of a line's end, at most

STRAIGHT: Final = 0.5  # of a box's side, what is straight as seen from outside, at least ...
MISSING: Final = 0.1  # ... and what is missing of it, at most
FOUND: Final = 0.5  # of a box's outline, with which lines found between its digits are all of it
BEHIND: Final = 3  # px beside a line, within which what crosses it goes on
BOXED: Final = 0.72  # of a stroke's sides, the box that it holds, at least
SIDE: Final = 0.6  # of a box's height, an upright line of it, at least
SLANTS: Final = (-0.07, 0.07, -0.14, 0.14)  # of upright lines of boxes seen from the side
AROUND: Final = 3  # of four sides, on which a circle is of what is in it
MOST_BOXES: Final = 64  # of the widest strokes that may hold one are looked at


@dataclass(frozen=True)
class Core:
    """Where surely ink is, and what runs from side to side there.

    Attributes:
        mask: bool, (height, width).
    """

    mask: Mask

    @functools.cached_property
    def strokes(self) -> Strokes:
        """What hangs together in it."""
        return find_strokes(self.mask)

    @functools.cached_property
    def level(self) -> Mask:
        """Where level lines run from one side to the other."""
        return _ruled_level(self.mask)

    @functools.cached_property
    def columns(self) -> Mask:
        """Where lines run from top to bottom, between level lines if there are any."""
        return _ruled_columns(self.mask, self.level)


def written(core: Core) -> Strokes:
    """The strokes that were written, where the rows of writing are level."""
    is_base = _is_base_line(core.level, core.mask)
    if is_base:  # the lower side of boxes may be longer than the upper one
        is_base = _is_base_line(_ruled_level(core.mask, NEARLY_RULE), core.mask)
    rest = Core(core.mask & ~core.level) if is_base else core
    if len(rest.strokes.boxes) == 1:
        return rest.strokes
    unboxed = _without_boxes(rest)
    if is_base:
        level = unboxed.level | core.level
        columns = _ruled_columns(unboxed.mask, level)
    else:
        level, columns = unboxed.level, unboxed.columns
    ruled = level
    if columns.any() and is_low(find_strokes(unboxed.mask & ~level & ~columns)):
        ruled = level | columns
    if ruled.any():
        return _without_dots(_without_ticks(find_strokes(unboxed.mask & ~ruled), ruled))
    return _without_dots(unboxed.strokes)


def _without_dots(strokes: Strokes) -> Strokes:
    """The strokes without holes, blots and bullets, if there are others."""
    is_dot = are_dots(strokes)
    return strokes if is_dot[1:].all() else _without(strokes, is_dot)


def _without(strokes: Strokes, which: Mask) -> Strokes:
    """The strokes without those so marked, by number."""
    return find_strokes((strokes.labels > 0) & ~which[strokes.labels]) if which.any() else strokes


def _without_boxes(core: Core) -> Core:
    """The ink without boxes, and lines that digits stand on; itself where there are none."""
    strokes = core.strokes
    usual = _usual_height(strokes)
    # Lines from side to side may be the paper's.
    is_paper = strokes.at_edge & (strokes.boxes[:, 2] >= RULE * strokes.labels.shape[1])
    frames = strokes.frames
    touched = _may_hold_boxes(strokes, usual)
    touched = touched[~np.isin(touched, frames)]
    rest = core.mask
    for label in np.concatenate([frames, touched[~is_paper[touched]]]):
        is_frame = label in frames
        x, y, width, height = strokes.boxes[label]
        place = slice(y, y + height), slice(x, x + width)
        stroke = strokes.mask(label)
        lines, narrow = _lines_of(stroke, usual)
        may_be_circle = is_frame and not is_paper[label]
        if not lines.any() and not (may_be_circle and _is_around(stroke, strokes, label)):
            continue
        parts = find_strokes(stroke & ~lines)
        is_digit = _are_digits(parts, usual, narrow, lines)
        is_small = max(width, height) < WIDE * usual
        if not is_frame and is_small and not is_digit.any():
            continue  # it may be a digit of straight lines
        if rest is core.mask:
            rest = rest.copy()
        rest[place] &= ~stroke
        rest[place] |= is_digit[parts.labels]
    return core if rest is core.mask else Core(rest)


def _is_around(stroke: Mask, strokes: Strokes, label: int) -> bool:
    """Whether a stroke is on three sides of the largest one within its box, at least.

    Args:
        stroke: its mask, as large as its box.
    """
    box = strokes.boxes[label]
    inner = strokes.boxes[int(np.argmax(strokes.are_within(label) * strokes.areas))]
    column, row = inner[:2] - box[:2] + inner[2:] // 2
    across, down = stroke[row], stroke[:, column]
    sides = across[:column], across[column:], down[:row], down[row:]
    return sum(bool(side.any()) for side in sides) >= AROUND


def _usual_height(strokes: Strokes) -> float:
    """That of strokes with no others inside, if there are any."""
    boxes, areas = strokes.boxes[1:], strokes.areas[1:].astype(np.float64)
    largest, inside = largest_with_contents(boxes)
    is_table = inside.sum(axis=1) > 4
    is_box = (inside & (boxes[:, 3] > 0.1 * boxes[largest, 3, None])).any(axis=1)
    rest = np.ones(len(boxes), bool)
    rest[largest[is_table | is_box]] = False
    if not rest.any():
        rest[:] = True
    return height_holding(0.5, boxes[rest], areas[rest])


def _may_hold_boxes(strokes: Strokes, usual: float) -> NDArray[np.int64]:
    """Numbers of strokes with level lines far above each other, or of great width."""
    image = (strokes.labels[strokes.place] > 0).view(np.uint8)
    ys, xs = np.nonzero(opened(image, 1, max(8, round(LEVEL * usual))))
    labels = strokes.labels[strokes.place][ys, xs]
    count = len(strokes.boxes)
    first, last = np.full(count, image.shape[0]), np.full(count, -1)
    np.minimum.at(first, labels, ys)
    np.maximum.at(last, labels, ys)
    _, _, width, height = strokes.boxes.T
    found = np.flatnonzero(
        (last - first >= BOXED * height) | ((last >= 0) & (width > WIDE * usual))
    )
    return found[np.argsort(-width[found])[:MOST_BOXES]]


def _lines_of(stroke: Mask, usual: float) -> tuple[Mask, float]:
    """The lines of a box or of several side by side, or that on which digits stand.

    Returns:
        They, and how wide what is left of them may be where it is as high as a box.
    """
    thick, narrow = max(2, round(LINE * usual)), NARROW * usual
    lines = _lines_in(stroke, usual, thick)
    for place, outline, thickness in _outlines(stroke, usual, thick):
        if (outline & lines[place]).sum() < FOUND * outline.sum():
            lines[place], narrow = outline, 2 * thickness
    return lines, narrow


def _lines_in(stroke: Mask, usual: float, thick: int) -> Mask:
    """The lines as far as they show between digits."""
    height, width = stroke.shape
    none = np.zeros_like(stroke)
    if width < LEVEL * usual:
        return none
    line = Line(
        thick=thick,
        length=min(BOXED * width, WIDE * usual),
        piece=max(6, round(PIECE * usual)),
        longest=round(LONG_PIECE * usual),
        gap=round(GAP * usual),
    )
    level = find_straight(stroke, line)
    rows = np.flatnonzero(level.any(axis=1))
    if not rows.size:
        return none
    if np.ptp(rows) < BOXED * height:
        return level if width >= WIDE * usual else none
    side = replace(
        line,
        thick=_thickness(level, line.thick),
        length=SIDE * np.ptp(rows),
        piece=line.piece // 2,
        longest=round(SIDE_PIECE * usual),
    )
    upright = find_straight(stroke.T, side).T
    for slant in SLANTS:
        if _are_at_ends(upright, level, side.thick):
            break
        upright |= _slanted(stroke, side, slant)
    return level | upright | _sides_of(stroke, level, side) if upright.any() else none


def _are_at_ends(upright: Mask, level: Mask, thick: int) -> bool:
    """Whether there are upright lines where the level ones begin and end."""
    columns = np.flatnonzero(level.any(axis=0))
    near = thick + 2
    left = upright[:, max(0, columns[0] - near) : columns[0] + near]
    right = upright[:, max(0, columns[-1] - near) : columns[-1] + near]
    return bool(left.any() and right.any())


def _slanted(stroke: Mask, side: Line, slant: float) -> Mask:
    """Upright lines that lean, px to the right for each downwards."""
    height, width = stroke.shape
    shift = np.rint(slant * (np.arange(height) - height / 2)).astype(int)[:, None]
    margin = int(np.abs(shift).max())
    padded, columns = np.pad(stroke, ((0, 0), (margin, margin))), np.arange(width + 2 * margin)
    rows = np.arange(height)[:, None]
    upright = np.take_along_axis(padded, (columns + shift).clip(0, len(columns) - 1), axis=1)
    found = find_straight(upright.T, side).T
    back = found[rows, (columns - shift).clip(0, len(columns) - 1)]
    return np.asarray(back[:, margin : margin + width] & stroke)


def _thickness(level: Mask, most: int) -> int:
    """How thick the upper and the lower one of level lines are, and a pixel more."""
    middle = len(level) // 2
    lines = level[:middle].any(axis=0).astype(int) + level[middle:].any(axis=0)
    columns = lines > 0
    thickness = level.sum(axis=0)[columns] / lines[columns]
    return min(most, round(float(np.median(thickness))) + 1)


def _outlines(
    stroke: Mask, usual: float, thick: int
) -> Iterator[tuple[tuple[slice, slice], Mask, int]]:
    """Boxes beside each other that a digit may join.

    Yields:
        Where each is, its four sides but where strokes cross them, and how thick these are.
    """
    above, below = _first_row(stroke), len(stroke) - _first_row(stroke[::-1])
    least = max(3.0, LEVEL * usual)
    if below - above < least:
        return
    # Between boxes nothing goes on above or below.
    ends = [stroke[above : above + thick], stroke[max(0, below - thick) : below]]
    is_box = np.logical_or.reduce([end.any(axis=0) for end in ends])
    for start, stop in _runs(is_box):
        columns = stroke[above:below, start:stop].T
        left, right = start + _first_row(columns), stop - _first_row(columns[::-1])
        place = slice(above, below), slice(left, right)
        if right - left >= least and (sides := _sides(stroke[place], thick)) is not None:
            yield place, _uncrossed(stroke, place, *sides), sides[2]


def _runs(are: Mask) -> list[list[int]]:
    """Where each run of True begins, and where it is over: of (n,)."""
    edges = np.flatnonzero(np.diff(are, prepend=False, append=False))
    runs: list[list[int]] = edges.reshape(-1, 2).tolist()
    return runs


def _sides(box: Mask, thick: int) -> tuple[Mask, Mask, int] | None:
    """The level and the upright lines around a box, and how thick they are; None without one."""
    level, upright = np.zeros_like(box), np.zeros_like(box)
    thickest = 0
    for turned, into in (
        (box, level), (box[::-1], level[::-1]), (box.T, upright.T), (box.T[::-1], upright.T[::-1])
    ):  # fmt: skip
        line, thickness = _top_of(turned, thick)
        if not thickness:
            return None
        np.logical_or(into, line, out=into)
        thickest = max(thickest, thickness)
    return level, upright, thickest


def _uncrossed(
    stroke: Mask, place: tuple[slice, slice], level: Mask, upright: Mask, thickness: int
) -> Mask:
    """Lines, but where there are strokes on both sides of them."""
    margin = thickness + BEHIND
    rest = np.pad(stroke, margin).view(np.uint8)
    inner = tuple(slice(side.start + margin, side.stop + margin) for side in place)
    rest[inner] &= ~(level | upright)
    down, across = (
        cv2.morphologyEx(rest, cv2.MORPH_CLOSE, np.ones(size, np.uint8))
        for size in ((margin, 1), (1, margin))
    )
    return np.asarray((level & (down[inner] == 0)) | (upright & (across[inner] == 0)))


def _first_row(stroke: Mask) -> int:
    """From where on most of a stroke is seen from above; digits may stick out of a box."""
    return max(0, _middle(stroke.argmax(axis=0)) - 1)


def _middle(values: NDArray[np.integer]) -> int:
    """The median, the upper of two; `np.median` takes ten times as long for few values."""
    return int(np.sort(values)[len(values) // 2])


def _top_of(box: Mask, thick: int) -> tuple[Mask, int]:
    """The straight line that a box shows from above, and how thick it is; 0 if there is none."""
    height, width = box.shape
    depth = box.argmax(axis=0)
    level, slack = _middle(depth), max(1, round(STEEP * width / 2))
    is_on = np.abs(depth - level) <= slack
    if is_on.mean() < STRAIGHT or (depth > level + slack).mean() > MISSING:
        return box, 0
    rows = np.minimum(depth + np.arange(thick + 1)[:, None], height - 1)
    runs = np.logical_and.accumulate(box[rows, np.arange(width)]).sum(axis=0)
    thickness = _middle(runs[is_on])
    if thickness > thick:
        return box, 0
    first, y = np.where(is_on, depth, level), np.arange(height)[:, None]
    return box & (y >= first - 1) & (y <= first + thickness), thickness


def _sides_of(stroke: Mask, level: Mask, side: Line) -> Mask:
    """What shows of a box's sides beside digits on them: where its level lines end, or meet one."""
    is_level, thick = level.any(axis=0), side.thick
    columns = np.flatnonzero(is_level)
    meets = np.logical_not(is_level)
    meets[: max(0, columns[0] - thick)] = meets[columns[-1] + thick + 1 :] = False
    place = meets.reshape(1, -1).view(np.uint8)
    place &= ~opened(place, 1, 3 * thick)
    near = cv2.dilate(place, np.ones((1, 3), np.uint8)) > 0
    image = stroke.view(np.uint8)
    thin = image & ~opened(image, 1, thick + 2)
    return near & (opened(thin, side.piece, 1) > 0)


def _are_digits(parts: Strokes, usual: float, narrow: float, lines: Mask) -> Mask:
    """Which parts of a stroke that holds a box are digits, not what is left of the box.

    Args:
        narrow: what is as high as the box is wider than this, if it is a digit.
        lines: the straight ones that were taken out; without any it is a circle.
    """
    _, _, width, height = parts.boxes.T
    down, across = parts.labels.shape
    are = (parts.areas > SPECK * usual**2) & (np.minimum(width, height) > 2)
    rows = np.flatnonzero(lines.any(axis=1))
    is_on_one = rows.size > 0 and np.ptp(rows) < BOXED * down
    if not is_on_one:  # what hangs on one line may be any height
        are &= (height < LARGE * usual) & ((height < 0.95 * down) | (width >= narrow))
    if not rows.size:
        are &= (width < min(WIDE * usual, 0.95 * across)) & (height < 0.95 * down)
    if across >= WIDE * usual:
        are &= ~_are_low(parts, usual)
        if is_on_one:
            are &= ~_are_teeth(parts, np.ones_like(are), lines, usual)
    are[0] = False
    return np.asarray(are)


def _are_low(strokes: Strokes, usual: float) -> Mask:
    """Which strokes are as low and narrow as ticks."""
    _, _, width, height = strokes.boxes.T
    return np.asarray((height < TICK * usual) & (width < TICK_WIDTH * usual))


def _are_teeth(strokes: Strokes, are_on: Mask, lines: Mask, usual: float) -> Mask:
    """Which of those on a level line are a comb's: thin, alike, and as far apart from each other.

    Ones are hardly ever so.
    """
    x, _, width, height = strokes.boxes.T
    thickness = lines.sum(axis=0)
    thick = float(np.median(thickness[thickness > 0])) + TOOTH
    may_be = are_on & (width <= thick) & (height > 2 * width)
    may_be[0] = False
    are: Mask = np.zeros_like(may_be)
    if np.count_nonzero(may_be) >= TEETH:
        alike = may_be & (np.abs(height - np.median(height[may_be])) <= EVENLY * height)
        apart = np.diff(np.sort((x + width / 2)[alike]))
        if len(apart) >= TEETH - 1 and apart.min() >= FIELD * usual:
            # One that a digit is on may be missing.
            steps = apart / apart.min()
            are[alike] = bool((np.abs(steps - np.rint(steps)) <= EVENLY).all())
    return are


def _without_ticks(strokes: Strokes, ruled: Mask) -> Strokes:
    """The strokes without low upright ones on a ruled line, which part it into fields as a comb."""
    is_on = np.zeros(len(strokes.boxes), bool)
    is_on[np.unique(strokes.labels[with_edges(ruled)])] = True
    others = ~is_on[1:]
    if not others.any():
        return strokes
    areas = strokes.areas[1:].astype(np.float64)
    usual = height_holding(0.5, strokes.boxes[1:][others], areas[others])
    ticks = is_on & (_are_low(strokes, usual) | _are_teeth(strokes, is_on, ruled, usual))
    ticks[0] = False
    return _without(strokes, ticks)


def _ruled_columns(core: Mask, level: Mask) -> Mask:
    columns = _ruled_level(core.T).T
    if not columns.any():
        return columns
    height = len(core)
    rows, near = np.flatnonzero(level.any(axis=1)), max(2.0, ENDS * height)
    top = max([near, *rows[rows < height / 2][:1]])
    bottom = min([height - near, *rows[rows >= height / 2][-1:]])
    for start, stop in _runs(np.asarray(columns.any(axis=0))):
        ends = np.flatnonzero(columns[:, start:stop].any(axis=1))
        does_end = ends[0] > top or ends[-1] + 1 < bottom
        if does_end and not _is_hair(columns[:, start:stop]):
            columns[:, start:stop] = False  # a long 1, or a 9 with a stem
    return columns


def hairlines(columns: Mask) -> Mask:
    """Those of ruled columns that are thinner, for their length, than any 1."""
    hairs: Mask = np.zeros_like(columns)
    for start, stop in _runs(np.asarray(columns.any(axis=0))):
        if _is_hair(columns[:, start:stop]):
            hairs[:, start:stop] = columns[:, start:stop]
    return hairs


def _is_hair(column: Mask) -> bool:
    """Whether an upright line is that thin."""
    length = int(np.ptp(np.flatnonzero(column.any(axis=1))))
    return bool(np.count_nonzero(column) <= HAIR * length**2)


def _ruled_level(core: Mask, rule: float = RULE) -> Mask:
    height, width = core.shape
    piece = max(8, int(RULE_PIECE * width))
    line = Line(
        thick=max(2, round(RULE_WIDTH * height)),
        length=rule * width,
        piece=piece,
        longest=piece,
        gap=round(RULE_GAP * width),
    )
    return find_straight(core, line) | find_unbroken(core, line)


def _is_base_line(level: Mask, core: Mask) -> bool:
    """Whether there is one line only, under the ink, and so no box.

    What stands on it is joined by it, and would look like one.
    """
    rows = np.flatnonzero(level.any(axis=1))
    if not rows.size or np.ptp(rows) > STEEP * core.shape[1] + RULE_WIDTH * len(core) + 2:
        return False
    return bool(rows[0] > np.average(np.arange(len(core)), weights=core.sum(axis=1)))


def is_low(rest: Strokes) -> bool:
    """Whether there are strokes, and none as high as the picture, as where it ends at its digits.

    Else what runs from top to bottom may be a 1.
    """
    heights = rest.boxes[1:, 3]
    return bool(heights.size and heights.max() < TALL * len(rest.labels))
