"""Pictures of handwritten numbers, to evaluate on: other papers, pens, light and cameras.

Digits of a data set are written side by side, laid on a page, and the page is photographed. What
the pictures vary in is said by a `Look`; `CLEAN`, `PHOTO`, `TOUCHING` and `ROWS` are four of them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from typing import Any, Final, Generic, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

FINE: Final = 96  # px, the height at which digits are written, before the page is laid out
OVERLAP: Final = (0.02, 0.05)  # of digits that touch, in heights of a digit
LOSSLESS: Final = 96  # JPEG quality from which on a PNG is written
WHOLE: Final = ("digits", "lines")  # settings that are whole numbers
GEOMETRIC: Final = ("height",)  # settings whose ratios matter, drawn evenly by their logarithm

Array = NDArray[np.float32]
Mask = NDArray[np.bool_]
Colour = tuple[float, float, float]  # red, green, blue, 0 to 1
Random = np.random.Generator

PAPERS: Final[dict[str, Colour]] = {
    "white": (0.97, 0.97, 0.97),
    "light": (0.90, 0.90, 0.89),
    "grey": (0.74, 0.74, 0.73),
    "cream": (0.95, 0.91, 0.80),
    "yellow": (0.97, 0.91, 0.58),
    "blue": (0.77, 0.85, 0.93),
    "pink": (0.96, 0.80, 0.82),
    "kraft": (0.76, 0.62, 0.46),
    "board": (0.16, 0.24, 0.20),
    "slate": (0.13, 0.13, 0.14),
}
DARK: Final = ("board", "slate")  # written on in chalk, whatever the pen
PENS: Final[dict[str, tuple[Colour, float]]] = {  # and how uneven the stroke is, 0 to 1
    "black": ((0.07, 0.07, 0.09), 0.0),
    "blue": ((0.08, 0.16, 0.55), 0.0),
    "red": ((0.74, 0.10, 0.12), 0.0),
    "grey": ((0.30, 0.30, 0.32), 0.45),
    "chalk": ((0.95, 0.95, 0.91), 0.45),
}
RULES: Final[dict[str, Colour]] = {
    "none": (0, 0, 0),
    "ruled": (0.45, 0.60, 0.80),
    "checked": (0.55, 0.62, 0.72),
}

N = TypeVar("N")  # of a number: itself or a range
C = TypeVar("C")  # of a choice: itself or several; one named twice is chosen twice as often


@dataclass(frozen=True)
class Settings(Generic[N, C]):
    """How a picture is made, or between which bounds.

    Lengths are in heights of a digit, where nothing else is said.

    Attributes:
        digits: in a line.
        lines: of digits, one below the other.
        height: of a digit, px.
        resized: how much larger or smaller a digit may be, share.
        shifted: how far a digit may be above or below its line.
        gap: from the ink of a digit to that of the next.
        touching: share of the neighbours that are joined instead.
        spacing: from line to line.
        tilt: of the lines, degrees, falling to the right if positive.
        stroke: what is added to the width of the strokes.
        margin: up to which there is paper around.
        perspective: how much larger one end of the page is than its middle, share.
        paper: of `PAPERS`.
        rules: of `RULES`.
        folds: how much darker or brighter the paper is beside a fold, share.
        grain: standard deviation of the paper's brightness, share.
        light: of `LIGHTS`.
        shade: how much less light there is in the shade, share.
        exposure: of the picture, share of full brightness.
        pen: of `PENS`.
        opacity: of the ink, 0 to 1.
        pressure: how much of the ink's opacity is lost where the pen is pressed least, share.
        blur: out of focus, standard deviation.
        motion: of the camera.
        noise: of the sensor, standard deviation, 0 to 1.
        quality: of the JPEG; from `LOSSLESS` on a PNG is written.
    """

    digits: N
    lines: N
    height: N
    resized: N
    shifted: N
    gap: N
    touching: N
    spacing: N
    tilt: N
    stroke: N
    margin: N
    perspective: N
    paper: C
    rules: C
    folds: N
    grain: N
    light: C
    shade: N
    exposure: N
    pen: C
    opacity: N
    pressure: N
    blur: N
    motion: N
    noise: N
    quality: N


Look = Settings[tuple[float, float], tuple[str, ...]]
Page = Settings[float, str]

CLEAN: Final[Look] = Settings(
    digits=(2, 7),
    lines=(1, 1),
    height=(24, 160),
    resized=(0, 0.12),
    shifted=(0, 0.06),
    gap=(0.1, 0.4),
    touching=(0, 0),
    spacing=(1.6, 2.2),
    tilt=(-3, 3),
    stroke=(-0.02, 0.04),
    margin=(0.4, 2),
    perspective=(0, 0),
    paper=("white", "light"),
    rules=("none",),
    folds=(0, 0),
    grain=(0, 0.01),
    light=("even",),
    shade=(0, 0),
    exposure=(0.92, 1),
    pen=("black", "blue"),
    opacity=(0.85, 1),
    pressure=(0, 0.2),
    blur=(0, 0.01),
    motion=(0, 0),
    noise=(0, 0.01),
    quality=(85, 100),
)
PHOTO: Final = replace(
    CLEAN,
    height=(28, 200),
    tilt=(-15, 15),
    stroke=(-0.03, 0.06),
    margin=(0.4, 3),
    perspective=(0, 0.12),
    paper=(*PAPERS, "white", "white", "light", "light", "cream"),
    rules=("none", "none", "ruled", "checked"),
    folds=(0, 0.12),
    grain=(0, 0.03),
    light=("even", "gradient", "edge", "vignette", "lamp"),
    shade=(0.1, 0.55),
    exposure=(0.7, 1.05),
    pen=("black", "blue", "blue", "red", "grey"),
    opacity=(0.75, 1),
    pressure=(0, 0.5),
    blur=(0, 0.03),
    motion=(0, 0.08),
    noise=(0, 0.05),
    quality=(40, 95),
)
TOUCHING: Final = replace(CLEAN, touching=(1, 1))
ROWS: Final = replace(CLEAN, lines=(2, 3), digits=(1, 7))


def numbers(
    glyphs: NDArray[np.uint8], labels: NDArray[np.uint8], look: Look, *, count: int, seed: int
) -> Iterator[tuple[bytes, str, Page]]:
    """Pictures of numbers.

    Args:
        glyphs: uint8, (n, height, width), digits in light ink on black.
        labels: uint8, (n,), what they show.
        seed: the same seed gives the same pictures, the first of them whatever the count.

    Yields:
        A PNG or JPEG file, its text (a line of digits for each line), and how it was made.
    """
    for index in range(count):
        random = np.random.default_rng((seed, index))
        page = _draw(look, random)
        lengths = [page.digits, *(_draw(look, random).digits for _ in range(int(page.lines) - 1))]
        chosen = [random.integers(0, len(glyphs), int(length)) for length in lengths]
        ink = write([glyphs[line] for line in chosen], page, random)
        text = "\n".join("".join(str(labels[i]) for i in line) for line in chosen)
        yield _encode(photograph(ink, page, random), page.quality), text, page


def _draw(look: Look, random: Random) -> Page:
    drawn: dict[str, Any] = {}
    for field in fields(look):
        bounds = getattr(look, field.name)
        if isinstance(bounds[0], str):
            drawn[field.name] = str(random.choice(bounds))
        elif field.name in WHOLE:
            drawn[field.name] = int(random.integers(bounds[0], bounds[1] + 1))
        elif field.name in GEOMETRIC:
            drawn[field.name] = float(np.exp(random.uniform(*np.log(bounds))))
        else:
            drawn[field.name] = float(random.uniform(*bounds))
    return Settings(**drawn)


def write(lines: list[NDArray[np.uint8]], page: Page, random: Random) -> Array:
    """The ink of lines of digits.

    Args:
        lines: of each, uint8, (digits, height, width), light ink on black.

    Returns:
        float32, (height, width), 0 to 1, its digits `FINE` px high; cropped.
    """
    written = [_write_line(line, page, random) for line in lines]
    step = round(page.spacing * FINE)
    ink = np.zeros((3 * FINE + step * (len(lines) - 1), max(w.shape[1] for w in written)))
    for number, line in enumerate(written):
        part = ink[number * step : number * step + 3 * FINE, : line.shape[1]]
        np.maximum(part, line, out=part)
    return _trimmed(ink.astype(np.float32), 0.02)


def _write_line(glyphs: NDArray[np.uint8], page: Page, random: Random) -> Array:
    """Digits side by side: float32 (3 * `FINE`, width), the line at two thirds of the height."""
    line = np.zeros((3 * FINE, round(FINE * len(glyphs) * (1.5 + page.gap))), np.float32)
    last, end = np.zeros_like(line), 0
    for glyph in glyphs:
        size = FINE * (1 + random.uniform(-1, 1) * page.resized)
        digit = _glyph(glyph, size, page.stroke * FINE)
        bottom = 2 * FINE + round(FINE * random.uniform(-1, 1) * page.shifted)
        digit = np.pad(digit, ((bottom - len(digit), 3 * FINE - bottom), (0, 0)))
        overlap, is_joined = random.uniform(*OVERLAP), random.random() < page.touching
        if not end:
            x = 0
        elif is_joined:
            x = _joined(_largest(last > 0.5), _largest(digit > 0.5), round(overlap * FINE))
        else:
            x = _beside(line > 0.5, digit > 0.5, round(page.gap * FINE))
        last = np.zeros_like(line)
        last[:, x : x + digit.shape[1]] = digit
        line, end = np.maximum(line, last), max(end, x + digit.shape[1])
    phases, often = random.uniform(0, 2 * np.pi, 2), random.uniform(0.5, 2.5, 2)
    along = np.linspace(0, 2 * np.pi, end)
    waves = np.sin(often[0] * along + phases[0]) + np.sin(3 * often[1] * along + phases[1])
    return np.asarray(line[:, :end] * (1 - page.pressure * (2 + waves) / 4), np.float32)


def _glyph(picture: NDArray[np.uint8], size: float, added: float) -> Array:
    """One digit, its longer side `size` px, its strokes wider by `added` px; cropped."""
    ink = _trimmed(np.divide(picture, max(int(picture.max()), 1), dtype=np.float32), 0.2)
    scale = size / max(ink.shape)
    smooth = cv2.resize(np.pad(ink, 2), None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    smooth = cv2.GaussianBlur(smooth, (0, 0), 0.5 * scale)
    # Enlarging leaves ramps where a pen leaves edges. Faint strokes remain.
    fine = np.clip((smooth - 0.4) * max(1, 0.8 * scale) + 0.5, 0, 1)
    pen = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (1 + round(abs(added)),) * 2)
    changed = cv2.dilate(fine, pen) if added > 0 else cv2.erode(fine, pen)
    return _trimmed(np.asarray(changed, np.float32), 0.5)


def _trimmed(ink: Array, threshold: float) -> Array:
    """The box of the ink above a threshold; all of it where there is none."""
    x, y, width, height = cv2.boundingRect((ink > threshold).astype(np.uint8))
    return ink[y : y + height, x : x + width] if width else ink


def _beside(before: Mask, digit: Mask, gap: int) -> int:
    """Where a digit is so far from the ink before it, in every direction."""
    reach = np.ones((2 * gap + 1, 1), np.uint8)
    spread = np.asarray(cv2.dilate(before.astype(np.uint8), reach), bool)
    return gap + 1 + _contact(spread, digit)


def _largest(mask: Mask) -> Mask:
    """The largest stroke, as specks join nothing that a person would call joined."""
    _, strokes, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    return np.asarray(strokes == 1 + stats[1:, cv2.CC_STAT_AREA].argmax(), bool)


def _joined(before: Mask, digit: Mask, overlap: int) -> int:
    """Where a digit overlaps the one before it so far, or as far as they still touch."""
    contact = _contact(before, digit)
    for x in range(max(0, contact - overlap), contact):
        if (before[:, x : x + digit.shape[1]] & digit).any():
            return x
    return contact


def _contact(before: Mask, digit: Mask) -> int:
    """Where the leftmost ink of a digit in some row lies on the rightmost ink before it."""
    rows = before.any(axis=1) & digit.any(axis=1)
    if not rows.any():  # one above the other
        return _contact(np.atleast_2d(before.any(axis=0)), np.atleast_2d(digit.any(axis=0)))
    right = before.shape[1] - 1 - before[rows, ::-1].argmax(axis=1)
    return max(0, int((right - digit[rows].argmax(axis=1)).max()))


def photograph(ink: Array, page: Page, random: Random) -> NDArray[np.uint8]:
    """Ink as `write` gives it on a page as a camera sees it: uint8 (height, width, 3), RGB."""
    forward, (width, height) = _placed(ink.shape, page, random)
    colour, unevenness = PENS["chalk" if page.paper in DARK else page.pen]
    scene = np.broadcast_to(_rgb(PAPERS[page.paper]), (height, width, 3))
    if page.rules != "none":
        lines = _rules(forward, (height, width), page, random)[..., None]
        scene = scene + lines * (_rgb(RULES[page.rules]) - scene)

    if page.height < FINE:  # no detail finer than a pixel
        ink = np.asarray(cv2.GaussianBlur(ink, (0, 0), 0.4 * FINE / page.height), np.float32)
    covered = cv2.warpPerspective(ink, forward, (width, height), flags=cv2.INTER_LINEAR)
    if unevenness:
        texture = cv2.GaussianBlur(_normal((height, width), random), (0, 0), 0.02 * page.height)
        covered = covered * (1 - unevenness * np.clip(0.5 + texture / (2 * texture.std()), 0, 1))
    scene = scene + np.float32(page.opacity) * covered[..., None] * (_rgb(colour) - scene)

    places = _places(height, width)
    light = LIGHTS[page.light](places, page.shade, random) * _folds(places, page.folds, random)
    grain = 2.5 * cv2.GaussianBlur(_normal((height, width), random), (0, 0), 0.7)
    light *= np.float32(page.exposure) * (1 + np.float32(page.grain) * grain)
    picture = _blurred(np.asarray(scene * light[..., None], np.float32), page, random)
    picture += np.float32(page.noise) * _normal(picture.shape, random)
    return np.rint(np.clip(picture, 0, 1) * 255).astype(np.uint8)


def _rgb(colour: Colour) -> Array:
    return np.array(colour, np.float32)


def _placed(
    shape: tuple[int, ...], page: Page, random: Random
) -> tuple[NDArray[np.float64], tuple[int, int]]:
    """How ink of this shape comes to the page, a matrix (3, 3), and the page's width and height."""
    height, width = shape
    angle, scale = np.deg2rad(page.tilt), page.height / FINE
    turned = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    direction = random.uniform(0, 2 * np.pi)
    nearer = page.perspective * np.array([np.cos(direction), np.sin(direction)]) / max(shape) * 2
    centred = np.array([[1, 0, -width / 2], [0, 1, -height / 2], [0, 0, 1]])
    seen = np.vstack([np.column_stack([turned, [0, 0]]), [*nearer, 1]]) @ centred
    corners = np.array([[[0, 0], [width, 0], [0, height], [width, height]]], float)
    (places,) = cv2.perspectiveTransform(corners, seen)
    before, after = page.margin * page.height * random.uniform(0.25, 1, (2, 2))
    low, high = places.min(axis=0) - before, places.max(axis=0) + after
    shift = np.array([[1, 0, -low[0]], [0, 1, -low[1]], [0, 0, 1]])
    across, down = np.ceil(high - low).astype(int).tolist()
    return shift @ seen, (across, down)


def _rules(
    forward: NDArray[np.float64], shape: tuple[int, int], page: Page, random: Random
) -> Array:
    """Printed lines along the writing, and across it on checked paper: how much of them shows."""
    y, x = np.indices(shape, np.float32)
    back = np.linalg.inv(forward).astype(np.float32)
    depth = back[2, 0] * x + back[2, 1] * y + back[2, 2]
    pitch = FINE * (random.uniform(1.3, 1.8) if page.rules == "ruled" else random.uniform(0.5, 0.9))
    width = FINE * max(1.2 / page.height, random.uniform(0.012, 0.025))  # 1.2 px at least
    shown = np.zeros(shape, np.float32)
    for row in (back[1], back[0])[: 1 if page.rules == "ruled" else 2]:
        at = (row[0] * x + row[1] * y + row[2]) / depth + random.uniform(0, pitch)
        off = np.abs((at + pitch / 2) % pitch - pitch / 2)
        shown = np.maximum(shown, np.clip(1.5 - 2 * off / width, 0, 1))
    return shown * np.float32(random.uniform(0.3, 0.7))


Places = tuple[Array, Array]  # x and y of every pixel, -1 to 1 along the page's longer side


def _places(height: int, width: int) -> Places:
    half = np.array([height, width]) / max(height, width)
    y, x = np.mgrid[-half[0] : half[0] : height * 1j, -half[1] : half[1] : width * 1j]
    return x.astype(np.float32), y.astype(np.float32)


def _along(places: Places, random: Random) -> Array:
    """How far every pixel lies in some direction from the page's middle."""
    angle = random.uniform(0, 2 * np.pi)
    return np.asarray(np.cos(angle) * places[0] + np.sin(angle) * places[1], np.float32)


def _even(places: Places, shade: float, random: Random) -> Array:
    """The same light everywhere."""
    del shade, random
    return np.ones_like(places[0])


def _gradient(places: Places, shade: float, random: Random) -> Array:
    """Light from one side."""
    along = _along(places, random)
    return np.asarray(1 - shade * (along - along.min()) / np.ptp(along), np.float32)


def _edge(places: Places, shade: float, random: Random) -> Array:
    """The shadow of a thing, with a soft edge."""
    off = (_along(places, random) - random.uniform(-0.4, 0.4)) / random.uniform(0.01, 0.2)
    return np.asarray(1 - shade / (1 + np.exp(-np.clip(4 * off, -30, 30))), np.float32)


def _vignette(places: Places, shade: float, random: Random) -> Array:
    """Darker at the corners."""
    del random
    far = places[0] ** 2 + places[1] ** 2
    return np.asarray(1 - shade * far / far.max(), np.float32)


def _lamp(places: Places, shade: float, random: Random) -> Array:
    """Brightest below a lamp somewhere."""
    x, y = random.uniform(-0.8, 0.8, 2)
    far = (places[0] - x) ** 2 + (places[1] - y) ** 2
    return np.asarray(1 - shade * (1 - np.exp(-far / random.uniform(0.3, 1.5))), np.float32)


LIGHTS: Final[dict[str, Callable[[Places, float, Random], Array]]] = {
    "even": _even,
    "gradient": _gradient,
    "edge": _edge,
    "vignette": _vignette,
    "lamp": _lamp,
}


def _folds(places: Places, strength: float, random: Random) -> Array:
    """Light on a sheet that was folded or crumpled: darker on one side of each fold."""
    light = np.ones_like(places[0])
    for _ in range(random.integers(1, 4)):
        off = _along(places, random) - np.float32(random.uniform(-0.6, 0.6))
        reach = np.float32(random.uniform(0.02, 0.2))
        light *= 1 + np.float32(strength) * np.sign(off) * np.exp(-np.abs(off) / reach)
    return light


def _blurred(picture: Array, page: Page, random: Random) -> Array:
    """Out of focus, then moved."""
    sigma, length = page.blur * page.height, page.motion * page.height
    angle = random.uniform(0, np.pi)
    if sigma > 0.2:
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma), np.float32)
    if length > 1:
        half = int(np.ceil(length / 2))
        y, x = np.mgrid[-half : half + 1, -half : half + 1]
        along, off = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
        kernel = np.clip(length / 2 - np.abs(along) + 0.5, 0, 1) * np.clip(1 - np.abs(off), 0, 1)
        picture = np.asarray(cv2.filter2D(picture, -1, kernel / kernel.sum()), np.float32)
    return picture


def _normal(shape: tuple[int, ...], random: Random) -> Array:
    return random.standard_normal(shape, np.float32)


def _encode(picture: NDArray[np.uint8], quality: float) -> bytes:
    form, options = (
        (".png", [])
        if quality >= LOSSLESS
        else (".jpg", [cv2.IMWRITE_JPEG_QUALITY, round(quality)])
    )
    _, file = cv2.imencode(form, cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), options)
    return file.tobytes()
