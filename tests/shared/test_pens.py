import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageDraw

from shared.model import Model
from shared.pens import by_colour, without_fainter
from shared.recognize import recognize
from tests.drawing import encoded, number_image

PAPER = (246, 244, 238)
BLUE, BLACK = (20, 40, 150), (30, 30, 35)
RED, BROWN, GREEN = (205, 35, 45), (185, 150, 105), (40, 140, 80)
Colour = tuple[int, int, int]


def inked(mask: Image.Image, colour: Colour) -> Image.Image:
    """Paper with ink of a colour where a mask of grey is dark."""
    return Image.composite(
        Image.new("RGB", mask.size, PAPER), Image.new("RGB", mask.size, colour), mask
    )


def marked(text: str, pen: Colour, mark: Image.Image, colour: Colour) -> Image.Image:
    """A number, and a mark, black on white, in another colour beneath it."""
    number = inked(number_image(text, height=70, margin=1), pen)
    return ImageChops.multiply(
        number, ImageChops.screen(inked(mark, colour), Image.new("RGB", mark.size, (12, 12, 12)))
    )


def blank(text: str) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    page = Image.new("L", number_image(text, height=70, margin=1).size, 255)
    return page, ImageDraw.Draw(page)


@pytest.mark.parametrize("pen", [BLUE, BLACK])
@pytest.mark.parametrize("text", ["40739", "8250"])
def test_ring_of_a_cup(model: Model, text: str, pen: Colour) -> None:
    ring, draw = blank(text)
    x = ring.width // 2
    draw.ellipse((x - 60, 30, x + 60, 150), outline=0, width=9)
    assert recognize(encoded(marked(text, pen, ring, BROWN)), model).text == text


@pytest.mark.parametrize("colour", [RED, GREEN])
@pytest.mark.parametrize("text", ["40739", "8250"])
def test_printed_boxes_of_another_colour(model: Model, text: str, colour: Colour) -> None:
    boxes, draw = blank(text)
    for i in range(len(text)):
        left = 70 + 66 * i + 9
        draw.rectangle((left, 66, left + 60, 144), outline=0, width=3)
    assert recognize(encoded(marked(text, BLACK, boxes, colour)), model).text == text


@pytest.mark.parametrize("slope", [-12, 0, 12])
@pytest.mark.parametrize("text", ["40739", "8250"])
def test_struck_through_by_another_pen(model: Model, text: str, slope: int) -> None:
    page = inked(number_image(text, height=70, margin=1), BLUE)
    line = (20, 105 - slope, page.width - 20, 105 + slope)
    ImageDraw.Draw(page).line(line, fill=RED, width=5)  # it hides what it lies on
    assert recognize(encoded(page), model).text == text


def test_digits_of_two_colours_are_one_number(model: Model) -> None:
    left, right = (number_image(text, height=70, margin=1) for text in ("407", "39"))
    page = Image.new("RGB", (left.width + right.width - 140, left.height), PAPER)
    page.paste(inked(left, BLUE), (0, 0))
    page.paste(inked(right.crop((70, 0, *right.size)), RED), (left.width - 70, 0))
    assert recognize(encoded(page), model).text == "40739"


def test_each_colour_where_it_is() -> None:
    number, mark = number_image("40739", height=70, margin=1), blank("40739")[0]
    ImageDraw.Draw(mark).ellipse((100, 30, 220, 150), outline=0, width=9)
    page = np.asarray(marked("40739", BLUE, mark, BROWN))
    drawn = (np.asarray(number) < 128) | (np.asarray(mark) < 128)
    paper = np.full((1, 1, 3), np.array(PAPER) / 255, np.float32)
    (pen, ring), do_cross = by_colour(page, paper, drawn.astype(np.float32))
    assert do_cross
    assert pen[np.asarray(number) < 30].mean() > 0.97
    is_ring = (np.asarray(mark) < 30) & (np.asarray(number) > 250)
    assert ring[is_ring].mean() > 0.97
    assert pen[is_ring].mean() < 0.2


def test_one_colour_is_not_parted() -> None:
    for pen in (BLUE, BLACK, RED):
        mask = number_image("40739", height=70, margin=1)
        strength = 1 - np.divide(np.asarray(mask), 255, dtype=np.float32)
        paper = np.full((1, 1, 3), np.array(PAPER) / 255, np.float32)
        assert by_colour(np.asarray(inked(mask, pen)), paper, strength) == ([], False)
        assert without_fainter(strength) is None


def test_fainter_strokes_are_left_out() -> None:
    page = np.asarray(number_image("407", height=70, margin=1))
    strength = 1 - np.divide(page, 255, dtype=np.float32)
    lined = strength.copy()
    lined[60:66] = np.maximum(lined[60:66], 0.4)
    strong = without_fainter(lined)
    assert strong is not None
    assert strong[strength > 0.9].all()
    assert strong[62].mean() < 0.5
    assert without_fainter(strength) is None


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_any_picture_has_pens_or_none(data: st.DataObject) -> None:
    shape = data.draw(hnp.array_shapes(min_dims=2, max_dims=2, max_side=60))
    pixels = data.draw(hnp.arrays(np.uint8, (*shape, 3)))
    strength = data.draw(hnp.arrays(np.float32, shape, elements=st.floats(0, 1, width=32)))
    masks, _ = by_colour(pixels, np.ones((1, 1, 3), np.float32), strength)
    fainter = without_fainter(strength)
    for mask in [*masks, *([] if fainter is None else [fainter])]:
        assert mask.shape == shape
        assert mask.dtype == np.bool_
