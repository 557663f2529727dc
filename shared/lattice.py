"""Row -> digits: ink is cut where digits may touch, and parted as the networks are surest.

Cuts are proposed freely, between strokes and through them; all ink between two cuts that could
be a digit is an edge of a lattice, weighed by what the network of one digit makes of it alone and
by what that of a row sees there, and the likeliest way through the lattice is the reading.
Heuristic over-segmentation: LeCun, Bottou, Bengio, Haffner, "Gradient-based learning applied to
document recognition" (1998); Casey and Lecolinet, "A survey of methods and strategies in
character segmentation" (1996).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice, pairwise
from math import exp, inf, log, prod
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from .model import Model
from .normalize import normalize
from .raster import Array, Mask
from .rows import APART, Row
from .seams import DETAIL, FREE, find_seams, spans_between
from .sequence import Sequence, read_sequence
from .strokes import EDGE, REACH, SOFT, inked
from .tracing import traced

STRICT: Final = 0.05  # exponent of the digits' likeness in the confidence of the row
SURE: Final = 0.95  # confidence from which on a stroke of usual width is a digit by itself ...
CLEAR: Final = -0.5  # ... if nothing else is as likely to be there, by this logarithm
ONE: Final = 0.98  # probability of one digit, whichever, from which on it is one all the same
NOTHING: Final = -0.02  # its logarithm of none, from which on a tall stroke is a slash, a bracket
RARER: Final = -1.0  # logarithm of how much rarer these are than in the rows it learned
FIRST: Final = 0.8  # probability of a row's first stroke being a 1 though it looks like a slash
WIDE: Final = 1.1  # of the digits' height, the width from which on a stroke may be several
LOW: Final = 0.6  # of the digits' height, below which a stroke may be none
NEAR: Final = 0.12  # of the digits' height, from a seam, where no straight one is needed
CUT: Final = 0.2  # negative logarithm of the odds of a cut through a stroke of usual width ...
THROUGH: Final = 2.0  # ... in px of ink crossed
HOPELESS: Final = -14.0  # logarithm of the odds under which ink is not taken for a digit
ALONE: Final = 0.5  # exponent of the probability that the network of one digit gives ...
SEEN: Final = 1.0  # ... and of that of the row's network, in their product
PATHS: Final = 8  # ways kept at each place in the row
MOST: Final = 1200  # pieces of ink looked at where digits may touch; a texture has more ...
LEAST: Final = 12  # ... and as many does it cost to search a group for cuts

UNLIKELY: Final = -5.0  # logarithm of the odds under which the network of one digit is not asked

EVEN: Final = np.full(10, 0.1)
OUTLINED: Final = np.arange(10) == 1  # the digit of which two strokes may be the outline
UNSEEN: Final = np.zeros((28, 28), np.float32)


@dataclass(frozen=True)
class Candidate:
    """Ink that may be a digit.

    Attributes:
        one: float64, (10,), logarithms of how likely the row's network finds each digit, alone.
        none: logarithm of how likely it finds no digit there.
        ys, xs: int64, the pixels of its strokes in the row, line by line.
        probabilities: float64, (10,), of both networks together.
        weight: logarithm of how likely it is to be the likeliest digit, and no other ink.
        likeness: how likely it is to be a digit, whichever, 0 to 1.
        input: float32, (28, 28), what the network of one digit saw.
    """

    one: NDArray[np.float64]
    none: float
    ys: NDArray[np.int64]
    xs: NDArray[np.int64]
    probabilities: NDArray[np.float64] = field(default_factory=lambda: EVEN)
    weight: float = -inf
    likeness: float = 0.0
    input: Array = field(default_factory=lambda: UNSEEN)

    @cached_property
    def is_likely(self) -> bool:
        """Whether the row's network leaves it a chance to be a digit."""
        return bool(self.one.max() > UNLIKELY)

    @cached_property
    def is_one(self) -> bool:
        """Whether the row's network is sure that there is one digit, whichever."""
        return bool(np.exp(self.one).sum() > ONE)

    def read(self, seen: Array, probabilities: NDArray[np.float64]) -> "Candidate":
        """With what the network of one digit says to it."""
        alone = np.log(np.maximum(probabilities, 1e-12))
        product = ALONE * alone + SEEN * np.maximum(self.one, HOPELESS)
        weight = float(product.max())
        powers = np.exp(product - weight)
        total = float(powers.sum())
        likeness = min(1.0, total * exp(weight))
        return replace(
            self, probabilities=powers / total, weight=weight, likeness=likeness, input=seen
        )

    @property
    def confidence(self) -> float:
        """Of the likeliest digit."""
        return float(self.probabilities.max())

    @cached_property
    def bounds(self) -> tuple[int, int, int, int]:
        """First and last column, first and last line of its strokes."""
        return int(self.xs.min()), int(self.xs.max()), int(self.ys[0]), int(self.ys[-1])

    @property
    def width(self) -> int:
        """Of its strokes, px."""
        left, right, _, _ = self.bounds
        return right - left + 1

    @property
    def height(self) -> int:
        """Of its strokes, px."""
        _, _, top, bottom = self.bounds
        return bottom - top + 1


@dataclass(frozen=True)
class Path:
    """A way through the lattice: its digits, and how likely such ways are together."""

    weight: float
    text: str
    digits: tuple[Candidate, ...]


@dataclass(frozen=True)
class RowReading:
    """What was read in a row.

    Attributes:
        digits: left to right.
        parted: probability that they were parted rightly, if all of them are digits.
        pieces: of ink, that were looked at where digits may touch.
        share: of the ink that was looked at; where there was too much, that of the digits.
    """

    digits: tuple[Candidate, ...]
    parted: float
    pieces: int
    share: float = 1.0

    @cached_property
    def likeness(self) -> float:
        """How likely all of them are to be digits, and not dirt or other things, 0 to 1."""
        return prod(digit.likeness for digit in self.digits)

    @property
    def separated(self) -> float:
        """Probability that they were separated rightly."""
        return float(self.parted * self.likeness**STRICT)

    @property
    def typical(self) -> float:
        """How like digits they are, on average; at least one is needed."""
        return float(self.likeness ** (1 / len(self.digits)))


@traced
def read_row(row: Row, model: Model, most: int = MOST) -> RowReading:
    """Read a row of digits.

    Args:
        most: pieces looked at where digits may touch; beyond, each stroke is taken for a digit.
    """
    # Soft edges lie just outside of the strokes.
    around = cv2.dilate(row.strokes.astype(np.float32), REACH).astype(np.int32)
    owner = np.where(row.strokes > 0, row.strokes, around)
    sequence = read_sequence(np.where(owner > 0, row.ink, np.float32(0)), row.size, model)
    places = _places_between(row, sequence)
    parts = []
    for i, (x, _, width, _) in enumerate(row.boxes.tolist()):
        left = max(0, x - SOFT)
        parts.append((left, owner[:, left : x + width + SOFT] == i + 1))
    strokes = _candidates(row, parts, list(pairwise(places)), sequence, model)
    nothing = [_is_nothing(stroke, row.size) for stroke in strokes]
    doubtful = [
        not none and _is_doubtful(stroke, row.size)
        for stroke, none in zip(strokes, nothing, strict=True)
    ]
    digits: list[Candidate] = []
    parted, pieces, is_hasty = 1.0, 0, False
    for group in _groups(row, doubtful):
        is_sure = len(group) == 1 and not doubtful[group[0]]
        if is_sure or pieces >= most:
            is_hasty |= not is_sure
            digits.extend(strokes[i] for i in group if strokes[i].is_likely and not nothing[i])
        else:
            mask = np.isin(owner, np.array(group) + 1)
            ends = places[group[0]], places[group[-1] + 1]
            some, sure, count = _read_group(row, mask, ends, sequence, model, most - pieces)
            digits.extend(some)
            parted *= sure
            is_hasty |= count >= most - pieces
            pieces += max(count, LEAST)
    share = _share(digits, row) if is_hasty else 1.0
    return RowReading(tuple(digits), parted, pieces, share)


def _share(digits: Iterable[Candidate], row: Row) -> float:
    """Of the row's ink, that in the digits."""
    mass = sum(float(row.ink[digit.ys, digit.xs].sum()) for digit in digits)
    return mass / max(float(row.ink[row.strokes > 0].sum()), 1e-6)


def _is_nothing(stroke: Candidate, size: float) -> bool:
    """Whether a tall stroke is surely no digit: a slash, a bracket, a letter.

    That is not known of one of which no place of the sequence is its own.
    """
    return NOTHING < stroke.none < 0 and stroke.height >= LOW * size


def _is_doubtful(stroke: Candidate, size: float) -> bool:
    """Whether a stroke may be several digits, or only a part of one."""
    is_unsure = stroke.confidence < SURE or stroke.weight < CLEAR
    is_odd = stroke.width > WIDE * size or stroke.height < LOW * size
    return is_odd or (is_unsure and not stroke.is_one)


def _places_between(row: Row, sequence: Sequence) -> list[int]:
    """Where each stroke's part of the sequence begins, and where the last one's ends."""
    left, right = row.boxes[:, 0], row.boxes[:, 0] + row.boxes[:, 2]
    before = np.maximum.accumulate(right)[:-1]
    middles = [sequence.place(x) for x in (before + left[1:]) / 2]
    places = [0, *middles, len(sequence.logs)]
    return [int(place) for place in np.maximum.accumulate(places)]


def _groups(row: Row, doubtful: list[bool]) -> list[list[int]]:
    """Runs of strokes to be looked at together: near each other, and not both sure."""
    groups: list[list[int]] = []
    right = 0
    for i, (x, _, width, _) in enumerate(row.boxes.tolist()):
        near = x - right < APART * row.size
        if groups and near and (doubtful[i] or doubtful[i - 1]):
            groups[-1].append(i)
        else:
            groups.append([i])
        right = max(right, x + width)
    return groups


def _candidates(
    row: Row,
    parts: Iterable[tuple[int, Mask]],
    spans: Iterable[tuple[int, int]],
    sequence: Sequence,
    model: Model,
) -> list[Candidate]:
    """What the networks make of parts of the row's ink.

    Args:
        parts: the first column of each, and the mask of its ink from there on, as high as the row.
        spans: from which place to which of the sequence each is.
    """
    candidates, inputs = [], []
    for (left, mask), span in zip(parts, spans, strict=True):
        none, one = sequence.odds(*span)
        place = slice(left, left + mask.shape[1])
        ys, xs = np.nonzero(mask & (row.strokes[:, place] > 0))
        xs += left
        ones = _ones(row, ys, xs) if row.are_ones.any() else 0
        is_slash = span[0] == 0 and none > one.max()
        if ones > 1:
            one = np.where(OUTLINED, -np.inf, one)
        elif (is_slash or ones) and row.is_straight(ys, xs):
            none, one = _as_one(none, one)
        candidate = Candidate(one, none, ys, xs)
        candidates.append(candidate)
        if candidate.is_likely:  # else the network is not asked
            strength = row.ink[:, place] * mask
            inputs.append(normalize(strength[inked(strength, EDGE)]))
    if inputs:
        seen = zip(inputs, model.probabilities(np.stack(inputs)), strict=True)
        candidates = [one.read(*next(seen)) if one.is_likely else one for one in candidates]
    return candidates


def _ones(row: Row, ys: NDArray[np.int64], xs: NDArray[np.int64]) -> int:
    """How many of the strokes that pixels are of are ones."""
    return int(np.count_nonzero(row.are_ones[np.unique(row.strokes[ys, xs])]))


def _as_one(none: float, one: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
    """Logarithms of a straight stroke that is a 1 mostly: a row's first, or one beside another."""
    ones = one.copy()
    ones[1] = np.logaddexp(one[1], none + log(FIRST))
    return none + log(1 - FIRST), ones


def _read_group(
    row: Row, mask: Mask, ends: tuple[int, int], sequence: Sequence, model: Model, most: int
) -> tuple[tuple[Candidate, ...], float, int]:
    """Read ink that may be several digits, or strokes that may be one.

    Args:
        ends: from which place to which of the sequence it is.
        most: pieces that are looked at, from the left.

    Returns:
        The likeliest digits, how sure they are to be separated so, and the pieces looked at.
    """
    strokes = np.where(mask & (row.strokes > 0), row.ink, np.float32(0))
    _, columns = inked(strokes)
    left = max(0, columns.start - round(row.size / 2))
    seams, crossed = find_seams(strokes[:, left : columns.stop + round(row.size / 2)], row.size)
    seams += left
    seams, crossed = _with_straight(seams, crossed, strokes, sequence, row.size)
    inner = [sequence.place(seam.mean()) for seam in seams[1:-1]]
    places = np.clip([ends[0], *inner, ends[1]], *ends)
    spans, parts = [], []
    for span, left, part in islice(spans_between(strokes, seams, row.size), most):
        spans.append(span)
        parts.append((left, part & mask[:, left : left + part.shape[1]]))
    seen = [(int(places[i]), int(places[j])) for i, j in spans]
    candidates = dict(zip(spans, _candidates(row, parts, seen, sequence, model), strict=True))
    return *_likeliest(row.size, crossed.tolist(), candidates), len(spans)


def _with_straight(
    seams: NDArray[np.int64],
    crossed: NDArray[np.float64],
    ink: Array,
    sequence: Sequence,
    size: float,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The seams, and straight ones between digits of the sequence where no other passes."""
    means = seams.mean(axis=1)
    columns = np.flatnonzero(ink.any(axis=0))
    peaks = [peak for peak in sequence.peaks() if columns[0] <= peak <= columns[-1]]
    for middle in ((a + b) / 2 for a, b in pairwise(peaks)):
        if np.abs(means - middle).min() > NEAR * size:
            column = round(middle)
            seams = np.insert(seams, -1, column, axis=0)
            crossed = np.insert(crossed, -1, ink[:, column].sum() / size * DETAIL)
    order = np.argsort(seams.sum(axis=1), kind="stable")
    return seams[order], crossed[order]


def _likeliest(
    size: float, crossed: list[float], candidates: dict[tuple[int, int], Candidate]
) -> tuple[tuple[Candidate, ...], float]:
    """The likeliest digits, and their share in the weight of the `PATHS` likeliest ways.

    Args:
        crossed: by each seam, px of ink of a digit `DETAIL` px high.
        candidates: by the numbers of the seams that they lie between.
    """
    joints = [-CUT * min(1.0, cost / THROUGH) for cost in crossed]
    ends: list[list[Path]] = [[Path(0.0, "", ())]]
    for j in range(1, len(joints)):
        ways: dict[str, Path] = {}
        for i in range(j):
            if (i, j) not in candidates:
                continue
            digit = candidates[i, j]
            weight = digit.weight + _shape(digit, size)
            if weight > HOPELESS:
                for path in ends[i]:
                    text = path.text + str(digit.probabilities.argmax())
                    _add(ways, Path(path.weight + weight + joints[j], text, (*path.digits, digit)))
            skipped = digit.none  # which the row's network knows of whole strokes: signs, words
            if max(crossed[i], crossed[j]) > FREE:
                skipped += _skipped(digit, size)
            elif digit.height >= LOW * size:
                skipped += RARER
            if skipped > HOPELESS:
                for path in ends[i]:
                    _add(ways, Path(path.weight + skipped + joints[j], path.text, path.digits))
        ends.append(sorted(ways.values(), key=lambda path: -path.weight)[:PATHS])
    if not ends[-1]:
        return (), 1.0
    best = ends[-1][0]
    weights = np.exp([path.weight - best.weight for path in ends[-1]])
    return best.digits, float(1 / weights.sum())


def _add(ways: dict[str, Path], path: Path) -> None:
    """Ways to the same text count together; the likelier one's digits stand for them."""
    other = ways.get(path.text)
    if other is not None:
        together = float(np.logaddexp(path.weight, other.weight))
        digits = (path if path.weight >= other.weight else other).digits
        path = Path(together, path.text, digits)
    ways[path.text] = path


def _shape(digit: Candidate, size: float) -> float:
    """Logarithm of how well a digit's height fits its row's, and its width its height."""
    height, aspect = digit.height / size, digit.width / digit.height
    return -7 * max(0.0, 0.65 - height) - 2 * max(0.0, height - 1.5) - 2.5 * max(0.0, aspect - 1)


def _skipped(digit: Candidate, size: float) -> float:
    """Logarithm of the odds that a piece of ink is no digit's: a point, a dash, dirt."""
    extent = max(digit.height, 0.5 * digit.width) / size
    return -0.2 - 12 * max(0.0, extent - 0.15)
