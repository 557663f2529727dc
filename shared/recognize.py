"""Picture -> reading: the steps in their order."""

import itertools
import threading
from collections.abc import Iterable, Iterator
from dataclasses import replace
from math import exp, sqrt
from typing import Final, Literal, get_args

import numpy as np

from . import settings
from .beds import find_page
from .blank import is_empty_box
from .decode import Picture, decode
from .digit import CERTAIN, SURE, read_digit
from .ink import Ink
from .lattice import MOST, WIDE
from .margins import find_writing
from .model import Model
from .number import Budget, is_plausible, read_number
from .paper import is_large
from .reading import Digit, Reading, agreement, box_of, summed
from .scale import as_needed, is_grainy, without_blocks, without_grain
from .tracing import traced

Mode = Literal["auto", "digit", "number"]
MODES: Final[tuple[Mode, ...]] = get_args(Mode)
TINY: Final = 32  # px, pictures up to this large, and no wider, show one digit
SEVERAL: Final = 0.8  # confidence in one digit, under which they may show several ...
BARE: Final = 0.1  # ink of a column, in that one digit, under which they may, too ...
PLAIN: Final = 0.7  # ... and in those, from which on they do: dirt looks like digits, too
LONE: Final = 0.98  # of the ink, in one stroke, with which it is tried as one digit first
LIKELY: Final = 0.5  # how likely digits, and those, from where on no full size is looked at
FEWER: Final = 440  # pieces of ink that are looked at in a smoothed picture
# Logarithm of the odds that a picture shows writing, if nothing of it was read, and how much more
# that is by the share of its ink that was, and less by the share that is neither paper nor ink:
# between 570 readings of held-out digits on pages and 160 of photographs and diagrams without any.
WRITTEN: Final = (-0.5, 10.0, 30.0)
NEARLY_ALL: Final = 0.9  # of the ink, from which on it does not matter what the rest is
WHOLE: Final = 0.9  # of the picture's side, a digit that fills it, at least
SIDE: Final = 0.005  # of the picture, how far from its side what comes in there begins, at most
CLEAR: Final = 0.9  # confidence from which on several digits are not taken for one

# Reading is many small steps, each of which lets go of Python's own lock and takes it again: two
# threads at it side by side take more than half as long again as one after the other.
_alone = threading.Lock()


@traced
def recognize(data: bytes, model: Model, *, mode: Mode = "auto") -> Reading:
    """Read an image file.

    Args:
        data: a PNG, JPEG, GIF, BMP, WebP or TIFF file.
        mode: "digit" takes the whole picture for one digit, "number" for one row of digits;
            "auto" finds out how many rows and digits there are.

    Raises:
        Problem: the data cannot be read; see `decode`.
    """
    return read_picture(decode(data, max_pixels=settings.get().max_pixels), model, mode=mode)


def read_picture(picture: Picture, model: Model, *, mode: Mode = "auto") -> Reading:
    """Read a decoded picture, one at a time in a process; `mode` as in `recognize`."""
    with _alone:
        page = find_page(picture.pixels)
        if page is not None:
            reading = _read_page(picture, page, model, mode)
            if reading.lines or reading.is_blank:
                return reading
        return _read_all(picture, model, mode)


def _read_page(picture: Picture, page: tuple[slice, slice], model: Model, mode: Mode) -> Reading:
    """Read some rows and columns of a picture."""
    rows, columns = page
    left, top, width, height = box_of(columns.start, rows.start, columns.stop, rows.stop, picture)
    part = Picture(np.ascontiguousarray(picture.pixels[page]), width, height)
    return _read_all(part, model, mode).placed(left, top, picture.width, picture.height)


def _read_all(picture: Picture, model: Model, mode: Mode) -> Reading:
    readings = []
    for reading in _readings(without_blocks(picture), model, mode):
        readings.append(reading)
        if reading.sureness >= SURE or reading.is_blank:
            break
    return _surest(readings)


def _surest(readings: list[Reading]) -> Reading:
    """The surest of those that say what they are together surest of."""
    if len(readings) == 1:
        return readings[0]
    together = summed(((one.is_blank, one.text), one.sureness * one.share) for one in readings)
    said = max(together, key=lambda one: (one[0], together[one]))
    same = [one for one in readings if (one.is_blank, one.text) == said]
    surest = max(same, key=lambda one: one.sureness * one.share)
    agreed = agreement(together.pop(said), together.values())
    return replace(surest, agreed=surest.agreed * agreed)


def _readings(picture: Picture, model: Model, mode: Mode) -> Iterator[Reading]:
    """Of the picture as it is, and from further off where it is grainy.

    The networks know the grain of small pictures.
    """
    budget = Budget(MOST)
    is_last = is_large(picture.pixels) and is_grainy(picture)
    if not is_last:
        yield _read_as_is(picture, model, mode, budget)
        if budget.is_overdrawn:  # thousands of strokes, and little grain that could make them
            return
    for smooth in without_grain(picture):
        yield _read(smooth, find_writing(smooth.pixels), model, mode, Budget(FEWER))
    if is_last:
        yield _read_as_is(picture, model, mode, budget)


def _read_as_is(picture: Picture, model: Model, mode: Mode, budget: Budget) -> Reading:
    readings = []
    if (needed := as_needed(picture)) is not None:
        reading = _read(*needed, model, mode, Budget(MOST))
        if reading.plausibility >= LIKELY or reading.is_blank:
            return reading
        readings.append(reading)
    readings.append(_read(picture, find_writing(picture.pixels), model, mode, budget))
    return _surest(readings)


def _read(
    picture: Picture, inks: Iterator[Ink], model: Model, mode: Mode, budget: Budget
) -> Reading:
    if _is_tiny(picture) and mode != "number":  # it may be read before ink is looked for
        reading = _read_tiny(picture, inks, model, mode, budget)
        if reading.share >= NEARLY_ALL:
            return reading
        return replace(reading, written=_written(reading.share))
    ink = next(inks, None)
    if ink is None:
        return _read_inks(picture, iter(()), model, mode, budget)
    if is_empty_box(ink.mask):
        return _blank(picture, model)
    reading = _read_inks(picture, itertools.chain([ink], inks), model, mode, budget)
    share = reading.share
    if share < NEARLY_ALL:  # a box that a digit was written into says nothing against it
        share = ink.beside_frames(share)
    return replace(reading, written=_written(share, ink.unlike))


def _blank(picture: Picture, model: Model) -> Reading:
    return Reading((), model.to_dict(), picture.width, picture.height, is_blank=True)


def _is_tiny(picture: Picture) -> bool:
    height, width = picture.pixels.shape[:2]
    return bool(height <= TINY and width <= min(TINY, WIDE * height))


def _written(share: float, unlike: float = 0.0) -> float:
    """Probability that a picture shows writing, and not other things.

    Args:
        share: of its ink, that was read.
        unlike: share of it that is neither paper nor ink.
    """
    often, more, less = WRITTEN
    return 1 / (1 + exp(less * unlike - more * share - often))


def _read_inks(
    picture: Picture, inks: Iterator[Ink], model: Model, mode: Mode, budget: Budget
) -> Reading:
    if mode == "digit":
        return _read_one(picture, inks, model, budget)
    first, inks = itertools.tee(inks)
    if mode == "auto" and (ink := next(first, None)) and not ink.is_part and _is_lone(ink):
        one = read_digit([ink], picture, model)
        if one.confidence >= SURE and not _is_line(one) and not _are_ones(one, ink):
            return one
    looked: list[Ink] = []  # to look in more ways than a number was looked for takes time
    noted = _noted(inks, looked)
    number = read_number(noted, picture, model, budget, one_row=mode == "number")
    if len(number.digits) > 1 and (mode == "number" or number.sureness >= CLEAR):
        return number
    # What leaves more ink aside has less to say, and one digit of many leaves most.
    least = sqrt(_sure(number)) if len(number.digits) > 1 else 0.0
    one = read_digit(looked, picture, model, least=least)
    return _likelier(one, number) if len(number.digits) > 1 else _surer(one, number)


def _noted(inks: Iterable[Ink], looked: list[Ink]) -> Iterator[Ink]:
    """The inks, each put into the list as it is asked for."""
    for ink in inks:
        looked.append(ink)
        yield ink


def _read_tiny(
    picture: Picture, inks: Iterator[Ink], model: Model, mode: Mode, budget: Budget
) -> Reading:
    """Read a picture that shows one digit, or hardly ever several."""
    inks, first, again = itertools.tee(inks, 3)
    one = read_digit(inks, picture, model)
    if one.confidence < CERTAIN and (ink := next(first, None)) and is_empty_box(ink.mask):
        return _blank(picture, model)
    is_all = one.share >= NEARLY_ALL and not _is_parted(one)
    if mode == "digit" or (one.confidence >= SEVERAL and is_all):
        return one
    number = read_number(again, picture, model, budget, one_row=True)
    return number if len(number.digits) > 1 and _sure(number) >= PLAIN else one


def _is_parted(one: Reading) -> bool:
    """Whether a column without ink parts what was read: a 1 beside a digit looks like dirt."""
    columns = np.flatnonzero(one.digits[0].input.max(axis=0) >= BARE)
    return bool((np.diff(columns) > 1).any())


def _read_one(picture: Picture, inks: Iterator[Ink], model: Model, budget: Budget) -> Reading:
    """Read the picture as one digit."""
    inks, again = itertools.tee(inks)
    one = read_digit(inks, picture, model)
    if one.confidence * one.weight >= SURE and not _is_line(one):
        return one
    return _surer(one, read_number(again, picture, model, budget, one_row=True))


def _surer(one: Reading, number: Reading) -> Reading:
    """One digit: as the whole picture shows it, or as it is in a row, without lines and shadows."""
    if len(number.digits) != 1:
        return one
    # Edges and lines look like 1s, and together with other things like anything.
    is_line = one.text == "1" != number.text
    if is_line and is_plausible(number):
        return number
    both = [
        (one.confidence * one.weight, one),
        (number.plausibility * number.weight, number),
    ]
    if not (_is_around(one, number) and is_plausible(number)):
        both.sort(key=lambda each: each[0])
    (less, other), (sure, surer) = both
    if surer.text == other.text:
        return surer
    return replace(surer, agreed=surer.agreed * agreement(sure, [less]))


def _is_line(one: Reading) -> bool:
    """Whether a 1 may be shade or another thing at the picture's left or right side."""
    return one.text == "1" and _is_at_side(one)


def _is_at_side(reading: Reading) -> bool:
    """Whether its digits reach the left or right side of the picture."""
    left = min(digit.box[0] for digit in reading.digits)
    right = max(digit.box[0] + digit.box[2] for digit in reading.digits)
    return left <= SIDE * reading.width or right >= (1 - SIDE) * reading.width


def _is_around(one: Reading, number: Reading) -> bool:
    """Whether one digit fills the picture, and that of a row is well within it."""
    if not one.digits:
        return False
    (_, _, width, height), (x, y, w, h) = one.digits[0].box, number.digits[0].box
    is_whole = width >= WHOLE * one.width or height >= WHOLE * one.height
    return is_whole and min(x, y, one.width - x - w, one.height - y - h) > 0


def _likelier(one: Reading, number: Reading) -> Reading:
    """One digit, or the several that the same picture may show."""
    sure = one.confidence * one.share**2 * (_slim(one.digits[0]) if one.digits else 0.0)
    # Two 1s beside each other look like the outline of one, which is rarer.
    are_ones = one.text == "1" and set(number.text) == {"1"} and not _is_at_side(number)
    if (are_ones and is_plausible(number)) or _sure(number) > sure:
        return number
    # Where several digits are found, too, what is beside the one is more than dirt.
    beside = min(1.0, one.share / NEARLY_ALL)
    return replace(one, agreed=agreement(sure, [_sure(number)]) * beside)


def _sure(number: Reading) -> float:
    """How sure several digits are to be what is there."""
    return number.plausibility * number.share


def _is_lone(ink: Ink) -> bool:
    """Whether nearly all ink hangs together, and is no wider than a digit."""
    # What is not in so few columns need not be looked at stroke by stroke.
    columns = (ink.strength * ink.mask).sum(axis=0)
    before = np.concatenate([[0], np.cumsum(columns)])
    widest = min(int(WIDE * np.count_nonzero(ink.mask.any(axis=1))), len(columns))
    if (before[widest:] - before[: len(before) - widest]).max() < LONE * before[-1]:
        return False
    if len(ink.strokes.boxes) == 1:
        return False
    mass = ink.strokes.mass(ink.strength)
    main = int(mass.argmax())
    _, _, width, height = ink.strokes.boxes[main]
    return bool(mass[main] >= LONE * mass.sum() and width <= WIDE * height)


def _are_ones(one: Reading, ink: Ink) -> bool:
    """Whether a 1 may be two: it does not hang together where it surely is ink."""
    return one.text == "1" and len(ink.core.strokes.boxes) > 2


def _slim(digit: Digit) -> float:
    """How likely a digit is as wide as this, given its height, 0 to 1."""
    _, _, width, height = digit.box
    return exp(-5 * max(0.0, width / max(height, 1) - 1))
