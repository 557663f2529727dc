import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image, ImageDraw

from shared.ink import find_ink
from shared.margins import find_writing
from shared.model import Model
from shared.recognize import MODES, Mode, recognize
from tests.drawing import digit_image, encoded, number_image

SIZE = WIDTH, HEIGHT = 700, 900
RED, BLUE, WOOD = (230, 120, 120), (150, 180, 230), (90, 60, 40)


def sheet(*, margin: bool = False, rules: bool = False, holes: int = 0) -> Image.Image:
    page = Image.new("RGB", SIZE, (250, 250, 250))
    draw = ImageDraw.Draw(page)
    if rules:
        for y in range(40, HEIGHT, 40):
            draw.line((0, y, WIDTH, y), fill=BLUE)
    if margin:
        draw.line((80, 0, 80, HEIGHT), fill=RED, width=2)
    for number in range(holes):
        draw.circle((40, 250 + 120 * number), 14, fill=(60, 60, 60))
    return page


def put(page: Image.Image, text: str, x: int, y: int, height: int = 40) -> Image.Image:
    """The page with a number in dark blue on it."""
    number = number_image(text, height=height)
    page.paste(Image.new("RGB", number.size, (30, 30, 90)), (x, y), number.point(lambda v: 255 - v))
    return page


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("digit", ["2", "4", "7"])
def test_a_margin_line_is_no_1(model: Model, digit: str, mode: Mode) -> None:
    page = put(sheet(margin=True), digit, 300, 500)
    assert recognize(encoded(page), model, mode=mode).text == digit


def test_a_page_of_a_notebook(model: Model) -> None:
    page = sheet(margin=True, rules=True)
    for down, text in enumerate(["4073", "825", "6194"]):
        put(page, text, 150, 182 + 160 * down, height=30)
    assert recognize(encoded(page), model).text == "4073\n825\n6194"


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("side", [(0, 0, 60, HEIGHT), (640, 0, WIDTH, HEIGHT), (0, 0, WIDTH, 90)])
def test_a_strip_of_the_table_is_no_digit(
    model: Model, side: tuple[int, int, int, int], mode: Mode
) -> None:
    page = put(sheet(), "8", 300, 500)
    page.paste(WOOD, side)
    assert recognize(encoded(page), model, mode=mode).text == "8"


@pytest.mark.parametrize("mode", MODES)
def test_punched_holes_beside_a_digit(model: Model, mode: Mode) -> None:
    page = put(sheet(holes=2), "5", 400, 300)
    assert recognize(encoded(page), model, mode=mode).text == "5"


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "wedge",
    [
        [(0, 0), (35, HEIGHT), (0, HEIGHT)],
        [(0, 0), (WIDTH, 0), (WIDTH, 30)],
        [(0, 0), (WIDTH, 0), (WIDTH, HEIGHT), (670, HEIGHT), (690, 20), (0, 5)],
    ],
    ids=["left", "top", "in a corner"],
)
def test_a_wedge_beside_a_scan_is_no_digit(
    model: Model, wedge: list[tuple[int, int]], mode: Mode
) -> None:
    text = "6" if mode == "digit" else "1871"
    page = put(sheet(), text, 250, 400, height=70)
    ImageDraw.Draw(page).polygon(wedge, fill=(12, 12, 12))
    assert recognize(encoded(page), model, mode=mode).text == text


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("corners", [[(0, 0)], [(1, 0), (0, 1)], [(0, 0), (0, 1), (1, 0), (1, 1)]])
@pytest.mark.parametrize("sides", [(90, 320), (60, 200), (200, 100)])
def test_corners_beside_a_turned_sheet_are_no_digit(
    model: Model, sides: tuple[int, int], corners: list[tuple[int, int]], mode: Mode
) -> None:
    for text, height in (("2", 40), ("5", 100), ("8", 200)):
        page = put(sheet(), text, 250, 400, height)
        for x, y in corners:
            places = [(0, 0), (sides[0], 0), (0, sides[1])]
            turned = [(abs(x * (WIDTH - 1) - a), abs(y * (HEIGHT - 1) - b)) for a, b in places]
            ImageDraw.Draw(page).polygon(turned, fill=WOOD)
        assert recognize(encoded(page), model, mode=mode).text == text


def test_a_digit_in_a_corner_stays(model: Model) -> None:
    for digit in "147":
        page = put(sheet(), digit, -12, -12, height=120)
        assert recognize(encoded(page), model).text == digit


@pytest.mark.parametrize("mode", ["auto", "number"])
@pytest.mark.parametrize("colour", [(30, 60, 170), (30, 30, 30)])
@pytest.mark.parametrize(("text", "width"), [("526", 16), ("4073", 18)])
def test_a_pen_on_the_paper_is_no_1(
    model: Model, text: str, width: int, colour: tuple[int, int, int], mode: Mode
) -> None:
    page = put(sheet().crop((0, 0, 540, 300)), text, 60, 110, height=55)
    ImageDraw.Draw(page).line((400, 270, 500, 15), fill=colour, width=width)
    assert recognize(encoded(page), model, mode=mode).text == text


@pytest.mark.parametrize("mode", ["auto", "number"])
@pytest.mark.parametrize("colour", [(30, 110, 200), (30, 30, 30)])
def test_a_logo_beside_a_number_is_no_0(
    model: Model, colour: tuple[int, int, int], mode: Mode
) -> None:
    page = put(sheet(), "945", 250, 400, height=60)
    draw = ImageDraw.Draw(page)
    draw.circle((180, 440), 42, fill=colour)
    draw.line((165, 425, 195, 425), fill="white", width=8)
    draw.line((180, 425, 180, 460), fill="white", width=8)
    assert recognize(encoded(page), model, mode=mode).text == "945"


def test_a_bold_0_is_no_logo(model: Model) -> None:
    page = put(sheet(), "945", 250, 400, height=60)
    ImageDraw.Draw(page).circle((195, 425), 32, outline=(30, 30, 90), width=11)
    assert recognize(encoded(page), model).text == "0945"


def dusty() -> Image.Image:
    page = sheet()
    for x, y, radius in ((150, 300, 1), (420, 710, 2), (610, 80, 3)):
        ImageDraw.Draw(page).circle((x, y), radius, fill=(70, 70, 70))
    return page


@pytest.mark.parametrize(
    "page",
    [
        sheet(margin=True),
        sheet(rules=True),
        sheet(margin=True, rules=True),
        sheet(holes=3),
        dusty(),
    ],
    ids=["margin", "rules", "notebook", "holes", "dust"],
)
def test_without_writing_a_page_is_blank(model: Model, page: Image.Image) -> None:
    assert list(find_writing(np.asarray(page))) == []
    reading = recognize(encoded(page), model)
    assert (reading.text, reading.confidence) == ("", 0)


@pytest.mark.parametrize("size", [(90, 300), (300, 300), (500, 200)])
def test_a_1_as_high_as_its_picture_stays(model: Model, size: tuple[int, int]) -> None:
    page = digit_image(1, size=size, height=0.99 * size[1] / min(size))
    assert recognize(encoded(page), model).text == "1"


def test_a_number_as_high_as_its_picture_stays(model: Model) -> None:
    page = number_image("4117", margin=0.0)
    assert recognize(encoded(page), model).text == "4117"


@settings(max_examples=100, deadline=None)
@given(hnp.arrays(np.uint8, st.tuples(st.integers(1, 90), st.integers(1, 90))))
def test_nothing_is_added_to_any_ink(pixels: np.ndarray) -> None:
    found = list(find_ink(pixels))
    written = list(find_writing(pixels))
    assert len(written) <= len(found)
    for ink in written:
        assert any((ink.strength <= other.strength).all() for other in found)
