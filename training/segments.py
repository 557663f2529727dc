"""Pieces of touching digits, cut as in serving: whole digits to know, and wrong cuts to doubt.

What is cut out of a row of joined digits misses an end of a stroke here and has a bit of its
neighbour there, and most of what lies between two proposed cuts is no digit at all. The network
weighs them all, so it learns from the same cuts.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from shared.normalize import normalize
from shared.seams import find_seams, spans_between

from .augment import cropped, rewrite, to_bytes
from .parallel import on_all_cores

SIZE: Final = 80  # px, the height of digits in a row, as `find_rows` gives them at most
WHOLE: Final = 0.85  # share of a digit's ink in a piece, without that of any other, to be the digit
BROKEN: Final = 0.6  # and below which it is none
EACH: Final = 2  # whole digits and wrong cuts taken from a row
CHUNK: Final = 100  # rows at a time

Picture = NDArray[np.float32]
Labelled = tuple[NDArray[np.uint8], NDArray[np.float32]]


def segments(
    pictures: NDArray[np.uint8], labels: NDArray[np.uint8], rows: int, seed: tuple[int, ...]
) -> Labelled:
    """Segments of rows of two or three joined digits.

    Args:
        pictures: uint8, (n, 28, 28), light ink on black.
        labels: uint8, (n,).

    Returns:
        The network's inputs, uint8 (count, 28, 28), and the probabilities to learn, float32
        (count, 10): a digit's, or even for what is none.
    """
    random = np.random.default_rng(seed)
    tasks = []
    for chunk in range(-(-rows // CHUNK)):
        chosen = random.integers(0, len(pictures), 3 * min(CHUNK, rows - chunk * CHUNK))
        tasks.append((pictures[chosen], labels[chosen], (*seed, chunk)))
    made = on_all_cores(_some, tasks, "Cutting rows")
    inputs, targets = zip(*made, strict=True)
    return np.concatenate(inputs), np.concatenate(targets)


def _some(
    pictures: NDArray[np.uint8], labels: NDArray[np.uint8], seed: tuple[int, ...]
) -> Labelled:
    random = np.random.default_rng(seed)
    even = np.full(10, 0.1, np.float32)
    inputs, targets = [np.zeros((28, 28), np.uint8)], [even]
    for first in range(0, len(pictures), 3):
        count = int(random.integers(2, 4))
        pen = int(random.integers(2**32))
        digits = [_digit(picture, random, pen) for picture in pictures[first:][:count]]
        digits = _joined(digits, random)
        whole, wrong = _pieces(np.maximum.reduce(digits), digits)
        for piece, k in _few(whole, random):
            inputs.append(piece)
            targets.append(np.eye(10, dtype=np.float32)[labels[first + k]])
        for piece, _ in _few(wrong, random):
            inputs.append(piece)
            targets.append(even)
    return np.stack(inputs), np.stack(targets)


def _few(
    pieces: list[tuple[NDArray[np.uint8], int]], random: np.random.Generator
) -> list[tuple[NDArray[np.uint8], int]]:
    return [pieces[i] for i in random.permutation(len(pieces))[:EACH]]


def _digit(picture: NDArray[np.uint8], random: np.random.Generator, pen: int) -> Picture:
    ink = cropped(rewrite(picture, random, np.random.default_rng(pen)))
    return ink / max(float(ink.max()), 1e-6)


def _joined(digits: list[Picture], random: np.random.Generator) -> list[Picture]:
    """Lay the digits beside each other until they touch: each on the whole row, (height, width)."""
    height, width = 2 * SIZE, sum(digit.shape[1] for digit in digits)
    row = np.zeros((height, width), np.float32)
    placed: list[Picture] = []
    x = 0
    for digit in digits:
        top = int(max(0, (height - digit.shape[0]) // 2 + random.normal(0, 0.05) * SIZE))
        place = slice(top, top + digit.shape[0])
        free = np.argmax(row[place, ::-1] > 0.5, axis=1)
        free = np.where((row[place] > 0.5).any(axis=1), free, width)
        start = np.where((digit > 0.5).any(axis=1), np.argmax(digit > 0.5, axis=1), width)
        # Where the strokes of both would meet, line by line of pixels, and slightly further.
        x = max(0, x, width - int((free + start).min()) - int(random.integers(0, 5)))
        x = min(x, width - digit.shape[1]) if placed else 0
        alone = np.zeros_like(row)
        alone[place, x : x + digit.shape[1]] = digit
        placed.append(alone)
        row = np.maximum(row, alone)
    return placed


def _pieces(
    row: Picture, digits: list[Picture]
) -> tuple[list[tuple[NDArray[np.uint8], int]], list[tuple[NDArray[np.uint8], int]]]:
    """All between two cuts: whole digits with their number, and what is none."""
    ys, xs = np.flatnonzero(row.max(axis=1) > 0.05), np.flatnonzero(row.max(axis=0) > 0.05)
    place = slice(ys[0], ys[-1] + 1), slice(xs[0], xs[-1] + 1)
    row, parts = row[place], np.stack([digit[place] for digit in digits])
    size = float(np.mean([np.ptp(np.flatnonzero(part.max(axis=1) > 0.5)) + 1 for part in parts]))
    seams, _ = find_seams(np.where(row > 0.3, row, np.float32(0)), size)
    masses = parts.sum(axis=(1, 2))
    whole, wrong = [], []
    for _, left, mask in spans_between(row, seams, size):
        between = slice(left, left + mask.shape[1])
        ink = np.where(mask, row[:, between], np.float32(0))
        shares = (parts[:, :, between] * mask).sum(axis=(1, 2)) / masses
        k = int(shares.argmax())
        # A 1 beside another digit is little ink, yet a digit lost: it counts by its own ink.
        likeness = min(shares[k], 1 - np.delete(shares, k).max(initial=0))
        piece = to_bytes(normalize(cropped(ink)))
        if likeness > WHOLE:
            whole.append((piece, k))
        elif likeness < BROKEN:
            wrong.append((piece, k))
    return whole, wrong
