"""Draws the page's samples into `static_site/samples`: `python -m docs.samples` in the root."""

from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from docs.number import draw as draw_ruled
from tests.drawing import digit_image, number_image

FOLDER = Path(__file__).parent.parent / "static_site" / "samples"
SIZE = 440, 320
Colour = tuple[float, float, float]


def main() -> None:
    """Write the six samples."""
    FOLDER.mkdir(exist_ok=True)
    pencil = digit_image(5, size=SIZE, height=0.62, pen=0.035, slant=0.12)
    _save("pencil", _page(pencil, (0.96, 0.95, 0.91), (0.36, 0.36, 0.38), soft=1.0))
    chalk = _fitted(number_image("2026", pitch=0.8, pen=0.09, slant=0.08))
    _save("chalk", _page(chalk, (0.13, 0.22, 0.19), (0.88, 0.9, 0.86), soft=0.8, grain=0.016))
    _save("ruled", draw_ruled().resize((560, 200)))
    rows = _fitted(number_image("160\n358", pitch=0.85, pen=0.08, slant=0.1))
    _save("rows", _page(rows, (0.98, 0.97, 0.95), (0.72, 0.13, 0.16), soft=0.7))
    joined = _fitted(number_image("3849", pitch=0.62, pen=0.1, slant=0.05))
    _save("joined", _page(joined, (0.93, 0.94, 0.97), (0.1, 0.1, 0.14), soft=0.7))
    marker = digit_image(9, size=SIZE, height=0.7, pen=0.19, slant=0.02)
    _save("marker", _page(marker, (0.74, 0.6, 0.43), (0.13, 0.1, 0.12), soft=1.2, grain=0.014))


def _fitted(drawn: Image.Image) -> Image.Image:
    """In the middle of a page of `SIZE`."""
    scale = min(SIZE[0] / drawn.width, SIZE[1] / drawn.height)
    drawn = drawn.resize((round(drawn.width * scale), round(drawn.height * scale)))
    page = Image.new("L", SIZE, 255)
    page.paste(drawn, ((SIZE[0] - drawn.width) // 2, (SIZE[1] - drawn.height) // 2))
    return page


def _page(
    drawn: Image.Image, paper: Colour, pen: Colour, *, soft: float, grain: float = 0.012
) -> Image.Image:
    """What is drawn, in these colours, softened by `soft` px, in light that falls off."""
    sharp = 1 - np.asarray(drawn, np.float32) / 255
    ink = np.asarray(cv2.GaussianBlur(sharp, (0, 0), soft))[..., None]
    height, width = drawn.height, drawn.width
    y, x = np.mgrid[:height, :width].astype(np.float32)[..., None]
    light = 1 - 0.12 * (x / width + y / height) / 2
    noise = np.random.default_rng(1).normal(0, grain, light.shape)
    page = np.array(paper) * (1 - ink) + ink * np.array(pen)
    return Image.fromarray(np.rint((page * light + noise).clip(0, 1) * 255).astype(np.uint8))


def _save(name: str, picture: Image.Image) -> None:
    picture.save(FOLDER / f"{name}.webp", quality=50, method=6)


if __name__ == "__main__":
    main()
