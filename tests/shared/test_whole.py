import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given, settings
from PIL import Image

from shared.decode import Picture
from shared.model import Model, load
from shared.recognize import MODES, Mode, recognize
from shared.whole import read_whole
from tests.drawing import digit_image, encoded

MODEL = load()


def framed(digit: int, side: int) -> np.ndarray:
    """As MNIST's digits are, dark on white: uint8, (side, side)."""
    return np.asarray(digit_image(digit, size=(side, side), pen=0.16))


def picture(pixels: np.ndarray) -> Picture:
    return Picture(pixels, pixels.shape[1], pixels.shape[0])


@pytest.mark.parametrize("mode", MODES[:2])
@pytest.mark.parametrize("side", [28, 32, 64])
def test_digits_on_grain_of_all_shades(model: Model, side: int, mode: Mode) -> None:
    random, right = np.random.default_rng(5), 0
    for digit in range(10):
        for is_light in (False, True):
            page = framed(digit, side) / 255
            grain = np.kron(random.random((28, 28)), np.ones((3, 3)))
            grain = np.asarray(Image.fromarray(grain).resize((side, side), Image.Resampling.BOX))
            pixels = np.rint(255 * np.minimum(page, grain)).astype(np.uint8)
            image = Image.fromarray(255 - pixels if is_light else pixels)
            right += recognize(encoded(image), model, mode=mode).text == str(digit)
    assert right >= 17


@pytest.mark.parametrize("is_light", [False, True])
@pytest.mark.parametrize("digit", [0, 2, 3, 4, 5, 6, 8, 9])
def test_the_surer_polarity_is_taken(model: Model, digit: int, is_light: bool) -> None:
    pixels = framed(digit, 28)
    whole = read_whole(picture(255 - pixels if is_light else pixels), model)
    assert whole is not None
    assert whole.digit == digit
    assert whole.box == (0, 0, 28, 28)
    assert whole.input.max() == 1  # light on dark, whatever the picture is
    assert whole.input[0].max() == 0


def test_the_box_is_in_pixels_of_the_upload(model: Model) -> None:
    whole = read_whole(Picture(framed(3, 140), 1400, 1400), model)
    assert whole is not None
    assert whole.box == (0, 0, 1400, 1400)


@pytest.mark.parametrize("shape", [(27, 27), (28, 36), (100, 60)])
def test_small_and_oblong_pictures_are_not_seen_whole(model: Model, shape: tuple[int, int]) -> None:
    assert read_whole(picture(np.zeros(shape, np.uint8)), model) is None


def test_what_is_not_grainy_is_left(model: Model) -> None:
    random = np.random.default_rng(3)
    faint = np.rint(random.normal(128, 12, (28, 28))).astype(np.uint8)
    for pixels in (faint, framed(5, 28)):
        assert read_whole(picture(pixels), model, only_grainy=True) is None
        assert read_whole(picture(pixels), model) is not None


@settings(max_examples=100, deadline=None)
@given(
    hnp.arrays(np.uint8, (28, 28)) | hnp.arrays(np.uint8, (30, 34, 3)),
)
def test_any_picture_gives_probabilities(pixels: np.ndarray) -> None:
    whole = read_whole(picture(pixels), MODEL)
    assert whole is not None
    assert whole.probabilities.sum() == pytest.approx(1)
    assert np.isfinite(whole.input).all()
