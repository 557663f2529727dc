"""Picture -> reading: the steps in their order."""

import base64
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from . import settings
from .decode import Picture, decode
from .ink import find_ink
from .model import Model
from .normalize import SIDE, as_prepared, filled, normalize
from .segment import Segment, one_digit

Mode = Literal["auto", "digit", "number"]
SURE = 0.9  # confidence at which no other way to see the picture is tried
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
    for seen, segment in _candidates(picture):
        (probabilities,) = model.probabilities(seen[None])
        candidate = Digit(probabilities, _box(segment, picture), seen)
        if digit is None or candidate.confidence > digit.confidence:
            digit = candidate
        if digit.confidence > SURE:
            break
    return Reading((digit,) if digit else (), model.to_dict(), picture.width, picture.height)


def _candidates(picture: Picture) -> Iterator[tuple[NDArray[np.float32], Segment]]:
    """What the network may be shown of a picture of one digit, the likeliest first.

    Usually one input. More where it is unclear what is paper, and for pictures of 28 x 28, which
    may have been prepared for a network already: taken as they are, they can be read through
    dirt that misleads the search for ink. Last, as if only the outline of the strokes were drawn.
    """
    found = [(ink, segment) for ink in find_ink(picture.pixels) if (segment := one_digit(ink))]
    for _, segment in found:
        yield normalize(segment.ink), segment
    if found and picture.pixels.shape[:2] == (SIDE, SIDE):
        ink, segment = found[0]
        yield as_prepared(picture.pixels, is_light=ink.is_light), segment
    for _, segment in found[:1]:
        yield normalize(filled(segment.ink)), segment


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
