"""Picture of numbers -> digits in lines."""

import itertools
import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from .decode import Picture
from .digit import LOST
from .ink import UNEVEN, Ink
from .jumps import SMALL
from .lattice import Candidate, RowReading, read_row
from .model import Model
from .reading import Digit, Reading, agreement, box_of, summed, weight_of
from .rows import Row, find_rows
from .struck import are_struck

LESSER: Final = 0.2  # of the ink of a stroke of the row with most, from which on there is another
HIGH: Final = 0.7  # or of its height, as of a thin 1 below thick digits ...
MANY: Final = 0.5  # ... with so many strokes
UNLIKE: Final = 0.25  # of the row that is most like digits, below which another is not read
WORD: Final = 0.4  # of the digits' height, the gap between words, at least ...
UNLIKE_WORD: Final = 0.5  # ... and how like digits one is at least, beside plain digits ...
UNLIKE_STROKE: Final = 0.3  # ... where it is one stroke, as a digit by itself may be ...
SURELY: Final = 0.9  # ... and how sure one that is less is to be no number, at most
PLAIN: Final = 0.85  # how like digits those in far smaller rows are on average, at least ...
MOSTLY: Final = 0.6  # ... and how many of their strokes are digits
HALF: Final = 0.5  # of the ink, below which what was left out may be digits ...
LIKELIEST: Final = 2  # ... of the inks that are looked at first
PLAUSIBLE: Final = 0.8  # confidence from which on ink is not taken for paper
SOME: Final = 0.05  # how sure a reading is, from which on its paper is taken for ink last
WHOLE: Final = 0.5  # how sure a reading is, from which on who has read a part of it agrees
STROKES: Final = 4  # that cost as much as a piece, as on a page of thousands of digits ...
HEIGHTS: Final = 2  # ... of digits along a row, likewise, which the row's network looks at ...
PIXELS: Final = 5000  # ... and of the picture, as each look at it takes time
STRUCK: Final = 0.5  # confidence in digits that are struck out, at most
BEYOND: Final = 1.5  # times the pieces that are looked at, after which no further row is read
TALLEST: Final = 4  # of its digits' height, a row; strokes all over a page are none


@dataclass
class Budget:
    """How much ink is looked at in a picture, in pieces where digits may touch.

    Attributes:
        most: pieces that are looked at.
        spent: on them, and on all else that takes time.
    """

    most: int
    spent: float = 0.0

    @property
    def left(self) -> int:
        """Pieces that may still be looked at; none if not over 0."""
        return round(self.most - self.spent)

    @property
    def is_spent(self) -> bool:
        """Whether strokes are taken for digits as they are from now on."""
        return self.left <= 0

    @property
    def is_overdrawn(self) -> bool:
        """Whether no further row is read."""
        return self.spent > (1 + BEYOND) * self.most


@dataclass(frozen=True)
class _Found:
    """What was read of one ink.

    Attributes:
        sure: that it is right, and all there is of ink.
    """

    reading: Reading
    ink: Ink
    sure: float


def read_number(
    inks: Iterable[Ink], picture: Picture, model: Model, budget: Budget, *, one_row: bool
) -> Reading:
    """Read the rows of the likeliest ink; where paper is uneven, what two or most agree on.

    Args:
        inks: as `find_writing` gives them.
        budget: is charged for what is looked at, and ends it.
        one_row: read only the row with most ink.
    """
    found: list[_Found] = []
    is_light = None
    for ink, may_fill in _in_turn(inks, found):
        if is_light not in (None, ink.is_light):
            continue
        reading = _read_ink(ink, picture, model, budget, one_row=one_row, may_fill=may_fill)
        if found and budget.is_spent:  # some of it was not looked at
            break
        is_ink = reading.likeness * ink.odds * reading.share
        found.append(_Found(reading, ink, reading.sureness * is_ink))
        if reading.sureness >= PLAUSIBLE and is_ink >= LOST:
            # A part of the ink says what who has read little of it has.
            least = HALF if ink.is_part else 0.0
            before = (other.reading for other in found[:-1])
            agree = any(one.text == reading.text and one.share >= least for one in before)
            if agree or (len(found) == 1 and ink.noise <= UNEVEN):
                break
            is_light = ink.is_light  # to look at paper as if it were ink takes time
        if budget.is_spent:  # strokes all over: to look at them in other ways would take seconds
            break
    if not found:
        return Reading((), model.to_dict(), picture.width, picture.height, share=0.0)
    return _agreed_on(found)


def _agreed_on(found: list[_Found]) -> Reading:
    """The reading that those which agree with it are together surest of."""
    if len(found) == 1:
        return found[0].reading
    telling = [one for one in found if _tells(one.reading.text)]
    if any(is_plausible(one.reading) for one in telling):
        found = telling
    together = _together(found)

    def agree(text: str, one: _Found) -> bool:
        # In shade a digit may be too faint on one paper, and a fold as dark as ink on another.
        whole = one.reading.text
        return text == whole if one.sure < WHOLE else _is_part(text, whole)

    def agreed(one: _Found) -> float:
        return sum(sure for text, sure in together.items() if agree(text, one))

    best = max(found, key=lambda one: (agreed(one), one.sure))
    others = (sure for text, sure in together.items() if not agree(text, best))
    return replace(best.reading, agreed=agreement(agreed(best), others))


def _in_turn(inks: Iterable[Ink], found: list[_Found]) -> Iterator[tuple[Ink, bool]]:
    """The inks, at last those that would be paper of what was found, if they can be surer than it.

    Args:
        found: grows as inks are read.

    Yields:
        Each, and whether it is one of those that may fill the picture.
    """
    later = []
    for number, ink in enumerate(inks):
        best = max(found, key=lambda one: one.sure, default=None)
        if best and best.sure >= SOME and best.ink.is_light != ink.is_light:
            later.append((ink, number < LIKELIEST))
        else:
            yield ink, number < LIKELIEST
    yield from (one for one in later if max(_together(found).values()) < one[0].odds)


def _together(found: list[_Found]) -> dict[str, float]:
    """How sure those are together that say the same."""
    return summed((one.reading.text, one.sure) for one in found)


def _tells(text: Iterable[str]) -> bool:
    """Whether there are other digits than 1s, as which folds, edges and printed lines are read."""
    return not set(text) <= set("1\n")


def _is_part(text: str, whole: str) -> bool:
    """Whether several digits are the whole, or are in its lines, with more than 1s around them."""
    lines, more = whole.splitlines(), Counter(whole) - Counter(text)
    is_in = all(any(part in line for line in lines) for part in text.splitlines())
    return text == whole or (len(text) > 1 and is_in and _tells(more))


def _read_ink(
    ink: Ink, picture: Picture, model: Model, budget: Budget, *, one_row: bool, may_fill: bool
) -> Reading:
    """What is read in ink, at the budget's cost.

    Where most of it is left out, it `may_fill` the picture, and is read so, too.
    """
    budget.spent += ink.mask.size / PIXELS
    reading = _read(_rows(ink, one_row=one_row), ink, picture, model, budget)
    is_little = reading.share < HALF and ink.beside_frames(reading.share) < HALF
    if may_fill and is_little and not budget.is_spent:
        rows = _rows(ink, one_row=one_row, all_of_it=True)
        other = _read(rows, ink, picture, model, budget)
        # What lies along a side of the picture is no digit where others within it are sure.
        is_more = reading.text in other.text or not is_plausible(reading)
        if is_more and is_plausible(other):
            return other
    return reading


def is_plausible(reading: Reading) -> bool:
    """Whether it is surely read, and like digits."""
    return reading.plausibility >= PLAUSIBLE


def _rows(ink: Ink, *, one_row: bool, all_of_it: bool = False) -> list[Row]:
    rows = [
        row
        for row in find_rows(ink, all_of_it=all_of_it, one_row=one_row)
        if row.ink.shape[0] <= TALLEST * row.size
    ]
    if not rows:
        return []
    main = max(rows, key=lambda row: row.mass)
    if one_row:
        return [main]
    least = LESSER * main.mass / len(main.boxes)
    return [row for row in rows if row.mass >= least or _is_beside(row, main)]


def _is_beside(row: Row, main: Row) -> bool:
    """Whether a row is as one of the same numbers may be that has less ink."""
    return row.height >= HIGH * main.height and len(row.boxes) >= MANY * len(main.boxes)


def _read(rows: list[Row], ink: Ink, picture: Picture, model: Model, budget: Budget) -> Reading:
    """What is read in rows of ink, at the budget's cost."""
    read, mass = [], 0.0
    high = SMALL * max((row.height for row in rows), default=0.0)
    for row in rows:
        if budget.is_overdrawn:
            break
        found = read_row(row, model, budget.left)
        length = row.ink.shape[1] / row.size
        budget.spent += found.pieces + len(row.boxes) / STROKES + length / HEIGHTS
        if row.height < high and not _is_plain(found, row):
            continue  # words printed beside digits
        mass += row.mass * found.share
        if found.digits:
            read.append((row, _without_words(found, row)))
    typical = [found.typical for _, found in read]
    likeliest = max(typical, default=0.0)
    lines, separated, likeness = [], 1.0, 1.0
    for (row, found), like in zip(read, typical, strict=True):
        if like < UNLIKE * likeliest:  # a shadow beside digits, or other writing
            separated *= 1 - like / likeliest
        else:
            digits = tuple(_placed(one, row, picture) for one in found.digits)
            lines.append(digits)
            separated *= found.separated
            if any(
                len(word) > 1 and are_struck(ink.core.strokes, *_extent(word, ink, picture))
                for word in _words(digits)
            ):
                separated *= STRUCK
            likeness *= found.likeness
    reading = Reading(tuple(lines), model.to_dict(), picture.width, picture.height, separated)
    average = (reading.confidence * likeness) ** (1 / max(len(reading.digits), 1))
    share = min(1.0, mass / ink.amount)
    return replace(reading, likeness=average, share=share, weight=weight_of(share))


def _words(digits: tuple[Digit, ...]) -> list[tuple[Digit, ...]]:
    """A row's digits, parted at its gaps: what is struck out has the right number beside it."""
    left, _, width, height = np.array([digit.box for digit in digits]).T
    is_end = left[1:] - (left + width)[:-1] > WORD * height.max()
    ends = [0, *(np.flatnonzero(is_end) + 1).tolist(), len(digits)]
    return [digits[start:end] for start, end in itertools.pairwise(ends)]


def _extent(digits: tuple[Digit, ...], ink: Ink, picture: Picture) -> tuple[slice, slice]:
    """The rows and columns of the ink that digits take up."""
    x, y, width, height = np.array([digit.box for digit in digits]).T
    down, across = ink.mask.shape[0] / picture.height, ink.mask.shape[1] / picture.width
    rows = slice(int(down * y.min()), math.ceil(down * (y + height).max()))
    return rows, slice(int(across * x.min()), math.ceil(across * (x + width).max()))


def _without_words(found: RowReading, row: Row) -> RowReading:
    """Without words before and after numbers: units, names and signatures are far less like digits.

    Whether they are is a doubt, the greater, the more like digits they are.
    """
    tall = row.boxes[row.boxes[:, 3] >= SMALL * row.size]
    left, right = np.sort(tall[:, 0]), np.sort(tall[:, 0] + tall[:, 2])
    is_end = left[1:] - right[:-1] > WORD * row.size
    if not is_end.any():
        return found
    ends = (left[1:] + right[:-1])[is_end] / 2
    strokes = np.bincount(np.searchsorted(ends, left), minlength=len(ends) + 1)
    of_word = np.searchsorted(ends, [sum(digit.bounds[:2]) / 2 for digit in found.digits])
    typical = {
        word: replace(
            found, digits=tuple(itertools.compress(found.digits, of_word == word))
        ).typical
        for word in np.unique(of_word).tolist()
    }
    if max(typical.values()) < PLAIN:
        return found
    least = np.where(strokes == 1, UNLIKE_STROKE, UNLIKE_WORD)
    numbers = [word for word, like in typical.items() if like >= least[word]]
    is_kept = (of_word >= numbers[0]) & (of_word <= numbers[-1])
    parted = found.parted
    for word, like in typical.items():
        if not numbers[0] <= word <= numbers[-1]:
            parted *= min(SURELY, 1 - like)
    return replace(found, digits=tuple(itertools.compress(found.digits, is_kept)), parted=parted)


def _is_plain(found: RowReading, row: Row) -> bool:
    """Whether a row plainly shows digits, and little else."""
    return len(found.digits) >= MOSTLY * len(row.boxes) and found.typical >= PLAIN


def _placed(candidate: Candidate, row: Row, picture: Picture) -> Digit:
    (across, turned, x), (_, down, y) = row.to_picture.tolist()
    low = int(row.raised[int(candidate.bounds[0] + candidate.bounds[1]) // 2])
    if turned:
        xs, ys = (a * candidate.xs + b * (candidate.ys + low) + c for a, b, c in row.to_picture)
        left, right, top, bottom = xs.min(), xs.max(), ys.min(), ys.max()
    else:
        left, right, top, bottom = candidate.bounds
        left, right = across * left + x, across * right + x
        top, bottom = down * (top + low) + y, down * (bottom + low) + y
    box = box_of(left, top, right + 1, bottom + 1, picture)
    return Digit(candidate.probabilities, box, candidate.input)
