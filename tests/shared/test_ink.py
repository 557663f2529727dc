import cv2
import numpy as np
import pytest

from shared.ink import find_ink
from tests.drawing import digit_image


def truth(digit: int = 3, size: tuple[int, int] = (200, 160)) -> np.ndarray:
    return np.asarray(digit_image(digit, size=size, ink=255, paper=0)) > 127


def overlap(mask: np.ndarray, expected: np.ndarray) -> float:
    return float((mask & expected).sum() / (mask | expected).sum())


@pytest.mark.parametrize("digit", range(10))
@pytest.mark.parametrize(("ink", "paper"), [(0, 255), (255, 0), (90, 130), (180, 120)])
def test_polarity_and_contrast(digit: int, ink: int, paper: int) -> None:
    page = np.asarray(digit_image(digit, size=(200, 160), ink=ink, paper=paper))
    assert overlap(next(find_ink(page)).mask, truth(digit)) > 0.85


@pytest.mark.parametrize("value", [0, 128, 255])
@pytest.mark.parametrize("shape", [(1, 1), (28, 28), (300, 400), (5, 400, 3)])
def test_blank_page_has_no_ink(value: int, shape: tuple[int, ...]) -> None:
    assert list(find_ink(np.full(shape, value, np.uint8))) == []


def test_grain_is_no_ink() -> None:
    grain = np.random.default_rng(0).normal(200, 3, (300, 400))
    assert list(find_ink(grain.clip(0, 255).astype(np.uint8))) == []


@pytest.mark.parametrize("channels", [1, 3])
def test_uneven_light(channels: int) -> None:
    y, x = np.mgrid[0:1:160j, 0:1:200j]
    light = 0.45 + 0.5 * x - 0.15 * y * y
    page = (255 * light * np.where(truth(), 0.4, 1))[..., None].repeat(channels, axis=2)
    assert overlap(next(find_ink(page.squeeze().astype(np.uint8))).mask, truth()) > 0.8


@pytest.mark.parametrize(
    ("pen", "paper"),
    [((30, 60, 200), (250, 245, 200)), ((220, 40, 30), (180, 200, 230)), ((90,) * 3, (140,) * 3)],
)
def test_coloured_pens_and_paper(pen: tuple[int, ...], paper: tuple[int, ...]) -> None:
    page = np.where(truth()[..., None], pen, paper).astype(np.uint8)
    assert overlap(next(find_ink(page)).mask, truth()) > 0.95


def test_equally_bright_colours_differ() -> None:
    page = np.where(truth()[..., None], (255, 0, 0), (0, 130, 0)).astype(np.uint8)
    assert overlap(next(find_ink(page)).mask, truth()) > 0.95


def test_digit_that_fills_its_picture_leaves_both_ways_open() -> None:
    thick = cv2.dilate(truth(8, (28, 28)).astype(np.uint8), np.ones((5, 5), np.uint8))
    ys, xs = np.nonzero(thick)
    crop = thick[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1]
    found = list(find_ink((255 * crop).astype(np.uint8)))
    assert len(found) == 2
    assert any(overlap(ink.mask, crop > 0) == 1 for ink in found)


def test_ruled_lines_are_not_counted_as_ink() -> None:
    page = np.asarray(digit_image(5, size=(400, 300))).copy()
    bare = next(find_ink(page)).amount
    page[[20, 21, 280, 281]] = 60
    assert next(find_ink(page)).amount == pytest.approx(bare, rel=0.1)
