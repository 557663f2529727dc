import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image, ImageDraw

from shared.ink import find_ink
from shared.lattice import read_row
from shared.model import Model, load
from shared.recognize import Mode, recognize
from shared.rows import Row, find_rows
from tests.drawing import encoded, number_image

MODEL = load()
TOUCHING = 0.85  # share of joined pairs that are read at least


def row_of(image: Image.Image) -> Row:
    (row,) = find_rows(next(find_ink(np.asarray(image))))
    return row


@pytest.mark.parametrize("text", ["05", "174", "83629", "2222222", "11"])
def test_separate_digits(model: Model, text: str) -> None:
    reading = read_row(row_of(number_image(text)), model)
    assert "".join(str(digit.probabilities.argmax()) for digit in reading.digits) == text
    assert reading.separated > 0.9
    assert reading.likeness > 0.5


@pytest.mark.parametrize("text", ["42/37", "(58)", "$360"])
def test_tall_signs_are_left_out_at_once(text: str, model: Model) -> None:
    reading = read_row(row_of(number_image(text, pitch=1.0)), model)
    digits = "".join(str(digit.probabilities.argmax()) for digit in reading.digits)
    assert digits == "".join(filter(str.isdigit, text))
    assert reading.pieces == 0


@pytest.mark.parametrize(("text", "read"), [("/268", "1268"), ("26/8", "268"), ("(268", "268")])
def test_a_slash_that_begins_a_row_is_a_one(text: str, read: str, model: Model) -> None:
    digits = read_row(row_of(number_image(text, pitch=1.0)), model).digits
    assert "".join(str(digit.probabilities.argmax()) for digit in digits) == read


@pytest.mark.parametrize("lean", [0, 12])
@pytest.mark.parametrize("apart", [14, 20, 28])
@pytest.mark.parametrize("count", [2, 3])
@pytest.mark.parametrize("mode", ["auto", "number"])
def test_ones_beside_each_other_are_no_outlined_one(
    model: Model, mode: Mode, count: int, apart: int, lean: int
) -> None:
    for scale in (1, 2):
        page = Image.new("L", (scale * 240, scale * 160), 255)
        for left in range(90, 90 + count * apart, apart):
            line = (left + lean, 40, left, 110)
            ImageDraw.Draw(page).line([scale * place for place in line], fill=20, width=6 * scale)
        assert recognize(encoded(page), model, mode=mode).text == count * "1"


def test_a_slash_between_ones_is_none(model: Model) -> None:
    page = Image.new("L", (300, 160), 255)
    for line in [(60, 40, 60, 110), (120, 25, 85, 125), (140, 40, 138, 110), (165, 40, 163, 110)]:
        ImageDraw.Draw(page).line(line, fill=20, width=6)
    assert recognize(encoded(page), model, mode="number").text == "111"


def test_no_more_pieces_are_looked_at_than_said(model: Model) -> None:
    row = row_of(number_image("31415926", pitch=0.62))
    whole = read_row(row, model)
    assert whole.pieces > 20
    assert whole.share == 1
    few = read_row(row, model, 20)
    assert 0 < few.pieces <= 20
    assert few.share < 0.9
    none = read_row(row, model, 0)
    assert none.pieces == 0
    assert len(none.digits) <= len(row.boxes)


def test_touching_digits(model: Model) -> None:
    read = []
    for text in (f"{tens}{ones}" for tens in range(10) for ones in range(10)):
        row = row_of(number_image(text, pitch=0.68))
        if len(row.boxes) == 1:
            digits = read_row(row, model).digits
            read.append("".join(str(digit.probabilities.argmax()) for digit in digits) == text)
    assert len(read) > 25
    assert np.mean(read) > TOUCHING


def test_a_dot_is_no_digit(model: Model) -> None:
    image = number_image("41", pitch=1.2)
    middle, bottom = image.width // 2, image.height // 2 + 45
    image.paste(0, (middle - 6, bottom - 12, middle + 6, bottom))
    digits = read_row(row_of(image), model).digits
    assert [int(digit.probabilities.argmax()) for digit in digits] == [4, 1]


@settings(max_examples=50, deadline=None)
@given(
    hnp.arrays(
        np.float32,
        st.tuples(st.integers(8, 40), st.integers(8, 90)),
        elements=st.floats(0, 1, width=32),
    )
)
def test_any_row_is_read(ink: np.ndarray) -> None:
    strokes = (ink > 0.3).astype(np.int32)
    box = np.array([[0, 0, ink.shape[1], ink.shape[0]]], np.int32)
    if strokes.any():
        reading = read_row(
            Row(ink, strokes, box, 20.0, np.eye(2, 3), np.zeros(ink.shape[1], np.int64)), MODEL
        )
        assert 0 < reading.separated <= 1
        assert 0 <= reading.likeness <= 1
        assert all(np.isfinite(digit.probabilities).all() for digit in reading.digits)
