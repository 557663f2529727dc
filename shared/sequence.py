"""Row -> sequence: which digit, if any, is at each place along a row.

A small convolutional network reads a row at once, without cutting it; each digit is a peak among
blanks (connectionist temporal classification: Graves, Fernandez, Gomez, Schmidhuber, 2006). It
has seen what a joint of two digits looks like, where the network of one digit sees pieces alone.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from .model import Model
from .raster import Array
from .strokes import EDGE, inked

HEIGHT: Final = 32  # px of the network's input
DIGIT: Final = 20  # px, the usual height of a digit in it
MARGIN: Final = 8  # px left and right of the row
STRIDE: Final = 2  # px from place to place
SECOND: Final = 0.5  # exponent of the second opinion on one digit
FLOOR: Final = -14.0  # logarithm of the odds that count as none
LIKENESS: Final = 0.25  # exponent of the probability that there is one digit at all
BLANK: Final = 0  # the class of no digit; a digit's is one more than it
NEAR: Final = 4  # px around a place, in which a digit that is there has ink
BARE: Final = np.array([0.0] + 10 * [-30.0])  # logarithms of the probabilities where none is


@dataclass(frozen=True)
class Sequence:
    """What is seen along a row.

    Attributes:
        logs: float64, (places, 11), logarithms of the probabilities of no digit and of the ten.
        scale: px of the network's input to one of the row.
    """

    logs: NDArray[np.float64]
    scale: float

    def place(self, x: float) -> int:
        """The place at which a column of the row is."""
        place = round((x * self.scale + MARGIN) / STRIDE)
        return min(max(place, 0), len(self.logs))

    def odds(self, start: int, stop: int) -> tuple[float, NDArray[np.float64]]:
        """How likely it is that from place to place there is no digit, or just one.

        Returns:
            Logarithms of the probabilities of none and, float64 (10,), of each digit alone.
        """
        if start >= stop:
            return 0.0, np.full(10, -np.inf)
        # Blanks, then a digit for some places, then blanks, in all ways there are.
        logs = self.logs[start:stop]
        sums = logs.cumsum(axis=0)
        before = sums - logs
        begins = np.logaddexp.accumulate(before[:, :1] - before[:, 1:])
        none = float(sums[-1, BLANK])
        ways = begins + sums[:, 1:] + (none - sums[:, :1])
        return none, np.asarray(np.logaddexp.reduce(ways), np.float64)

    def peaks(self) -> list[float]:
        """Columns of the row in which the likeliest reading has its digits."""
        classes = self.logs.argmax(axis=1)
        changes = [*np.flatnonzero(np.diff(classes, prepend=BLANK)), len(classes)]
        middles = [
            (start + stop) / 2 for start, stop in pairwise(changes) if classes[start] != BLANK
        ]
        return [(middle * STRIDE - MARGIN) / self.scale for middle in middles]


def read_sequence(ink: Array, size: float, model: Model) -> Sequence:
    """Read a row at once.

    Args:
        ink: float32, (height, width), 0 to 1, cropped to the row.
        size: the usual height of its digits, px.
    """
    row = fit_row(ink, size)
    logs = model.places(row)
    # The network has not seen rows with gaps as wide as what it looks at.
    near = np.ones((1, 2 * NEAR + 1), np.uint8)
    inked_near = cv2.dilate((row.max(axis=0) > EDGE).astype(np.uint8)[None], near)
    logs[~inked_near.reshape(-1, STRIDE).any(axis=1)] = BARE
    return Sequence(logs, _scale_of(ink, size))


def second_opinion(
    probabilities: NDArray[np.float64], seen: Array, model: Model
) -> NDArray[np.float64]:
    """What the row's network says to what that of one digit was unsure of.

    Args:
        probabilities: float64, (10,), of the digits.
        seen: float32, (28, 28), the input of which it is unsure.

    Returns:
        Both opinions' product, float64, (10,); the more even, the less it looks like one digit.
    """
    ink = seen[inked(seen)]
    if not ink.size:
        return probabilities
    sequence = read_sequence(ink, DIGIT, model)
    _, one = sequence.odds(0, len(sequence.logs))
    likeness = min(1.0, float(np.exp(one).sum())) ** LIKENESS
    product = probabilities * np.exp(SECOND * np.maximum(one, FLOOR))
    return np.asarray(likeness * product / product.sum() + (1 - likeness) / 10, np.float64)


def _scale_of(ink: Array, size: float) -> float:
    """By how much a row is reduced for the network."""
    return float(min(DIGIT / size, (HEIGHT - 2) / ink.shape[0]))


def fit_row(ink: Array, size: float) -> Array:
    """A row's ink as the network's input; arguments as of `read_sequence`.

    Returns:
        float32, (`HEIGHT`, width), 0 to 1, the row in the middle, a multiple of `STRIDE` wide.
    """
    height, width = ink.shape
    scale = _scale_of(ink, size)
    shape = max(1, round(width * scale)), max(1, round(height * scale))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = cv2.resize(ink, shape, interpolation=method)
    top = (HEIGHT - shape[1]) // 2
    wide = -(-(shape[0] + 2 * MARGIN) // STRIDE) * STRIDE
    row = np.zeros((HEIGHT, wide), np.float32)
    row[top : top + shape[1], MARGIN : MARGIN + shape[0]] = small / max(float(small.max()), 1e-6)
    return row
