"""Things that are no digits, to measure whether the confidence tells them from digits.

Letters, scribbles, textures and blank pages, in the form of MNIST's pictures (28 x 28, light ink
on black, written 20 pixels large), so that nothing but what they show tells them from digits.
Neither network is trained on any of them: that of one digit learns letters drawn by strokes (see
`letters`), that of a row words of letters in other fonts (see `words`).
"""

import string
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import cv2
import matplotlib as mpl
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFont

from .words import in_font

SIDE: Final = 28
BOX: Final = 20
FINE: Final = 4  # drawn this many times larger, then reduced, for smooth edges

# Letters that a person may take for a digit, in print or in some hand.
TWINS: Final = {
    "0": "ODQo",  # closed round forms; a D or a Q written in haste is a zero
    "1": "IJijl",  # one upright stroke, with or without a dot, a serif or a hook
    "2": "Zz",
    "4": "Yy",  # the open four
    "5": "Ss",
    "6": "Gb",  # the G of many hands is a six
    "7": "T",  # in slanted and in narrow hands
    "8": "Bg",  # the g of two bowls
    "9": "gqa",  # the slanted a of one bowl too
}
LETTERS: Final = "".join(sorted(set(string.ascii_letters) - set("".join(TWINS.values()))))

FONTS: Final = (  # come with matplotlib, so that they are the same everywhere
    "DejaVuSans",
    "DejaVuSans-Bold",
    "DejaVuSans-Oblique",
    "DejaVuSansMono",
    "DejaVuSerif",
    "DejaVuSerif-Italic",
    "STIXGeneral",
    "STIXGeneralItalic",
    "cmr10",
    "cmss10",
    "cmti10",
    "cmtt10",
)

Picture = NDArray[np.uint8]


def strangers(count: int, *, seed: int) -> Iterator[tuple[Picture, str]]:
    """So many of each of the `KINDS`, in turn.

    Args:
        seed: the same seed gives the same pictures.

    Yields:
        uint8, (28, 28), and its kind.
    """
    random = np.random.default_rng(seed)
    for _ in range(count):
        for kind, draw in KINDS.items():
            yield draw(random), kind


def letter(random: np.random.Generator) -> Picture:
    """A printed letter that is no digit's twin, as large as MNIST's digits, somewhat turned."""
    path = Path(mpl.get_data_path(), "fonts", "ttf", f"{random.choice(FONTS)}.ttf")
    font = ImageFont.truetype(path, BOX * FINE)
    text = str(random.choice(list(LETTERS)))
    page = in_font(text, font)
    page = page.rotate(random.normal(0, 5), Image.Resampling.BICUBIC, expand=True)
    return _reduced(_framed(np.asarray(page)))


def scribble(random: np.random.Generator) -> Picture:
    """A smooth stroke that crosses itself more often than a digit's do: a sum of six waves."""
    page = np.zeros((BOX * FINE, BOX * FINE), np.uint8)
    width = int(random.integers(4, 8))
    often = np.arange(1, 7) * np.linspace(0, 1, 400)[:, None, None]
    heights, phases = random.normal(0, 1, (2, 6)), random.uniform(0, 1, (2, 6))
    way = (heights * np.sin(2 * np.pi * (often + phases))).sum(axis=2)
    way = (way - way.min(axis=0)) / np.ptp(way, axis=0) * (BOX * FINE - 2 * width) + width
    points = np.rint(way).astype(np.int32)
    cv2.polylines(page, [points], isClosed=False, color=255.0, thickness=width)
    return _reduced(_framed(page))


def texture(random: np.random.Generator) -> Picture:
    """Noise, a grating, blobs or a gradient, all over the picture, of any contrast."""
    kind = random.integers(4)
    if kind == 0:
        values = random.random((SIDE, SIDE))
    elif kind == 1:
        wave = _ramp(random) * np.pi * SIDE / random.uniform(3, 14)
        values = 0.5 + 0.5 * np.sin(wave + random.uniform(0, 2 * np.pi))
    elif kind == 2:
        smooth = cv2.GaussianBlur(random.normal(0, 1, (SIDE, SIDE)), (0, 0), random.uniform(1, 3))
        values = (smooth > np.quantile(smooth, random.uniform(0.4, 0.8))).astype(float)
    else:
        values = 0.5 + 0.5 * _ramp(random)
    low, high = np.sort(random.uniform(0, 255, 2))
    return np.asarray(np.rint(low + (high - low) * values), np.uint8)


def blank(random: np.random.Generator) -> Picture:
    """Nothing but paper of one shade, with the grain of a camera or a scanner or none."""
    paper = np.full((SIDE, SIDE), random.uniform(0, 255))
    grain = random.normal(0, random.choice([0, 1, 2, 4]), paper.shape)
    return np.asarray(np.rint(np.clip(paper + grain, 0, 255)), np.uint8)


KINDS: Final[dict[str, Callable[[np.random.Generator], Picture]]] = {
    "letter": letter,
    "scribble": scribble,
    "texture": texture,
    "blank": blank,
}


def _ramp(random: np.random.Generator) -> NDArray[np.float64]:
    """Rising from -1 to 1 in any direction: float64 (28, 28)."""
    y, x = np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j]
    angle = random.uniform(0, 2 * np.pi)
    ramp = np.cos(angle) * x + np.sin(angle) * y
    return np.asarray(ramp / ramp.max())


def _framed(page: Picture) -> Picture:
    """The ink alone, its long side `BOX`, in the middle of a black page; both times `FINE`."""
    x, y, width, height = cv2.boundingRect(page)
    ink = page[y : y + height, x : x + width]
    scale = BOX * FINE / max(width, height)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    ink = np.asarray(cv2.resize(ink, size, interpolation=cv2.INTER_AREA), np.uint8)
    framed = np.zeros((SIDE * FINE, SIDE * FINE), np.uint8)
    top, left = ((SIDE * FINE - side) // 2 for side in ink.shape)
    framed[top : top + ink.shape[0], left : left + ink.shape[1]] = ink
    return framed


def _reduced(page: Picture) -> Picture:
    return np.asarray(cv2.resize(page, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.uint8)
