import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image, ImageDraw

from shared.ink import Ink, find_ink
from shared.rows import Row, find_rows
from tests.drawing import digit_image, number_image


def rows(image: Image.Image) -> list[Row]:
    return find_rows(next(find_ink(np.asarray(image))))


def test_one_row_of_separate_strokes() -> None:
    (row,) = rows(number_image("71342"))
    assert len(row.boxes) >= 5  # the drawn four is one stroke or two
    assert row.ink.shape == row.strokes.shape
    assert row.size == pytest.approx(80, abs=3)  # reduced from 111
    assert (np.diff(row.boxes[:, 0] + row.boxes[:, 2] / 2) > 0).all()


def test_rows_from_top_to_bottom() -> None:
    found = rows(number_image("12345\n1\n678"))
    middles = [(row.to_picture @ [0, row.ink.shape[0] / 2, 1])[1] for row in found]
    assert [len(row.boxes) for row in found][1] == 1
    assert len(found) == 3
    assert middles == sorted(middles)


@pytest.mark.parametrize(
    ("places", "count"),
    [
        ([(40, 40), (120, 90), (200, 40)], 1),  # they jump up and down
        ([(40, 40), (110, 95), (180, 40), (250, 95)], 1),
        ([(40, 90), (100, 45), (160, 45), (220, 45)], 1),
        ([(40, 40), (100, 40), (70, 95), (130, 95)], 2),  # one is over another
        ([(40, 20), (100, 20), (160, 150), (220, 150)], 2),
    ],
)
def test_digits_as_high_as_each_other_in_part(places: list[tuple[int, int]], count: int) -> None:
    page = Image.new("L", (320, 240), 255)
    for x, y in places:
        ImageDraw.Draw(page).ellipse((x, y, x + 40, y + 70), outline=0, width=8)
    found = rows(page)
    assert [len(row.boxes) for row in found] == [len(places) // count] * count


def test_small_strokes_stay_with_a_digit_that_jumps() -> None:
    page = Image.new("L", (320, 300), 255)
    draw = ImageDraw.Draw(page)
    for x, y in [(40, 40), (110, 45), (180, 170)]:
        draw.ellipse((x, y, x + 40, y + 70), outline=0, width=8)
    draw.line((190, 255, 215, 255), fill=0, width=8)  # its foot
    (row,) = rows(page)
    assert len(row.boxes) == 4
    assert row.ink.shape[0] < 100
    assert row.raised[0] < row.raised[-1]


@pytest.mark.parametrize("angle", [-15, -7, 4, 12])
def test_a_sloping_row_is_turned_level(angle: float) -> None:
    page = number_image("280358", margin=2).rotate(
        -angle, fillcolor=255, resample=Image.Resampling.BICUBIC
    )
    (row,) = rows(page)
    y, height = row.boxes[:, 1], row.boxes[:, 3]
    assert np.ptp(y + height / 2) < 0.15 * row.size
    # A pixel of the row lies where it lay in the picture.
    x, y = row.to_picture @ [row.boxes[0, 0] + row.boxes[0, 2] / 2, y[0] + height[0] / 2, 1]
    ink = np.asarray(page) < 128
    left = np.flatnonzero(ink.any(axis=0))[0]
    assert abs(x - left) < row.size
    assert ink[round(y) - 40 : round(y) + 40, round(x) - 30 : round(x) + 30].any()


@pytest.mark.parametrize(("across", "down"), [(200, 60), (200, 90), (400, 140)])
@pytest.mark.parametrize("is_rising", [False, True])
def test_numbers_far_from_each_other_are_level(across: int, down: int, is_rising: bool) -> None:
    """Turned by some degrees, they would be in one row."""
    left, right = number_image("407", height=40), number_image("2831", height=40)
    page = Image.new("L", (left.width + across + right.width, left.height + down), 255)
    page.paste(left, (0, down if is_rising else 0))
    page.paste(right, (left.width + across, 0 if is_rising else down))
    found = rows(page)
    assert len(found) == 2
    assert all((row.to_picture[:, :2] == np.eye(2)).all() for row in found)


@pytest.mark.parametrize("times", [2.5, 3.5])
@pytest.mark.parametrize("is_above", [False, True])
def test_smaller_digits_have_rows_of_their_own(times: float, is_above: bool) -> None:
    large, small = number_image("83", height=round(40 * times)), number_image("40526", height=40)
    page = Image.new("L", (max(large.width, small.width), large.height + small.height), 255)
    page.paste(large, (0, small.height if is_above else 0))
    page.paste(small, (0, 0 if is_above else large.height))
    found = rows(page)
    heights = [row.height for row in found]
    assert len(found) == 2
    assert (heights[0] < heights[1]) == is_above
    assert max(heights) / min(heights) == pytest.approx(times, rel=0.1)


def test_ruled_lines_and_specks_are_no_strokes() -> None:
    page = number_image("4056", height=90, margin=1)
    expected = [len(row.boxes) for row in rows(page)]
    draw = ImageDraw.Draw(page)
    for y in range(20, page.height, 60):
        draw.line((0, y, page.width, y + 3), fill=0, width=2)
    for x in range(10, page.width, 40):
        draw.ellipse((x, 12, x + 3, 15), fill=0)
    found = rows(page)
    assert len(found) == 1
    assert abs(len(found[0].boxes) - expected[0]) <= 1


@pytest.mark.parametrize("text", ["3", "82", "4073"])
@pytest.mark.parametrize("rise", [0, 6])
def test_a_line_under_digits_is_no_stroke_of_them(text: str, rise: int) -> None:
    page = number_image(text, height=60, margin=1)
    expected = [len(row.boxes) for row in rows(page)]
    ys, xs = np.nonzero(np.asarray(page) < 128)
    below = int(ys.max()) + 7
    line = (int(xs.min()) - 8, below + rise, int(xs.max()) + 8, below)
    ImageDraw.Draw(page).line(line, fill=0, width=5)
    assert [len(row.boxes) for row in rows(page)] == expected


def test_the_foot_of_a_1_is_a_stroke_of_it() -> None:
    page = Image.new("L", (200, 120), 255)
    draw = ImageDraw.Draw(page)
    draw.line((60, 20, 60, 90), fill=0, width=7)
    draw.line((44, 95, 76, 95), fill=0, width=7)
    draw.ellipse((120, 20, 160, 98), outline=0, width=8)
    (row,) = rows(page)
    assert len(row.boxes) == 3


def test_a_row_is_as_high_as_its_own_digits() -> None:
    """Words below a digit have more ink, and are not half as high."""
    page = Image.new("L", (600, 240), 255)
    page.paste(number_image("5", height=50), (40, 20))
    page.paste(number_image("1234567890" * 2, height=24), (10, 150))
    digit, words = rows(page)
    assert digit.height == pytest.approx(50, rel=0.15)
    assert words.height == pytest.approx(24, rel=0.15)


def test_shadow_at_the_edge_is_no_stroke() -> None:
    page = number_image("390", margin=1)
    ImageDraw.Draw(page).rectangle((0, 0, page.width, 18), fill=10)
    (row,) = rows(page)
    assert len(row.boxes) == 3


@pytest.mark.parametrize(
    ("stroke", "count"),
    [
        ([(40, 40), (60, 20), (56, 199)], 4),  # a 1, to the edge
        ([(56, 20), (14, 100), (56, 199)], 4),
        ([(38, 0), (30, 199)], 3),  # the edge of a sheet
        ([(0, 20), (0, 199)], 3),
    ],
)
def test_a_stroke_by_the_same_pen_may_reach_the_edge(
    stroke: list[tuple[int, int]], count: int
) -> None:
    page = number_image("390", height=60, margin=1.2, pen=0.1)
    page = page.resize((page.width, 200))
    ImageDraw.Draw(page).line(stroke, fill=0, width=7)
    (row,) = rows(page)
    assert len(row.boxes) == count


@pytest.mark.parametrize("cut", [20, 60])
def test_lines_that_the_picture_cuts_off_are_no_rows(cut: int) -> None:
    page = number_image("390\n7142\n586", height=100, leading=1.3)
    whole = page.crop((0, 50 + 100 - cut, page.width, page.height - 50 - 100 + cut))
    (row,) = rows(whole)
    assert len(row.boxes) in (4, 5)  # the drawn four is one stroke or two
    assert len(rows(page)) == 3


def test_what_is_too_small_to_be_told_is_no_row() -> None:
    assert rows(number_image("4711", height=2, margin=5)) == []
    assert len(rows(number_image("4711", height=8, margin=5))) == 1


def test_a_digit_that_fills_its_picture_is_kept() -> None:
    page = digit_image(7, size=(60, 60), height=0.98, pen=0.2)
    assert len(rows(page)) == 1


@settings(max_examples=150, deadline=None)
@given(
    hnp.arrays(
        np.float32,
        hnp.array_shapes(min_dims=2, max_dims=2, max_side=60),
        elements=st.floats(0, 1, width=32),
    )
)
def test_any_ink_gives_rows_or_none(strength: np.ndarray) -> None:
    ink = Ink(strength, strength > 0.06, 0.0, is_light=True)
    for row in find_rows(ink):
        assert row.ink.shape == row.strokes.shape
        assert row.strokes.max() == len(row.boxes) > 0
        assert row.size > 0
