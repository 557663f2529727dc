"""Picture -> paper: the colour that it would have at each place without ink.

It changes slowly over the page and is fitted robustly, so that strokes do not pull it. Where the
fit may miss it, there are others: of one colour, where ink covers most of the picture; the median
of the surroundings, where there are clouds and folds; what is left without strokes, in shadows.
"""

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from .raster import are_apart, edge_of, enlarged, median, reduced

THUMBNAIL: Final = 64  # px, the long side on which the paper is fitted
MIN_CONTRAST: Final = 0.06  # of the full range; fainter differences are paper grain
GRAIN: Final = 2 / 255  # of the full range, how much paper of one colour varies at least
SHADED: Final = 256  # px, the long side on which shadows are told from strokes
DARK: Final = 0.1  # of the full range, the darkest paper that shadows are taken from
INVERTED: Final = 0.4  # odds of paper and ink being the other way round
HALF: Final = 0.35  # of the picture, that each of two colours has, if either may be the paper ...
FEW: Final = 0.1  # ... and where the picture is blurred
LITTLE: Final = 0.65  # of the picture, and ...
EDGE: Final = 0.6  # ... of its edge: what covers less may be ink
RIDGE: Final = 1e-9  # keeps the fit solvable on pictures one pixel high or wide


@dataclass(frozen=True)
class Paper:
    """Paper of a picture at a reduced scale.

    Attributes:
        thumbnail: float32, (height, width, channels), 0 to 1: the picture.
        colour: float32, the same shape: the paper's.
        is_seen: bool, (height, width): where the paper is seen, and not ink.
    """

    thumbnail: NDArray[np.float32]
    colour: NDArray[np.float32]
    is_seen: NDArray[np.bool_]

    @functools.cached_property
    def difference(self) -> NDArray[np.float32]:
        """What the picture differs by from it, in the shape of both."""
        return self.thumbnail - self.colour

    @functools.cached_property
    def towards_ink(self) -> NDArray[np.float32]:
        """The ink's colour less the paper's, (channels,); of black on white its length gives 1."""
        channels = self.difference.reshape(-1, self.difference.shape[2]).T
        size = _greatest(channels)
        far = size >= 0.6 * size.max()
        mean = (channels * far).sum(axis=1) / np.count_nonzero(far)
        length = float(np.linalg.norm(mean)) * np.sqrt(len(mean))
        return np.asarray(mean / max(length, 1e-9), np.float32)

    @functools.cached_property
    def inked(self) -> NDArray[np.float32]:
        """How far each pixel is towards the ink's colour: float32, (height, width), 0 to 1."""
        return np.asarray(np.maximum(self.difference @ self.towards_ink, 0), np.float32)

    @functools.cached_property
    def contrast(self) -> float:
        """Of the strongest ink."""
        return float(self.inked.max())

    @functools.cached_property
    def steepness(self) -> float:
        """Of that, by how much ink changes from a pixel to the next, at most."""
        steps = (np.abs(np.diff(self.inked, axis=axis)).max(initial=0) for axis in (0, 1))
        return float(max(steps)) / max(self.contrast, 1e-6)

    @functools.cached_property
    def is_unsure(self) -> bool:
        """Whether it may be ink: it covers little of the picture, or little of its edge."""
        seen = self.is_seen
        return bool((~seen).any() and (seen.mean() < LITTLE or _edge_share(seen) < EDGE))


def is_large(picture: NDArray[Any]) -> bool:
    """Whether it is larger than the scale of the fit, and so shows more than a digit prepared."""
    return bool(max(picture.shape[:2]) > THUMBNAIL)


def thumbnail_of(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """A picture at the scale of the fit: float32, (height, width, channels), 0 to 1."""
    return np.atleast_3d(np.divide(reduced(pixels, THUMBNAIL), 255, dtype=np.float32))


def smooth_paper(
    thumbnail: NDArray[np.float32], start: NDArray[np.floating] | None = None
) -> Paper:
    """Fit paper of slowly changing colour, by least squares trimmed to what is near the fit.

    The fit begins as one colour, `start` or else the picture's median, and may bend more at each
    round, to a quadratic surface: a page lit from one side, or with a vignette.
    """
    height, width, channels = thumbnail.shape
    basis = _quadratic_basis(height, width)
    samples = np.ascontiguousarray(thumbnail.reshape(-1, channels).T)
    if start is None:
        start = typical(thumbnail)
    fit = np.asarray(start, np.float32)[:, None]
    for terms in (1, 3, 6, 6):
        distance = _greatest(samples - fit)
        near = distance <= _trim(distance, at_least=GRAIN)
        at_least = max(10 * terms, 0.2 * near.size)
        if np.count_nonzero(near) < at_least or (distance * near).max() <= GRAIN:
            break
        some = basis[:terms] * near
        normal = some @ basis[:terms].T + RIDGE * np.eye(terms)
        weights = np.linalg.solve(normal, some @ samples.T)
        fit = np.asarray(weights.T @ basis[:terms], np.float32)
    distance = _greatest(samples - fit)
    seen = distance <= _trim(distance, at_least=MIN_CONTRAST)
    colour = np.broadcast_to(fit, samples.shape).T.reshape(thumbnail.shape)
    return Paper(thumbnail, colour, seen.reshape(height, width))


def even_papers(
    thumbnail: NDArray[np.float32], *, is_blurred: bool = False
) -> Iterator[tuple[Paper, float]]:
    """Paper of one colour, of the two that tell most of the picture apart.

    Otsu, "A threshold selection method from gray-level histograms" (1979). A digit that fills its
    picture leaves no paper to fit to.

    Args:
        is_blurred: whether there may be all colours in between.

    Yields:
        It, and its odds: paper has most of the picture's edge.
    """
    grey = np.rint(255 * thumbnail.mean(axis=2)).astype(np.uint8)
    threshold, _ = cv2.threshold(grey, 0, 255, cv2.THRESH_OTSU)
    light = grey > threshold
    share = float(light.mean())
    least = FEW if is_blurred else HALF
    if not least < share < 1 - least:
        return
    if not is_blurred and not are_apart(grey, light):
        return
    papers = sorted((light, ~light), key=_edge_share, reverse=True)
    for is_paper, odds in zip(papers, (1.0, INVERTED), strict=True):
        far = np.abs(grey - threshold) >= np.median(np.abs(grey[is_paper] - threshold))
        colour = typical(thumbnail[is_paper & far])
        yield Paper(thumbnail, np.broadcast_to(colour, thumbnail.shape), is_paper), odds


def local_paper(thumbnail: NDArray[np.float32]) -> Paper:
    """Paper as the median of each place's surroundings."""
    height, width = thumbnail.shape[:2]
    reach = max(3, round(0.45 * max(height, width))) | 1
    bytes_ = np.rint(thumbnail * 255).astype(np.uint8)
    margin = [(reach // 2, reach // 2)] * 2 + [(0, 0)]
    around = np.pad(bytes_, margin, mode="symmetric")
    inside = slice(reach // 2, reach // 2 + height), slice(reach // 2, reach // 2 + width)
    colour = np.divide(cv2.medianBlur(around, reach)[inside], 255, dtype=np.float32)
    return _of_colour(thumbnail, colour.reshape(thumbnail.shape))


def shaded_paper(
    pixels: NDArray[np.uint8], stroke: int, *, is_light: bool
) -> tuple[Paper, NDArray[np.uint8]]:
    """Paper under shadows with hard edges: the picture without all that is as narrow as strokes.

    Args:
        stroke: px of `SHADED`, how wide strokes are at most.
        is_light: whether they are lighter than the paper.

    Returns:
        It, at the scale of `SHADED`, and the picture, without the shadows where the ink is dark.
    """
    height, width = pixels.shape[:2]
    small = cv2.medianBlur(reduced(pixels, SHADED), 3)
    side = round(stroke * max(small.shape[:2]) / SHADED)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    without = cv2.morphologyEx(small, cv2.MORPH_OPEN if is_light else cv2.MORPH_CLOSE, disc)
    thumbnail = np.atleast_3d(np.divide(small, 255, dtype=np.float32))
    colour = np.atleast_3d(np.divide(without, 255, dtype=np.float32))
    if not is_light:
        large = enlarged(colour, height, width).reshape(pixels.shape)
        whole = np.divide(pixels, 255, dtype=np.float32)
        pixels = np.rint(255 * _lit(whole, large)).astype(np.uint8)
        thumbnail, colour = _lit(thumbnail, colour), np.ones_like(colour)
    return _of_colour(thumbnail, colour), pixels


def _lit(pixels: NDArray[np.float32], paper: NDArray[np.float32]) -> NDArray[np.float32]:
    """As if all light fell on each pixel; ink takes a share of what does: 0 to 1."""
    lit = 1 - (paper - pixels) / np.maximum(paper, np.float32(DARK))
    return np.asarray(np.clip(lit, 0, 1), np.float32)


def _of_colour(thumbnail: NDArray[np.float32], colour: NDArray[np.float32]) -> Paper:
    """Paper of this colour, seen where the picture is near it."""
    distance = _greatest(np.moveaxis(thumbnail - colour, 2, 0))
    return Paper(thumbnail, colour, distance <= _trim(distance, at_least=MIN_CONTRAST))


@functools.lru_cache(maxsize=256)  # at most 64 x 64 shapes arrive
def _quadratic_basis(height: int, width: int) -> NDArray[np.float64]:
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].reshape(2, -1)
    return np.stack([np.ones_like(x), x, y, x * y, x * x, y * y])


def _greatest(difference: NDArray[np.float32]) -> NDArray[np.float32]:
    """That of each pixel's channels, which come first."""
    return functools.reduce(np.maximum, np.abs(difference))


def _trim(distance: NDArray[np.floating], *, at_least: float) -> float:
    """How far from the fit is still paper: where little is, less than half of the way to ink."""
    return max(min(3 * median(distance), 0.5 * float(distance.max())), at_least)


def typical(colours: NDArray[np.float32]) -> NDArray[np.float32]:
    """The lower median by channel: a colour that occurs, even where just half of them are ink.

    Args:
        colours: float32, (..., channels).
    """
    channels = colours.reshape(-1, colours.shape[-1]).T
    return np.array([median(channel) for channel in channels], np.float32)


def _edge_share(is_paper: NDArray[np.bool_]) -> float:
    """The share of the picture's edge that is paper."""
    return float(edge_of(is_paper).mean())
