"""Draws `number.jpg`, the picture in the README: `python -m docs.number` in the root folder."""

from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from tests.drawing import number_image

PAPER, PEN, RULE = (0.95, 0.93, 0.86), (0.10, 0.17, 0.52), (0.55, 0.68, 0.85)


def draw(text: str = "4207193") -> Image.Image:
    """Blue ink on ruled paper that slopes by 4 degrees, a shadow over its right end."""
    drawn = np.asarray(
        number_image(text, height=110, pitch=0.86, pen=0.075, slant=0.14, margin=0.9)
    )
    height, width = drawn.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), -4, 1)
    ink = cv2.warpAffine(1 - drawn.astype(np.float32) / 255, turn, (width, height))
    ink = np.asarray(cv2.GaussianBlur(ink, (0, 0), 1.1))[..., None]
    y, x = np.mgrid[:height, :width].astype(np.float32)[..., None]
    page = np.ones((height, width, 1)) * PAPER
    for line in range(18, height, 34):
        rule = 0.5 * np.exp(-(((y - line - 0.03 * x) / 1.1) ** 2))
        page = page * (1 - rule) + rule * RULE
    page = page * (1 - 0.88 * ink) + 0.88 * ink * PEN
    light = 0.98 - 0.38 / (1 + np.exp(-(x - 0.62 * width + 0.5 * (y - height / 2)) / 9))
    grain = np.random.default_rng(3).normal(0, 0.018, light.shape)
    return Image.fromarray(np.rint((page * light + grain).clip(0, 1) * 255).astype(np.uint8))


if __name__ == "__main__":
    draw().save(Path(__file__).with_suffix(".jpg"), quality=82)
