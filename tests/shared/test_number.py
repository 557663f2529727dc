import itertools
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageDraw, ImageFont, ImageOps

from shared.decode import Picture
from shared.ink import Ink, find_ink
from shared.lattice import MOST, Candidate, RowReading, read_row
from shared.model import Model, load
from shared.number import Budget, _Found, _in_turn, _is_part, _without_words, read_number
from shared.reading import Reading, agreement
from shared.recognize import Mode, recognize
from shared.rows import Row
from tests.drawing import digit_image, encoded, number_image

MODEL = load()


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    text=st.text("0123456789", min_size=2, max_size=8),
    height=st.integers(24, 300),
    pitch=st.floats(0.85, 1.3),
    pen=st.floats(0.06, 0.13),
    slant=st.floats(-0.05, 0.2),
    angle=st.floats(-12, 12),
)
def test_numbers(
    text: str, height: int, pitch: float, pen: float, slant: float, angle: float
) -> None:
    page = number_image(text, height=height, pitch=pitch, pen=pen, slant=slant, margin=1.2)
    page = page.rotate(angle, fillcolor=255, resample=Image.Resampling.BICUBIC)
    for picture in (page, ImageOps.invert(page)):
        reading = recognize(encoded(picture), MODEL)
        assert reading.text == text
        boxes = [digit.box for digit in reading.digits]
        assert all(one[0] < other[0] for one, other in itertools.pairwise(boxes))


def test_rows_are_lines_of_the_text(model: Model) -> None:
    page = number_image("402\n7\n1985")
    assert recognize(encoded(page), model).text == "402\n7\n1985"
    assert recognize(encoded(page), model, mode="number").text == "1985"


@pytest.mark.parametrize("pen", [0.08, 0.13])
def test_a_line_may_be_a_lone_1(model: Model, pen: float) -> None:
    text = "8888888888\n1\n6868"
    assert recognize(encoded(number_image(text, height=60, pen=pen)), model).text == text


@pytest.mark.parametrize(
    "blot",
    [
        [(0.27, 1), (0.29, 0.8), (0.21, 0.9), (0.25, 0.22), (0.34, 0), (0.95, 0.27)],
        [(0.4, 1), (0.12, 0.07), (0.45, 0.14), (0.56, 0), (0.74, 0.1), (0.71, 0.27)],
        [(0.78, 1), (0.37, 0.91), (0.17, 0.63), (0.27, 0.24), (0.91, 0), (0.85, 0.05)],
    ],
)
def test_a_row_that_may_be_none_is_doubted(model: Model, blot: list[tuple[float, float]]) -> None:
    page = number_image("790\n\n993", height=40)
    assert recognize(encoded(page), model).confidence > 0.99
    place = [(24 + 24 * x, 80 + 40 * y) for x, y in blot]
    ImageDraw.Draw(page).polygon(place, fill=0)
    assert recognize(encoded(page), model).confidence < 0.9


def test_a_row_may_be_no_digits_at_all(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    def unlike(*arguments: Any) -> RowReading:
        found = read_row(*arguments)  # as where hundreds are multiplied
        return replace(found, digits=tuple(replace(one, likeness=0.0) for one in found.digits))

    monkeypatch.setattr("shared.number.read_row", unlike)
    reading = recognize(encoded(number_image("790")), model, mode="number")
    assert (reading.text, reading.likeness) == ("790", 0.0)


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ([[1, 1, 0.9], [0.4, 0.3]], [1, 1, 0.9]),  # a unit
        ([[0.4, 0.3], [1, 0.9]], [1, 0.9]),
        ([[1, 1], [0.2]], [1, 1]),
        ([[1, 1], [0.4]], [1, 1, 0.4]),  # it may be a digit
        ([[1, 1], [0.3, 0.3], [0.2], [1]], [1, 1, 0.3, 0.3, 0.2, 1]),  # it is between numbers
        ([[0.7, 0.6], [0.2, 0.2]], [0.7, 0.6, 0.2, 0.2]),  # nothing is plainly a number
    ],
)
def test_words_before_and_after_numbers(words: list[list[float]], kept: list[float]) -> None:
    boxes, digits, x = [], [], 0
    for word in words:
        for likeness in word:
            boxes.append([x, 0, 10, 20])
            ys, xs = np.array([0, 19]), np.array([x, x + 9])
            digits.append(Candidate(np.zeros(10), 0.0, ys, xs, likeness=likeness))
            x += 12
        x += 12
    ink = np.zeros((20, x), np.float32)
    row = Row(
        ink,
        ink.astype(np.int32),
        np.array(boxes, np.int32),
        20.0,
        np.eye(2, 3),
        np.zeros(x, np.int64),
    )
    found = _without_words(RowReading(tuple(digits), 1.0, 0), row)
    assert [digit.likeness for digit in found.digits] == kept
    assert (found.parted == 1) == (len(kept) == len(digits))
    assert found.parted <= 0.9 or found.parted == 1


def test_a_unit_is_no_number(model: Model) -> None:
    page = number_image("607", height=60)
    wide = Image.new("L", (page.width + 120, page.height), 255)
    wide.paste(page)
    x, y = page.width + 10, page.height // 2
    strokes = (
        [(0, -30), (0, 28)], [(0, 10), (12, -4), (20, 4), (20, 28)],  # h
        [(60, 0), (48, -6), (38, 8), (44, 26), (60, 16)], [(60, -4), (62, 28)],  # a
    )  # fmt: skip
    for stroke in strokes:
        points = [(x + right, y + down) for right, down in stroke]
        ImageDraw.Draw(wide).line(points, fill=0, width=6, joint="curve")
    reading = recognize(encoded(wide), model)
    assert reading.text == "607"
    assert reading.confidence < 0.95


@pytest.mark.parametrize("mode", ["auto", "number"])
@pytest.mark.parametrize("slant", [0, 0.15])
@pytest.mark.parametrize(
    "text",
    [
        "12/05/2026",
        "7/11/84",
        "030-4715",
        "18.50",
        "2,75",
        "23:59",
        "(427)",
        "85%",
        "$360",
        "24+63",
    ],
)
def test_signs_beside_digits_are_left_out(
    model: Model, text: str, slant: float, mode: Mode
) -> None:
    page = number_image(text, height=60, slant=slant)
    digits = "".join(character for character in text if character.isdigit())
    assert recognize(encoded(page), model, mode=mode).text == digits


def test_boxes_are_in_pixels_of_the_upload(model: Model) -> None:
    page = number_image("3082", height=120)
    small = recognize(encoded(page), model).digits
    large = recognize(encoded(page.resize((page.width * 6, page.height * 6))), model).digits
    for one, other in zip(small, large, strict=True):
        assert np.allclose(np.array(one.box) * 6, other.box, atol=20)
    x, _, width, height = small[0].box
    assert 60 <= x <= 90
    assert 110 <= height <= 140
    assert width < height


@pytest.mark.parametrize("height", [20, 60, 200])
@pytest.mark.parametrize("margin", [0, 2])
@pytest.mark.parametrize("text", ["71590", "1171", "38042", "4286957"])
def test_picture_ends_at_its_digits(model: Model, text: str, margin: int, height: int) -> None:
    page = number_image(text, height=height)
    ink = ImageOps.invert(page).getbbox()
    assert ink is not None
    crop = ImageOps.expand(page.crop(ink), margin, 255)
    for picture in (crop, ImageOps.invert(crop)):
        assert recognize(encoded(picture), model).text == text


@pytest.mark.parametrize("pen", [0.14, 0.2])
@pytest.mark.parametrize("gap", [0, 2])
@pytest.mark.parametrize("factor", [1, 4])
def test_picture_ends_at_its_digits_and_has_a_speck(
    model: Model, factor: int, gap: int, pen: float
) -> None:
    for text in ("7895", "457501", "6890", "2582", "5623", "77"):
        tiles = [_tight(int(digit), 20, pen) for digit in text]
        page = Image.new("L", (sum(tile.width + gap for tile in tiles) + 3, 20), 255)
        left = 0
        for tile in tiles:
            page.paste(tile, (left, 0))
            left += tile.width + gap
        page.paste(0, (left, 8, left + 2, 10))
        page = page.resize((page.width * factor, 20 * factor), Image.Resampling.BICUBIC)
        for picture in (page, ImageOps.invert(page)):
            assert recognize(encoded(picture), model).text == text


def _tight(digit: int, height: int, pen: float) -> Image.Image:
    """A digit with nothing around it."""
    page = digit_image(digit, size=(4 * height, 4 * height), height=0.6, pen=pen)
    tile = page.crop(ImageOps.invert(page).getbbox())
    width = round(tile.width * height / tile.height)
    return tile.resize((width, height), Image.Resampling.BOX)


def _boxed(text: str, line: int, *, cells: bool) -> Image.Image:
    """Digits written into a printed box, or one for each."""
    page = Image.new("L", (110 * len(text) + 160, 280), 255)
    for i, digit in enumerate(text):
        page.paste(digit_image(int(digit), size=(110, 130), height=0.65), (80 + 110 * i, 75))
    draw = ImageDraw.Draw(page)
    right = 80 + 110 * len(text)
    for left in range(80, right, 110 if cells else right):
        draw.rectangle((left, 70, left + 110 if cells else right, 210), outline=40, width=line)
    return page


@pytest.mark.parametrize("cells", [False, True])
@pytest.mark.parametrize(("line", "angle"), [(1, 0), (2, 4), (6, 0), (3, -7)])
@pytest.mark.parametrize("text", ["7", "42", "61937"])
def test_digits_in_a_box(model: Model, text: str, line: int, angle: float, cells: bool) -> None:
    page = _boxed(text, line, cells=cells)
    page = page.rotate(angle, fillcolor=255, resample=Image.Resampling.BICUBIC)
    for picture in (page, ImageOps.invert(page)):
        assert recognize(encoded(picture), model).text == text


@pytest.mark.parametrize("pitch", [1.5, 2, 2.5, 4])
@pytest.mark.parametrize("text", ["20731", "4859", "1106"])
def test_digits_far_from_each_other(model: Model, text: str, pitch: float) -> None:
    for mode in ("auto", "number"):
        reading = recognize(encoded(number_image(text, height=60, pitch=pitch)), model, mode=mode)
        assert reading.text == text
        assert reading.confidence > 0.9


@pytest.mark.parametrize("height", [200, 900])
@pytest.mark.parametrize("text", ["4711", "20936", "85"])
def test_hairlines_of_large_digits(model: Model, text: str, height: int) -> None:
    assert recognize(encoded(number_image(text, height=height, pen=0.001)), model).text == text


@pytest.mark.parametrize(("text", "pitch"), [("9107", 33), ("4102", 39)])
@pytest.mark.parametrize("small", [0.45, 0.55])
def test_a_small_zero_by_a_thin_pen(model: Model, text: str, pitch: int, small: float) -> None:
    page = Image.new("L", (280, 110), 255)
    for i, digit in enumerate(text):
        height = 66 * (small if digit == "0" else 1)
        one = digit_image(int(digit), size=(110, 110), height=height / 110, pen=2 / height)
        moved = Image.new("L", page.size, 255)
        moved.paste(one, (i * pitch, 0))
        page = ImageChops.darker(page, moved)
    assert recognize(encoded(page), model).text == text


@pytest.mark.parametrize("margin", [0.8, 1.2])
@pytest.mark.parametrize("line", [2, 4, 6])
@pytest.mark.parametrize("text", ["7", "42", "51", "711", "3519"])
def test_a_circled_number(model: Model, text: str, line: int, margin: float) -> None:
    page = number_image(text, height=60, margin=margin)
    around = (6, 6, page.width - 7, page.height - 7)
    ImageDraw.Draw(page).ellipse(around, outline=40, width=line)
    assert recognize(encoded(page), model).text == text


def slashed(page: Image.Image, at: tuple[float, float], reach: float, line: int) -> Image.Image:
    """With a slash around a point, `reach` px from its middle to its ends, across and down."""
    x, y = at
    ends = (x - reach, y + reach, x + reach, y - reach)
    ImageDraw.Draw(page).line(ends, fill=0, width=line)
    return page


@pytest.mark.parametrize("mode", ["auto", "digit", "number"])
@pytest.mark.parametrize("line", [3, 6, 10])
def test_a_zero_with_a_slash_in_it(model: Model, line: int, mode: Mode) -> None:
    """Which does not touch it: no 1 with a circle around it."""
    page = slashed(digit_image(0, pen=line / 140, size=(200, 200)), (100, 100), 20, line)
    assert recognize(encoded(page), model, mode=mode).text == "0"


@pytest.mark.parametrize("mode", ["auto", "digit"])
def test_a_box_around_a_1_that_leans_far_is_no_zero(model: Model, mode: Mode) -> None:
    page = slashed(Image.new("L", (200, 200), 255), (100, 100), 28, 8)
    ImageDraw.Draw(page).rectangle((35, 35, 165, 165), outline=0, width=2)
    assert recognize(encoded(page), model, mode=mode).text == "1"


def test_zeros_with_slashes_in_a_number(model: Model) -> None:
    page = number_image("6030", height=100, pen=0.05)
    for place in (1, 3):
        page = slashed(page, (100 * (0.5 + 0.95 * (place + 0.5)), 100), 14, 5)
    assert recognize(encoded(page), model).text == "6030"


@pytest.mark.parametrize("text", ["416", "119", "4132"])
def test_circled_digits_of_which_a_1_leans(model: Model, text: str) -> None:
    page = Image.new("L", (110 * len(text), 110), 255)
    for i, digit in enumerate(text):
        slant = 0.5 if digit == "1" else 0.05
        page.paste(digit_image(int(digit), size=(110, 110), height=0.45, slant=slant), (110 * i, 0))
        ImageDraw.Draw(page).ellipse((110 * i + 8, 8, 110 * i + 102, 102), outline=30, width=4)
    reading = recognize(encoded(page), model)
    assert reading.text == text
    assert reading.confidence > 0.9


@pytest.mark.parametrize("pen", [0.14, 0.2, 0.25])
def test_a_thin_1_below_thick_digits(model: Model, pen: float) -> None:
    page = Image.new("L", (160, 520), 255)
    for i, digit in enumerate((8, 1, 6, 0)):
        drawn = digit_image(digit, size=(160, 130), height=0.6, pen=0.04 if digit == 1 else pen)
        page.paste(drawn, (0, 130 * i))
    assert recognize(encoded(page), model).text == "8\n1\n6\n0"


@pytest.mark.parametrize("text", ["4072", "381", "59", "26047"])
@pytest.mark.parametrize("word", ["Total:", "Amount", "LOT", "Menge", "Nr."])
@pytest.mark.parametrize("is_before", [True, False])
def test_a_printed_word_is_no_digit(model: Model, text: str, word: str, is_before: bool) -> None:
    number = number_image(text, height=60)
    font = ImageFont.load_default(40)
    width, bottom = round(font.getlength(word)), 90
    page = Image.new("L", (number.width + width + 30, number.height), 255)
    page.paste(number, (width + 30 if is_before else 0, 0))
    left = 30 if is_before else number.width
    ImageDraw.Draw(page).text((left, bottom), word, fill=0, font=font, anchor="ls")
    assert recognize(encoded(page), model).text == text


def test_shadow_across_the_page(model: Model) -> None:
    page = np.asarray(number_image("50382", margin=1.5)).astype(float)
    page[:, : page.shape[1] // 2] *= 0.45
    assert recognize(encoded(Image.fromarray(page.astype(np.uint8))), model).text == "50382"


@pytest.mark.parametrize("height", [30, 120])
def test_shadow_through_the_digits(model: Model, height: int) -> None:
    page = np.asarray(number_image("8426", height=height, margin=1)).astype(float)
    y, x = np.indices(page.shape) / np.array(page.shape)[:, None, None]
    page[x + y < 0.9] *= 0.5
    assert recognize(encoded(Image.fromarray(page.astype(np.uint8))), model).text == "8426"


@pytest.mark.parametrize("ink", [0, 60, 90])
def test_shadow_over_most_of_the_page(model: Model, ink: int) -> None:
    page = np.asarray(number_image("5230", height=60, margin=1, ink=ink, paper=235)).astype(float)
    page[:, : round(0.7 * page.shape[1])] *= 0.4
    assert recognize(encoded(Image.fromarray(page.astype(np.uint8))), model).text == "5230"


@pytest.mark.parametrize("shade", [0.3, 0.4])
def test_shadow_of_a_hand(model: Model, shade: float) -> None:
    random = np.random.default_rng(3)
    page = np.asarray(number_image("431261", height=60, margin=1, ink=60, paper=235)).astype(float)
    height, width = page.shape
    shadow = np.zeros((height, width), np.float32)
    wrist = int(random.uniform(0.2, 0.8) * width)
    palm = int(0.3 * width), int(random.uniform(0.5, 0.9) * height)
    cv2.ellipse(shadow, (wrist, height), palm, random.uniform(-30, 30), 0, 360, 1.0, -1)
    for _ in range(4):
        tip = wrist + int(random.uniform(-0.3, 0.3) * width), int(random.uniform(0, 0.4) * height)
        cv2.line(shadow, (wrist, height), tip, 1.0, 18)
    page *= 1 - (1 - shade) * cv2.GaussianBlur(shadow, (0, 0), random.uniform(2, 12))
    page += random.normal(0, 4, page.shape)
    scene = Image.fromarray(page.clip(0, 255).astype(np.uint8))
    assert recognize(encoded(scene), model).text == "431261"


@pytest.mark.parametrize("shade", [0.3, 0.4])
@pytest.mark.parametrize("height", [40, 90])
@pytest.mark.parametrize("text", ["1930", "308789", "07007", "5"])
def test_soft_shadow_that_leaves_the_picture(
    model: Model, text: str, height: int, shade: float
) -> None:
    page = np.asarray(number_image(text, height=height, margin=1, ink=90, paper=235)).astype(float)
    y, x = np.indices(page.shape) / np.array(page.shape)[:, None, None]
    page *= 1 - (1 - shade) * np.clip((x - 0.3 * y - 0.65) / 0.25, 0, 1)
    assert recognize(encoded(Image.fromarray(page.astype(np.uint8))), model).text == text


@pytest.mark.parametrize("mode", ["auto", "number"])
@pytest.mark.parametrize(("desk", "angle"), [(25, 0), (60, 4), (110, -7), (140, 2)])
@pytest.mark.parametrize("text", ["4", "62", "0962", "535174"])
def test_sheet_on_a_desk(model: Model, text: str, desk: int, angle: float, mode: Mode) -> None:
    sheet = number_image(text, height=60, margin=0.6, ink=50, paper=235)
    page = Image.new("L", (sheet.width + 170, sheet.height + 90), desk)
    page.paste(sheet, (60, 50))
    page = page.rotate(angle, fillcolor=desk, resample=Image.Resampling.BICUBIC)
    assert recognize(encoded(page), model, mode=mode).text == text


@pytest.mark.parametrize("noise", [0.0, 0.1])
def test_on_uneven_paper_most_inks_decide(model: Model, noise: float) -> None:
    page = np.asarray(number_image("1930", height=60))
    strength = 1 - np.divide(page, 255, dtype=np.float32)
    faint = strength.copy()
    faint[:, round(0.72 * page.shape[1]) :] *= 0.2
    first = Ink(faint, faint > 0.05, noise, is_light=False)
    others = [Ink(strength, strength > 0.05, noise, is_light=False, odds=0.8) for _ in range(2)]
    picture = Picture(page, page.shape[1], page.shape[0])
    reading = read_number([first, *others], picture, model, Budget(MOST), one_row=False)
    assert reading.text == ("1930" if noise else "193")


def ink_of(text: str, *, pitch: float = 0.95, is_light: bool = False, odds: float = 1.0) -> Ink:
    page = np.asarray(number_image(text, height=60, pitch=pitch))
    strength = 1 - np.divide(page, 255, dtype=np.float32)
    return Ink(strength, strength > 0.05, 0.1, is_light=is_light, odds=odds)


@pytest.mark.parametrize(
    ("others", "least", "most"), [([], 1, 1), (["1930"], 1, 1), (["1936"], 0.4, 0.6)]
)
def test_what_differs_from_paper_to_paper_is_doubted(
    model: Model, others: list[str], least: float, most: float
) -> None:
    inks = [ink_of(text) for text in ("1930", *others)]
    picture = Picture(np.zeros(inks[0].mask.shape, np.uint8), *inks[0].mask.shape[::-1])
    reading = read_number(inks, picture, model, Budget(MOST), one_row=True)
    assert least <= reading.agreed <= most
    assert reading.confidence <= most


def test_1s_are_no_news_where_others_are_read(model: Model) -> None:
    """Folds, edges and printed lines are read as 1s."""
    first, edge = ink_of("7"), ink_of("1")
    much = np.concatenate([first.strength, np.full((200, first.mask.shape[1]), 0.2, np.float32)])
    first = replace(first, strength=much, mask=much > 0.1)
    picture = Picture(np.zeros(first.mask.shape, np.uint8), *first.mask.shape[::-1])
    assert read_number([first, edge], picture, model, Budget(MOST), one_row=True).text == "7"


def test_what_was_not_looked_at_is_not_read(model: Model) -> None:
    inks = [ink_of("8"), ink_of("5083617742", pitch=0.62)]
    picture = Picture(np.zeros(inks[1].mask.shape, np.uint8), *inks[1].mask.shape[::-1])
    assert read_number(inks, picture, model, Budget(20), one_row=True).text == "8"


@pytest.mark.parametrize(
    ("sure", "looked_at"), [(0.02, [0, 1, 2]), (0.2, [0, 2, 1]), (0.5, [0, 2])]
)
def test_what_takes_paper_for_ink_comes_last(
    model: Model, sure: float, looked_at: list[int]
) -> None:
    first = ink_of("8")
    inks = [ink_of("1"), ink_of("2", is_light=True, odds=0.4), ink_of("3")]
    reading = Reading((), model.to_dict(), 1, 1)
    found = [_Found(reading, first, sure)]
    numbers = [
        next(i for i, ink in enumerate(inks) if ink is one) for one, _ in _in_turn(inks, found)
    ]
    assert numbers == looked_at


@pytest.mark.parametrize("height", [20, 40])
def test_a_page_of_hundreds_of_digits(model: Model, height: int) -> None:
    random = np.random.default_rng(1)
    lines = ["".join(random.choice(list("0123456789"), 24)) for _ in range(18)]
    rows = [np.asarray(number_image(line, height=height, pitch=1.1)) for line in lines]
    page = Image.fromarray(np.vstack(rows))
    read = recognize(encoded(page), model).text.split("\n")
    whole = sum(line == got for line, got in zip(lines, read, strict=True))
    assert whole >= 17


@pytest.mark.parametrize(("most", "is_all"), [(20, False), (MOST, True)])
def test_a_budget_ends_the_reading(model: Model, most: int, is_all: bool) -> None:
    page = np.vstack([np.asarray(number_image("5083617742", height=20))] * 12)
    picture = Picture(page, page.shape[1], page.shape[0])
    budget = Budget(most)
    reading = read_number(find_ink(page), picture, model, budget, one_row=False)
    assert (len(reading.lines) == 12) is is_all
    assert reading.lines
    assert budget.is_overdrawn is not is_all
    assert (reading.share > 0.9) is is_all


def test_a_lone_digit_stays_one(model: Model) -> None:
    for digit in range(10):
        page = number_image(str(digit), height=200, margin=2)
        reading = recognize(encoded(page), model)
        assert reading.text == str(digit)
        assert reading.to_dict() == recognize(encoded(page), model, mode="digit").to_dict()


def test_confidence_is_of_the_whole_text(model: Model) -> None:
    reading = recognize(encoded(number_image("60914")), model)
    product = float(np.prod([digit.confidence for digit in reading.digits]))
    assert reading.confidence <= product + 1e-9
    assert reading.confidence == pytest.approx(reading.written * reading.separated * product)


@pytest.mark.parametrize(
    ("text", "whole", "agrees"),
    [
        ("1610", "711610", True),
        ("40\n73", "40\n739", True),
        ("825", "825", True),
        ("40739", "140739", False),  # a fold or an edge is read as a 1
        ("0299", "1\n0299\n1", False),
        ("9", "9023", False),  # one digit is in many numbers
        ("", "12", False),
        ("12", "21", False),
    ],
)
def test_who_has_read_a_part_agrees(text: str, whole: str, agrees: bool) -> None:
    assert _is_part(text, whole) == agrees


@given(st.floats(0.01, 8), st.lists(st.floats(0, 8), max_size=4))
def test_agreement_is_a_share(sure: float, others: list[float]) -> None:
    share = agreement(sure, others)
    assert 0 < share <= 1
    assert (share == 1) or any(others)
    assert agreement(2 * sure, others) >= share
    assert agreement(sure, [*others, sure]) <= 0.5


@pytest.mark.parametrize("times", [2.5, 3.5])
def test_smaller_numbers_are_read_too(model: Model, times: float) -> None:
    large, small = number_image("83", height=round(40 * times)), number_image("40526", height=40)
    page = Image.new("L", (max(large.width, small.width), large.height + small.height), 255)
    page.paste(large, (0, 0))
    page.paste(small, (0, large.height))
    assert recognize(encoded(page), model).text == "83\n40526"


@pytest.mark.parametrize("word", ["AMOUNT", "Price", "Size", "Item no."])
def test_words_beside_digits_are_no_numbers(model: Model, word: str) -> None:
    page = number_image("4073", margin=1.0)
    ImageDraw.Draw(page).text((20, 20), word, fill=0, font_size=28)
    assert recognize(encoded(page), model).text == "4073"
