"""Picture -> one digit: seen whole, as one prepared for a network is, whatever its paper.

What hides ink from the search for it, strong grain or a photograph as paper, the network of one
digit may see through; where its digit is framed as MNIST's are, nothing needs to be found.
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from .decode import Picture
from .ink import grain_of
from .model import Model
from .normalize import SIDE, as_prepared
from .raster import grey_of, median
from .reading import Digit, box_of

SQUARE: Final = 1.25  # times its shorter side, the longer one of a picture of one digit, at most
GRAINY: Final = 0.05  # grain, of the full range, in which ink may not be found ...
STARK: Final = 128  # ... and by how much its pixels differ, of 255, at least
BLURS: Final = (0.7, 1.0, 1.3)  # px of 28, through which it is seen, too


def read_whole(picture: Picture, model: Model, *, only_grainy: bool = False) -> Digit | None:
    """Read the picture as one digit in the middle, 20 of 28 px large, dark or light.

    Args:
        only_grainy: read nothing but strong grain, which may hide ink.

    Returns:
        As it is seen surer, dark or light: the mean of how it looks as it is and blurred, then with
        its median taken for paper. None where it is smaller than 28 x 28, or not nearly square.
    """
    short, long = sorted(picture.pixels.shape[:2])
    if short < SIDE or long > SQUARE * short:
        return None
    small = cv2.resize(picture.pixels, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    pixels = np.asarray(small, np.uint8)
    grey = grey_of(pixels)
    if only_grainy and not (np.ptp(grey) > STARK and grain_of(pixels) > GRAINY):
        return None
    height, width = picture.pixels.shape[:2]
    box = box_of(0, 0, width, height, picture)
    digits = []
    for is_light in (False, True):
        seen = as_prepared(grey, is_light=is_light)
        views = np.stack([seen, *(_above_paper(seen, blur) for blur in BLURS)])
        digits.append(Digit(model.probabilities(views).mean(axis=0), box, seen))
    return max(digits, key=lambda digit: digit.confidence)


def _above_paper(seen: NDArray[np.float32], blur: float) -> NDArray[np.float32]:
    soft = np.asarray(cv2.GaussianBlur(seen, (0, 0), blur), np.float32)
    ink = np.maximum(soft - np.float32(median(soft)), 0)
    return np.asarray(ink / max(float(ink.max()), 1e-6), np.float32)
