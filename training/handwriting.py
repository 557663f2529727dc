"""Digits written by strokes, in the shapes that people are taught in different countries.

MNIST was written in the United States. Elsewhere ones have a long upstroke or a foot, sevens a
bar, nines a tail that curls or swings like a swan's neck; fours are closed, drawn in one stroke,
or lean far to the right over a low second stroke: shapes it hardly has.
"""

from math import cos, pi, sin
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Point = tuple[float, float]
Stroke = list[Point]

FINE: Final = 112  # px, four times MNIST's side
SAMPLES: Final = 12  # points of the curve between two control points


def _loop(x: float, y: float, width: float, height: float, start: float, end: float) -> Stroke:
    """Control points of an ellipse; angles in turns, clockwise from three o'clock."""
    count = max(3, round(abs(end - start) * 8))
    angles = [2 * pi * (start + (end - start) * i / count) for i in range(count + 1)]
    return [(x + width * cos(a), y + height * sin(a)) for a in angles]


# By digit, the ways to write it: strokes of control points, x to the right and y down, 0 to 1.
STYLES: Final[dict[int, list[list[Stroke]]]] = {
    0: [
        [_loop(0.5, 0.5, 0.4, 0.5, -0.25, 0.78)],
        [[*_loop(0.5, 0.52, 0.42, 0.48, -0.2, 0.8), (0.75, 0.05)]],
        [_loop(0.5, 0.5, 0.32, 0.5, -0.3, 0.72)],
    ],
    1: [
        [[(0.5, 0), (0.5, 0.5), (0.48, 1)]],
        [[(0.25, 0.28), (0.55, 0), (0.55, 0), (0.55, 0.5), (0.55, 1)]],
        [[(0.2, 0.22), (0.6, 0), (0.6, 0), (0.55, 0.5), (0.5, 1)]],
        [[(0.15, 0.35), (0.6, 0), (0.6, 0), (0.58, 0.5), (0.56, 1)]],
        [[(0.05, 0.5), (0.3, 0.3), (0.6, 0), (0.6, 0), (0.6, 0.5), (0.6, 1)]],
        [[(0.0, 0.85), (0.3, 0.45), (0.62, 0), (0.62, 0), (0.62, 0.5), (0.6, 1)]],
        [[(0.2, 0.3), (0.55, 0), (0.55, 0), (0.55, 0.5), (0.55, 1)], [(0.2, 1), (0.9, 1)]],
        [[(0.0, 0.6), (0.6, 0), (0.6, 0), (0.58, 1)], [(0.3, 1), (0.85, 1)]],
    ],
    2: [
        [[(0.1, 0.25), (0.3, 0.02), (0.75, 0.05), (0.85, 0.3), (0.5, 0.65), (0.05, 1), (0.05, 1),
          (0.5, 0.98), (0.95, 1)]],
        [[(0.1, 0.2), (0.4, 0), (0.8, 0.15), (0.7, 0.5), (0.3, 0.9), (0.08, 0.95), (0.15, 0.78),
          (0.45, 0.88), (0.95, 0.98)]],
        [[(0.1, 0.08), (0.8, 0.05), (0.8, 0.05), (0.1, 0.97), (0.1, 0.97), (0.95, 0.95)]],
        [[(0.15, 0.3), (0.2, 0.08), (0.5, 0), (0.8, 0.12), (0.8, 0.35), (0.3, 0.75), (0.1, 1),
          (0.1, 1), (0.6, 0.9), (0.95, 1)]],
    ],
    3: [
        [[(0.1, 0.12), (0.45, 0), (0.8, 0.12), (0.75, 0.38), (0.4, 0.48), (0.4, 0.48), (0.8, 0.55),
          (0.88, 0.8), (0.5, 1), (0.08, 0.88)]],
        [[(0.1, 0), (0.85, 0), (0.85, 0), (0.45, 0.4), (0.45, 0.4), (0.85, 0.55), (0.85, 0.85),
          (0.45, 1), (0.08, 0.88)]],
        [[(0.1, 0.15), (0.5, 0), (0.8, 0.2), (0.55, 0.45), (0.35, 0.47), (0.45, 0.4), (0.55, 0.5),
          (0.85, 0.7), (0.65, 0.98), (0.1, 0.92)]],
    ],
    4: [
        [[(0.35, 0), (0.25, 0.3), (0.05, 0.62), (0.05, 0.62), (0.95, 0.6)],
         [(0.72, 0.2), (0.68, 0.6), (0.65, 1)]],
        [[(0.7, 1), (0.7, 0.5), (0.7, 0), (0.7, 0), (0.05, 0.68), (0.05, 0.68), (0.95, 0.68)]],
        [[(0.12, 0), (0.1, 0.5), (0.1, 0.5), (0.8, 0.5)], [(0.78, 0), (0.78, 0.5), (0.78, 1)]],
        [[(0.6, 0), (0.3, 0.25), (0.02, 0.55), (0.02, 0.55), (0.85, 0.5), (0.85, 0.5), (0.6, 0.75),
          (0.45, 1)]],
        [[(0.6, 0), (0.05, 0.6), (0.05, 0.6), (0.9, 0.55)], [(0.6, 0.35), (0.5, 1)]],
        [[(0.15, 0.05), (0.1, 0.35), (0.35, 0.5), (0.8, 0.4), (0.85, 0.05), (0.85, 0.05),
          (0.8, 0.5), (0.72, 1)]],
        [[(0.75, 0), (0.35, 0.35), (0.03, 0.7), (0.03, 0.7), (0.5, 0.68), (0.95, 0.6)],
         [(0.78, 0.42), (0.75, 0.7), (0.62, 1)]],
        [[(0.7, 0), (0.3, 0.3), (0.05, 0.62), (0.12, 0.74), (0.5, 0.68), (0.9, 0.55), (0.9, 0.55),
          (0.82, 0.8), (0.65, 1)]],
        [[(0.55, 0), (0.2, 0.35), (0.1, 0.68), (0.35, 0.8), (0.7, 0.66), (0.85, 0.45), (0.85, 0.45),
          (0.84, 0.75), (0.75, 1)]],
        [[(0.5, 0), (0.2, 0.4), (0.08, 0.78), (0.4, 0.84), (0.95, 0.74)],
         [(0.72, 0.5), (0.7, 0.8), (0.66, 1)]],
    ],
    5: [
        [[(0.25, 0.02), (0.2, 0.42), (0.2, 0.42), (0.55, 0.36), (0.88, 0.6), (0.7, 0.95),
          (0.1, 0.95)], [(0.25, 0.02), (0.9, 0)]],
        [[(0.9, 0), (0.25, 0.02), (0.25, 0.02), (0.18, 0.45), (0.18, 0.45), (0.6, 0.4),
          (0.88, 0.68), (0.6, 1), (0.08, 0.92)]],
        [[(0.85, 0.05), (0.4, 0.02), (0.2, 0.25), (0.5, 0.48), (0.85, 0.7), (0.6, 1), (0.1, 0.92)]],
    ],
    6: [
        [[(0.7, 0), (0.35, 0.25), (0.12, 0.65), (0.3, 0.97), (0.75, 0.95), (0.85, 0.7),
          (0.55, 0.52), (0.18, 0.7)]],
        [[(0.3, 0), (0.15, 0.4), (0.12, 0.75), (0.4, 1), (0.8, 0.85), (0.7, 0.6), (0.4, 0.58),
          (0.14, 0.78)]],
        [[(0.85, 0.1), (0.6, 0), (0.25, 0.25), (0.12, 0.65), (0.4, 1), (0.8, 0.85), (0.75, 0.6),
          (0.45, 0.52), (0.15, 0.72)]],
    ],
    7: [
        [[(0.05, 0.05), (0.9, 0), (0.9, 0), (0.6, 0.5), (0.4, 1)]],
        [[(0.05, 0.05), (0.9, 0), (0.9, 0), (0.6, 0.5), (0.4, 1)], [(0.3, 0.5), (0.85, 0.48)]],
        [[(0.08, 0.22), (0.1, 0.03), (0.1, 0.03), (0.5, 0.08), (0.9, 0), (0.9, 0), (0.55, 0.55),
          (0.45, 1)]],
        [[(0.05, 0.2), (0.15, 0.02), (0.5, 0.1), (0.92, 0), (0.92, 0), (0.6, 0.5), (0.45, 1)],
         [(0.25, 0.52), (0.9, 0.5)]],
        [[(0.1, 0.18), (0.2, 0.02), (0.55, 0.1), (0.92, 0), (0.92, 0), (0.5, 0.5), (0.12, 1)],
         [(0.2, 0.55), (0.92, 0.58)]],
    ],
    8: [
        [_loop(0.5, 0.24, 0.32, 0.24, 0.25, 1.28), _loop(0.5, 0.74, 0.4, 0.26, -0.25, 0.78)],
        [[(0.8, 0.12), (0.45, 0), (0.15, 0.2), (0.5, 0.47), (0.88, 0.75), (0.5, 1), (0.12, 0.78),
          (0.5, 0.47), (0.82, 0.2), (0.7, 0.05)]],
        [[(0.75, 0), (0.3, 0.1), (0.25, 0.35), (0.75, 0.7), (0.6, 1), (0.2, 0.85), (0.4, 0.55),
          (0.85, 0.1)]],
    ],
    9: [
        [[(0.8, 0.15), (0.5, 0), (0.15, 0.25), (0.4, 0.5), (0.8, 0.2), (0.8, 0.15), (0.78, 0.6),
          (0.75, 1)]],
        [[(0.85, 0.18), (0.5, 0), (0.15, 0.22), (0.4, 0.48), (0.82, 0.25), (0.85, 0.15),
          (0.85, 0.65), (0.6, 1), (0.1, 0.88)]],
        [[(0.85, 0.1), (0.45, 0.02), (0.15, 0.25), (0.45, 0.5), (0.85, 0.15), (0.85, 0.15),
          (0.6, 0.6), (0.35, 1)]],
        [[(0.8, 0.1), (0.4, 0), (0.2, 0.2), (0.5, 0.42), (0.8, 0.2), (0.8, 0.1), (0.85, 0.5),
          (0.8, 0.85), (0.4, 1), (0.1, 0.95)]],
        [[(0.75, 0.06), (0.42, 0.02), (0.25, 0.2), (0.5, 0.34), (0.78, 0.12), (0.75, 0.06),
          (0.7, 0.38), (0.9, 0.72), (0.65, 0.97), (0.05, 1)]],
        [[(0.8, 0.08), (0.45, 0), (0.2, 0.18), (0.4, 0.38), (0.75, 0.28), (0.8, 0.08), (0.8, 0.08),
          (0.62, 0.45), (0.85, 0.78), (0.6, 0.98), (0.02, 0.96)]],
    ],
}  # fmt: skip


def written(count: int, seed: tuple[int, ...]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Digits in all styles, each with the unsteadiness of a hand, as MNIST-like pictures.

    Returns:
        uint8 (count, 28, 28), light ink on black, and uint8 (count,), 0 to 9.
    """
    random = np.random.default_rng(seed)
    labels = random.integers(0, 10, count).astype(np.uint8)
    return np.stack([_write(int(label), random) for label in labels]), labels


def _write(digit: int, random: np.random.Generator) -> NDArray[np.uint8]:
    style = STYLES[digit][random.integers(len(STYLES[digit]))]
    height = 0.72 * FINE
    width = height * random.uniform(0.45, 0.95)
    slant = random.normal(0.1, 0.12)
    page = np.zeros((FINE, FINE), np.uint8)
    pen = int(random.integers(5, 15))
    for stroke in style:
        points = np.array(stroke) + random.normal(0, 0.035, (len(stroke), 2))
        x = (points[:, 0] - 0.5) * width + slant * (0.5 - points[:, 1]) * height
        y = (points[:, 1] - 0.5) * height
        curve = _spline(np.stack([x, y], axis=1) + FINE / 2)
        # Sixteenths of a pixel keep the curve smooth.
        fixed = np.rint(curve * 16).astype(np.int32)
        cv2.polylines(page, [fixed], isClosed=False, color=255.0, thickness=pen, shift=4)
    return np.asarray(cv2.resize(page, (28, 28), interpolation=cv2.INTER_AREA), np.uint8)


def _spline(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """A Catmull-Rom curve through the points, (count, 2); a repeated point is a corner."""
    padded = np.concatenate([points[:1], points, points[-1:]])
    t = np.linspace(0, 1, SAMPLES, endpoint=False)[:, None]
    pieces = []
    for before, start, end, after in zip(
        padded[:-3], padded[1:-2], padded[2:-1], padded[3:], strict=True
    ):
        bend = 2 * before - 5 * start + 4 * end - after
        twist = -before + 3 * start - 3 * end + after
        pieces.append(start + 0.5 * t * (end - before + t * (bend + t * twist)))
    return np.concatenate([*pieces, points[-1:]])
