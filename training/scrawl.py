"""Words by hand, as people write them beside numbers: no digits, to the row network."""

import string
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from shared.strokes import inked

from .handwriting import Stroke, loop, trace
from .letters import LETTERS

FINER: Final = 3  # times as large they are drawn
SMALL: Final = 0.58  # of a capital's height, that of small letters
TAIL: Final = 0.4  # of it, how far tails reach below the line
ABOVE: Final = 0.3  # of it, how far a broad pen and an unsteady hand may reach above capitals ...
BELOW: Final = 0.7  # ... and below the line
LIKE_DIGITS: Final = "BDIOQSZbgijloqsyz"  # half of a word at most: else nobody could tell
LONGEST: Final = 8  # letters
USUAL: Final = 0.6  # share of the words that are often beside numbers
USUAL_WORDS: Final = (
    "kg", "mg", "cm", "mm", "m", "km", "ml", "cl", "h", "hrs", "min", "sec", "Fr", "EUR", "USD",
    "CHF", "pcs", "Stk", "ct", "No", "Nr", "Total", "Sum", "Tel", "Date", "Name", "Age", "Qty",
    "Ref", "Pos", "am", "pm", "A", "C", "K", "X", "and", "of", "to", "ca", "or", "th", "nd", "rd",
    "st",
)  # fmt: skip
TALL: Final = "bdfhiklt"
TAILED: Final = "gjpqy"
BROAD: Final = "mwMW"
SLIM: Final = "fiIjlrt"

Picture = NDArray[np.float32]
Random = np.random.Generator

# What some hand writes like a digit, so that only its word tells; see `letters` for the others.
ALIKE: Final[dict[str, list[list[Stroke]]]] = {
    "B": [[[(0.1, 0), (0.1, 1)], [(0.1, 0.02), (0.7, 0.05), (0.7, 0.42), (0.12, 0.5), (0.12, 0.5),
            (0.85, 0.6), (0.8, 0.95), (0.1, 1)]]],
    "C": [[[(0.9, 0.15), (0.55, 0), (0.1, 0.35), (0.15, 0.8), (0.55, 1), (0.92, 0.85)]]],
    "D": [[[(0.12, 0), (0.1, 1)], [(0.05, 0.02), (0.6, 0.02), (0.95, 0.45), (0.6, 0.95),
            (0.1, 1)]]],
    "G": [[[(0.9, 0.12), (0.5, 0), (0.08, 0.4), (0.25, 0.95), (0.7, 0.98), (0.9, 0.6), (0.9, 0.6),
            (0.55, 0.6)]]],
    "I": [
        [[(0.5, 0), (0.5, 1)]],
        [[(0.5, 0), (0.5, 1)], [(0.25, 0), (0.75, 0)], [(0.25, 1), (0.75, 1)]],
    ],
    "J": [[[(0.75, 0), (0.75, 0.75), (0.5, 1), (0.15, 0.85)]]],
    "L": [[[(0.12, 0), (0.1, 1), (0.1, 1), (0.85, 0.98)]]],
    "O": [[loop(0.5, 0.5, 0.45, 0.5, -0.25, 0.78)]],
    "P": [[[(0.12, 0), (0.1, 1)], [(0.05, 0.05), (0.7, 0), (0.85, 0.28), (0.6, 0.52),
            (0.12, 0.55)]]],
    "Q": [[loop(0.5, 0.5, 0.45, 0.5, -0.25, 0.78), [(0.55, 0.7), (0.95, 1.05)]]],
    "S": [[[(0.85, 0.12), (0.5, 0), (0.15, 0.2), (0.5, 0.48), (0.88, 0.75), (0.5, 1),
            (0.1, 0.88)]]],
    "U": [[[(0.08, 0), (0.1, 0.7), (0.45, 1), (0.85, 0.7), (0.9, 0)]]],
    "V": [[[(0, 0), (0.45, 1), (0.45, 1), (0.95, 0)]]],
    "Y": [[[(0.05, 0), (0.5, 0.5)], [(0.95, 0), (0.5, 0.5), (0.4, 1)]]],
    "Z": [[[(0.1, 0.02), (0.9, 0), (0.9, 0), (0.08, 1), (0.08, 1), (0.95, 0.98)]]],
    "a": [
        [[(0.8, 0.15), (0.45, 0), (0.1, 0.45), (0.3, 0.98), (0.75, 0.6), (0.82, 0.05), (0.8, 0.8),
          (1, 0.95)]],
        [[(0.15, 0.15), (0.5, 0), (0.78, 0.25), (0.78, 1)], [(0.78, 0.45), (0.3, 0.5), (0.1, 0.8),
          (0.35, 1), (0.78, 0.8)]],
    ],
    "b": [[[(0.12, 0), (0.12, 1)], [(0.12, 0.6), (0.5, 0.42), (0.85, 0.7), (0.55, 1),
            (0.12, 0.95)]]],
    "c": [[[(0.85, 0.15), (0.5, 0), (0.1, 0.4), (0.3, 0.95), (0.9, 0.85)]]],
    "e": [[[(0.15, 0.5), (0.85, 0.4), (0.6, 0), (0.15, 0.3), (0.25, 0.9), (0.6, 1), (0.95, 0.75)]]],
    "g": [[[(0.8, 0.1), (0.4, 0), (0.1, 0.35), (0.4, 0.6), (0.8, 0.25), (0.82, 0.02), (0.8, 0.8),
            (0.5, 1), (0.1, 0.88)]]],
    "i": [
        [[(0.5, 0.42), (0.5, 1)], [(0.5, 0.12), (0.52, 0.15)]],
        [[(0.3, 0.6), (0.5, 0.42), (0.5, 0.9), (0.8, 0.92)], [(0.52, 0.1), (0.54, 0.14)]],
    ],
    "j": [[[(0.6, 0.3), (0.6, 0.85), (0.3, 1), (0.1, 0.9)], [(0.62, 0.05), (0.63, 0.08)]]],
    "l": [
        [[(0.5, 0), (0.5, 1)]],
        [[(0.1, 0.7), (0.6, 0.25), (0.6, 0), (0.35, 0.05), (0.35, 0.8), (0.55, 1), (0.9, 0.85)]],
    ],
    "o": [[loop(0.5, 0.5, 0.42, 0.5, -0.25, 0.78)]],
    "q": [[[(0.8, 0.1), (0.4, 0), (0.1, 0.3), (0.4, 0.58), (0.8, 0.25), (0.82, 0.02), (0.8, 1),
            (0.98, 0.9)]]],
    "r": [[[(0.15, 0.05), (0.18, 1), (0.18, 1), (0.3, 0.3), (0.6, 0.02), (0.9, 0.12)]],
          [[(0.05, 0.5), (0.3, 0), (0.35, 0.2), (0.85, 0.15), (0.7, 0.8), (1, 0.95)]]],
    "s": [[[(0.85, 0.12), (0.5, 0), (0.2, 0.22), (0.8, 0.7), (0.5, 1), (0.1, 0.88)]],
          [[(0, 0.95), (0.5, 0), (0.55, 0.1), (0.85, 0.7), (0.5, 1), (0.15, 0.9)]]],
    "t": [[[(0.45, 0), (0.42, 0.85), (0.65, 1), (0.9, 0.88)], [(0.1, 0.35), (0.85, 0.33)]],
          [[(0.5, 0.05), (0.45, 1)], [(0.1, 0.35), (0.9, 0.3)]]],
    "u": [[[(0.08, 0.05), (0.12, 0.8), (0.45, 1), (0.8, 0.6), (0.85, 0), (0.85, 0.9), (1, 0.95)]]],
    "v": [[[(0, 0.02), (0.45, 1), (0.5, 0.95), (0.95, 0)]]],
    "y": [[[(0.08, 0), (0.15, 0.4), (0.5, 0.5), (0.85, 0)], [(0.88, 0), (0.7, 0.7), (0.35, 1),
            (0.05, 0.92)]]],
    "z": [[[(0.1, 0.05), (0.85, 0.02), (0.85, 0.02), (0.1, 0.97), (0.1, 0.97), (0.95, 0.95)]]],
}  # fmt: skip
UNLIKE: Final = {letter: ways for letter, ways in LETTERS.items() if len(letter) == 1}
STYLES: Final = UNLIKE | ALIKE


def scrawled(height: float, pen: float, random: Random, *, alone: bool = False) -> Picture:
    """A word, joined or not; `alone` rather a single letter that no hand writes like a digit.

    Args:
        height: of a capital, px.
        pen: how thick strokes are, px.

    Returns:
        float32, (height, width), 0 to 1, cropped to its width; it reaches `ABOVE` above capitals
        and `BELOW` below the line.
    """
    text = str(random.choice(list(UNLIKE))) if alone else wording(random)
    hand = _Hand(
        FINER * height, random.normal(0.12, 0.12), random.uniform(0.7, 1.15), random.random() < 0.4
    )
    thick = max(1, round(FINER * pen * random.uniform(0.8, 1.2)))
    apart = random.uniform(0.05, 0.15) if hand.is_joined else random.uniform(0.08, 0.3)
    page = np.zeros(
        (round((1 + ABOVE + BELOW) * hand.height), round((1.2 * len(text) + 2) * hand.height)),
        np.uint8,
    )
    x, last = hand.height, None
    ways: dict[str, list[Stroke]] = {}
    for letter in text:
        some = STYLES[letter]
        way = ways.setdefault(letter, some[random.integers(len(some))])
        strokes, width = hand.written(letter, way, x, random)
        if hand.is_joined and last is not None and letter.islower():
            strokes[0] = np.concatenate([[last, (last + strokes[0][0]) / 2], strokes[0]])
        for stroke in strokes:
            trace(page, stroke, thick)
        last = strokes[-1][-1] if len(strokes) == 1 else None
        x += width + apart * hand.height
    page = page[:, inked(page)[1]]
    shape = max(1, round(page.shape[1] / FINER)), max(1, round(page.shape[0] / FINER))
    ink = cv2.resize(page, shape, interpolation=cv2.INTER_AREA)
    return np.divide(ink, 255, dtype=np.float32)


@dataclass(frozen=True)
class _Hand:
    height: float  # of capitals, px
    slant: float
    broad: float
    is_joined: bool

    def written(
        self, letter: str, way: list[Stroke], x: float, random: Random
    ) -> tuple[list[NDArray[np.float64]], float]:
        """Its strokes on the page, (points, 2), and its width, px; `x` is where it begins."""
        top, bottom = 0.0, 1.0
        if letter in TAILED:
            top, bottom = 1 - SMALL, 1 + TAIL
        elif letter.islower() and letter not in TALL:
            top = 1 - SMALL
        width = self.height * self.broad * random.uniform(0.85, 1.1)
        width *= 0.62 if letter.isupper() else 0.45
        width *= 1.4 if letter in BROAD else 0.6 if letter in SLIM else 1
        strokes = []
        for stroke in way:
            points = np.array(stroke) + random.normal(0, 0.03, (len(stroke), 2))
            y = self.height * (top + (bottom - top) * points[:, 1])
            across = x + width * points[:, 0] + self.slant * (self.height - y)
            strokes.append(np.stack([across, y + ABOVE * self.height], axis=1))
        return strokes, width


def wording(random: Random) -> str:
    """What is often beside numbers, or letters at random, of which half at most are like digits."""
    if random.random() < USUAL:
        text = str(random.choice(USUAL_WORDS))
        text = text.upper() if random.random() < 0.2 else text
    else:
        count = random.integers(2, LONGEST + 1)
        text = "".join(random.choice(list(string.ascii_lowercase), count))
        style = random.random()
        text = text.upper() if style < 0.3 else text.capitalize() if style < 0.6 else text
    alike = sum(letter in LIKE_DIGITS for letter in text)
    return text if 2 * alike <= len(text) else wording(random)
