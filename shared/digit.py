"""Picture of one digit -> digit: seen in several ways, where the first leaves doubt."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .decode import Picture
from .ink import Ink
from .model import Model
from .normalize import (
    BOX,
    LIKE,
    SIDE,
    THIN,
    as_prepared,
    is_outlined_1,
    is_prepared,
    is_thin,
    normalize,
    normalize_outlined,
)
from .raster import edge_of, grey_of
from .reading import Digit, Reading, box_of, weight_of
from .segment import Segment, one_digit
from .sequence import second_opinion
from .strokes import EDGE, inked, stroke_width
from .whole import read_whole

ALONE: Final = 0.95  # of the ink, with which a digit is all there is
CERTAIN: Final = 0.999  # confidence from which on no second opinion is asked for
SURE: Final = 0.97  # confidence from which on no other way to see a picture is tried
LOST: Final = 0.7  # confidence from which on paper and ink are taken to be where they were found
CLEAN: Final = 0.003  # of the ink's strength, the paper's grain, above which ink is doubted ...
FILLING: Final = 0.35  # ... and seen whole a picture, of whose longer side a digit has so much ...
WHOLE: Final = 2 / 3  # ... and how much that counts, of 1
UNFOUND: Final = 0.5  # share of the ink taken to be read so where none was found
EVEN: Final = 8  # of 255, how far apart the edge of an even paper is at most ...
CONTRAST: Final = 128  # ... and the lightest and the darkest of a prepared picture, at least


def read_digit(
    inks: Iterable[Ink], picture: Picture, model: Model, *, least: float = 0.0
) -> Reading:
    """Read the picture as one digit, as it is seen surest.

    Args:
        inks: as `find_writing` gives them.
        least: share of the likeliest ink, under which it is not worth reading.

    Returns:
        The digit, its share times the odds of that ink; none where there is no ink, or too little.
    """
    if (prepared := _read_prepared(picture, model)) is not None:
        return _reading(prepared, picture, model)
    best: _Seen | None = None
    for view in _views(inks, picture):  # lazily: a sure reading spares the work for further ways
        if best is None and view.share < least:
            break
        if best is None or best.sure < view.below:
            seen = _seen(view, picture, model)
            if best is None or seen.sure > best.sure:
                best = seen
        if best.sure >= SURE:
            break
    if best is None:
        whole = None if least else read_whole(picture, model, only_grainy=True)
        return _reading(whole, picture, model, UNFOUND)
    digit, view = best.digit, best.view
    if view.is_clean and digit.confidence < CERTAIN:
        digit = _doubted(digit, best.first, model)
    if view.is_dirty and digit.confidence * view.weight < SURE:
        digit = _with_whole(digit, picture, model)
    return _reading(digit, picture, model, view.share, view.weight)


def _reading(
    digit: Digit | None, picture: Picture, model: Model, share: float = 1.0, weight: float = 1.0
) -> Reading:
    lines = () if digit is None else ((digit,),)
    size = picture.width, picture.height
    return Reading(lines, model.to_dict(), *size, share=share, weight=weight)


def _read_prepared(picture: Picture, model: Model) -> Digit | None:
    """Read a picture of 28 x 28 as it is, as one prepared as MNIST's are can be.

    Returns:
        None where its edge is no even paper, its ink unlike theirs, or where it is not certain so.
    """
    if picture.pixels.shape[:2] != (SIDE, SIDE):
        return None
    grey = grey_of(picture.pixels)
    edge = edge_of(grey)
    if np.ptp(edge) > EVEN or np.ptp(grey) < CONTRAST:
        return None
    seen = as_prepared(grey, is_light=bool(grey.mean() > edge.mean()))
    if not is_prepared(seen):
        return None
    (probabilities,) = model.probabilities(seen[None])
    if probabilities.max() < CERTAIN:
        return None
    rows, columns = inked(seen, EDGE)
    box = box_of(columns.start, rows.start, columns.stop, rows.stop, picture)
    return Digit(probabilities, box, seen)


def _doubted(digit: Digit, clean: Digit, model: Model) -> Digit:
    """With the opinion of the row's network, which knows ink alone and no dirt.

    Args:
        clean: as the digit's ink alone was read.
    """
    if clean.digit == digit.digit:
        both = second_opinion(digit.probabilities, clean.input, model)
        return replace(digit, probabilities=both)
    both = second_opinion(clean.probabilities, clean.input, model)
    return replace(clean, probabilities=both) if both.max() > digit.confidence else digit


def _with_whole(digit: Digit, picture: Picture, model: Model) -> Digit:
    """With what the whole picture looks like, where the digit takes up much of it."""
    if max(digit.box[2:]) < FILLING * max(picture.width, picture.height):
        return digit
    whole = read_whole(picture, model)
    if whole is None:
        return digit
    both = (1 - WHOLE) * digit.probabilities + WHOLE * whole.probabilities
    return replace(digit, probabilities=both)


@dataclass(frozen=True)
class _View:
    """A way to see a picture of one digit, tried where no reading is as sure as `below`.

    Attributes:
        share: of the ink that is the segment's, times the odds of it being ink.
        weight: of that share of the ink that is not in boxes and circles around other ink.
        noise: the paper's grain, in units of the ink's strength.
        see: gives float32 (n, 28, 28), 0 to 1, inputs of the network, of which the surest counts.
        is_clean: whether the first of them holds the digit's ink alone.
    """

    segment: Segment
    share: float
    weight: float
    noise: float
    see: Callable[[], NDArray[np.float32]]
    below: float
    is_clean: bool = True

    @property
    def is_dirty(self) -> bool:
        """Whether there is more ink than the segment's, or grain."""
        return self.share < ALONE or self.noise > CLEAN


@dataclass(frozen=True)
class _Seen:
    """What is seen in one way.

    Attributes:
        first: of its inputs.
        digit: the surest of its inputs.
    """

    view: _View
    first: Digit
    digit: Digit

    @property
    def sure(self) -> float:
        """How sure that digit is to be what the picture shows."""
        return self.digit.confidence * self.view.weight


def _seen(view: _View, picture: Picture, model: Model) -> _Seen:
    inputs = view.see()
    box = box_of(*view.segment.bounds, picture)
    digits = [
        Digit(probabilities, box, seen)
        for probabilities, seen in zip(model.probabilities(inputs), inputs, strict=True)
    ]
    return _Seen(view, digits[0], max(digits, key=lambda digit: digit.confidence))


def _views(inks: Iterable[Ink], picture: Picture) -> Iterator[_View]:
    """The ways to see a picture of one digit, the likeliest first; none without ink.

    Pictures of 28 x 28 may have been prepared for a network already, as MNIST's are: taken as they
    are, too, they can be read through dirt that misleads the search for ink, and even through
    stripes of ink's colour that make paper and ink change places. Where there is nothing but a
    digit, smaller or by a thinner pen than theirs, it was not prepared.
    """
    first = None
    may_be_prepared = picture.pixels.shape[:2] == (SIDE, SIDE)
    for ink in inks:
        if segment := one_digit(ink):
            part = float(segment.ink.sum()) / ink.amount
            share = ink.odds * min(1.0, part)
            weight = weight_of(ink.odds * ink.beside_frames(part))
            is_outlined = is_outlined_1(segment.ink)
            see = partial(_filled if is_outlined else _normalized, segment)
            view = _View(segment, share, weight, ink.noise, see, LOST)
            if first is None:
                first = ink, view, is_outlined
                long_side = max(segment.ink.shape)
                is_alone = share >= ALONE and long_side <= SIDE - 2
                may_be_prepared &= not (is_alone and long_side < BOX - LIKE) and not is_outlined
                if may_be_prepared and not (is_alone and stroke_width(segment.ink) < THIN):
                    view = replace(view, see=partial(_both, segment, picture, ink))
            yield view
    if first is None:
        return
    ink, view, is_outlined = first
    if may_be_prepared:
        see = partial(_prepared, picture, is_light=not ink.is_light)
        yield replace(view, see=see, below=SURE, is_clean=False)
    if is_thin(view.segment.ink) and not is_outlined:  # and may be the outline of a stroke
        yield replace(view, see=partial(_filled, view.segment), below=SURE)


def _normalized(segment: Segment) -> NDArray[np.float32]:
    return normalize(segment.ink)[None]


def _filled(segment: Segment) -> NDArray[np.float32]:
    return normalize_outlined(segment.ink)[None]


def _prepared(picture: Picture, *, is_light: bool) -> NDArray[np.float32]:
    return as_prepared(grey_of(picture.pixels), is_light=is_light)[None]


def _both(segment: Segment, picture: Picture, ink: Ink) -> NDArray[np.float32]:
    return np.concatenate([_normalized(segment), _prepared(picture, is_light=ink.is_light)])
