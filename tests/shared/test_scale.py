import cv2
import numpy as np
import pytest
from PIL import Image, ImageOps

from shared import recognize
from shared.decode import Picture
from shared.ink import find_ink, grain_of
from shared.model import Model
from shared.reading import Reading
from shared.scale import (
    ENOUGH,
    FAINT,
    OVERVIEW,
    as_needed,
    is_grainy,
    without_blocks,
    without_grain,
)
from tests.drawing import digit_image, number_image


def picture(image: Image.Image) -> Picture:
    pixels = np.asarray(image)
    return Picture(pixels, pixels.shape[1], pixels.shape[0])


@pytest.mark.parametrize("side", [400, 640, 1000, 1999])
@pytest.mark.parametrize("invert", [False, True])
def test_large_digits_are_reduced_to_what_is_needed(side: int, invert: bool) -> None:
    page = digit_image(4, size=(side, side), height=0.8)
    whole = picture(ImageOps.invert(page) if invert else page)
    found = as_needed(whole)
    assert found is not None
    small, inks = found
    assert (small.width, small.height) == (side, side)  # as uploaded, still
    ink = next(inks)
    assert ink.mask.shape == small.pixels.shape[:2]
    height = np.ptp(np.flatnonzero(ink.mask.any(axis=1)))
    assert ENOUGH - 2 <= height <= OVERVIEW


def test_polarity_changes_nothing() -> None:
    page = digit_image(8, size=(900, 700), height=0.6, ink=23, paper=230)
    (dark, _), (light, _) = (
        found
        for image in (page, ImageOps.invert(page))
        if (found := as_needed(picture(image))) is not None
    )
    np.testing.assert_array_equal(dark.pixels, 255 - light.pixels)


@pytest.mark.parametrize(
    "image",
    [
        digit_image(4, size=(120, 120)),
        digit_image(4, size=(1200, 900), height=0.08),
        number_image("1234567890", height=80),
        Image.new("L", (900, 900), 255),
        Image.new("L", (1900, 1), 255),
    ],
)
def test_small_digits_and_blank_pages_are_left_as_they_are(image: Image.Image) -> None:
    assert as_needed(picture(image)) is None


def test_small_digits_beside_a_large_one_are_seen() -> None:
    page = digit_image(1, size=(1200, 900), height=0.5, center=(0.2, 0.5), pen=0.05)
    page.paste(number_image("3141592653", height=40), (500, 300))
    page.paste(number_image("5897932384", height=40), (500, 500))
    assert as_needed(picture(page)) is None


def test_an_unsure_reading_is_made_again_as_it_is(
    model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = picture(digit_image(4, size=(900, 900)))
    sizes = []

    def read(picture: Picture, *_: object) -> Reading:
        sizes.append(picture.pixels.shape[0])
        return Reading((), model.to_dict(), 900, 900)  # of no confidence

    monkeypatch.setattr(recognize, "_read", read)
    recognize.read_picture(whole, model)
    assert sizes == [180, 900]


def test_boxes_are_those_of_the_whole(model: Model) -> None:
    whole = picture(digit_image(6, size=(1500, 1100), height=0.6, center=(0.4, 0.5)))
    (digit,) = recognize.read_picture(whole, model).digits
    mask = next(find_ink(whole.pixels)).mask
    ys, xs = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    true = (xs[0], ys[0], np.ptp(xs) + 1, np.ptp(ys) + 1)
    assert np.allclose(digit.box, true, atol=2 * 7)


@pytest.mark.parametrize("mode", ["L", "RGB"])
@pytest.mark.parametrize("factor", [2, 3, 10])
def test_blocks_of_equal_pixels_are_one_pixel_each(factor: int, mode: str) -> None:
    page = number_image("305", height=20).convert(mode)
    size = page.width * factor, page.height * factor
    whole = picture(page.resize(size, Image.Resampling.NEAREST))
    small = without_blocks(whole)
    np.testing.assert_array_equal(small.pixels, np.asarray(page))
    assert (small.width, small.height) == size  # as uploaded, still
    pixels = whole.pixels.copy()
    pixels[1, 1] ^= 1
    other = Picture(pixels, *size)
    assert without_blocks(other) is other


@pytest.mark.parametrize("size", [(28, 28), (40, 1), (1, 40), (90, 60)])
def test_other_pictures_are_left_as_they_are(size: tuple[int, int]) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, size[::-1], np.uint8)
    whole = Picture(pixels, *size)
    assert without_blocks(whole) is whole


def grainy(page: Image.Image, deviation: float, blur: float = 0.0, *, seed: int = 0) -> Picture:
    """In poor light: of little contrast, and with the grain of a camera."""
    noise = np.random.default_rng(seed).normal(size=(page.height, page.width))
    if blur:
        noise = np.asarray(cv2.GaussianBlur(noise, (0, 0), blur), np.float64)
    pixels = 50 + 0.6 * np.asarray(page) + deviation * noise / noise.std()
    return Picture(np.rint(pixels.clip(0, 255)).astype(np.uint8), *page.size)


@pytest.mark.parametrize(("deviation", "blur"), [(20, 0), (70, 0), (20, 1.2), (35, 1.2)])
@pytest.mark.parametrize("seed", range(3))
def test_grain_hides_no_number(model: Model, deviation: float, blur: float, seed: int) -> None:
    page = number_image("20731", height=70)
    reading = recognize.read_picture(grainy(page, deviation, blur, seed=seed), model)
    assert reading.text == "20731"
    assert reading.confidence > 0.8
    clean = recognize.read_picture(picture(page), model)
    for digit, other in zip(reading.digits, clean.digits, strict=True):
        assert np.allclose(digit.box, other.box, atol=20)  # of the picture as uploaded


@pytest.mark.parametrize(("deviation", "size"), [(80, (28, 28)), (60, (60, 60)), (90, (200, 200))])
def test_grain_hides_no_digit(model: Model, deviation: float, size: tuple[int, int]) -> None:
    page = digit_image(6, size=size, height=0.75, pen=0.12)
    assert recognize.read_picture(grainy(page, deviation), model, mode="digit").text == "6"


@pytest.mark.parametrize("size", [(28, 28), (90, 60), (300, 300)])
@pytest.mark.parametrize("blur", [0, 1.2])
def test_grain_alone_is_hardly_ever_a_digit_with_certainty(
    model: Model, size: tuple[int, int], blur: float
) -> None:
    pages = (grainy(Image.new("L", size, 128), 60, blur, seed=seed) for seed in range(20))
    sure = [recognize.read_picture(page, model).confidence >= 0.95 for page in pages]
    assert sum(sure) <= 3  # of 1,020 such pictures 37


def test_grain_is_faint_from_further_off() -> None:
    page = grainy(number_image("42", height=200), 50)
    assert is_grainy(page)
    smooth = list(without_grain(page))
    assert len(smooth) == 2
    for small in smooth:
        assert (small.width, small.height) == (page.width, page.height)
        assert grain_of(small.pixels) < FAINT


@pytest.mark.parametrize(
    "image",
    [
        number_image("42"),
        digit_image(4, size=(20, 20)),
        Image.new("L", (900, 1), 255),
        Image.new("L", (1, 1)),
        Image.new("RGB", (30, 2000), "white"),
    ],
)
def test_without_grain_there_is_nothing_to_leave_out(image: Image.Image) -> None:
    whole = picture(image)
    assert not is_grainy(whole)
    assert list(without_grain(whole)) == []
