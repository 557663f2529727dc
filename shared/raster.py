"""Arrays of pixels: reduced, enlarged, opened, their edges, medians and two levels."""

from typing import Final, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

APART: Final = 0.85  # of the variance, from which on it is that between two levels, and not grain

Array = NDArray[np.float32]
Mask = NDArray[np.bool_]
Pixels = TypeVar("Pixels", NDArray[np.uint8], NDArray[np.float32])
Scalar = TypeVar("Scalar", bound=np.generic)


def grey_of(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The mean of a picture's channels, if it has any: float32, (height, width), 0 to 255."""
    if pixels.ndim == 2:
        return pixels.astype(np.float32)
    return np.asarray(pixels.mean(axis=2, dtype=np.float32), np.float32)


def reduced(picture: Pixels, side: int) -> Pixels:
    """The picture with a long side of so many px at most, (height, width[, channels])."""
    height, width = picture.shape[:2]
    scale = side / max(height, width)
    if scale >= 1:
        return picture
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), picture.dtype)


def enlarged(small: NDArray[np.float32], height: int, width: int) -> NDArray[np.float32]:
    """The picture as large as this, by linear interpolation."""
    large = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(large, np.float32)


def opened(image: NDArray[np.uint8], height: int, width: int) -> NDArray[np.uint8]:
    """What is left of a mask where a box of so many px, or one more to be odd, fits in."""
    kernel = np.ones((height | 1, width | 1), np.uint8)
    small = cv2.erode(image, kernel, borderType=cv2.BORDER_CONSTANT, borderValue=0)
    return np.asarray(cv2.dilate(small, kernel), np.uint8)


def filled(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """A mask and what it encloses."""
    image = mask.astype(np.uint8)
    outlines, _ = cv2.findContours(image, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return np.asarray(cv2.drawContours(image, outlines, -1, 1, cv2.FILLED), np.bool_)


def sides_of(picture: NDArray[Scalar]) -> tuple[NDArray[Scalar], ...]:
    """The outermost rows and columns of a picture: upper, lower, left and right."""
    return picture[0], picture[-1], picture[:, 0], picture[:, -1]


def edge_of(picture: NDArray[Scalar]) -> NDArray[Scalar]:
    """What lies along the edge of a picture, (height, width), on all its sides."""
    return np.concatenate(sides_of(picture))


def are_apart(values: NDArray[np.uint8], above: NDArray[np.bool_]) -> bool:
    """Whether values are of two levels, those `above` a threshold and the others; both have some.

    Otsu, "A threshold selection method from gray-level histograms" (1979).
    """
    share = float(above.mean())
    between = share * (1 - share) * (values[above].mean() - values[~above].mean()) ** 2
    return bool(between >= APART * values.var())


def median(values: NDArray[np.floating]) -> float:
    """The lower median."""
    # Paper is often of one colour: `np.partition` takes ten times as long where values recur.
    return float(np.sort(values, axis=None)[(values.size - 1) // 2])
