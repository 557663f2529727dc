"""Picture -> reading: the steps in their order."""

import base64
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from . import settings
from .decode import Picture, decode
from .ink import find_ink
from .model import Model
from .normalize import SIDE, as_prepared, is_thin, normalize, normalize_outlined
from .segment import Segment, one_digit

Mode = Literal["auto", "digit", "number"]
SURE = 0.97  # confidence from which on no other way to see a picture is tried
LOST = 0.7  # confidence from which on paper and ink are taken to be where they were found
MODES: tuple[Mode, ...] = get_args(Mode)


@dataclass(frozen=True)
class Digit:
    """One digit read.

    Attributes:
        probabilities: float64, (10,), adding up to 1.
        box: x, y, width, height in pixels of the uploaded picture, upright.
        input: float32, (28, 28), 0 to 1, what the network saw.
    """

    probabilities: NDArray[np.float64]
    box: tuple[int, int, int, int]
    input: NDArray[np.float32]

    @property
    def digit(self) -> int:
        """The likeliest digit, 0 to 9."""
        return int(self.probabilities.argmax())

    @property
    def confidence(self) -> float:
        """Probability that `digit` is right."""
        return float(self.probabilities.max())

    def to_dict(self, *, explain: bool) -> dict[str, Any]:
        """The digit as the contract has it; with its input as a picture if `explain`."""
        x, y, width, height = self.box
        result: dict[str, Any] = {
            "digit": self.digit,
            "confidence": round(self.confidence, 6),
            "probabilities": [round(float(p), 6) for p in self.probabilities],
            "box": {"x": x, "y": y, "width": width, "height": height},
        }
        if explain:
            result["input"] = _data_uri(self.input)
        return result


@dataclass(frozen=True)
class Reading:
    """What was read in one picture of `width` x `height` pixels, upright."""

    digits: tuple[Digit, ...]
    model: dict[str, str]
    width: int
    height: int

    @property
    def text(self) -> str:
        """The digits, left to right; empty where there is no ink."""
        return "".join(str(digit.digit) for digit in self.digits)

    @property
    def confidence(self) -> float:
        """Probability that all of the text is right; 0 where nothing was read."""
        return float(np.prod([digit.confidence for digit in self.digits])) if self.digits else 0.0

    def to_dict(self, *, explain: bool = False) -> dict[str, Any]:
        """The reading as the contract has it."""
        return {
            "text": self.text,
            "confidence": round(self.confidence, 6),
            "digits": [digit.to_dict(explain=explain) for digit in self.digits],
            "model": self.model,
            "image": {"width": self.width, "height": self.height},
        }


def recognize(data: bytes, model: Model, *, mode: Mode = "auto") -> Reading:
    """Read an image file.

    Args:
        data: a PNG, JPEG, GIF, BMP, WebP or TIFF file.
        mode: "digit" takes the whole picture for one digit. Whole numbers are not separated
            yet: "auto" and "number" read one digit too.

    Raises:
        Problem: the data cannot be read; see `decode`.
    """
    return read_picture(decode(data, max_pixels=settings.get().max_pixels), model, mode=mode)


def read_picture(picture: Picture, model: Model, *, mode: Mode = "auto") -> Reading:
    """Read a decoded picture; `mode` as in `recognize`."""
    digit: Digit | None = None
    for view in _views(picture):  # lazily: a sure reading spares the work for all further ways
        if digit is None or digit.confidence < view.below:
            seen = view.see()
            (probabilities,) = model.probabilities(seen[None])
            candidate = Digit(probabilities, _box(view.segment, picture), seen)
            if digit is None or candidate.confidence > digit.confidence:
                digit = candidate
        if digit.confidence >= SURE:
            break
    return Reading((digit,) if digit else (), model.to_dict(), picture.width, picture.height)


@dataclass(frozen=True)
class _View:
    """A way to see a picture of one digit, tried where no reading is as sure as `below`.

    Attributes:
        see: gives float32 (28, 28), 0 to 1, the network's input.
    """

    segment: Segment
    see: Callable[[], NDArray[np.float32]]
    below: float


def _views(picture: Picture) -> Iterator[_View]:
    """The ways to see a picture of one digit, the likeliest first; none without ink.

    Pictures of 28 x 28 may have been prepared for a network already, as MNIST's are: taken as they
    are, they can be read through dirt that misleads the search for ink, and even through stripes
    of ink's colour that make paper and ink change places.
    """
    first = None
    for ink in find_ink(picture.pixels):
        if segment := one_digit(ink):
            first = first or (ink, segment)
            yield _View(segment, partial(normalize, segment.ink), LOST)
    if first is None:
        return
    ink, segment = first
    if picture.pixels.shape[:2] == (SIDE, SIDE):
        for is_light, below in ((ink.is_light, SURE), (not ink.is_light, LOST)):
            yield _View(segment, partial(as_prepared, picture.pixels, is_light=is_light), below)
    if is_thin(segment.ink):  # and may be the outline of a stroke
        yield _View(segment, partial(normalize_outlined, segment.ink), SURE)


def _box(segment: Segment, picture: Picture) -> tuple[int, int, int, int]:
    """A segment's box in pixels of the uploaded picture."""
    height, width = picture.pixels.shape[:2]
    across, down = picture.width / width, picture.height / height
    left, right = segment.x * across, (segment.x + segment.ink.shape[1]) * across
    top, bottom = segment.y * down, (segment.y + segment.ink.shape[0]) * down
    x, y = round(left), round(top)
    return (
        x,
        y,
        min(round(right), picture.width) - x,
        min(round(bottom), picture.height) - y,
    )


def _data_uri(picture: NDArray[np.float32]) -> str:
    file = io.BytesIO()
    Image.fromarray(np.rint(picture * 255).astype(np.uint8)).save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode("ascii")
