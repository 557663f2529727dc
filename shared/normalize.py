"""Digit's ink -> the network's input, prepared as MNIST's own pictures were.

LeCun et al., "Gradient-based learning applied to document recognition" (1998): size-normalized
into a 20 x 20 box with the aspect ratio kept, grey by anti-aliasing, then placed in 28 x 28 by
its centre of mass. Strokes far thinner than MNIST's pens are thickened first, as they would
all but vanish in 20 x 20, and faint strokes are strengthened.
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from .strokes import CORE, inked, stroke_width
from .tracing import traced

BOX: Final = 20
SIDE: Final = 28
MIDDLE: Final = 14.5  # px, the centre of mass in MNIST: the middle of the pixel at index 14
FINE: Final = 4 * BOX  # px, the size at which strokes are measured and thickened
THIN: Final = 1.4  # px in the 20 x 20 box, under which a stroke is thickened ...
THICKENED: Final = 2.0  # ... to this
REACH: Final = 5  # px in the 20 x 20 box, the surroundings that a stroke's ink is compared with ...
FAINTEST: Final = 0.3  # ... and of the strongest ink, what still becomes full ink
BLURRED: Final = 0.5  # px, by which small ink is blurred, as its pixels' corners are no strokes'
ROOM: Final = 2  # px, around it then ...
PALEST: Final = 0.15  # ... which is cropped to what is as strong, of the strongest ink
PALE: Final = 0.2  # of the strongest ink, up to which a pixel may be paper
LIKE: Final = 3  # px, by which the ink of a picture that was prepared differs in size and place
OUTLINED: Final = 15  # px at `FINE`, the width up to which an outlined stroke is filled
SLENDER: Final = 0.29  # of its length, the width of an outlined 1 at most: zeros are wider ...
HOLLOW: Final = 0.6  # ... and of its long side, that of what it encloses, at least


@traced
def normalize(ink: NDArray[np.float32]) -> NDArray[np.float32]:
    """Bring one digit to the network's input.

    Args:
        ink: float32, (height, width), 0 to 1, cropped to the digit.

    Returns:
        float32, (28, 28), 0 to 1, ink light on dark.
    """
    long_side = max(ink.shape)
    if long_side > FINE:
        ink = _fit(ink, FINE)
    elif long_side < BOX:
        ink = _enlarged(ink)
    if is_thin(ink):
        ink = _thicken(_enlarged(ink) if BOX <= long_side < FINE else ink)
    box = _fit(ink, BOX)
    return _centre(_even(box / max(float(box.max()), 1e-6)))


def normalize_outlined(ink: NDArray[np.float32]) -> NDArray[np.float32]:
    """Bring a digit of which only the strokes' outline is drawn to the network's input.

    The strokes are filled by a morphological closing; arguments and result as of `normalize`.
    """
    pen = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (OUTLINED, OUTLINED))
    padded = np.pad(_fit(ink, FINE), OUTLINED)
    closed = cv2.morphologyEx(padded, cv2.MORPH_CLOSE, pen)
    return normalize(np.asarray(closed[OUTLINED:-OUTLINED, OUTLINED:-OUTLINED], np.float32))


def as_prepared(grey: NDArray[np.float32], *, is_light: bool) -> NDArray[np.float32]:
    """Take a picture as it is, for one that was prepared for the network already.

    Args:
        grey: float32, (28, 28), of any range.
        is_light: whether its ink is lighter than its paper.

    Returns:
        float32, (28, 28), 0 to 1, ink light on dark, of full contrast.
    """
    light = grey if is_light else -grey
    stretched: NDArray[np.float32] = (light - light.min()) / max(float(np.ptp(light)), 1e-6)
    return stretched


def is_prepared(seen: NDArray[np.float32]) -> bool:
    """Whether a picture may be as MNIST's are: its ink as large, as thick and in the middle.

    Args:
        seen: float32, (28, 28), 0 to 1, as of `as_prepared`.
    """
    x, y, width, height = cv2.boundingRect((seen > PALE).view(np.uint8))
    if not BOX - LIKE <= max(width, height) <= BOX + LIKE:
        return False
    middle = _middle(seen)
    is_central = max(middle) <= MIDDLE + LIKE and min(middle) >= MIDDLE - LIKE
    return is_central and stroke_width(seen[y : y + height, x : x + width]) >= THIN


def _fit(ink: NDArray[np.float32], side: int) -> NDArray[np.float32]:
    """Scale so that the long side is `side`, keeping the aspect ratio."""
    scale = side / max(ink.shape)
    return ink if scale == 1 else _scaled(ink, scale)


def _enlarged(ink: NDArray[np.float32]) -> NDArray[np.float32]:
    """At `FINE`, as if its strokes had been smooth; cropped to all but their faintest edge.

    Cut off at its outermost pixels, a thin stroke would keep their corners and their breadth.
    """
    soft = np.asarray(cv2.GaussianBlur(np.pad(ink, ROOM), (0, 0), BLURRED), np.float32)
    large = _scaled(soft, FINE / max(ink.shape))
    return large[inked(large, PALEST * float(large.max()))] if large.any() else large


def _scaled(ink: NDArray[np.float32], scale: float) -> NDArray[np.float32]:
    height, width = ink.shape
    size = max(1, round(width * scale)), max(1, round(height * scale))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.clip(cv2.resize(ink, size, interpolation=method), 0, 1)


def _thicken(ink: NDArray[np.float32]) -> NDArray[np.float32]:
    """Widen strokes thinner than `THIN` to `THICKENED`."""
    long_side, width = max(ink.shape), stroke_width(ink)
    if width >= THIN * long_side / BOX:
        return ink
    grow = max(0, round(THICKENED * long_side / BOX - width))
    pen = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (grow + 1, grow + 1))
    return np.asarray(cv2.dilate(np.pad(ink, grow), pen), np.float32)


def _even(box: NDArray[np.float32]) -> NDArray[np.float32]:
    """Bring faint parts of strokes, where the pen was pressed less, to the strength of the rest."""
    around = cv2.blur(cv2.dilate(box, np.ones((REACH, REACH))), (REACH, REACH))
    return np.minimum(box / np.maximum(around, np.float32(FAINTEST)), 1)


def is_thin(ink: NDArray[np.float32]) -> bool:
    """Whether the strokes would nearly vanish in 20 x 20."""
    return bool(stroke_width(ink) < THIN * max(ink.shape) / BOX)


def is_outlined_1(ink: NDArray[np.float32]) -> bool:
    """Whether thin strokes are the outline of one straight stroke: a ring too slender for a 0.

    Of MNIST's 5,434 zeros to learn from none is less wide than 0.3 times its length.
    """
    if not is_thin(ink):
        return False
    mask = np.pad(ink > CORE, 1).view(np.uint8)
    _, *hollows = cv2.connectedComponentsWithStats(1 - mask, connectivity=4)[2][1:]
    longest = max((max(hollow[2:4]) for hollow in hollows), default=0)
    if longest < HOLLOW * max(ink.shape):
        return False
    _, sides, _ = cv2.minAreaRect(cv2.findNonZero(mask))
    return min(sides) + 1 <= SLENDER * (max(sides) + 1)


def _centre(box: NDArray[np.float32]) -> NDArray[np.float32]:
    """Place at most 20 x 20 in 28 x 28, centre of mass nearest to `MIDDLE`."""
    height, width = box.shape
    x, y = _middle(box)
    top = min(max(round(MIDDLE - y), 0), SIDE - height)
    left = min(max(round(MIDDLE - x), 0), SIDE - width)
    placed = np.zeros((SIDE, SIDE), np.float32)
    placed[top : top + height, left : left + width] = box
    return placed


def _middle(box: NDArray[np.float32]) -> tuple[float, float]:
    """The centre of mass, x and y, px."""
    moments = cv2.moments(box)
    total = max(moments["m00"], 1e-6)
    return moments["m10"] / total + 0.5, moments["m01"] / total + 0.5
