"""Digits as other hands, pens, scanners and cameras would have made them.

But for those that are soiled when they are prepared already, every picture goes through the same
`find_ink`, `one_digit` and `normalize` as in serving, so that the network is trained on what they
really give, their mistakes included.
"""

from collections.abc import Iterator
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from shared.ink import find_ink
from shared.normalize import SIDE, normalize
from shared.segment import one_digit

from .parallel import on_all_cores

FINE: Final = 84  # px, three times MNIST's side: where shapes are warped and strokes changed
CANVAS: Final = 104  # px, room around for what is rotated out of the box
GRID: Final = np.mgrid[-1 : 1 : CANVAS * 1j, -1 : 1 : CANVAS * 1j].astype(np.float32)

SHARES: Final = (0.33, 0.5, 0.17)  # of pictures unchanged, rewritten and soiled

PLAIN: Final = 0.95  # likeness to the rewritten digit, from which on it is surely what is seen ...
LOST: Final = 0.6  # ... and up to which it is lost

CHUNK: Final = 500  # pictures at a time

Picture = NDArray[np.float32]


def copies_of(
    pictures: NDArray[np.uint8], count: int, seed: tuple[int, ...]
) -> list[NDArray[np.uint8]]:
    """That many changed copies of all pictures; arguments and each copy are as of `augmented`."""
    chunks = np.array_split(pictures, max(1, len(pictures) // CHUNK))
    tasks = [(chunk, (*seed, copy, i)) for copy in range(count) for i, chunk in enumerate(chunks)]
    made = on_all_cores(augmented, tasks, "Changing pictures")
    return [np.concatenate(made[i : i + len(chunks)]) for i in range(0, len(made), len(chunks))]


def augmented(pictures: NDArray[np.uint8], seed: tuple[int, ...]) -> NDArray[np.uint8]:
    """A changed copy of each MNIST picture, as the network's input.

    Args:
        pictures: uint8, (count, 28, 28), light ink on black.
        seed: the same seed gives the same pictures.

    Returns:
        uint8, (count, 28, 28).
    """
    random = np.random.default_rng(seed)
    changes = (_unchanged, _rewritten, soiled)
    chosen = random.choice(len(changes), len(pictures), p=SHARES)
    return np.stack(
        [changes[i](picture, random) for i, picture in zip(chosen, pictures, strict=True)]
    )


def as_input(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """What the network sees of a picture that is one digit: uint8 (28, 28)."""
    return to_bytes(next(_inputs(picture), np.zeros((SIDE, SIDE), np.float32)))


def _inputs(picture: NDArray[np.uint8]) -> Iterator[Picture]:
    """What the network may see of it, on the likeliest paper first."""
    for ink in find_ink(picture):
        if segment := one_digit(ink):
            yield normalize(segment.ink)


def _unchanged(picture: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.uint8]:
    del random
    return as_input(picture)


def _rewritten(picture: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.uint8]:
    """By another hand, pen and camera, then found and normalized as in serving."""
    fine = rewrite(picture, random)
    if random.random() < 0.35:
        fine = coarse(cropped(fine), random)
    clean = normalize(cropped(fine))
    if random.random() < 0.3:
        fine = _degrade(fine, random)
    best, likest = None, LOST
    for seen in _inputs(to_bytes(fine)):
        if (alike := _likeness(seen, clean)) > likest:
            best, likest = seen, alike
        if likest > PLAIN:  # to look for ink on all papers takes most of the time
            break
    # Where ink and paper are mistaken for each other, or the digit is lost, there is nothing
    # to learn but the label's noise.
    return as_input(picture) if best is None else to_bytes(best)


def soiled(picture: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.uint8]:
    """Prepared as MNIST's are and then soiled, as `as_prepared` may show it to the network."""
    seen = normalize(cropped(rewrite(picture, random)))
    for _ in range(random.integers(1, 3)):
        seen = _soil(seen, random)
    return to_bytes((seen - seen.min()) / max(float(np.ptp(seen)), 1e-6))


def jittered(pictures: Picture, random: np.random.Generator) -> Picture:
    """Inputs of the network slightly turned, slanted, resized and shifted, each in its way.

    It costs little, so that no picture is seen twice alike.

    Args:
        pictures: float32, (count, 28, 28), 0 to 1.

    Returns:
        The same, changed.
    """
    changed = np.empty_like(pictures)
    count = len(pictures)
    angles, slants = random.normal(0, 0.06, count), random.normal(0, 0.06, count)
    sizes, shifts = np.exp(random.normal(0, 0.04, (2, count))), random.normal(0, 0.4, (2, count))
    middle = (SIDE - 1) / 2
    for i, picture in enumerate(pictures):
        cos, sin = np.cos(angles[i]), np.sin(angles[i])
        turn = np.array([[cos, -sin], [sin, cos]]) @ np.array([[1, slants[i]], [0, 1]])
        linear = turn * sizes[:, i]
        to = middle + shifts[:, i] - linear @ (middle, middle)
        matrix = np.column_stack([linear, to])
        cv2.warpAffine(picture, matrix, (SIDE, SIDE), dst=changed[i], flags=cv2.INTER_LINEAR)
    return changed


def rewrite(
    picture: NDArray[np.uint8],
    random: np.random.Generator,
    pen: np.random.Generator | None = None,
    *,
    grainy: float = 0.0,
) -> Picture:
    """By another hand and pen (of its own randomness, if any): float32 (104, 104), 0 to 1.

    Args:
        grainy: share of the pens that leave the hollows of the paper bare.
    """
    return _restroke(_warp(_enlarge(picture), random), pen or random, grainy)


def plain(picture: NDArray[np.uint8], pen: np.random.Generator, *, grainy: float) -> Picture:
    """As it is, by another pen: float32 (104, 104), 0 to 1; arguments as of `rewrite`."""
    return _restroke(_enlarge(picture), pen, grainy)


def _soil(seen: Picture, random: np.random.Generator) -> Picture:
    kind = random.integers(5)
    if kind == 0:
        return seen + random.normal(0, random.uniform(0.05, 0.3), seen.shape).astype(np.float32)
    if kind == 1:  # light from a side, and less contrast
        y, x = np.mgrid[-0.5 : 0.5 : SIDE * 1j, -0.5 : 0.5 : SIDE * 1j].astype(np.float32)
        light = random.uniform(0, 0.4) + random.normal(0, 0.3) * x + random.normal(0, 0.3) * y
        return np.asarray(np.maximum(light, 0) + seen * random.uniform(0.5, 1), np.float32)
    if kind == 2:  # strokes of a pen that belong to nothing
        line = np.zeros_like(seen)
        for _ in range(random.integers(1, 4)):
            ends = random.integers(0, SIDE, (2, 2))
            cv2.line(line, ends[0].tolist(), ends[1].tolist(), random.uniform(0.3, 1), 1)
        return np.maximum(seen, line)
    if kind == 3:  # pieces of paper or of tape
        soiled = seen.copy()
        for _ in range(random.integers(1, 4)):
            (top, left), (height, width) = random.integers(0, SIDE, 2), random.integers(2, 9, 2)
            soiled[top : top + height, left : left + width] = random.random()
        return soiled
    return np.asarray(cv2.GaussianBlur(seen, (0, 0), *random.uniform(0.3, 1.8, 2)), np.float32)


def cropped(fine: Picture) -> Picture:
    """The box of the ink; all of it where there is none."""
    ys, xs = (
        np.flatnonzero(fine.max(axis=1) > 0.1),
        np.flatnonzero(fine.max(axis=0) > 0.1),
    )
    return fine[ys[0] : ys[-1] + 1, xs[0] : xs[-1] + 1] if ys.size else fine


def _likeness(one: Picture, other: Picture) -> float:
    """Correlation of two pictures, -1 to 1, after a blur that forgives a shift by a pixel."""
    a, b = (cv2.blur(picture, (5, 5)) for picture in (one, other))
    a, b = a - a.mean(), b - b.mean()
    return float((a * b).sum() / max(float(np.linalg.norm(a) * np.linalg.norm(b)), 1e-6))


def to_bytes(picture: Picture) -> NDArray[np.uint8]:
    """From 0 to 1 to 0 to 255."""
    return np.rint(np.clip(picture, 0, 1) * 255).astype(np.uint8)


def _enlarge(picture: NDArray[np.uint8]) -> Picture:
    fine = cv2.resize(picture, (FINE, FINE), interpolation=cv2.INTER_CUBIC)
    # Sharpen the ramp that enlarging leaves, so that strokes have edges to move.
    fine = np.clip((fine.astype(np.float32) / 255 - 0.5) * 2 + 0.5, 0, 1)
    margin = (CANVAS - FINE) // 2
    return np.pad(fine, margin)


def _warp(fine: Picture, random: np.random.Generator) -> Picture:
    """Rotation, shear, unequal scale, perspective and elastic distortion in one resampling.

    Elastic distortion: Simard, Steinkraus, Platt, "Best practices for convolutional neural
    networks applied to visual document analysis" (2003).
    """
    angle = np.deg2rad(random.normal(0, 10))
    shear = random.normal(0, 0.2)
    stretch = np.exp(random.normal(0, 0.2))
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    linear = rotation @ np.array([[1, shear], [0, 1]]) @ np.diag([stretch, 1 / stretch])
    y, x = GRID
    tilt = 1 + random.normal(0, 0.06) * x + random.normal(0, 0.06) * y
    map_x = (linear[0, 0] * x + linear[0, 1] * y) / tilt
    map_y = (linear[1, 0] * x + linear[1, 1] * y) / tilt
    strength = abs(random.normal(0, 0.05))
    coarse = random.normal(0, strength, (2, 5, 5)).astype(np.float32)
    dx, dy = (
        cv2.resize(field, (CANVAS, CANVAS), interpolation=cv2.INTER_CUBIC) for field in coarse
    )
    half = (CANVAS - 1) / 2
    warped = cv2.remap(
        fine,
        ((map_x + dx) * half + half).astype(np.float32),
        ((map_y + dy) * half + half).astype(np.float32),
        cv2.INTER_LINEAR,
    )
    return np.asarray(warped, np.float32)


def _restroke(fine: Picture, random: np.random.Generator, grainy: float) -> Picture:
    """Another pen: wider or finer, and softer or harder at its edge."""
    change = random.normal(0, 3.5)
    size = min(round(abs(change)), 7) + 1
    if size > 1:
        pen = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
        changed = cv2.dilate(fine, pen) if change > 0 else cv2.erode(fine, pen)
        if changed.sum() > 0.15 * fine.sum():
            fine = changed.astype(np.float32)
    if grainy and random.random() < grainy:
        fine = _grainy(fine, random)
    return _blur(fine, random) if random.random() < 0.3 else fine


def _grainy(fine: Picture, random: np.random.Generator) -> Picture:
    """Pencil, chalk or a dry pen: less ink in the hollows of the paper."""
    tooth = random.normal(size=fine.shape).astype(np.float32)
    tooth = cv2.GaussianBlur(tooth, (0, 0), *random.uniform(1, 4, 2)).astype(np.float32)
    depth = tooth / tooth.std() - np.float32(random.uniform(0, 1.5))
    bare = np.clip(depth * np.float32(random.uniform(0.5, 3)), 0, 1)
    return np.asarray(fine * (1 - np.float32(random.uniform(0.3, 0.9)) * bare), np.float32)


def _blur(fine: Picture, random: np.random.Generator) -> Picture:
    """Out of focus, more so in one direction."""
    angle = random.uniform(0, np.pi)
    long, short = random.uniform(1, 7), random.uniform(0.4, 2.5)
    y, x = np.mgrid[-12:13, -12:13]
    along, across = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    kernel = np.exp(-0.5 * ((along / long) ** 2 + (across / short) ** 2))
    return np.asarray(cv2.filter2D(fine, -1, kernel / kernel.sum()), np.float32)


def coarse(box: Picture, random: np.random.Generator) -> Picture:
    """A low resolution, as of old scanners and tablets, at times in black and white only.

    Args:
        box: float32, 0 to 1, a digit as `cropped` gives it.

    Returns:
        float32, 2 to 38 px wide and high, 0 to 1.
    """
    side = int(random.integers(8, 33))
    if random.random() < 0.6:  # stretched to a square, as some data sets are
        size = (side, side)
    else:
        scale = side / max(box.shape)
        size = (
            max(2, round(box.shape[1] * scale)),
            max(2, round(box.shape[0] * scale)),
        )
    small = cv2.resize(box, size, interpolation=cv2.INTER_AREA)
    if random.random() < 0.5:
        small = (small > random.uniform(0.3, 0.6)).astype(np.float32)
    return np.pad(small, random.integers(0, 4))


def _degrade(fine: Picture, random: np.random.Generator) -> Picture:
    """Faint ink, uneven light, grain, specks and lines: what the search for ink is up against."""
    height, width = fine.shape
    contrast = random.uniform(0.25, 1)
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    light = random.normal(0, 0.15) * x + random.normal(0, 0.15) * y
    page = (1 - contrast) * random.random() + light.astype(np.float32) + contrast * fine
    kind = random.integers(4)
    if kind == 0:
        page = page + random.normal(0, random.uniform(0.01, 0.12) * contrast, fine.shape)
    elif kind == 1:
        specks = random.random(fine.shape) < random.uniform(0, 0.03)
        page = np.where(specks, random.random(fine.shape), page)
    elif kind == 2:
        at = random.integers(0, height), random.integers(0, height)
        line = np.zeros_like(fine)
        cv2.line(
            line,
            (0, int(at[0])),
            (width - 1, int(at[1])),
            1.0,
            int(random.integers(1, 4)),
        )
        page = np.maximum(page, contrast * line * random.uniform(0.3, 1))
    else:  # a piece of the digit missing
        size = max(1, round(random.uniform(0.05, 0.2) * min(height, width)))
        top, left = (
            random.integers(0, height - size + 1),
            random.integers(0, width - size + 1),
        )
        page[top : top + size, left : left + size] = page[0, 0]  # paper
    low, high = min(0.0, float(page.min())), max(1.0, float(page.max()))
    return np.asarray((page - low) / (high - low), np.float32)
