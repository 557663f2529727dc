"""Printed words, as forms have them beside what is written in: no digits, to the row network.

Printed digits are digits to it, so that it tells both by their shapes.

Drawn by Hershey's vector fonts, which come with OpenCV, by Pillow's own font and by the bold one of
matplotlib's Computer Modern, signs also by its STIX fonts; others, four of Computer Modern among
them, are kept to evaluate on.
"""

import string
from functools import cache
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from shared.strokes import inked

FINE: Final = 48  # px, the size that words are drawn in
LONGEST: Final = 8  # letters
HERSHEY: Final = (
    cv2.FONT_HERSHEY_SIMPLEX,
    cv2.FONT_HERSHEY_DUPLEX,
    cv2.FONT_HERSHEY_COMPLEX,
    cv2.FONT_HERSHEY_TRIPLEX,
    cv2.FONT_HERSHEY_SCRIPT_SIMPLEX,
)

OWN: Final = ""  # Pillow's own font
BOLD: Final = "cmb10"
FONTS: Final = (OWN, BOLD, "STIXGeneral", "STIXGeneralBol", "STIXGeneralItalic")

Picture = NDArray[np.float32]
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def printed(count: int, seed: tuple[int, ...]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Printed digits as MNIST-like pictures.

    Returns:
        uint8 (count, 28, 28), light ink on black, and uint8 (count,), 0 to 9.
    """
    random = np.random.default_rng(seed)
    labels = random.integers(0, 10, count).astype(np.uint8)
    pictures = np.zeros((count, 28, 28), np.uint8)
    for picture, label in zip(pictures, labels, strict=True):
        digit = _drawn(str(label), random)
        scale = 20 / max(digit.shape)
        shape = max(1, round(digit.shape[1] * scale)), max(1, round(digit.shape[0] * scale))
        small = cv2.resize(digit, shape, interpolation=cv2.INTER_AREA)
        top, left = (28 - shape[1]) // 2, (28 - shape[0]) // 2
        picture[top : top + shape[1], left : left + shape[0]] = small
    return pictures, labels


def word(height: float, random: np.random.Generator) -> Picture:
    """A word of two letters or more, which tell that its I and O are no digits.

    Args:
        height: of a capital, px.

    Returns:
        float32, (height, width), 0 to 1, cropped; higher where letters have ascenders and tails.
    """
    drawn = _drawn(_text(random), random)
    scale = height / (0.7 * FINE)
    wide, high = drawn.shape[1] * scale * random.uniform(0.75, 1.2), drawn.shape[0] * scale
    shape = max(1, round(wide)), max(1, round(high))
    ink = cv2.resize(drawn, shape, interpolation=cv2.INTER_AREA)
    return np.divide(ink, 255, dtype=np.float32)


def _drawn(text: str, random: np.random.Generator) -> NDArray[np.uint8]:
    drawn = _by_hershey(text, random) if random.random() < 0.5 else _by_pillow(text, random)
    return _bold(drawn) if random.random() < 0.3 else drawn


def _bold(drawn: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(cv2.dilate(drawn, np.ones((3, 3), np.uint8)), np.uint8)


def _text(random: np.random.Generator) -> str:
    letters = "".join(random.choice(list(string.ascii_lowercase), random.integers(2, LONGEST + 1)))
    style = random.random()
    text = letters.upper() if style < 0.3 else letters.capitalize() if style < 0.7 else letters
    return text + str(random.choice(["", "", ":", "."]))


def _by_hershey(text: str, random: np.random.Generator) -> NDArray[np.uint8]:
    font, pen = int(random.choice(HERSHEY)), int(random.integers(2, 5))
    scale = FINE / 30  # their capitals are 21 px high
    (width, height), below = cv2.getTextSize(text, font, scale, pen)
    page = np.zeros((height + below + 2 * pen, width + 2 * pen), np.uint8)
    cv2.putText(page, text, (pen, pen + height), font, scale, 255.0, pen, cv2.LINE_AA)
    return page[inked(page)]


def _by_pillow(text: str, random: np.random.Generator) -> NDArray[np.uint8]:
    font = _font(BOLD if random.random() < 0.4 else OWN)
    page = np.asarray(in_font(text, font))
    return page[inked(page)]


def in_font(text: str, font: Font) -> Image.Image:
    """Light on black, with a bare pixel around it at least."""
    left, top, right, bottom = (round(edge) for edge in font.getbbox(text))
    page = Image.new("L", (right - left + 2, bottom - top + 2))
    ImageDraw.Draw(page).text((1 - left, 1 - top), text, fill=255, font=font)
    return page


@cache
def _font(name: str) -> Font:
    if name == OWN:
        return ImageFont.load_default(FINE)
    import matplotlib as mpl  # for its fonts alone, so that what draws by strokes goes without

    return ImageFont.truetype(Path(mpl.get_data_path(), "fonts", "ttf", f"{name}.ttf"), FINE)


def printed_sign(text: str, size: float, above: float, random: np.random.Generator) -> Picture:
    """A printed sign, on the base line of digits beside it.

    Args:
        text: one character; those beyond ASCII are drawn by a STIX font.
        size: of the digits, px of their height; capitals of the font are between 0.6 and 1.1 of it.
        above: how far the picture reaches above and below the digits, a share of their height.

    Returns:
        float32, (height, width), 0 to 1, cropped to its width.
    """
    font = _font(str(random.choice(FONTS if text.isascii() else FONTS[2:])))
    capital = -font.getbbox("H", anchor="ls")[1]
    page = Image.new("L", (2 * FINE, 3 * FINE))
    ImageDraw.Draw(page).text((FINE // 2, 2 * FINE), text, fill=255, font=font, anchor="ls")
    drawn = np.asarray(page)
    if random.random() < 0.2:
        drawn = _bold(drawn)
    drawn = drawn[:, inked(drawn)[1]]
    scale = size / capital * random.uniform(0.6, 1.1)
    line = (1 + above) * size - scale * 2 * FINE
    shape = max(1, round(drawn.shape[1] * scale)), round((1 + 2 * above) * size)
    placed = cv2.warpAffine(drawn, np.array([[scale, 0, 0], [0, scale, line]]), shape)
    return np.divide(placed, 255, dtype=np.float32)
