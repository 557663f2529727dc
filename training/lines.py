"""Rows of digits as ink, to train the row network on: apart, near, and into each other.

Made of MNIST's training pictures and of `handwriting`, in other ways than the numbers that are
evaluated on: by other hands, and without a page around.
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from shared.sequence import DIGIT, HEIGHT, fit_row

from .augment import coarse, cropped, plain, rewrite, to_bytes
from .parallel import on_all_cores
from .signs import with_signs
from .words import word

SIZE: Final = 2 * DIGIT  # px, the height at which digits are laid side by side
MOST: Final = 8  # digits in a row
WIDTH: Final = 256  # px of a row at most
GRAINY: Final = 0.2  # share of the pens that leave the hollows of the paper bare
PRINTED: Final = 0.12  # share of the rows with a printed word before or after them
SIGNED: Final = 0.3  # share of the rows with signs beside and between their digits
NARROW: Final = 0.25  # share of the rows whose digits are mostly narrower, seldom broader
COARSE: Final = 0.2  # share of the rows whose digits have a low resolution
NARROWEST: Final = 0.45  # of its height, the width of a digit that is stretched to a square
NONE: Final = 10  # fills texts up to `MOST`
CHUNK: Final = 500  # rows at a time

Picture = NDArray[np.float32]
Random = np.random.Generator
Rows = tuple[NDArray[np.uint8], NDArray[np.int16], NDArray[np.uint8]]


def lines(
    pictures: NDArray[np.uint8], labels: NDArray[np.uint8], count: int, seed: tuple[int, ...]
) -> Rows:
    """Rows of one to eight digits, and a few of none.

    Args:
        pictures: uint8, (n, 28, 28), light ink on black.
        labels: uint8, (n,).

    Returns:
        The network's inputs, uint8 (count, `HEIGHT`, `WIDTH`), how wide each is, int16 (count,),
        and its digits, uint8 (count, `MOST`), filled up with `NONE`.
    """
    random = np.random.default_rng(seed)
    tasks = []
    for chunk in range(-(-count // CHUNK)):
        some = min(CHUNK, count - chunk * CHUNK)
        chosen = random.integers(0, len(pictures), MOST * some)
        tasks.append((pictures[chosen], labels[chosen], (*seed, chunk)))
    made = on_all_cores(_some, tasks, "Writing rows")
    inputs, widths, texts = zip(*made, strict=True)
    return np.concatenate(inputs), np.concatenate(widths), np.concatenate(texts)


def _some(pictures: NDArray[np.uint8], labels: NDArray[np.uint8], seed: tuple[int, ...]) -> Rows:
    random = np.random.default_rng(seed)
    count = len(pictures) // MOST
    inputs = np.zeros((count, HEIGHT, WIDTH), np.uint8)
    widths, texts = np.zeros(count, np.int16), np.full((count, MOST), NONE, np.uint8)
    for i in range(count):
        first = i * MOST
        row = np.zeros((0, 0), np.float32)
        length = 0
        while not row.any() or row.shape[1] > WIDTH:  # what is lost or too long is written anew
            length = int(random.choice(MOST + 1, p=LENGTHS))
            row = line(pictures[first : first + length], random)
        inputs[i, :, : row.shape[1]] = to_bytes(row)
        widths[i] = row.shape[1]
        texts[i, :length] = labels[first : first + length]
    return inputs, widths, texts


# Of 0 to 8 digits, how often.
LENGTHS: Final = (0.02, 0.14, 0.16, 0.17, 0.15, 0.13, 0.1, 0.07, 0.06)


def line(pictures: NDArray[np.uint8], random: Random) -> Picture:
    """A row of the digits, as the network sees it: float32 (`HEIGHT`, width), 0 to 1.

    Args:
        pictures: uint8, (digits, 28, 28), light ink on black.
    """
    parts = _digits(pictures, random)
    if parts and random.random() < SIGNED:
        parts = with_signs(parts, SIZE, random)
    ink = _side_by_side(parts, random) if parts else _nothing(random)
    if random.random() < PRINTED:
        ink = _with_word(ink, random)
    ink = _soiled(_seen(ink, random), random)
    return fit_row(ink, SIZE * float(np.exp(random.normal(0, 0.1))))


def _digits(pictures: NDArray[np.uint8], random: Random) -> list[Picture]:
    """By one pen, and mostly by one hand or as they are."""
    pen = int(random.integers(2**32))
    is_plain = random.random() < 0.4
    jitter = random.choice([0.03, 0.12, 0.2])
    scan = int(random.integers(2**32)) if random.random() < COARSE else None
    broad = float(np.exp(random.normal(-0.15, 0.25))) if random.random() < NARROW else 1.0
    digits = []
    for picture in pictures:
        if is_plain:
            fine = plain(picture, np.random.default_rng(pen), grainy=GRAINY)
        else:
            fine = rewrite(picture, random, np.random.default_rng(pen), grainy=GRAINY)
        side = SIZE * float(np.exp(random.normal(0, jitter)))
        if scan is None:
            ink = _resized(cropped(fine), side, cv2.INTER_AREA)
        else:
            ink = scanned(fine, side, np.random.default_rng(scan))
        if broad != 1:
            ink = _resized(ink, max(ink.shape), cv2.INTER_AREA, broad)
        digits.append(np.asarray(ink / max(float(ink.max()), 1e-6), np.float32))
    return digits


def _resized(ink: Picture, side: float, method: int, broad: float = 1.0) -> Picture:
    scale = side / max(ink.shape)
    size = max(1, round(ink.shape[1] * scale * broad)), max(1, round(ink.shape[0] * scale))
    return np.asarray(cv2.resize(ink, size, interpolation=method), np.float32)


def scanned(fine: Picture, side: float, scanner: Random) -> Picture:
    """At a low resolution, and enlarged: in blocks, or smoothly with softer or harder edges.

    Args:
        fine: float32, 0 to 1, as of `plain` and `rewrite`.
        side: the digit's longer one, px.
        scanner: its randomness; digits by the same are alike.

    Returns:
        float32, cropped, 0 to 1.
    """
    box = cropped(fine)
    narrow = max(0, round((NARROWEST * box.shape[0] - box.shape[1]) / 2))  # a 1 that stays one
    ink = cropped(coarse(np.pad(box, ((0, 0), (narrow, narrow))), scanner))
    if scanner.random() < 0.3:
        return _resized(ink, side, cv2.INTER_NEAREST)
    smooth = _resized(ink, side, cv2.INTER_CUBIC if scanner.random() < 0.5 else cv2.INTER_LINEAR)
    level, steep = scanner.uniform(0.3, 0.6), scanner.uniform(1, 4)
    return np.asarray(np.clip((smooth - level) * steep + level, 0, 1), np.float32)


def _side_by_side(digits: list[Picture], random: Random) -> Picture:
    """Apart, near each other, or touching, as the writer does: float32 (3 * `SIZE`, width)."""
    height = 3 * SIZE
    row = np.zeros((height, sum(digit.shape[1] + SIZE for digit in digits) + SIZE), np.float32)
    kind, wander = random.random(), random.choice([0.02, 0.06, 0.12])
    apart = random.uniform(0, 0.6)
    last = row[:, :0] > 0
    x = end = 0
    for digit in digits:
        top = int((height - digit.shape[0]) / 2 + random.normal(0, wander) * SIZE)
        top = min(max(0, top), height - digit.shape[0])
        mask = np.zeros((height, digit.shape[1]), bool)
        mask[top : top + digit.shape[0]] = digit > 0.5
        if end:
            touches = kind < 0.35 or (kind < 0.6 and random.random() < 0.5)
            gap = -random.uniform(-0.03, 0.12) if touches else apart * random.uniform(0.5, 1.5)
            x += max(last.shape[1] // 2, _contact(last, mask) + round(gap * SIZE))
        place = row[top : top + digit.shape[0], x : x + digit.shape[1]]
        np.maximum(place, digit, out=place)
        last, end = mask, x + digit.shape[1]
    return row[:, :end]


def _contact(before: NDArray[np.bool_], digit: NDArray[np.bool_]) -> int:
    """Where a digit's ink first meets that of the one before it, from where that begins."""
    lines = before.any(axis=1) & digit.any(axis=1)
    if not lines.any():
        return int(before.shape[1])
    right = before.shape[1] - before[lines, ::-1].argmax(axis=1)
    return int((right - digit[lines].argmax(axis=1)).max())


def _nothing(random: Random) -> Picture:
    """Points, dashes and strokes that are no digits."""
    page = np.zeros((3 * SIZE, 3 * SIZE), np.float32)
    for _ in range(random.integers(1, 4)):
        x, y = random.integers(SIZE, 2 * SIZE, 2).tolist()
        if random.random() < 0.5:
            cv2.circle(page, (x, y), int(random.integers(1, 4)), 1.0, -1)
        else:
            along = x + int(random.integers(4, SIZE)), y + int(random.integers(-3, 4))
            cv2.line(page, (x, y), along, 1.0, int(random.integers(1, 5)))
    return page


def _with_word(ink: Picture, random: Random) -> Picture:
    """A printed word before the row, or after it; mostly on its line."""
    printed = word(SIZE * random.uniform(0.4, 1), random)
    high, width = printed.shape
    page = np.zeros((len(ink), width), np.float32)
    line_ = 2 * SIZE + random.normal(0, 0.1) * SIZE
    top = min(max(0, round(line_ - high)), len(ink) - high)
    page[top : top + high] = printed * random.uniform(0.5, 1)
    gap = np.zeros((len(ink), int(SIZE * random.uniform(0.2, 1.2))), np.float32)
    beside = (page, gap, ink) if random.random() < 0.65 else (ink, gap, page)
    return np.concatenate(beside, axis=1)


def _seen(ink: Picture, random: Random) -> Picture:
    """Slightly sloping and slanted, and cropped with some of what is around."""
    ink = np.pad(ink, ((0, 0), (SIZE // 2, SIZE // 2)))
    height, width = ink.shape
    # Rows that are hardly longer than high are not levelled; see `shared.rows`.
    steep = 0.12 if width - SIZE < 1.5 * SIZE else 0.03
    slope, slant = random.normal(0, steep), random.normal(0, 0.1)
    matrix = np.array([[1, slant, -slant * height / 2], [slope, 1, -slope * width / 2]])
    ink = np.asarray(cv2.warpAffine(ink, matrix, (width, height)), np.float32)
    around = random.integers(0, 5, 4) if random.random() < 0.8 else random.integers(0, SIZE // 3, 4)
    return np.pad(cropped(ink), around.reshape(2, 2))


def _soiled(ink: Picture, random: Random) -> Picture:
    """Pressed unevenly, faint, with holes, specks, lines and gaps, out of focus."""
    height, width = ink.shape
    if random.random() < 0.3:  # pressure
        phase, often = random.uniform(0, 2 * np.pi), random.uniform(0.02, 0.2)
        waves = 0.5 + 0.5 * np.sin(often * np.arange(width) + phase)
        ink = ink * (1 - random.uniform(0, 0.7) * waves[None].astype(np.float32))
    if random.random() < 0.06:  # a worn stamp, a dry pen
        spots = cv2.GaussianBlur(random.random(ink.shape), (0, 0), random.uniform(1, 2.5))
        ink = ink * (spots > np.quantile(spots, random.uniform(0.08, 0.28)))
    if random.random() < 0.15:  # specks, points and dashes, which are no digits
        ink = np.maximum(ink, _marks(ink.shape, random))
    if random.random() < 0.15:  # what was left of a ruled line, or a line that crosses
        y, thick = int(random.uniform(0, 1) * height), int(random.integers(1, 3))
        ends = (0, y), (width, y + int(random.normal(0, 3)))
        line_ = np.zeros_like(ink)
        cv2.line(line_, *ends, 1.0, thick)
        some = cv2.resize(random.random((1, 12)).astype(np.float32), (width, height))
        ink = np.maximum(ink, line_ * (some > random.uniform(0.2, 1)) * random.uniform(0.3, 1))
    if random.random() < 0.15:  # where a line was taken out of it
        y, thick = int(random.uniform(0.35, 0.65) * height), int(random.integers(1, 4))
        ink[y : y + thick] *= random.uniform(0, 0.7)
    if random.random() < 0.3:
        ink = np.asarray(cv2.GaussianBlur(ink, (0, 0), random.uniform(0.5, 3)), np.float32)
    if random.random() < 0.2:
        level = random.uniform(0.25, 0.6)
        ink = np.clip((ink - level) / random.uniform(0.05, 0.5) + 0.5, 0, 1)
    if random.random() < 0.25:
        ink = ink + random.normal(0, random.uniform(0.02, 0.2), ink.shape).astype(np.float32)
        ink = np.where(ink > random.uniform(0.05, 0.3), ink, np.float32(0))
    return np.asarray(np.clip(ink / max(float(ink.max()), 1e-6), 0, 1), np.float32)


def _marks(shape: tuple[int, ...], random: Random) -> Picture:
    page = np.zeros(shape, np.float32)
    for _ in range(random.integers(1, 6)):
        x, y = int(random.integers(0, shape[1])), int(random.random() * shape[0])
        strength = random.uniform(0.3, 1)
        if random.random() < 0.8:
            cv2.circle(page, (x, y), int(random.integers(0, 5)), strength, -1)
        else:
            x2, y2 = x + int(random.integers(4, 20)), y + int(random.integers(-2, 3))
            cv2.line(page, (x, y), (x2, y2), strength, int(random.integers(1, 4)))
    return page
