import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image, ImageDraw

from shared.beds import find_page
from shared.model import Model
from shared.recognize import MODES, Mode, recognize
from tests.drawing import encoded, number_image

BLACK, GREY, WHITE = 10, 225, 250
# How a page that a bed is beside on the left is turned so that it is on each side.
TURNS = {"left": 0, "bottom": 90, "right": 180, "top": 270}


def scan(
    size: tuple[int, int], bed: int, *, lean: int = 0, level: int = BLACK, paper: int = WHITE
) -> Image.Image:
    """A grey page with a bed on the left, which reaches less far at the bottom by the lean."""
    page = Image.new("L", size, paper)
    border = [(0, 0), (bed, 0), (bed - lean, size[1]), (0, size[1])]
    ImageDraw.Draw(page).polygon(border, fill=level)
    return page


def written(page: Image.Image, text: str, x: int, y: int, height: int, ink: int) -> Image.Image:
    number = number_image(text, height=height)
    page.paste(ink, (x, y), number.point(lambda v: 255 - v))
    return page


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("lean", [0, 9])
@pytest.mark.parametrize("digit", ["3", "7"])
def test_thin_grey_writing_beside_a_black_bed(
    model: Model, digit: str, lean: int, mode: Mode
) -> None:
    page = written(scan((300, 400), 110, lean=lean, paper=GREY), digit, 190, 150, 50, 130)
    reading = recognize(encoded(page), model, mode=mode)
    assert reading.text == digit
    x, y, width, height = reading.digits[0].box
    assert 190 <= x < x + width <= 290
    assert 150 <= y < y + height <= 250
    assert (reading.width, reading.height) == (300, 400)


@pytest.mark.parametrize("side", TURNS)
def test_beds_on_each_side(side: str) -> None:
    page = written(scan((400, 400), 90), "4073", 150, 180, 40, 60).rotate(TURNS[side])
    found = find_page(np.asarray(page))
    assert found is not None
    rows, columns = found
    ends = {
        "left": columns.start,
        "right": 400 - columns.stop,
        "top": rows.start,
        "bottom": 400 - rows.stop,
    }
    assert 90 <= ends.pop(side) <= 100
    assert set(ends.values()) == {0}


def test_a_light_bed_beside_a_dark_page() -> None:
    page = written(scan((400, 300), 70, level=WHITE, paper=40), "825", 150, 100, 60, 250)
    found = find_page(np.asarray(page))
    assert found is not None
    assert 70 <= found[1].start <= 80


def test_shade_beside_a_bed_is_no_page() -> None:
    pixels = np.full((400, 300), 250.0)
    pixels[:, 60:90] -= np.linspace(150, 0, 30)  # where a book is bound
    pixels[:, :60] = BLACK
    found = find_page(pixels.astype(np.uint8))
    assert found is not None
    assert 75 <= found[1].start <= 100


@pytest.mark.parametrize(
    "page",
    [
        written(Image.new("L", (300, 200), WHITE), "582", 60, 60, 70, BLACK),
        # A shadow with writing in it.
        written(scan((300, 200), 110, level=120), "4073", 20, 60, 70, 30),
        # A bold 1 where the picture ends at its digits.
        written(scan((300, 200), 24), "8", 80, 2, 195, BLACK),
        Image.linear_gradient("L").rotate(90),
        scan((60, 50), 20),  # too small to say
    ],
    ids=["a page alone", "shadow", "bold 1", "gradient", "small"],
)
def test_without_a_bed(page: Image.Image) -> None:
    assert find_page(np.asarray(page)) is None


def test_a_blank_page_beside_a_bed_is_blank(model: Model) -> None:
    assert recognize(encoded(scan((300, 300), 100)), model).text == ""


@settings(max_examples=150, deadline=None)
@given(
    hnp.arrays(
        np.uint8,
        st.sampled_from([(65, 1), (1, 65), (70, 66), (300, 9), (66, 70, 3)]),
        elements=st.sampled_from([0, 20, 128, 235, 255]),
    ),
    st.integers(0, 70),
    st.sampled_from([0, 255]),
)
def test_of_any_pixels_some_are_left(pixels: np.ndarray, bed: int, level: int) -> None:
    pixels[:, :bed] = level
    found = find_page(pixels)
    if found is not None:
        assert 0 < pixels[found].size < pixels.size
