"""Picture -> ink: how much each pixel is pen rather than paper, whatever the polarity.

The paper is modelled as a colour that changes slowly over the page, fitted robustly, so that
strokes do not pull it; what differs from it, along the one colour direction that differs most,
is ink. Dark on light and light on dark, blue, red or grey pens, and shaded pages come out alike.
"""

import functools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from .pens import by_colour, without_fainter
from .raster import are_apart, edge_of, enlarged, reduced
from .sheets import find_sheets
from .strokes import CORE, Strokes, find_strokes
from .tracing import traced

THUMBNAIL: Final = 64  # px, the long side on which the paper is fitted
MIN_CONTRAST: Final = 0.06  # of the full range; fainter differences are paper grain
NOISE_SIGMAS: Final = 4.0
FAINT: Final = 0.06  # of the strongest ink; what is fainter is a stroke's soft edge
TINY: Final = 20  # px, a picture up to this large has hardly any paper to tell its grain from
ASIDE: Final = 0.5  # of how far a colour is towards the ink's, how far aside, if it is none
UNEVEN: Final = 0.03  # grain, of the ink's strength, from which on the paper may be uneven
SHADED: Final = 256  # px, the long side on which shadows are told from strokes ...
STROKE: Final = 45  # ... which are narrower than this ...
THIN_STROKE: Final = 15  # ... and in small writing than this
GRAIN: Final = 2 / 255  # of the full range, how much paper of one colour varies at least
DARK: Final = 0.1  # of the full range, the darkest paper that shadows are taken from
SHEET: Final = 0.9  # odds of paper and ink being a sheet and what it lies on
BLUR: Final = 8.0  # px of `THUMBNAIL`, over which its paper is taken to go on
INVERTED: Final = 0.4  # odds of paper and ink being the other way round ...
UNSMOOTH: Final = 0.8  # ... and of paper that the smooth fit misses
HALF: Final = 0.35  # of the picture, that each of two colours has, if either may be the paper ...
FEW: Final = 0.1  # ... and where the picture is blurred
ROUGH: Final = 0.1  # grain, of the ink's strength, from which on it may be ink instead ...
STARK: Final = 0.3  # ... as far from the paper as this, of the full range ...
FINE: Final = 0.075  # ... where pixels differ from the next ones by no more of that
SOFT: Final = 0.3  # of its contrast, what ink changes by from px to px; light and shade do less ...
STEEP: Final = 0.4  # ... and strokes more
PLACES: Final = 32  # of each direction, at which grain is measured
IMMERKAER: Final = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
RIDGE: Final = 1e-9  # keeps the fit solvable on pictures one pixel high or wide

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
    def amount(self) -> float:
        """How much ink there is, px of full strength, strong grain included; more than 0."""
        counted = self.mask | (self.strength > CORE)
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
        No `Ink` for a blank page; else the likeliest, and then others for whoever doubts it: where
        it is unclear which of two colours is the paper (a digit that fills its picture), where it
        is a sheet with something else around it, where there are two pens, or where it is not as
        smooth as the fit (clouds, folds, hard shadows).
    """
    written, doubt = None, 1.0
    for found, odds in _inks(pixels):
        if not found:
            continue
        ink = replace(found, odds=odds * doubt)
        if written or ink.is_part or max(pixels.shape[:2]) <= THUMBNAIL:
            yield ink
            continue
        written, are_plain = _on_sheets(pixels, ink)
        if written and are_plain:
            doubt = INVERTED
            yield replace(written, odds=odds)
            yield replace(ink, odds=odds * doubt)
        else:
            yield ink
            if written:
                yield written


def _inks(pixels: NDArray[np.uint8]) -> Iterator[tuple[Ink | None, float]]:
    """What is found on each paper there may be, and the odds of that paper."""
    thumbnail = _thumbnail(pixels)
    colours = thumbnail.reshape(-1, thumbnail.shape[2])

    paper, is_paper = _fit_paper(thumbnail, _typical(colours))
    first = _ink_on(pixels, thumbnail, paper, is_paper)
    is_large = max(pixels.shape[:2]) > THUMBNAIL
    was_shade = False
    if first and is_large:
        steepness, contrast = _steepness(thumbnail - paper)
        if steepness < SOFT:
            for ink in _under_shade(pixels, contrast):
                was_shade = True
                yield ink, 1.0
    is_unsure = _is_unsure(is_paper)
    if not first or first.noise > ROUGH:
        stark = float(np.abs(thumbnail - paper).max())
        if stark > STARK and (grain := grain_of(pixels)) < FINE * stark:
            for even, seen, odds in _even_papers(thumbnail, is_blurred=True):
                yield _ink_on(pixels, thumbnail, even, seen, grain), odds
    if is_unsure or not first:
        for even, seen, odds in _even_papers(thumbnail):
            yield _ink_on(pixels, thumbnail, even, seen), odds
    yield from _of_pens(pixels, paper, first) if first and first.noise < ROUGH else [(first, 1.0)]
    if is_unsure:
        other = _typical(colours[~is_paper.ravel()])
        yield _ink_on(pixels, thumbnail, *_fit_paper(thumbnail, other)), INVERTED
    if first and first.noise > UNEVEN:
        yield _ink_on(pixels, thumbnail, *_local_paper(thumbnail)), UNSMOOTH
    if is_large:
        likely = first.is_light if first else False
        inverted = UNSMOOTH if is_unsure else INVERTED
        yield from (
            (_on_shaded(pixels, STROKE, is_light=is_light), odds)
            for is_light, odds in ((likely, UNSMOOTH), (not likely, inverted))
        )
        if not was_shade:
            yield from ((ink, INVERTED) for ink in _under_shade(pixels))


def _steepness(difference: NDArray[np.float32]) -> tuple[float, float]:
    """Of the contrast, by how much ink changes from a pixel to the next, at most; the contrast.

    Args:
        difference: float32, (height, width, channels), to the paper, at a reduced scale.
    """
    ink = np.maximum(difference @ _direction(difference), 0)
    steepest = max(float(np.abs(np.diff(ink, axis=axis)).max(initial=0)) for axis in (0, 1))
    contrast = float(ink.max())
    return steepest / max(contrast, 1e-6), contrast


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
    shaded, thumbnail, paper, is_paper = _shaded_paper(pixels, stroke, is_light=is_light)
    if least is not None:
        steepness, contrast = _steepness(thumbnail - paper)
        if steepness < STEEP or contrast < least:
            return None
    ink = _ink_on(shaded, thumbnail, paper, is_paper)
    return ink if ink and ink.is_light == is_light else None


def _of_pens(
    pixels: NDArray[np.uint8], paper: NDArray[np.float32], ink: Ink
) -> Iterator[tuple[Ink, float]]:
    """The ink, and that of one pen alone, before it where strokes of two colours cross."""

    def part(mask: NDArray[np.bool_]) -> Ink:
        return replace(ink, strength=ink.strength * mask, mask=ink.mask & mask, is_part=True)

    masks, do_cross = by_colour(pixels, paper, ink.strength) if pixels.ndim == 3 else ([], False)
    if not do_cross:
        yield ink, 1.0
    yield from ((part(mask), 1.0 if do_cross else UNSMOOTH) for mask in masks)
    if do_cross:
        yield ink, INVERTED
    if (strong := without_fainter(ink.strength)) is not None:
        yield part(strong), UNSMOOTH


def _on_sheets(pixels: NDArray[np.uint8], ink: Ink) -> tuple[Ink | None, bool]:
    """What is written on sheets, if paper and ink seem to be sheets and what is around them.

    Returns:
        It, and whether they plainly are: nothing written has such an outline.
    """
    sheets, are_plain = find_sheets(ink.strength > CORE)
    if sheets is None:
        return None, False
    height, width = pixels.shape[:2]
    # Around them the paper goes on as it is near their edge.
    seen = _thumbnail(255 * sheets)
    near, weight = (
        np.atleast_3d(cv2.GaussianBlur(one, (0, 0), BLUR))
        for one in (_thumbnail(pixels) * seen, seen)
    )
    paper = np.divide(near, np.maximum(weight, np.float32(1e-6)), dtype=np.float32)
    around = enlarged(paper, height, width)
    filled = np.rint(255 * around).reshape(pixels.shape).astype(np.uint8)
    filled[sheets > 0] = pixels[sheets > 0]
    thumbnail = _thumbnail(filled)
    start = _typical(thumbnail.reshape(-1, thumbnail.shape[2]))
    found = _ink_on(filled, thumbnail, *_fit_paper(thumbnail, start))
    return found and replace(found, odds=SHEET * ink.odds), are_plain


def _thumbnail(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """A picture at the scale of the fit: float32, (height, width, channels), 0 to 1."""
    return np.atleast_3d(np.divide(reduced(pixels, THUMBNAIL), 255, dtype=np.float32))


def _fit_paper(
    thumbnail: NDArray[np.float32], start: NDArray[np.floating]
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Fit paper of slowly changing colour, by least squares trimmed to what is near the fit.

    The fit begins as one colour, `start`, and may bend more at each round, to a quadratic
    surface: a page lit from one side, or with a vignette.

    Returns:
        The paper's colour, float32, as large as the thumbnail, and where it was seen, bool.
    """
    height, width, channels = thumbnail.shape
    basis = _quadratic_basis(height, width)
    samples = np.ascontiguousarray(thumbnail.reshape(-1, channels).T)
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
    paper = np.broadcast_to(fit, samples.shape).T.reshape(thumbnail.shape)
    return paper, seen.reshape(height, width)


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
    return 1.4826 * _median(differences) / 6


def _even_papers(
    thumbnail: NDArray[np.float32], *, is_blurred: bool = False
) -> Iterator[tuple[NDArray[np.float32], NDArray[np.bool_], float]]:
    """Paper of one colour, of the two that tell most of the picture apart.

    Otsu, "A threshold selection method from gray-level histograms" (1979). A digit that fills its
    picture leaves no paper to fit to.

    Args:
        is_blurred: whether there may be all colours in between.

    Yields:
        As `_fit_paper` returns, and the odds: paper has most of the picture's edge.
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
        colour = _typical(thumbnail[is_paper & far])
        yield np.broadcast_to(colour, thumbnail.shape), is_paper, odds


def _local_paper(
    thumbnail: NDArray[np.float32],
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Paper as the median of each place's surroundings; returns as `_fit_paper` does."""
    height, width = thumbnail.shape[:2]
    reach = max(3, round(0.45 * max(height, width))) | 1
    bytes_ = np.rint(thumbnail * 255).astype(np.uint8)
    margin = [(reach // 2, reach // 2)] * 2 + [(0, 0)]
    around = np.pad(bytes_, margin, mode="symmetric")
    inside = slice(reach // 2, reach // 2 + height), slice(reach // 2, reach // 2 + width)
    paper = np.divide(cv2.medianBlur(around, reach)[inside], 255, dtype=np.float32)
    paper = paper.reshape(thumbnail.shape)
    distance = _greatest(np.moveaxis(thumbnail - paper, 2, 0))
    return paper, distance <= _trim(distance, at_least=MIN_CONTRAST)


def _shaded_paper(
    pixels: NDArray[np.uint8], stroke: int, *, is_light: bool
) -> tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.float32], NDArray[np.bool_]]:
    """Paper under shadows with hard edges: the picture without all that is as narrow as strokes.

    Returns:
        The picture, without the shadows where the ink is dark, the same at a reduced scale, and
        then as `_fit_paper` does.
    """
    height, width = pixels.shape[:2]
    small = cv2.medianBlur(reduced(pixels, SHADED), 3)
    side = round(stroke * max(small.shape[:2]) / SHADED)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    without = cv2.morphologyEx(small, cv2.MORPH_OPEN if is_light else cv2.MORPH_CLOSE, disc)
    thumbnail = np.atleast_3d(np.divide(small, 255, dtype=np.float32))
    paper = np.atleast_3d(np.divide(without, 255, dtype=np.float32))
    if not is_light:
        large = enlarged(paper, height, width).reshape(pixels.shape)
        whole = np.divide(pixels, 255, dtype=np.float32)
        pixels = np.rint(255 * _lit(whole, large)).astype(np.uint8)
        thumbnail, paper = _lit(thumbnail, paper), np.ones_like(paper)
    distance = _greatest(np.moveaxis(thumbnail - paper, 2, 0))
    return pixels, thumbnail, paper, distance <= _trim(distance, at_least=MIN_CONTRAST)


def _lit(pixels: NDArray[np.float32], paper: NDArray[np.float32]) -> NDArray[np.float32]:
    """As if all light fell on each pixel; ink takes a share of what does: 0 to 1."""
    lit = 1 - (paper - pixels) / np.maximum(paper, np.float32(DARK))
    return np.asarray(np.clip(lit, 0, 1), np.float32)


@functools.lru_cache(maxsize=256)  # at most 64 x 64 shapes arrive
def _quadratic_basis(height: int, width: int) -> NDArray[np.float64]:
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].reshape(2, -1)
    return np.stack([np.ones_like(x), x, y, x * y, x * x, y * y])


def _greatest(difference: NDArray[np.float32]) -> NDArray[np.float32]:
    """That of each pixel's channels, which come first."""
    return functools.reduce(np.maximum, np.abs(difference))


def _trim(distance: NDArray[np.floating], *, at_least: float) -> float:
    """How far from the fit is still paper: where little is, less than half of the way to ink."""
    return max(min(3 * _median(distance), 0.5 * float(distance.max())), at_least)


def _typical(colours: NDArray[np.float32]) -> NDArray[np.float32]:
    """The lower median by channel: a colour that occurs, even where just half of them are ink."""
    return np.array([_median(channel) for channel in colours.T], np.float32)


def _median(values: NDArray[np.floating]) -> float:
    """The lower median."""
    # Paper is often of one colour: `np.partition` takes ten times as long where values recur.
    return float(np.sort(values, axis=None)[(values.size - 1) // 2])


def _quantile(values: NDArray[np.floating], share: float) -> float:
    """As `np.quantile`, which takes longer than a small picture allows."""
    whole, part = divmod(share * (values.size - 1), 1)
    low = int(whole)
    high = min(low + 1, values.size - 1)
    ordered = np.sort(values)
    return float(ordered[low] * (1 - part) + ordered[high] * part)


def _is_unsure(is_paper: NDArray[np.bool_]) -> bool:
    """Paper that covers little of the picture, or little of its edge, may be ink."""
    return bool((~is_paper).any() and (is_paper.mean() < 0.65 or _edge_share(is_paper) < 0.6))


def _edge_share(is_paper: NDArray[np.bool_]) -> float:
    """The share of the picture's edge that is paper."""
    return float(edge_of(is_paper).mean())


@traced
def _ink_on(
    pixels: NDArray[np.uint8],
    thumbnail: NDArray[np.float32],
    paper: NDArray[np.float32],
    is_paper: NDArray[np.bool_],
    at_most: float = np.inf,
) -> Ink | None:
    """What differs from the paper by more than its grain, which is taken to be `at_most` that."""
    height, width = pixels.shape[:2]
    difference = thumbnail - paper
    towards_ink = _direction(difference)
    contrast = _project(pixels, towards_ink)
    contrast -= enlarged(paper @ towards_ink, height, width)

    step = -(-max(height, width) // THUMBNAIL)
    on_paper = np.abs(contrast[::step, ::step][_sampled(is_paper, height, width, step)])
    grain = min(at_most, 1.4826 * _median(on_paper)) if on_paper.size else 0.0
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
    unlike = _unlike(difference, towards_ink) if max(height, width) > THUMBNAIL else 0.0
    is_light = float(towards_ink.sum()) > 0
    return Ink(strength, mask, grain / level, is_light, unlike=unlike)


def _direction(difference: NDArray[np.float32]) -> NDArray[np.float32]:
    """The ink's colour less the paper's, (channels,), of a length that gives black on white 1."""
    channels = difference.reshape(-1, difference.shape[2]).T
    size = _greatest(channels)
    far = size >= 0.6 * size.max()
    mean = (channels * far).sum(axis=1) / np.count_nonzero(far)
    length = float(np.linalg.norm(mean)) * np.sqrt(len(mean))
    return np.asarray(mean / max(length, 1e-9), np.float32)


def _unlike(difference: NDArray[np.float32], towards_ink: NDArray[np.float32]) -> float:
    """The share of pixels that differ from paper, but not the way ink does.

    Args:
        difference: float32, (height, width, channels), to the paper.
    """
    along = np.maximum(difference @ towards_ink / np.linalg.norm(towards_ink), 0)
    aside = np.square(difference).sum(axis=2) - np.square(along)
    at_least = np.maximum(difference.shape[2] * MIN_CONTRAST**2, np.square(ASIDE * along))
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
