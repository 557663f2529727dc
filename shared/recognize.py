"""Picture -> reading: the steps in their order."""

import itertools
from collections.abc import Iterator
from math import exp, sqrt
from typing import Final, Literal, get_args

from . import settings
from .decode import Picture, decode
from .digit import read_digit
from .ink import Ink, find_ink
from .model import Model
from .number import read_number
from .reading import Digit, Reading
from .scale import as_needed
from .tracing import traced

__all__ = ["MODES", "Digit", "Mode", "Reading", "read_picture", "recognize"]

Mode = Literal["auto", "digit", "number"]
MODES: tuple[Mode, ...] = get_args(Mode)
TINY: Final = 32  # px, pictures up to this large show one digit, if nothing else is said
CLEAR: Final = 0.9  # confidence from which on several digits are not taken for one


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
    """Read a decoded picture; `mode` as in `recognize`."""
    if (needed := as_needed(picture)) is not None:
        reading = _read(*needed, model, mode)
        if reading.confidence >= CLEAR:
            return reading
    return _read(picture, find_ink(picture.pixels), model, mode)


def _read(picture: Picture, inks: Iterator[Ink], model: Model, mode: Mode) -> Reading:
    inks, again = itertools.tee(inks)
    number, share = None, 0.0
    if mode == "number" or (mode == "auto" and max(picture.pixels.shape[:2]) > TINY):
        number, share = read_number(inks, picture, model, one_row=mode == "number")
        if len(number.digits) > 1 and (mode == "number" or number.confidence >= CLEAR):
            return number
    if number is None or len(number.digits) < 2:
        digit, _ = read_digit(again, picture, model)
    else:
        # What leaves more ink aside has less to say, and one digit of many leaves most.
        least = sqrt(number.confidence * share)
        digit, its_share = read_digit(again, picture, model, least=least)
        sure = 0.0 if digit is None else digit.confidence * its_share**2 * _slim(digit)
        if number.confidence * share > sure:
            return number
    lines = () if digit is None else ((digit,),)
    return Reading(lines, model.to_dict(), picture.width, picture.height)


def _slim(digit: Digit) -> float:
    """How likely a digit is as wide as this, given its height, 0 to 1."""
    _, _, width, height = digit.box
    return exp(-5 * max(0.0, width / max(height, 1) - 1))
