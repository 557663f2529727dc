import numpy as np
import pytest
from PIL import Image, ImageChops, ImageDraw

from shared.ink import find_ink
from shared.segment import Segment, one_digit
from tests.drawing import digit_image


def segment(image: Image.Image) -> Segment:
    found = one_digit(next(find_ink(np.asarray(image))))
    assert found is not None
    return found


def box(found: Segment) -> tuple[int, int, int, int]:
    height, width = found.ink.shape
    return found.x, found.y, width, height


def close(one: tuple[int, ...], other: tuple[int, ...], within: int = 2) -> bool:
    return all(abs(a - b) <= within for a, b in zip(one, other, strict=True))


def test_box_of_the_digit() -> None:
    image = digit_image(8, size=(400, 200), center=(0.2, 0.6), height=0.5)
    ys, xs = np.nonzero(np.asarray(image) < 128)
    expected = (int(xs.min()), int(ys.min()), int(np.ptp(xs)) + 1, int(np.ptp(ys)) + 1)
    assert close(box(segment(image)), expected)


def test_specks_are_left_out() -> None:
    image = digit_image(8, size=(300, 300))
    expected = box(segment(image))
    draw = ImageDraw.Draw(image)
    for x, y in [(5, 5), (290, 20), (10, 280), (280, 285)]:
        draw.ellipse((x, y, x + 4, y + 4), fill=0)
    assert box(segment(image)) == expected


def test_the_foot_of_a_1_belongs_to_it() -> None:
    image = Image.new("L", (200, 200), 255)
    draw = ImageDraw.Draw(image)
    draw.line([(70, 70), (110, 30), (110, 150)], fill=0, width=4)
    alone = box(segment(image))
    draw.line([(60, 155), (160, 155)], fill=0, width=4)
    assert close(box(segment(image)), (60, 28, 101, 129), within=3)
    draw.rectangle((0, 152, 200, 200), fill=255)
    draw.line([(20, 155), (190, 155)], fill=0, width=2)  # as long as a line that it stands on
    assert box(segment(image)) == alone


@pytest.mark.parametrize("down", [165, 180])
def test_a_line_under_a_digit_is_left_out(down: int) -> None:
    image = Image.new("L", (200, 200), 255)
    draw = ImageDraw.Draw(image)
    draw.line([(70, 70), (110, 30), (110, 150)], fill=0, width=4)
    alone = box(segment(image))
    draw.line([(60, down), (160, down)], fill=0, width=4)
    assert box(segment(image)) == alone


def test_dark_edge_of_a_scan_is_left_out() -> None:
    image = digit_image(8, size=(300, 300), pen=0.06)
    expected = box(segment(image))
    ImageDraw.Draw(image).rectangle((0, 0, 12, 299), fill=20)
    assert close(box(segment(image)), expected)


def test_hat_of_a_five_belongs_to_it() -> None:
    image = Image.new("L", (200, 200), 255)
    draw = ImageDraw.Draw(image)
    draw.line([(80, 60), (80, 95), (110, 95), (120, 130), (80, 150)], fill=0, width=10)
    draw.line([(95, 45), (140, 42)], fill=0, width=10)
    x, y, width, height = box(segment(image))
    assert y < 45
    assert x + width > 138
    assert y + height > 148


def test_ends_inside_a_pixel_that_is_less_inked() -> None:
    ink = np.array([[0, 0.25, 0], [0.5, 1, 1], [0, 0.75, 0]], np.float32)
    assert Segment(ink, 10, 20).bounds == (10.5, 20.75, 13, 22.75)
    assert Segment(np.full((1, 1), 0.4, np.float32), 3, 4).bounds == (3, 4, 4, 5)


@pytest.mark.parametrize("other", [1, 4, 8])
def test_what_the_picture_cuts_off_beside_the_digit_is_left_out(other: int) -> None:
    page = digit_image(3, size=(180, 90), height=0.7, slant=0.3)
    beside = digit_image(other, size=(180, 90), height=0.7, slant=0.3)
    left = ImageChops.offset(beside, -60, 0)
    right = ImageChops.offset(beside, 60, 0)
    both = ImageChops.darker(page, ImageChops.darker(left, right)).crop((45, 0, 135, 90))
    alone = page.crop((45, 0, 135, 90))
    assert box(segment(both)) == box(segment(alone))
