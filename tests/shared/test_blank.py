import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given, settings
from PIL import Image, ImageDraw

from shared.blank import is_empty_box
from shared.model import Model
from shared.recognize import Mode, recognize
from tests.drawing import digit_image, encoded, number_image


@pytest.mark.parametrize("mode", ["auto", "digit", "number"])
@pytest.mark.parametrize("angle", [0, 1, -1])
@pytest.mark.parametrize("thick", [0.02, 0.05, 0.08])
@pytest.mark.parametrize(("count", "width"), [(1, 0.8), (1, 1.0), (1, 1.5), (2, 0.9), (4, 0.8)])
@pytest.mark.parametrize("side", [24, 48, 150])
def test_empty_boxes(
    model: Model, side: int, count: int, width: float, thick: float, angle: float, mode: Mode
) -> None:
    across, line = round(side * width), max(1, round(side * thick))
    page = Image.new("L", (count * across + side // 2, side + side // 2), 255)
    draw = ImageDraw.Draw(page)
    for i in range(count):
        left, top = side // 4 + i * across, side // 4
        draw.rectangle((left, top, left + across, top + side), outline=60, width=line)
    page = page.rotate(angle, fillcolor=255, resample=Image.Resampling.BICUBIC)
    reading = recognize(encoded(page), model, mode=mode)
    assert reading.text == ""
    assert reading.confidence == 0


@pytest.mark.parametrize("mode", ["auto", "digit", "number"])
@pytest.mark.parametrize("page", [24, 28, 32])
@pytest.mark.parametrize("margin", [3, 5])
def test_small_empty_boxes(model: Model, page: int, margin: int, mode: Mode) -> None:
    image = Image.new("L", (page, page), 255)
    box = (margin, margin, page - 1 - margin, page - 1 - margin)
    ImageDraw.Draw(image).rectangle(box, outline=60)
    assert recognize(encoded(image), model, mode=mode).text == ""


@pytest.mark.parametrize("digit", range(10))
def test_a_digit_is_no_empty_box(digit: int) -> None:
    for height in (0.4, 0.7, 0.9):
        for pen in (0.02, 0.1, 0.2):
            page = np.asarray(digit_image(digit, size=(100, 100), height=height, pen=pen))
            assert not is_empty_box(page < 128)


@pytest.mark.parametrize("text", ["00", "000", "10", "19", "808", "70"])
@pytest.mark.parametrize("pen", [0.03, 0.06, 0.1])
@pytest.mark.parametrize("pitch", [0.6, 0.68, 0.75, 0.85, 1.0])
def test_digits_side_by_side_are_no_empty_boxes(text: str, pitch: float, pen: float) -> None:
    for height in (20, 40, 80):
        page = np.asarray(number_image(text, height=height, pitch=pitch, pen=pen, margin=0.3))
        assert not is_empty_box(page < 128)


@pytest.mark.parametrize("share", [0.3, 0.4, 0.5])
@pytest.mark.parametrize("side", [16, 28, 32, 64])
def test_grain_is_no_empty_box(side: int, share: float) -> None:
    random = np.random.default_rng(7)
    assert not any(is_empty_box(random.random((side, side)) < share) for _ in range(300))


@pytest.mark.parametrize("side", [60, 150, 600])
@pytest.mark.parametrize("digit", range(10))
def test_a_small_digit_in_a_large_box(digit: int, side: int) -> None:
    page = digit_image(digit, size=(side + 40, side + 40), height=12 / (side + 40))
    ImageDraw.Draw(page).rectangle((20, 20, side + 20, side + 20), outline=60, width=3)
    assert not is_empty_box(np.asarray(page) < 128)


@settings(max_examples=300, deadline=None)
@given(
    hnp.arrays(np.bool_, hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=40)),
)
def test_any_ink_is_a_box_or_none(ink: np.ndarray) -> None:
    assert is_empty_box(ink) in (True, False)
