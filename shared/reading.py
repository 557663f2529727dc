"""What was read in a picture, as the contract has it."""

import base64
import io
import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .decode import Picture

Box = tuple[int, int, int, int]
Said = TypeVar("Said")

MANY: Final = 8  # digits, from which on a doubt in each no longer adds up against all of them
HALF: Final = 0.5  # of the ink, in one digit, from which on it weighs as much as with all of it


@dataclass(frozen=True)
class Digit:
    """One digit read.

    Attributes:
        probabilities: float64, (10,), adding up to 1.
        box: x, y, width, height in pixels of the uploaded picture, upright.
        input: float32, (28, 28), 0 to 1, what the network saw.
    """

    probabilities: NDArray[np.float64]
    box: Box
    input: NDArray[np.float32]

    @cached_property
    def digit(self) -> int:
        """The likeliest digit, 0 to 9."""
        return int(self.probabilities.argmax())

    @cached_property
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
    """What was read in one picture of `width` x `height` pixels, upright.

    Attributes:
        lines: the digits, left to right, of each line, top to bottom.
        separated: probability that the ink was parted rightly into digits, and from what is none.
        likeness: how likely what was read is to be digits, on average of them, 0 to 1.
        share: of the ink that is in what was read, not in shadows, lines and dirt, 0 to 1.
        weight: against other readings as one digit: a piece of a line may look surely like a 1.
        written: probability that the picture shows writing, and not other things.
        agreed: how far other ways to see the picture say the same; 1 where none was needed.
        is_blank: whether the picture surely shows a box that nothing was written into.
    """

    lines: tuple[tuple[Digit, ...], ...]
    model: dict[str, str]
    width: int
    height: int
    separated: float = 1.0
    likeness: float = 1.0
    share: float = 1.0
    weight: float = 1.0
    written: float = 1.0
    agreed: float = 1.0
    is_blank: bool = False

    @cached_property
    def digits(self) -> tuple[Digit, ...]:
        """Those of all lines."""
        return tuple(digit for line in self.lines for digit in line)

    @cached_property
    def text(self) -> str:
        """The digits as text, its lines parted by newlines; empty where nothing is written."""
        return "\n".join("".join(str(digit.digit) for digit in line) for line in self.lines)

    @cached_property
    def confidence(self) -> float:
        """Probability that all of the text is right; 0 where nothing was read."""
        return self.written * self.agreed * self._certainty

    @cached_property
    def _certainty(self) -> float:
        """The same of writing."""
        if not self.lines:
            return 0.0
        return self.separated * math.prod(digit.confidence for digit in self.digits)

    @cached_property
    def sureness(self) -> float:
        """To tell the better of two readings of a picture: how sure, of `MANY` digits if more.

        Else few digits, of a page of hundreds, would be surer than all of them.
        """
        return math.pow(self._certainty, min(1.0, MANY / max(len(self.digits), 1)))

    @property
    def plausibility(self) -> float:
        """How sure, and how like digits: what is neither is not worth believing."""
        return self.sureness * self.likeness

    def placed(self, x: int, y: int, width: int, height: int) -> "Reading":
        """The same of a picture of this size, a part of which, from there on, was read."""
        lines = tuple(
            tuple(replace(one, box=(one.box[0] + x, one.box[1] + y, *one.box[2:])) for one in line)
            for line in self.lines
        )
        return replace(self, lines=lines, width=width, height=height)

    def to_dict(self, *, explain: bool = False) -> dict[str, Any]:
        """The reading as the contract has it."""
        return {
            "text": self.text,
            "confidence": round(self.confidence, 6),
            "digits": [digit.to_dict(explain=explain) for digit in self.digits],
            "model": self.model,
            "image": {"width": self.width, "height": self.height},
        }


def summed(said: Iterable[tuple[Said, float]]) -> dict[Said, float]:
    """How sure those are together that say the same, in the order in which it was said first."""
    together: dict[Said, float] = defaultdict(float)
    for what, sure in said:
        together[what] += sure
    return together


def agreement(sure: float, others: Iterable[float]) -> float:
    """How far to believe what was read though others were read, too, 0 to 1: by squares.

    Args:
        sure: how sure those were together that say so.
        others: likewise, of each other text.
    """
    against = sum(other**2 for other in others)
    return sure**2 / (sure**2 + against) if against else 1.0


def weight_of(share: float) -> float:
    """How likely one digit that has this share of the ink is what is meant, 0 to 1."""
    return min(1.0, share / HALF)


def box_of(left: float, top: float, right: float, bottom: float, picture: Picture) -> Box:
    """A box at the working scale in pixels of the uploaded picture: x, y, width, height."""
    height, width = picture.pixels.shape[:2]
    across, down = picture.width / width, picture.height / height
    x, y = max(0, round(left * across)), max(0, round(top * down))
    right, bottom = (
        min(round(right * across), picture.width),
        min(round(bottom * down), picture.height),
    )
    return x, y, right - x, bottom - y


def _data_uri(picture: NDArray[np.float32]) -> str:
    file = io.BytesIO()
    Image.fromarray(np.rint(picture * 255).astype(np.uint8)).save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode("ascii")
