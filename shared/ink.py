"""Picture -> ink: how much each pixel is pen rather than paper, whatever the polarity.

What differs from the paper, along the one colour direction that differs most, is ink. Dark on light
and light on dark, blue, red or grey pens, and shaded pages come out alike.
"""

import functools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from .paper import (
    INVERTED,
    MIN_CONTRAST,
    SHADED,
    THUMBNAIL,
    Paper,
    even_papers,
    is_large,
    local_paper,
    shaded_paper,
    smooth_paper,
    thumbnail_of,
    typical,
)
from .pens import by_colour, without_fainter
from .printed import Core
from .raster import enlarged, median
from .sheets import find_sheets
from .strokes import CORE, Strokes, find_strokes, with_edges
from .tracing import traced

NOISE_SIGMAS: Final = 4.0
FAINT: Final = 0.06  # of the strongest ink; what is fainter is a stroke's soft edge
TINY: Final = 20  # px, a picture up to this large has hardly any paper to tell its grain from
ASIDE: Final = 0.5  # of how far a colour is towards the ink's, how far aside, if it is none
UNEVEN: Final = 0.03  # grain, of the ink's strength, from which on the paper may be uneven
STROKE: Final = 45  # px of `SHADED`, how wide strokes are under shadows, at most ...
THIN_STROKE: Final = 15  # ... and in small writing than this
SHEET: Final = 0.9  # odds of paper and ink being a sheet and what it lies on
BLUR: Final = 8.0  # px of `THUMBNAIL`, over which its paper is taken to go on
UNSMOOTH: Final = 0.8  # odds of paper that the smooth fit misses
ROUGH: Final = 0.1  # grain, of the ink's strength, from which on it may be ink instead ...
STARK: Final = 0.3  # ... as far from the paper as this, of the full range ...
FINE: Final = 0.075  # ... where pixels differ from the next ones by no more of that
SOFT: Final = 0.3  # of its contrast, what ink changes by from px to px; light and shade do less ...
STEEP: Final = 0.4  # ... and strokes more
PLACES: Final = 32  # of each direction, at which grain is measured
IMMERKAER: Final = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)

# A picture is read on one thread.
cv2.setNumThreads(1)


@dataclass(frozen=True)
class Ink:
    """Ink of a picture.

    Attributes:
        strength: float32, (height, width), 0 where there is paper, about 1 in a full stroke.
        mask: bool, (height, width), True where there may be ink, faint parts of strokes included.
        noise: standard deviation of the paper's grain, in units of strength.
        is_light: whether the ink is lighter than the paper.
        odds: of this being the ink, against the likeliest one's, where nothing else is known.
        is_part: whether there is ink of another colour, too.
        unlike: share of the picture that is like neither paper nor ink, as most of a photograph of
            other things is; 0 where the picture is small.
    """

    strength: NDArray[np.float32]
    mask: NDArray[np.bool_]
    noise: float
    is_light: bool
    odds: float = 1.0
    is_part: bool = False
    unlike: float = 0.0

    @functools.cached_property
    def strokes(self) -> Strokes:
        """What hangs together in the mask."""
        return find_strokes(self.mask)

    @functools.cached_property
    def core(self) -> Core:
        """Where it surely is."""
        return Core(self.strength > CORE)

    @functools.cached_property
    def amount(self) -> float:
        """How much ink there is, px of full strength, strong grain included; more than 0.

        Level lines from side to side of a large picture are its paper's.
        """
        counted = self.mask | self.core.mask
        if is_large(counted) and self.core.level.any():
            counted &= ~with_edges(self.core.level)
        return max(float((self.strength * counted).sum()), 1e-6)

    @functools.cached_property
    def framed(self) -> float:
        """Which share of it is in boxes and circles around other strokes, 0 to 1."""
        frames = self.strokes.frames
        if not frames.size:
            return 0.0
        return float(self.strokes.mass(self.strength)[frames].sum()) / self.amount

    def beside_frames(self, share: float) -> float:
        """A share of the ink as one of what is in no such boxes and circles, 1 at most."""
        return min(1.0, share / max(1 - self.framed, 1e-6))


def find_ink(pixels: NDArray[np.uint8]) -> Iterator[Ink]:
    """Tell ink from paper.

    Args:
        pixels: uint8, (height, width) or (height, width, 3), 0 to 255.

    Yields:
        No `Ink` for a blank page, or sheets with nothing on them; else the likeliest, and then
        others for whoever doubts it: where it is unclear which of two colours is the paper (a digit
        that fills its picture), where it is a sheet with something else around it, where there are
        two pens, or where it is not as smooth as the fit (clouds, folds, hard shadows).
    """
    written, doubt = None, 1.0
    for found, odds in _inks(pixels):
        if not found:
            continue
        ink = replace(found, odds=odds * doubt)
        if written or ink.is_part or not is_large(pixels):
            yield ink
            continue
        sheets = find_sheets(ink.core.mask)
        written = _on_sheets(pixels, ink, sheets.place) if sheets else None
        if sheets and sheets.are_bare and not written:
            return
        if sheets and sheets.are_plain and written:
            doubt = INVERTED
            yield replace(written, odds=odds)
            yield replace(ink, odds=odds * doubt)
        else:
            yield ink
            if written:
                yield written


def _inks(pixels: NDArray[np.uint8]) -> Iterator[tuple[Ink | None, float]]:
    """What is found on each paper there may be, and the odds of that paper."""
    thumbnail = thumbnail_of(pixels)
    paper = smooth_paper(thumbnail)
    first = _ink_on(pixels, paper)
    was_shade = False
    if first and is_large(pixels) and paper.steepness < SOFT:
        for ink in _under_shade(pixels, paper.contrast):
            was_shade = True
            yield ink, 1.0
    if not first or first.noise > ROUGH:
        stark = float(np.abs(paper.difference).max())
        if stark > STARK and (grain := grain_of(pixels)) < FINE * stark:
            for even, odds in even_papers(thumbnail, is_blurred=True):
                yield _ink_on(pixels, even, grain), odds
    if paper.is_unsure or not first:
        for even, odds in even_papers(thumbnail):
            yield _ink_on(pixels, even), odds
    yield from _of_pens(pixels, paper, first) if first and first.noise < ROUGH else [(first, 1.0)]
    if paper.is_unsure:
        yield _ink_on(pixels, smooth_paper(thumbnail, typical(thumbnail[~paper.is_seen]))), INVERTED
    if first and first.noise > UNEVEN:
        yield _ink_on(pixels, local_paper(thumbnail)), UNSMOOTH
    if is_large(pixels):
        likely = first.is_light if first else False
        inverted = UNSMOOTH if paper.is_unsure else INVERTED
        yield from _under_shadows(
            pixels, {likely: UNSMOOTH, not likely: inverted}, is_small_known=was_shade
        )


def _under_shadows(
    pixels: NDArray[np.uint8], odds: dict[bool, float], *, is_small_known: bool
) -> Iterator[tuple[Ink, float]]:
    """Ink under shadows, light or dark, with its odds; last without what may be left of them."""
    found = []
    for is_light, likely in odds.items():
        if ink := _on_shaded(pixels, STROKE, is_light=is_light):
            found.append((ink, likely))
            yield ink, likely
    if not is_small_known:
        yield from ((ink, INVERTED) for ink in _under_shade(pixels))
    for ink, likely in found:
        if (strong := without_fainter(ink.strength)) is not None:
            yield _part(ink, strong), UNSMOOTH * likely


def _under_shade(pixels: NDArray[np.uint8], least: float = 0.0) -> Iterator[Ink]:
    """Small writing on paper under light and shade of all sorts; arguments as of `_on_shaded`."""
    side = max(pixels.shape[:2]) // SHADED | 1
    smooth = np.asarray(cv2.blur(pixels, (side, side)), np.uint8)
    for is_light in (False, True):
        if ink := _on_shaded(smooth, THIN_STROKE, is_light=is_light, least=least):
            yield ink


def _on_shaded(
    pixels: NDArray[np.uint8], stroke: int, *, is_light: bool, least: float | None = None
) -> Ink | None:
    """Ink under shadows, light or dark as asked for, of strokes as narrow as that.

    Args:
        least: of the full range, its contrast at least; if given, it must begin steeply, too.
    """
    paper, lit = shaded_paper(pixels, stroke, is_light=is_light)
    if least is not None and (paper.steepness < STEEP or paper.contrast < least):
        return None
    ink = _ink_on(lit, paper)
    return ink if ink and ink.is_light == is_light else None


def _of_pens(pixels: NDArray[np.uint8], paper: Paper, ink: Ink) -> Iterator[tuple[Ink, float]]:
    """The ink, and that of one pen alone, before it where strokes of two colours cross."""
    is_grey, colour = pixels.ndim == 2, paper.colour
    masks, do_cross = ([], False) if is_grey else by_colour(pixels, colour, ink.strength)
    if not do_cross:
        yield ink, 1.0
    yield from ((_part(ink, mask), 1.0 if do_cross else UNSMOOTH) for mask in masks)
    if do_cross:
        yield ink, INVERTED
    if (strong := without_fainter(ink.strength)) is not None:
        yield _part(ink, strong), UNSMOOTH


def _part(ink: Ink, mask: NDArray[np.bool_]) -> Ink:
    return replace(ink, strength=ink.strength * mask, mask=ink.mask & mask, is_part=True)


def _on_sheets(pixels: NDArray[np.uint8], ink: Ink, sheets: NDArray[np.uint8]) -> Ink | None:
    """What is written on sheets, if paper and ink seem to be sheets and what is around them."""
    height, width = pixels.shape[:2]
    # Around them the paper goes on as it is near their edge.
    seen = thumbnail_of(255 * sheets)
    near, weight = (
        np.atleast_3d(cv2.GaussianBlur(one, (0, 0), BLUR))
        for one in (thumbnail_of(pixels) * seen, seen)
    )
    paper = np.divide(near, np.maximum(weight, np.float32(1e-6)), dtype=np.float32)
    around = enlarged(paper, height, width)
    filled = np.rint(255 * around).reshape(pixels.shape).astype(np.uint8)
    filled[sheets > 0] = pixels[sheets > 0]
    found = _ink_on(filled, smooth_paper(thumbnail_of(filled)))
    return found and replace(found, odds=SHEET * ink.odds)


def grain_of(pixels: NDArray[np.uint8]) -> float:
    """How much pixels differ from those around them: standard deviation, of the full range.

    Immerkaer, "Fast noise variance estimation" (1996), by the median: edges are few, if the
    picture is large, or an enlarged one. Some places of a large picture tell.
    """
    step = -(-max(pixels.shape[:2]) // PLACES)
    rows, columns = (
        (np.arange(0, side - 2, step)[:, None] + np.arange(3)).ravel() for side in pixels.shape[:2]
    )
    if not rows.size or not columns.size:
        return 0.0
    places = np.atleast_3d(pixels[rows][:, columns])
    channels = places.shape[2]
    grey = _project(places, np.full(channels, 1 / channels, np.float32))
    differences = np.abs(cv2.filter2D(grey, -1, IMMERKAER)[1::3, 1::3])
    return 1.4826 * median(differences) / 6


def _quantile(values: NDArray[np.floating], share: float) -> float:
    """As `np.quantile`, which takes longer than a small picture allows."""
    whole, part = divmod(share * (values.size - 1), 1)
    low = int(whole)
    high = min(low + 1, values.size - 1)
    ordered = np.sort(values)
    return float(ordered[low] * (1 - part) + ordered[high] * part)


@traced
def _ink_on(pixels: NDArray[np.uint8], paper: Paper, at_most: float = np.inf) -> Ink | None:
    """What differs from the paper by more than its grain, which is taken to be `at_most` that."""
    height, width = pixels.shape[:2]
    contrast = _project(pixels, paper.towards_ink)
    contrast -= enlarged(paper.colour @ paper.towards_ink, height, width)

    step = -(-max(height, width) // THUMBNAIL)
    on_paper = np.abs(contrast[::step, ::step][_sampled(paper.is_seen, height, width, step)])
    grain = min(at_most, 1.4826 * median(on_paper)) if on_paper.size else 0.0
    # A single bright pixel says little about a large picture's pen.
    smooth = cv2.blur(contrast, (3, 3)) if min(height, width) > THUMBNAIL else contrast
    peak = float(smooth.max())
    if max(height, width) <= TINY:
        grain = min(grain, 0.1 * peak)
    if peak < max(MIN_CONTRAST, NOISE_SIGMAS * grain):
        return None
    mask = contrast > max(FAINT * peak, NOISE_SIGMAS * grain, MIN_CONTRAST / 2)
    inked = contrast[mask]
    level = _quantile(inked, 0.9) if inked.size else peak
    floor = min(1.5 * grain, 0.5 * level)
    strength = contrast
    strength -= floor
    strength /= level - floor
    np.maximum(strength, 0, out=strength)
    np.minimum(strength, 1, out=strength)
    unlike = _unlike(paper) if is_large(pixels) else 0.0
    is_light = float(paper.towards_ink.sum()) > 0
    return Ink(strength, mask, grain / level, is_light, unlike=unlike)


def _unlike(paper: Paper) -> float:
    """The share of pixels that differ from paper, but not the way ink does."""
    along = paper.inked / np.linalg.norm(paper.towards_ink)
    aside = np.square(paper.difference).sum(axis=2) - np.square(along)
    channels = paper.difference.shape[2]
    at_least = np.maximum(channels * MIN_CONTRAST**2, np.square(ASIDE * along))
    return float((aside > at_least).mean())


def _project(pixels: NDArray[np.uint8], direction: NDArray[np.float32]) -> NDArray[np.float32]:
    scaled = direction[None] / np.float32(255)
    return np.asarray(cv2.transform(pixels.astype(np.float32), scaled), np.float32)


def _sampled(small: NDArray[np.bool_], height: int, width: int, step: int) -> NDArray[np.bool_]:
    """What is enlarged to so many px, bool, of every `step`-th row and column alone."""
    if small.shape == (height, width) and step == 1:
        return small
    down, across = (
        _weights(len_small, len_large, step)
        for len_small, len_large in zip(small.shape, (height, width), strict=True)
    )
    return np.asarray(down @ small.astype(np.float32) @ across.T > 0.5)


@functools.lru_cache(maxsize=256)
def _weights(small: int, large: int, step: int) -> NDArray[np.float32]:
    """Of `small` values at every `step`-th of `large` places, by linear interpolation."""
    unit = np.eye(small, dtype=np.float32)
    return np.ascontiguousarray(enlarged(unit, large, small)[::step])
