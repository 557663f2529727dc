"""Picture of numbers -> digits in lines."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from .decode import Picture
from .digit import LOST
from .ink import Ink
from .lattice import MOST, Candidate, RowReading, read_row
from .model import Model
from .reading import Digit, Reading, box_of
from .rows import Row, find_rows

LESSER: Final = 0.05  # of the ink of the row with most, from which on there is another row
UNLIKE: Final = 0.4  # of the row that is most like digits, below which another is not read
PLAUSIBLE: Final = 0.8  # confidence from which on no other ink is read
TALLEST: Final = 4  # of its digits' height, a row; strokes all over a page are none


def read_number(
    inks: Iterable[Ink], picture: Picture, model: Model, *, one_row: bool
) -> tuple[Reading, float]:
    """Read the rows of the likeliest ink; where it looks little like digits, of that which does.

    Args:
        inks: as `find_ink` gives them.
        one_row: read only the row with most ink.

    Returns:
        The reading, and the share of the ink that is in its rows, not in shadows, lines and dirt.
    """
    reading, share, best = Reading((), model.to_dict(), picture.width, picture.height), 0.0, -1.0
    left = MOST
    for ink in inks:
        rows = _rows(ink, one_row=one_row)
        found, left = _read(rows, picture, model, left)
        rest = min(1.0, sum(row.mass for row in rows) / ink.amount)
        score = found.confidence * found.likeness * ink.odds * rest
        if score > best:
            reading, share, best = found, rest, score
        if found.confidence >= PLAUSIBLE and found.likeness * ink.odds * rest >= LOST:
            break
        if left <= 0:  # strokes all over: to look at them in other ways would take seconds
            break
    return reading, share


def _rows(ink: Ink, *, one_row: bool) -> list[Row]:
    rows = [row for row in find_rows(ink) if row.ink.shape[0] <= TALLEST * row.size]
    most = max((row.mass for row in rows), default=0.0)
    return [row for row in rows if row.mass >= most * (1 if one_row else LESSER)]


def _read(rows: list[Row], picture: Picture, model: Model, most: int) -> tuple[Reading, int]:
    """What is read in rows by looking at `most` pieces of ink, and how many are left of them."""
    read = []
    for row in rows:
        found = read_row(row, model, most)
        most -= found.pieces
        if found.digits:
            read.append((row, found))
    likeliest = max((_typical(found) for _, found in read), default=0.0)
    lines, separated, likeness = [], 1.0, 1.0
    for row, found in read:
        if _typical(found) >= UNLIKE * likeliest:  # else a shadow beside digits, or other writing
            lines.append(tuple(_placed(one, row, picture) for one in found.digits))
            separated *= found.separated
            likeness *= found.likeness
    reading = Reading(tuple(lines), model.to_dict(), picture.width, picture.height, separated)
    average = (reading.confidence * likeness) ** (1 / max(len(reading.digits), 1))
    return replace(reading, likeness=average), most


def _typical(found: RowReading) -> float:
    """How like digits the digits of a row are, on average."""
    return float(found.likeness ** (1 / len(found.digits)))


def _placed(candidate: Candidate, row: Row, picture: Picture) -> Digit:
    xs, ys = (a * candidate.xs + b * candidate.ys + c for a, b, c in row.to_picture)
    box = box_of(xs.min(), ys.min(), xs.max() + 1, ys.max() + 1, picture)
    return Digit(candidate.probabilities, box, candidate.input)
