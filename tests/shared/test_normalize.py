from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from shared.ink import find_ink
from shared.normalize import as_prepared, is_prepared, normalize
from shared.segment import one_digit
from shared.strokes import stroke_width
from tests.drawing import digit_image


def prepared(pixels: np.ndarray) -> np.ndarray:
    segment = one_digit(next(find_ink(pixels)))
    assert segment is not None
    return normalize(segment.ink)


@pytest.mark.parametrize("digit", range(10))
@pytest.mark.parametrize("size", [(40, 60), (280, 280), (900, 300)])
def test_box_and_centre_of_mass(digit: int, size: tuple[int, int]) -> None:
    picture = prepared(np.asarray(digit_image(digit, size=size)))
    assert picture.shape == (28, 28)
    assert picture.dtype == np.float32
    ys, xs = np.nonzero(picture > 0.1)
    assert max(np.ptp(ys), np.ptp(xs)) + 1 in (19, 20)
    middles = np.arange(28) + 0.5
    assert abs(picture.sum(axis=1) @ middles / picture.sum() - 14.5) <= 0.51
    assert abs(picture.sum(axis=0) @ middles / picture.sum() - 14.5) <= 0.51


def test_mnist_stays_what_it_is(mnist_dir: Path) -> None:
    from training.data import mnist

    pictures, _ = mnist("train", mnist_dir)
    differences = [np.abs(prepared(picture) - picture / 255).mean() for picture in pictures[-1000:]]
    assert np.mean(np.array(differences) < 0.005) > 0.97


def test_mnist_is_prepared(mnist_dir: Path) -> None:
    from training.data import mnist

    pictures, _ = mnist("train", mnist_dir)
    assert (
        np.mean([is_prepared(np.divide(p, 255, dtype=np.float32)) for p in pictures[-1000:]]) > 0.99
    )


@pytest.mark.parametrize(
    ("pen", "height", "across"), [(0.04, 0.7, 0.5), (0.11, 0.4, 0.5), (0.11, 0.7, 0.35)]
)
def test_thin_small_and_shifted_digits_are_not_prepared(
    pen: float, height: float, across: float
) -> None:
    for digit in (0, *range(2, 10)):  # a line along the pixels measures broader
        drawn = digit_image(digit, size=(28, 28), height=height, center=(across, 0.5), pen=pen)
        hard = np.where(np.asarray(drawn) < 160, 0, 255).astype(np.float32)
        assert not is_prepared(as_prepared(hard, is_light=False))


@pytest.mark.parametrize("height", [0.3, 0.45])
def test_small_digits_become_as_large_as_others(height: float) -> None:
    for digit in range(10):
        picture = prepared(np.asarray(digit_image(digit, size=(28, 28), height=height)))
        ys, xs = np.nonzero(picture > 0.3)
        assert max(np.ptp(ys), np.ptp(xs)) + 1 in (19, 20)


@pytest.mark.parametrize("pen", [0.01, 0.02, 0.05])
def test_thin_strokes_are_thickened(pen: float) -> None:
    picture = prepared(np.asarray(digit_image(3, size=(800, 800), pen=pen)))
    assert 1.2 < stroke_width(picture) < 3.2


@pytest.mark.parametrize("width", [2, 5, 12])
def test_stroke_width_of_a_bar(width: int) -> None:
    bar = np.zeros((200, 60), np.float32)
    bar[10:190, 20 : 20 + width] = 1
    assert stroke_width(bar) == pytest.approx(width * 4 / np.pi, rel=0.1)


@settings(max_examples=200, deadline=None)
@given(
    hnp.arrays(
        np.float32,
        hnp.array_shapes(min_dims=2, max_dims=2, max_side=90),
        elements=st.floats(0, 1, width=32),
    )
)
def test_any_ink_gives_an_input(ink: np.ndarray) -> None:
    picture = normalize(ink)
    assert picture.shape == (28, 28)
    assert np.isfinite(picture).all()
    assert picture.min() >= 0
    assert picture.max() <= 1 + 1e-6
