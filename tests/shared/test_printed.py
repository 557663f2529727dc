import cv2
import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given, settings
from PIL import Image, ImageChops, ImageDraw

from shared.model import Model
from shared.printed import Core, written
from shared.recognize import Mode, recognize
from tests.drawing import digit_image, encoded, number_image

CELL, TALL = 80, 90  # px, of a digit 60 px high


def fields(text: str, across: int, *, down: int = 0, gap: int = 0, margin: int = 40) -> Image.Image:
    """Digits in cells, each so far from the middle, px."""
    page = Image.new("L", (2 * margin + len(text) * (CELL + gap), TALL + 2 * margin), 255)
    for i, digit in enumerate(text):
        one = digit_image(int(digit), size=page.size, height=60 / page.height)
        middle = margin + i * (CELL + gap) + CELL // 2 + across
        moved = ImageChops.offset(one, middle - page.width // 2, down)
        page = ImageChops.darker(page, moved)
    return page


def boxes(page: Image.Image, count: int, *, gap: int = 0, margin: int = 40, line: int = 3) -> None:
    draw = ImageDraw.Draw(page)
    for i in range(count):
        left = margin + i * (CELL + gap)
        draw.rectangle((left, margin, left + CELL, margin + TALL), outline=60, width=line)


@pytest.mark.parametrize("mode", ["auto", "number"])
@pytest.mark.parametrize("line", [1, 3])
@pytest.mark.parametrize("across", [-16, 16, 24])
@pytest.mark.parametrize("gap", [0, 14])
@pytest.mark.parametrize("text", ["40739", "825046"])
def test_digits_that_touch_their_boxes(
    model: Model, text: str, gap: int, across: int, line: int, mode: Mode
) -> None:
    page = fields(text, across, gap=gap)
    boxes(page, len(text), gap=gap, line=line)
    assert recognize(encoded(page), model, mode=mode).text == text


@pytest.mark.parametrize("line", [1, 3])
@pytest.mark.parametrize("down", [-24, 24])
@pytest.mark.parametrize("across", [0, 20])
@pytest.mark.parametrize("text", ["40893", "806946"])
def test_digits_that_stick_out_of_their_boxes(
    model: Model, text: str, across: int, down: int, line: int
) -> None:
    page = fields(text, across, down=down, gap=14)
    boxes(page, len(text), gap=14, line=line)
    assert recognize(encoded(page), model).text == text


@pytest.mark.parametrize("line", [2, 3])
@pytest.mark.parametrize("narrower", [-24, -16, 16, 24])
@pytest.mark.parametrize("text", ["40736", "821045", "146019"])
def test_boxes_seen_from_the_side(model: Model, text: str, narrower: int, line: int) -> None:
    """Their outer sides lean, and are no 1s."""
    page = fields(text, 0)
    boxes(page, len(text), line=line)
    width, height = page.size
    above, below = max(0, narrower), max(0, -narrower)
    seen = page.transform(
        page.size,
        Image.Transform.QUAD,
        (-above, 0, -below, height, width + below, height, width + above, 0),
        Image.Resampling.BICUBIC,
        fillcolor=255,
    )
    assert recognize(encoded(seen), model).text == text


@pytest.mark.parametrize("down", [-3, 0, 3])
@pytest.mark.parametrize("line", [1, 3])
@pytest.mark.parametrize("text", ["40739", "825046"])
def test_one_box_as_high_as_its_digits(model: Model, text: str, line: int, down: int) -> None:
    page = number_image(text, height=60, margin=1)
    box = (30, 55 + down, page.width - 30, page.height - 55 + down)
    ImageDraw.Draw(page).rectangle(box, outline=40, width=line)
    assert recognize(encoded(page), model).text == text


@pytest.mark.parametrize("across", [0, 12])
@pytest.mark.parametrize("sides", ["left", "right", "left right", "top", "left right top bottom"])
@pytest.mark.parametrize("gap", [0, 14])
def test_boxes_where_the_picture_ends(model: Model, gap: int, sides: str, across: int) -> None:
    page = fields("40739", across, gap=gap)
    boxes(page, 5, gap=gap)
    left, top = (40 if side in sides else 0 for side in ("left", "top"))
    right = page.width - (39 + gap if "right" in sides else 0)
    bottom = page.height - (39 if "bottom" in sides else 0)
    assert recognize(encoded(page.crop((left, top, right, bottom))), model).text == "40739"


@pytest.mark.parametrize("margin", [30, 200])
@pytest.mark.parametrize("tall", [0.25, 0.4, 0.55, 0.7, 0.9])
@pytest.mark.parametrize("text", ["40739", "825046"])
def test_digits_on_a_comb(model: Model, text: str, tall: float, margin: int) -> None:
    page = fields(text, 0, margin=margin)
    draw = ImageDraw.Draw(page)
    bottom, right = margin + TALL, margin + len(text) * CELL
    draw.line((margin, bottom, right, bottom), fill=60, width=3)
    for x in range(margin, right + 1, CELL):
        draw.line((x, bottom - tall * TALL, x, bottom), fill=60, width=3)
    assert recognize(encoded(page), model).text == text


@pytest.mark.parametrize("apart", [25, 28])
@pytest.mark.parametrize("count", [3, 5])
def test_ones_on_a_line_are_no_teeth(count: int, apart: int) -> None:
    page = np.zeros((100, 400), np.uint8)
    cv2.line(page, (10, 80), (380, 80), 1.0, 3)
    four = np.array([(200, 20), (185, 60), (230, 58)])
    cv2.polylines(page, [four], isClosed=False, color=1.0, thickness=4)
    ones = [40 + i * apart for i in range(count)]
    for x in ones:
        cv2.line(page, (x, 22), (x, 80), 1.0, 4)
    labels = written(Core(page > 0)).labels
    assert all(labels[50, x] for x in ones)


@pytest.mark.parametrize("gap", [0.5, 0.7, 1.0])
@pytest.mark.parametrize("text", ["40739", "825046"])
def test_digits_on_squared_paper(model: Model, text: str, gap: float) -> None:
    page = number_image(text, height=60, margin=1)
    draw = ImageDraw.Draw(page)
    pitch = round(60 * gap)
    for x in range(pitch // 3, page.width, pitch):
        draw.line((x, 0, x, page.height), fill=120)
    for y in range(pitch // 3, page.height, pitch):
        draw.line((0, y, page.width, y), fill=120)
    assert recognize(encoded(page), model).text == text


@pytest.mark.parametrize("radius", [10, 16])
@pytest.mark.parametrize("text", ["40739", "825"])
def test_punched_holes(model: Model, text: str, radius: int) -> None:
    page = number_image(text, height=60, margin=1.2)
    draw = ImageDraw.Draw(page)
    for y in (30, page.height // 2, page.height - 30):
        draw.ellipse((30 - radius, y - radius, 30 + radius, y + radius), fill=40)
    assert recognize(encoded(page), model).text == text


def test_a_table(model: Model) -> None:
    lines = ["731804", "290655", "418237", "560942", "873160", "125489"]
    page = Image.new("L", (40 + 6 * CELL, 40 + 6 * TALL), 255)
    for i, line in enumerate(lines):
        page.paste(fields(line, 0, margin=0), (20, 20 + i * TALL))
    draw = ImageDraw.Draw(page)
    for i in range(7):
        draw.line((20, 20 + i * TALL, 20 + 6 * CELL, 20 + i * TALL), fill=60, width=2)
    for i in range(0, 7, 2):
        draw.line((20 + i * CELL, 20, 20 + i * CELL, 20 + 6 * TALL), fill=60, width=2)
    assert recognize(encoded(page), model).text.split("\n") == lines


@pytest.mark.parametrize("down", [3, 5])
def test_zeros_that_touch_each_other_above_a_ruled_line(down: int) -> None:
    page = np.zeros((83, 166), np.uint8)
    cv2.line(page, (42, 22), (40, 61), 1.0, 4)
    for x in (70, 103, 136):
        cv2.ellipse(page, (x, 40), (17, 20), 0, 0, 360, 1.0, 2)
    digits = page > 0
    for x in (66, 72, 100, 105, 133, 139):  # specks within them
        page[36:38, x : x + 2] = 1
    page[61 + down : 63 + down] = 1
    assert (written(Core(page > 0)).labels > 0)[digits].all()


def test_digits_that_a_ruled_line_joins_around_a_stroke() -> None:
    page = np.zeros((58, 118), np.uint8)
    cv2.ellipse(page, (52, 33), (14, 20), 0, 0, 360, 1.0, 2)
    for x in (20, 95):
        four = np.array([(x - 8, 12), (x - 16, 38), (x + 10, 37)])
        cv2.polylines(page, [four], isClosed=False, color=1.0, thickness=3)
        cv2.line(page, (x + 6, 24), (x + 5, 57), 1.0, 4)
    page[14:32, 71:73] = 1
    digits = page > 0
    page[46:48] = 1
    assert (written(Core(page > 0)).labels > 0)[digits].all()


@pytest.mark.parametrize("pitch", [0.55, 0.7, 1.2])
def test_digits_are_not_taken_for_lines(pitch: float) -> None:
    for text in ("70252", "00000", "11111", "57255"):
        ink = np.asarray(number_image(text, height=70, pitch=pitch)) < 128
        assert np.array_equal(written(Core(ink)).labels > 0, ink)


@settings(max_examples=150, deadline=None)
@given(hnp.arrays(np.bool_, hnp.array_shapes(min_dims=2, max_dims=2, max_side=70)))
def test_nothing_is_added_to_any_ink(ink: np.ndarray) -> None:
    assert not (written(Core(ink)).labels > 0)[~ink].any()


def cheque(text: str, times: float, lines: tuple[int, ...], pattern: int) -> Image.Image:
    """A field 56 px high, its first digit so much larger than the others and down to the edge.

    Args:
        lines: where ruled ones run from side to side.
        pattern: how much darker than the paper its waves are, as of paper that is hard to copy.
    """
    size = 30 * len(text) + 20, 56
    y, x = np.mgrid[: size[1], : size[0]]
    waves = np.cos((y + 3 * np.sin(x / 9)) * np.pi / 2) > 0.5
    page = Image.fromarray((200 - pattern * waves).astype(np.uint8))
    for i, digit in enumerate(text):
        tall = 24 * (1 if i else times)
        middle = (25 + 30 * i) / size[0], (28 if i else 56 - tall / 2) / 56
        pen = 0.11 * 24 / tall
        one = digit_image(int(digit), size=size, height=tall / 56, center=middle, pen=pen, ink=60)
        page = ImageChops.darker(page, one)
    for line in lines:
        ImageDraw.Draw(page).line((0, line, size[0], line), fill=80, width=2)
    return page


@pytest.mark.parametrize("mode", ["auto", "number"])
@pytest.mark.parametrize("pattern", [0, 50])
@pytest.mark.parametrize("lines", [(), (52,), (3,), (3, 52)])
@pytest.mark.parametrize("text", ["43000", "90172", "61835"])
def test_a_large_first_digit_reaches_the_edge_and_lines(
    model: Model, text: str, lines: tuple[int, ...], pattern: int, mode: Mode
) -> None:
    reading = recognize(encoded(cheque(text, 1.8, lines, pattern)), model, mode=mode)
    assert reading.text == text


@pytest.mark.parametrize("lines", [(), (52,)])
@pytest.mark.parametrize("pattern", [0, 50])
def test_a_long_one_is_no_printed_column(
    model: Model, lines: tuple[int, ...], pattern: int
) -> None:
    page = cheque("15000", 2.1, lines, pattern)
    assert recognize(encoded(page), model, mode="number").text == "15000"


def test_columns_from_line_to_line_are_printed() -> None:
    page = number_image("5083", height=24, margin=1)
    draw = ImageDraw.Draw(page)
    for y in (4, page.height - 6):
        draw.line((0, y, page.width, y), fill=60, width=2)
    draw.line((14, 4, 14, page.height - 6), fill=60, width=2)
    assert len(written(Core(np.asarray(page) < 128)).boxes) == 1 + 4


@pytest.mark.parametrize(("width", "count"), [(3, 1), (12, 2)])
def test_a_column_that_ends_in_the_picture_is_a_hairline(width: int, count: int) -> None:
    """Too thin for a 1 that long, it is of the paper."""
    page = number_image("5", height=40, margin=0.2)
    core = np.zeros((300, 200), bool)
    core[120 : 120 + page.height, 20 : 20 + page.width] = np.asarray(page) < 128
    core[20:290, 170 : 170 + width] = True
    assert len(written(Core(core)).boxes) == 1 + count


@pytest.mark.parametrize("is_closed", [False, True])
def test_what_is_around_a_digit_on_two_sides_is_no_circle(is_closed: bool) -> None:
    page = np.zeros((90, 160), bool)
    page[10:80, 10:14] = page[76:80, 10:120] = True
    page[30:60, 40:44] = page[30:34, 40:60] = True  # a 7, say
    if is_closed:
        page[10:80, 116:120] = page[10:14, 10:120] = True
    assert len(written(Core(page)).boxes) == 1 + (1 if is_closed else 2)
