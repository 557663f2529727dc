"""Signs beside handwritten digits: no digits, to the row network.

Dates, amounts, telephone numbers and sums have them. Alone a slash looks like a one, and a bracket,
too: only the digits around them tell.
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from shared.strokes import inked, stroke_width

from .handwriting import Stroke, loop, trace
from .words import printed_sign

FINER: Final = 3  # times as large they are drawn
COMMON: Final = ("slash", "dash", "point", "comma", "colon")  # more often than the others
BRACKETED: Final = 0.1  # share of the rows with signs that are all in brackets ...
PARTED: Final = 0.35  # ... of those that one sign parts: dates, amounts, telephone numbers ...
LED: Final = 0.2  # ... and of those that a currency's sign, or a number's, stands before or after
PRINTED: Final = 0.35  # share of the rows with signs whose signs are a form's, in print
MOST: Final = 3  # signs in other rows at most
ABOVE: Final = 0.5  # of the digits' height, how far signs may reach above and below them

Picture = NDArray[np.float32]
Random = np.random.Generator

# The ways to write each: strokes of control points in the digits' height, y from their top down.
SIGNS: Final[dict[str, list[list[Stroke]]]] = {
    "slash": [
        [[(0.45, -0.1), (0.22, 0.5), (0, 1.1)]],
        [[(0.6, -0.2), (0.3, 0.5), (0, 1.2)]],
        [[(0.35, -0.25), (0.15, 0.5), (0, 1.25)]],
        [[(0.6, -0.1), (0.35, 0.45), (0, 1.05)]],
        [[(0.25, -0.1), (0.12, 0.5), (0, 1.1)]],
        [[(0.75, 0), (0.4, 0.5), (0, 1)]],
    ],
    "dash": [
        [[(0, 0.5), (0.4, 0.5)]],
        [[(0, 0.56), (0.25, 0.52)]],
        [[(0, 0.5), (0.35, 0.46), (0.7, 0.48)]],
    ],
    "point": [[[(0, 0.96), (0.02, 0.97)]], [[(0, 0.9), (0.05, 0.97)]], [[(0, 0.5), (0.02, 0.5)]]],
    "comma": [
        [[(0.12, 0.88), (0.1, 1.02), (0, 1.18)]],
        [[(0.08, 0.95), (0, 1.2)]],
        [[(0.05, 0.9), (0.12, 0.98), (0, 1.25)]],
    ],
    "apostrophe": [[[(0.06, -0.05), (0, 0.22)]], [[(0, 0), (0.02, 0.2)]]],
    "colon": [
        [[(0, 0.3), (0.02, 0.31)], [(0, 0.85), (0.02, 0.86)]],
        [[(0.03, 0.45), (0.05, 0.47)], [(0, 0.95), (0.02, 0.97)]],
    ],
    "semicolon": [[[(0.08, 0.4), (0.1, 0.42)], [(0.1, 0.88), (0, 1.15)]]],
    "plus": [
        [[(0, 0.52), (0.55, 0.5)], [(0.28, 0.22), (0.27, 0.8)]],
        [[(0, 0.5), (0.75, 0.5)], [(0.38, 0.1), (0.36, 0.9)]],
        [[(0.25, 0.25), (0.24, 0.75), (0.1, 0.6), (0.5, 0.5)]],
    ],
    "times": [
        [[(0, 0.3), (0.45, 0.75)], [(0.45, 0.3), (0, 0.75)]],
        [[(0, 0.45), (0.4, 1)], [(0.42, 0.45), (0, 1)]],
    ],
    "divided": [[[(0, 0.5), (0.5, 0.5)], [(0.25, 0.22), (0.26, 0.23)], [(0.24, 0.8), (0.25, 0.8)]]],
    "equals": [[[(0, 0.38), (0.5, 0.36)], [(0, 0.64), (0.5, 0.62)]]],
    "less": [[[(0.5, 0.15), (0, 0.5), (0, 0.5), (0.5, 0.85)]]],
    "more": [[[(0, 0.15), (0.5, 0.5), (0.5, 0.5), (0, 0.85)]]],
    "percent": [
        [loop(0.16, 0.22, 0.14, 0.18, 0, 1), [(0.68, 0), (0.1, 1)],
         loop(0.6, 0.78, 0.14, 0.18, 0, 1)],
        [loop(0.14, 0.12, 0.12, 0.14, 0, 1), [(0.6, -0.1), (0.05, 1.05)],
         loop(0.56, 0.85, 0.13, 0.14, 0, 1)],
        [[*loop(0.2, 0.25, 0.16, 0.18, -0.2, 0.85), (0.75, 0.02), (0.75, 0.02), (0.1, 1)],
         loop(0.65, 0.8, 0.15, 0.17, 0, 1)],
    ],
    "opening": [
        [[(0.28, -0.15), (0.05, 0.2), (0.05, 0.8), (0.28, 1.15)]],
        [[(0.2, -0.05), (0, 0.5), (0.2, 1.05)]],
        [[(0.25, -0.1), (0, -0.1), (0, -0.1), (0, 1.1), (0, 1.1), (0.25, 1.1)]],
    ],
    "closing": [
        [[(0, -0.15), (0.23, 0.2), (0.23, 0.8), (0, 1.15)]],
        [[(0, -0.05), (0.2, 0.5), (0, 1.05)]],
        [[(0, -0.1), (0.25, -0.1), (0.25, -0.1), (0.25, 1.1), (0.25, 1.1), (0, 1.1)]],
    ],
    "dollar": [
        [[(0.6, 0.15), (0.3, 0.02), (0.05, 0.2), (0.3, 0.48), (0.6, 0.75), (0.3, 0.98), (0, 0.85)],
         [(0.33, -0.15), (0.3, 1.15)]],
        [[(0.6, 0.1), (0.3, 0), (0.08, 0.22), (0.3, 0.5), (0.58, 0.75), (0.3, 1), (0.02, 0.9)],
         [(0.26, -0.12), (0.24, 1.12)], [(0.38, -0.12), (0.36, 1.12)]],
        [[(0.6, 0.15), (0.3, 0.02), (0.05, 0.2), (0.3, 0.48), (0.6, 0.75), (0.3, 0.98), (0, 0.85)],
         [(0.33, -0.18), (0.33, 0.02)], [(0.3, 0.98), (0.3, 1.18)]],
    ],
    "euro": [
        [[(0.7, 0.1), (0.4, 0), (0.12, 0.3), (0.12, 0.7), (0.4, 1), (0.7, 0.9)],
         [(0, 0.38), (0.5, 0.38)], [(0, 0.58), (0.45, 0.58)]],
        [[(0.65, 0.15), (0.35, 0.02), (0.15, 0.5), (0.38, 0.98), (0.68, 0.85)],
         [(0, 0.45), (0.45, 0.42)], [(0, 0.6), (0.45, 0.58)]],
    ],
    "pound": [
        [[(0.6, 0.15), (0.4, 0), (0.22, 0.2), (0.22, 0.7), (0.02, 1), (0.02, 1), (0.35, 0.92),
          (0.65, 0.98)], [(0.02, 0.52), (0.45, 0.5)]],
    ],
    "number": [
        [[(0.25, 0.05), (0.15, 0.95)], [(0.55, 0.05), (0.45, 0.95)], [(0.02, 0.35), (0.7, 0.33)],
         [(0, 0.68), (0.68, 0.66)]],
    ],
    "degree": [[loop(0.1, 0.02, 0.1, 0.1, 0, 1.05)]],
    "asterisk": [
        [[(0.2, 0.05), (0.2, 0.45)], [(0.02, 0.15), (0.38, 0.36)], [(0.38, 0.14), (0.03, 0.36)]],
    ],
}  # fmt: skip
ALL: Final = tuple(SIGNS)
BRACKETS: Final = ("opening", "closing")
LEADING: Final = ("dollar", "euro", "pound", "number")
CHARACTERS: Final = {  # how forms print them
    "slash": "/", "dash": "-", "point": ".", "comma": ",", "colon": ":", "plus": "+", "equals": "=",
    "percent": "%", "opening": "(", "closing": ")", "dollar": "$", "euro": "€", "pound": "£",
    "number": "#",
}  # fmt: skip


def with_signs(digits: list[Picture], size: float, random: Random) -> list[Picture]:
    """Digits with signs before, after and between them: by one hand and the same pen, or printed.

    Args:
        digits: left to right, float32, cropped, 0 to 1; one at least.
        size: their usual height, px.
    """
    pen, hand = stroke_width(digits[0]), int(random.integers(2**32))
    is_form = random.random() < PRINTED

    def made(name: str) -> Picture:
        if is_form and name in CHARACTERS:
            font = np.random.default_rng(hand)
            return printed_sign(CHARACTERS[name], size, ABOVE, font)
        return sign(name, size, pen, random, hand=hand)

    kind = random.random()
    if kind < BRACKETED:
        before, after = (made(name) for name in BRACKETS)
        return [before, *digits, after]
    if kind < BRACKETED + LED:
        beside = made(str(random.choice(LEADING)))
        return [beside, *digits] if random.random() < 0.8 else [*digits, beside]
    if kind < BRACKETED + LED + PARTED:
        names = [str(random.choice(COMMON))] * random.integers(1, 3)
    else:
        some = random.integers(1, MOST + 1)
        names = [str(random.choice(COMMON if random.random() < 0.2 else ALL)) for _ in range(some)]
    parts = list(digits)
    for name in names:
        place = int(random.integers(len(parts) + 1))
        parts.insert(place, made(name))
    return parts


def sign(name: str, size: float, pen: float, random: Random, *, hand: int) -> Picture:
    """A sign beside digits.

    Args:
        size: of the digits, px of their height.
        pen: how thick their strokes are, px.
        hand: who writes it; signs by the same are alike.

    Returns:
        float32, (height, width), 0 to 1, as high as the digits and `ABOVE` twice over, and cropped
        to its width.
    """
    habit = np.random.default_rng(hand)
    style = SIGNS[name][habit.integers(len(SIGNS[name]))]
    height = FINER * size
    broad, slant = habit.uniform(0.75, 1.3), habit.normal(0.1, 0.1)
    drawn = np.zeros((round((1 + 2 * ABOVE) * height), round(3 * height)), np.uint8)
    thick = max(1, round(FINER * pen * habit.uniform(0.8, 1.2)))
    for stroke in style:
        points = np.array(stroke) + random.normal(0, 0.025, (len(stroke), 2))
        x = points[:, 0] * broad + slant * (0.5 - points[:, 1]) + 1
        trace(drawn, height * np.stack([x, points[:, 1] + ABOVE], axis=1), thick)
    _, columns = inked(drawn)
    drawn = drawn[:, columns]
    shape = max(1, round(drawn.shape[1] / FINER)), round((1 + 2 * ABOVE) * size)
    ink = cv2.resize(drawn, shape, interpolation=cv2.INTER_AREA)
    return np.divide(ink, 255, dtype=np.float32)
