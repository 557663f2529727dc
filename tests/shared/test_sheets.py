import cv2
import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given, settings
from PIL import Image, ImageDraw, ImageOps

from shared.model import Model
from shared.recognize import recognize
from shared.sheets import find_sheets
from tests.drawing import digit_image, encoded, number_image

SIDE, GAP = 80, 12  # px, of a tile


def tiles(text: str, *, is_round: bool, tile: int = 30, around: int = 245) -> Image.Image:
    """Light digits, each on a dark tile or disc of its own."""
    page = Image.new("L", (len(text) * (SIDE + GAP) + GAP, SIDE + 2 * GAP), around)
    for i, digit in enumerate(text):
        one = ImageOps.invert(digit_image(int(digit), size=(SIDE, SIDE), height=0.55))
        shape = Image.new("L", one.size, 0)
        draw = ImageDraw.Draw(shape)
        (draw.ellipse if is_round else draw.rectangle)((1, 1, SIDE - 2, SIDE - 2), fill=255)
        filled = Image.eval(one, lambda value: max(value, tile))
        page.paste(filled, (GAP + i * (SIDE + GAP), GAP), shape)
    return page


@pytest.mark.parametrize("tile", [0, 90])
@pytest.mark.parametrize("is_round", [False, True])
@pytest.mark.parametrize("text", ["7", "1", "40739", "825"])
def test_digits_on_tiles(model: Model, text: str, is_round: bool, tile: int) -> None:
    page = tiles(text, is_round=is_round, tile=tile)
    for picture in (page, ImageOps.invert(page)):
        reading = recognize(encoded(picture), model)
        assert reading.text == text
        assert reading.confidence > 0.5


@pytest.mark.parametrize("across", [-8, -5, 5, 8])
@pytest.mark.parametrize("text", ["40739", "260", "4153"])
def test_digits_in_a_meter_s_windows(model: Model, text: str, across: int) -> None:
    """Beside which little of a window is left."""
    page = Image.new("L", (len(text) * 50 + 38, 100), 150)
    for i, digit in enumerate(text):
        center = (0.5 + across / 42, 0.5)
        one = digit_image(int(digit), size=(42, 60), height=0.95, center=center, pen=0.12)
        page.paste(
            Image.eval(ImageOps.invert(one), lambda value: max(value, 20)), (23 + 50 * i, 20)
        )
    assert recognize(encoded(page), model).text == text


def test_what_a_digit_cuts_to_pieces_is_no_sheet() -> None:
    core = np.ones((120, 220), bool)
    for left in (20, 120):
        core[20:100, left : left + 80] = False
        core[40:80, left + 32 : left + 44] = True
    whole = find_sheets(core)
    core[20:100, 150:153] = core[60:63, 120:200] = True  # as a 4 from edge to edge
    parted = find_sheets(core)
    assert whole
    assert whole.are_plain
    assert not parted or not parted.are_plain


@pytest.mark.parametrize("seed", range(8))
def test_paper_on_a_table_with_a_grain(model: Model, seed: int) -> None:
    """Bright streaks of it seem to be one with the paper that they touch."""
    random = np.random.default_rng(seed)
    page = number_image("40739", height=60)
    height, width = page.height + 80, page.width + 80
    streaks = cv2.GaussianBlur(random.normal(0, 1, (height, width)), (0, 0), 36, sigmaY=1.2)
    table = 120 + 20 * streaks / streaks.std()
    middle = (width / 2, height / 2)
    turn = np.asarray(cv2.getRotationMatrix2D(middle, random.uniform(-8, 8), 1), np.float64)
    turn[:, 2] += turn[:, :2].sum(axis=1) * 40
    paper, mask = (
        cv2.warpAffine(one, turn, (width, height))
        for one in (np.array(page), np.full(page.size[::-1], 255, np.uint8))
    )
    scene = np.where(mask > 127, paper, table).clip(0, 255).astype(np.uint8)
    assert recognize(encoded(Image.fromarray(scene)), model).text == "40739"


def test_a_thick_zero_is_no_disc(model: Model) -> None:
    for pen in (0.2, 0.28):
        page = digit_image(0, pen=pen)
        assert recognize(encoded(page), model).text == "0"


def test_a_straight_stroke_is_no_sheet(model: Model) -> None:
    """Its outline may be nearly a rectangle's, if less than all of it."""
    page = Image.new("L", (72, 200), 255)
    stroke = [(44, 24), (40, 100), (34, 176)]
    ImageDraw.Draw(page).line(stroke, fill=0, width=12, joint="curve")
    sheets = find_sheets(np.asarray(page) < 128)
    assert sheets is None or not (sheets.are_plain or sheets.are_bare)
    reading = recognize(encoded(page), model)
    assert reading.text == "1"
    assert reading.confidence > 0.9


def test_tiles_alike_are_sheets() -> None:
    core = np.asarray(tiles("407", is_round=False)) < 128
    sheets = find_sheets(core)
    assert sheets is not None
    assert sheets.are_plain
    assert sheets.place[:, GAP + SIDE // 2].any()
    assert not sheets.place[:, : GAP // 2].any()
    assert find_sheets(np.asarray(digit_image(4)) < 128) is None


@pytest.mark.parametrize(("sheet", "table"), [(235, 110), (60, 200)])
@pytest.mark.parametrize("angle", [0, 9])
def test_a_sheet_with_nothing_on_it_is_no_digit(
    model: Model, sheet: int, table: int, angle: int
) -> None:
    page = Image.new("L", (420, 300), sheet).rotate(angle, expand=True, fillcolor=table)
    around = Image.new("L", (700, 560), table)
    around.paste(page, (120, 100))
    assert recognize(encoded(around), model).confidence < 0.2


@settings(max_examples=150, deadline=None)
@given(hnp.arrays(np.bool_, hnp.array_shapes(min_dims=2, max_dims=2, max_side=60)))
def test_any_ink_has_sheets_or_none(core: np.ndarray) -> None:
    sheets = find_sheets(core)
    assert sheets is None or (sheets.place.shape == core.shape and sheets.place.max() <= 1)
