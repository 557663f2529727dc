import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from shared.jumps import UNEVEN, join, without_jumps
from shared.model import Model
from shared.recognize import MODES, Mode, recognize
from shared.strokes import find_strokes
from tests.drawing import digit_image, encoded

SIZE = 70
Places = list[tuple[int, int]]


def boxes_at(places: Places) -> np.ndarray:
    return np.array([(x, y, 40, SIZE) for x, y in places], np.int32)


@pytest.mark.parametrize("one_row", [False, True])
@pytest.mark.parametrize(
    ("rows", "kept", "kept_as_one"),
    [
        ([[(0, 0)], [(60, 50)]], 1, 1),  # as high as each other in part
        ([[(0, 0)], [(60, 150)]], 1, 1),  # a lone digit, below the other
        ([[(0, 0)], [(60, 150)], [(120, 300)]], 1, 1),
        ([[(0, 0), (140, 5)], [(70, 150)]], 1, 1),
        ([[(0, 0), (120, 0)], [(60, 130), (180, 130)]], 1, 1),  # between others
        ([[(0, 0)], [(10, 150)]], 2, 2),  # under it
        ([[(0, 0)], [(60, 250)]], 2, 1),  # far below it
        ([[(0, 0)], [(180, 100)]], 2, 2),  # far aside
        ([[(0, 0), (60, 0)], [(120, 130), (180, 130)]], 2, 1),  # a number below another
        ([[(0, 0), (60, 0)], [(70, 130)], [(120, 170)]], 2, 2),  # the last one beside the second
    ],
)
def test_what_is_one_row(rows: list[Places], kept: int, kept_as_one: int, one_row: bool) -> None:
    boxes = boxes_at([place for row in rows for place in row])
    ends = np.cumsum([len(row) for row in rows])
    labels = np.split(np.arange(len(boxes)), ends[:-1])
    joined = join(labels, boxes, SIZE, one_row=one_row)
    assert len(joined) == (kept_as_one if one_row else kept)
    assert sorted(np.concatenate(joined).tolist()) == list(range(len(boxes)))


def test_what_is_much_smaller_is_not_joined() -> None:
    boxes = np.array([(0, 0, 40, 70), (60, 100, 20, 35)], np.int32)
    assert len(join([np.array([0]), np.array([1])], boxes, SIZE, one_row=True)) == 2


def test_textures_are_not_joined() -> None:
    places = [(60 * i, 150 * (i % 2)) for i in range(40)]
    rows = [np.arange(0, 40, 2), np.arange(1, 40, 2)]
    assert len(join(rows, boxes_at(places), SIZE, one_row=True)) == 2
    few = [row[:10] for row in rows]
    assert len(join(few, boxes_at(places), SIZE, one_row=True)) == 1


def row_of(places: Places) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    page = Image.new("L", (max(x for x, _ in places) + 50, max(y for _, y in places) + 80))
    for x, y in places:
        ImageDraw.Draw(page).ellipse((x, y, x + 39, y + SIZE - 1), outline=255, width=8)
    ink = np.asarray(page, np.float32) / 255
    strokes = find_strokes(ink > 0.3)
    return ink, strokes.labels, strokes.boxes[1:]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(5, 200), min_size=1, max_size=6))
def test_digits_are_brought_to_one_height(heights: list[int]) -> None:
    ink, labels, boxes = row_of([(5 + 60 * i, y) for i, y in enumerate(heights)])
    row, mine, raised = without_jumps(ink, labels, boxes, SIZE)
    assert row.sum() == pytest.approx(ink.sum())
    assert (mine == (row > 0.3)).all()
    moved = find_strokes(mine).boxes[1:]
    moved, boxes = moved[np.argsort(moved[:, 0])], boxes[np.argsort(boxes[:, 0])]
    assert np.ptp(moved[:, 1]) <= 2 * UNEVEN * SIZE
    assert (moved[:, 1] + raised[moved[:, 0] + moved[:, 2] // 2] == boxes[:, 1]).all()
    if raised.any():
        assert len(row) <= (1 + 2 * UNEVEN) * SIZE + 5


def test_nearly_level_digits_stay_as_they_are() -> None:
    ink, labels, boxes = row_of([(5, 20), (65, 35), (125, 10)])
    row, mine, raised = without_jumps(ink, labels, boxes, SIZE)
    assert row is ink
    assert (mine == (labels > 0)).all()
    assert not raised.any()


def test_level_digits_stay_where_another_jumps() -> None:
    ink, labels, boxes = row_of([(5, 100), (65, 112), (125, 95), (185, 10)])
    row, mine, raised = without_jumps(ink, labels, boxes, SIZE)
    assert len(np.unique(raised[:160])) == 1
    assert raised[-1] < raised[0]
    assert len(row) < 1.5 * SIZE
    assert mine.sum() == (labels > 0).sum()


def test_what_has_too_many_strokes_stays_as_it_is() -> None:
    ink, labels, boxes = row_of([(5 + 60 * i, 100 * (i % 2)) for i in range(40)])
    row, _, raised = without_jumps(ink, labels, boxes, SIZE)
    assert row is ink
    assert not raised.any()


def test_dots_go_with_the_digits_that_they_are_nearest_to() -> None:
    ink, _, _ = row_of([(5, 150), (65, 10)])
    ink[10:16, 20:26] = 1  # over the first digit, as high as the other
    strokes = find_strokes(ink > 0.3)
    row, _, raised = without_jumps(ink, strokes.labels, strokes.boxes[1:], SIZE)
    assert len(row) > 2 * SIZE  # the first digit's height counts its dot
    assert raised[20] > raised[80]


@pytest.mark.parametrize("mode", MODES[::2])
@pytest.mark.parametrize("text", ["863", "4071", "25"])
@pytest.mark.parametrize("jump", [30, 90, 140])
def test_a_number_whose_digits_jump_is_read(model: Model, text: str, jump: int, mode: Mode) -> None:
    page = Image.new("L", (90 * len(text) + 60, 400), 255)
    places = [(30 + 90 * i, 60 + jump * (i % 2)) for i in range(len(text))]
    for digit, place in zip(text, places, strict=True):
        page.paste(digit_image(int(digit), size=(90, 120), height=0.9), place)
    reading = recognize(encoded(page), model, mode=mode)
    assert reading.text == text
    for found, (x, y) in zip(reading.digits, places, strict=True):
        left, top, width, height = found.box
        assert abs(left + width / 2 - x - 45) < 20
        assert abs(top + height / 2 - y - 60) < 10
