import numpy as np
import pytest
from PIL import Image, ImageOps

from shared import recognize
from shared.decode import Picture
from shared.ink import find_ink
from shared.model import Model
from shared.scale import ENOUGH, OVERVIEW, as_needed, without_blocks
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

    def read(picture: Picture, *_: object) -> recognize.Reading:
        sizes.append(picture.pixels.shape[0])
        return recognize.Reading((), model.to_dict(), 900, 900)  # of no confidence

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
