"""Digits drawn by strokes, as a person with a pen might: the tests' own handwriting."""

import io
import warnings
from math import cos, pi, sin

from PIL import Image, ImageDraw

Point = tuple[float, float]


def _arc(cx: float, cy: float, rx: float, ry: float, start: float, end: float) -> list[Point]:
    """Points of an ellipse, angles in turns, clockwise from three o'clock."""
    angles = [2 * pi * (start + (end - start) * i / 24) for i in range(25)]
    return [(cx + rx * cos(a), cy + ry * sin(a)) for a in angles]


# Each digit's strokes in a box one wide and one high (the width is scaled by `ASPECT`).
STROKES: dict[int, list[list[Point]]] = {
    0: [_arc(0.5, 0.5, 0.5, 0.5, -0.25, 0.75)],
    1: [[(0.25, 0.2), (0.55, 0), (0.5, 1)]],
    2: [[*_arc(0.5, 0.28, 0.45, 0.28, -0.5, 0.06), (0.5, 0.7), (0, 1), (1, 0.97)]],
    3: [_arc(0.42, 0.26, 0.45, 0.26, -0.42, 0.2) + _arc(0.42, 0.74, 0.55, 0.26, -0.2, 0.42)],
    4: [[(0.55, 0), (0.0, 0.62), (1, 0.6)], [(0.75, 0.3), (0.68, 1)]],
    5: [
        [(0.95, 0), (0.2, 0.03), (0.12, 0.45), *_arc(0.42, 0.68, 0.52, 0.32, -0.3, 0.4)],
    ],
    6: [
        [(0.75, 0), (0.4, 0.18), (0.12, 0.5), *_arc(0.48, 0.7, 0.45, 0.3, 0.5, 1.5)],
    ],
    7: [[(0, 0.03), (1, 0), (0.6, 0.5), (0.4, 1)]],
    8: [_arc(0.5, 0.25, 0.4, 0.25, 0.25, 1.25), _arc(0.5, 0.75, 0.5, 0.25, -0.25, 0.75)],
    9: [[*_arc(0.45, 0.3, 0.42, 0.3, 0, 1), (0.85, 0.5), (0.7, 1)]],
}
# What stands between and beside digits, in the same boxes.
SIGNS: dict[str, list[list[Point]]] = {
    "/": [[(0.95, -0.15), (0.05, 1.15)]],
    "-": [[(0.1, 0.5), (0.9, 0.5)]],
    ".": [[(0.3, 0.95), (0.35, 0.95)]],
    ",": [[(0.4, 0.9), (0.25, 1.2)]],
    ":": [[(0.4, 0.35), (0.45, 0.35)], [(0.4, 0.85), (0.45, 0.85)]],
    "+": [[(0.0, 0.5), (1.0, 0.5)], [(0.5, 0.2), (0.5, 0.8)]],
    "(": [_arc(1.1, 0.5, 0.7, 0.68, 0.36, 0.64)],
    ")": [_arc(-0.1, 0.5, 0.7, 0.68, -0.14, 0.14)],
    "%": [
        _arc(0.2, 0.2, 0.22, 0.16, 0, 1),
        [(0.95, 0), (0.05, 1)],
        _arc(0.8, 0.8, 0.22, 0.16, 0, 1),
    ],
    "$": [
        [
            (0.95, 0.15),
            *_arc(0.5, 0.25, 0.42, 0.23, -0.3, -0.75),
            *_arc(0.5, 0.73, 0.42, 0.23, -0.25, 0.4),
        ],
        [(0.5, -0.15), (0.5, 1.15)],
    ],
}
ASPECT = 0.62
DETAIL = 4  # drawn this many times larger, then reduced, for smooth edges


def digit_image(
    digit: int,
    *,
    size: tuple[int, int] = (280, 280),
    height: float = 0.7,
    center: tuple[float, float] = (0.5, 0.5),
    pen: float = 0.11,
    slant: float = 0.05,
    ink: int = 0,
    paper: int = 255,
) -> Image.Image:
    """Draw a digit in grey on a page.

    Args:
        size: width and height of the page in pixels.
        height: of the digit, as a share of the page's shorter side.
        center: of the digit, as shares of the page's width and height.
        pen: stroke width, as a share of the digit's height.
        slant: shift of the top to the right, as a share of the digit's height.
        ink, paper: 0 to 255.
    """
    page = Image.new("L", (size[0] * DETAIL, size[1] * DETAIL), paper)
    middle = (center[0] * size[0], center[1] * size[1])
    _draw(page, STROKES[digit], middle, height * min(size), pen=pen, slant=slant, ink=ink)
    return page.resize(size, Image.Resampling.BOX)


def number_image(
    text: str,
    *,
    height: int = 100,
    pitch: float = 0.95,
    leading: float = 1.5,
    margin: float = 0.5,
    pen: float = 0.11,
    slant: float = 0.05,
    ink: int = 0,
    paper: int = 255,
) -> Image.Image:
    """Draw a number in grey on a page just large enough for it.

    Args:
        text: digits and `SIGNS`, a line for each row.
        height: of a digit in pixels; the others are shares of it.
        pitch: from the middle of a digit to that of the next; digits touch from about 0.7 down.
        leading: from the middle of a row to that of the next.
        margin: round the number.
        pen, slant, ink, paper: as of `digit_image`.
    """
    rows = text.split("\n")
    size = (
        round(height * (max(map(len, rows)) * pitch + 2 * margin)),
        round(height * ((len(rows) - 1) * leading + 1 + 2 * margin)),
    )
    page = Image.new("L", (size[0] * DETAIL, size[1] * DETAIL), paper)
    for down, row in enumerate(rows):
        for across, character in enumerate(row):
            middle = (
                height * (margin + (across + 0.5) * pitch),
                height * (margin + 0.5 + down * leading),
            )
            strokes = SIGNS.get(character) or STROKES[int(character)]
            _draw(page, strokes, middle, height, pen=pen, slant=slant, ink=ink)
    return page.resize(size, Image.Resampling.BOX)


def _draw(
    page: Image.Image,
    strokes: list[list[Point]],
    middle: Point,
    tall: float,
    *,
    pen: float,
    slant: float,
    ink: int,
) -> None:
    """Draw strokes `tall` pixels high round `middle`, on a page `DETAIL` times as large."""
    draw = ImageDraw.Draw(page)
    width = max(1.0, pen * tall)

    def place(point: Point) -> Point:
        x, y = point
        return (
            DETAIL * (middle[0] + tall * ((x - 0.5) * ASPECT + slant * (0.5 - y))),
            DETAIL * (middle[1] + tall * (y - 0.5)),
        )

    for stroke in strokes:
        points = [place(point) for point in stroke]
        draw.line(points, fill=ink, width=round(width * DETAIL), joint="curve")
        radius = width * DETAIL / 2
        for x, y in (points[0], points[-1]):
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=ink)


def encoded(image: Image.Image, form: str = "PNG", **options: object) -> bytes:
    """An image file of this format."""
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        image.save(file, form, **options)
    return file.getvalue()
