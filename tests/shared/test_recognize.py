import base64
import io
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageDraw, ImageOps

from shared import recognize as recognize_module
from shared.decode import Picture
from shared.ink import Ink
from shared.model import Model, load
from shared.normalize import normalize
from shared.reading import Reading
from shared.recognize import MODES, Mode, recognize
from shared.strokes import inked
from tests.drawing import digit_image, encoded, number_image
from training.corruptions import CORRUPTIONS, Corruption

MODEL = load()


@pytest.mark.parametrize("mode", ["auto", "digit"])
@pytest.mark.parametrize(("width", "digit"), [(3, 1), (4, 1), (8, 0)])
@pytest.mark.parametrize("factor", [1, 4])
def test_an_outlined_1_is_no_slender_0(
    model: Model, mode: Mode, width: int, digit: int, factor: int
) -> None:
    page = Image.new("L", (28 * factor, 28 * factor))
    corners = [(15, 4), (15 + width, 4), (10 + width, 23), (10, 23)]
    ring = [(factor * x, factor * y) for x, y in corners]
    ImageDraw.Draw(page).line([*ring, ring[0]], fill=255, width=factor)
    assert recognize(encoded(page), model, mode=mode).text == str(digit)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("digit", range(10))
def test_reads_a_drawn_digit(model: Model, digit: int, mode: Mode) -> None:
    reading = recognize(encoded(digit_image(digit)), model, mode=mode)
    assert reading.text == str(digit)
    assert reading.confidence > 0.9


@settings(max_examples=150, deadline=None)
@given(
    digit=st.integers(0, 9),
    size=st.tuples(st.integers(100, 1500), st.integers(100, 1500)),
    height=st.floats(0.3, 0.7),
    across=st.floats(0.3, 0.7),
    down=st.floats(0.4, 0.6),
    pen=st.floats(0.06, 0.14),
    slant=st.floats(-0.05, 0.25),
)
def test_polarity_position_scale_and_aspect_do_not_matter(
    digit: int,
    size: tuple[int, int],
    height: float,
    across: float,
    down: float,
    pen: float,
    slant: float,
) -> None:
    page = digit_image(digit, size=size, height=height, center=(across, down), pen=pen, slant=slant)
    dark = recognize(encoded(page), MODEL, mode="digit")
    light = recognize(encoded(ImageOps.invert(page)), MODEL, mode="digit")
    assert dark.text == light.text == str(digit)
    assert dark.confidence == pytest.approx(light.confidence, abs=0.02)
    assert dark.digits[0].box == light.digits[0].box


@pytest.mark.parametrize("digit", range(10))
@pytest.mark.parametrize("invert", [False, True])
def test_tiny_in_a_corner_of_a_wide_page(model: Model, digit: int, invert: bool) -> None:
    page = digit_image(digit, size=(1600, 300), height=0.13, center=(0.015, 0.1))
    reading = recognize(encoded(ImageOps.invert(page) if invert else page), model, mode="digit")
    assert reading.text == str(digit)
    box = reading.digits[0].box
    assert box[0] < 40
    assert box[1] < 40


@pytest.mark.parametrize("ink", [0, 255])
@pytest.mark.parametrize("digit", range(10))
def test_cropped_to_its_ink(model: Model, digit: int, ink: int) -> None:
    page = np.asarray(digit_image(digit, pen=0.18, ink=ink, paper=255 - ink))
    ys, xs = np.nonzero(page != 255 - ink)
    crop = page[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1]
    assert recognize(encoded(Image.fromarray(crop)), model).text == str(digit)


@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_box_is_in_pixels_of_the_upload(model: Model, form: str) -> None:
    page = digit_image(8, size=(800, 600), center=(0.3, 0.4), height=0.5)
    small = recognize(encoded(page, form), model).digits[0].box
    large = recognize(encoded(page.resize((4000, 3000)), form), model).digits[0].box
    assert np.allclose(np.array(small) * 5, large, atol=12)


def test_box_is_upright(model: Model) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise
    page = digit_image(4, size=(300, 500), center=(0.3, 0.7), height=0.4)
    turned = page.transpose(Image.Transpose.ROTATE_90)
    reading = recognize(encoded(turned, "PNG", exif=exif), model)
    assert reading.text == "4"
    assert (reading.width, reading.height) == (300, 500)
    assert reading.digits[0].box == recognize(encoded(page), model).digits[0].box


@pytest.mark.parametrize("corruption", CORRUPTIONS, ids=lambda c: c.__name__)
def test_dirt_on_small_pictures(model: Model, corruption: Corruption) -> None:
    random = np.random.default_rng(0)
    read = []
    for digit in range(10):
        for hand in range(10):
            pen, slant = 0.1 + 0.006 * hand, 0.02 * hand
            clean = digit_image(digit, size=(28, 28), ink=255, paper=0, pen=pen, slant=slant)
            bad = corruption(np.divide(np.asarray(clean), 255, dtype=np.float32), random)
            picture = Image.fromarray(np.rint(bad * 255).astype(np.uint8))
            read.append(recognize(encoded(picture), model, mode="digit").text == str(digit))
    assert np.mean(read) >= 0.8


@pytest.mark.parametrize("mode", ["auto", "digit"])
@pytest.mark.parametrize("digit", [0, 2, 3, 5, 6, 8])  # drawn so that they are certain
def test_prepared_picture_is_read_as_it_is(model: Model, digit: int, mode: Mode) -> None:
    ink = np.divide(np.asarray(digit_image(digit, ink=255, paper=0)), 255, dtype=np.float32)
    prepared = normalize(ink[inked(ink)])
    page = Image.fromarray(np.rint(255 * prepared).astype(np.uint8))
    light = recognize(encoded(page), model, mode=mode)
    dark = recognize(encoded(ImageOps.invert(page)), model, mode=mode)
    assert light.to_dict() == dark.to_dict()
    assert light.text == str(digit)
    np.testing.assert_allclose(light.digits[0].input, prepared, atol=1 / 255)


@pytest.mark.parametrize("ink", [30, 255])
def test_small_picture_that_is_not_prepared(model: Model, ink: int) -> None:
    page = np.asarray(digit_image(7, size=(28, 28), ink=ink, paper=0, height=0.5)).copy()
    if ink == 255:
        page[:, -1] = 60
    (digit,) = recognize(encoded(Image.fromarray(page)), model).digits
    assert digit.digit == 7
    assert np.flatnonzero(digit.input.any(axis=1)).size == 20  # brought to MNIST's size


@pytest.mark.parametrize(("digit", "height", "pen"), [(4, 11, 0.06), (6, 9, 0.12), (6, 12, 0.12)])
def test_small_digit_is_brought_to_size(model: Model, digit: int, height: int, pen: float) -> None:
    large = 255 - np.asarray(digit_image(digit, size=(112, 112), pen=pen))
    large = large[inked(large, 127)]
    size = round(large.shape[1] * height / large.shape[0]), height
    small = cv2.resize(large, size, interpolation=cv2.INTER_AREA) > 90
    for side in (28, 40):  # as prepared pictures are, or not
        page = np.full((side, side), 255, np.uint8)
        page[1 : 1 + height, 1 : 1 + size[0]][small] = 0
        (read,) = recognize(encoded(Image.fromarray(page)), model, mode="digit").digits
        assert read.digit == digit
        assert np.flatnonzero(read.input.any(axis=1)).size == 20


@pytest.mark.parametrize("text", ["10", "12", "13", "77", "48", "05"])
def test_two_digits_in_a_small_picture(model: Model, text: str) -> None:
    page = Image.new("L", (28, 28), 255)
    number = number_image(text, height=13, pitch=0.8, margin=0.1)
    page.paste(number, ((28 - number.width) // 2, (28 - number.height) // 2))
    assert recognize(encoded(page), model).text == text
    one = recognize(encoded(page), model, mode="digit")
    assert len(one.digits) == 1
    assert one.confidence < 0.5


@pytest.mark.parametrize("pen", [1, 3])
@pytest.mark.parametrize("digit", range(10))
def test_a_one_beside_a_digit_in_a_small_picture(model: Model, digit: int, pen: int) -> None:
    page = Image.new("L", (28, 28), 255)
    page.paste(digit_image(digit, size=(20, 28)), (8, 0))
    ImageDraw.Draw(page).line([(6, 5), (5, 23)], fill=0, width=pen)
    assert recognize(encoded(page), model).text == f"1{digit}"


@pytest.mark.parametrize("digit", [2, 3, 4, 5, 6, 7, 8, 9])
def test_a_stroke_beside_a_joined_digit_does_not_outweigh_it(model: Model, digit: int) -> None:
    size = (44, 48)
    page = digit_image(digit, size=size, height=0.7, center=(0.45, 0.55), pen=0.1)
    cut_off = digit_image(8, size=size, height=0.7, center=(0.95, 0.6), pen=0.1)
    page = ImageChops.darker(page, cut_off)
    pen = ImageDraw.Draw(page)
    pen.line((22, 29, 40, 30), fill=30, width=2)  # joins them
    pen.line((5, 14, 4, 21), fill=30, width=2)
    assert recognize(encoded(page), model, mode="digit").text == str(digit)


@pytest.mark.parametrize("separated", [0.3, 0.5])
def test_one_digit_where_there_may_be_several_is_doubted(
    model: Model, monkeypatch: pytest.MonkeyPatch, separated: float
) -> None:
    page = encoded(number_image("81", pitch=1.5))
    several = recognize(page, model)
    assert several.text == "81"

    def read(inks: Iterable[Ink], *_: object, **__: object) -> Reading:
        list(inks)  # one digit is looked for in those that were asked for
        return replace(several, separated=separated)

    monkeypatch.setattr(recognize_module, "read_number", read)
    one = recognize(page, model)
    assert one.text == "8"
    assert one.confidence < 1 - separated / 2


@pytest.mark.parametrize("surer", ["reduced", "full"])
def test_a_large_picture_is_read_at_full_size_where_less_leaves_doubt(
    model: Model, monkeypatch: pytest.MonkeyPatch, surer: str
) -> None:
    looked = []

    def read(picture: Picture, *_: object) -> Reading:
        looked.append(picture.pixels.shape[1])
        is_reduced = picture.pixels.shape[1] < picture.width
        separated = 0.85 if is_reduced == (surer == "reduced") else 0.6
        (one,) = digits
        line = (replace(one, probabilities=np.eye(10)[int(is_reduced)]),)
        size = picture.width, picture.height
        return Reading((line,), model.to_dict(), *size, separated=separated, likeness=0.5)

    page = encoded(digit_image(3, size=(900, 900)))
    digits = recognize(page, model).digits
    monkeypatch.setattr(recognize_module, "_read", read)
    assert recognize(page, model).text == ("1" if surer == "reduced" else "0")
    assert looked[0] < looked[1] == 900


def test_pictures_are_read_one_after_another(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    reading, most = 0, 0

    def read(picture: Picture, *_: object) -> Reading:
        nonlocal reading, most
        reading += 1
        most = max(most, reading)
        time.sleep(0.01)
        reading -= 1
        return Reading((), model.to_dict(), picture.width, picture.height)

    monkeypatch.setattr(recognize_module, "_read", read)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda file: recognize(file, model), [encoded(digit_image(3))] * 8))
    assert most == 1


def test_blank_page(model: Model) -> None:
    reading = recognize(encoded(Image.new("RGB", (300, 200), "white")), model)
    assert reading.to_dict()["text"] == ""
    assert reading.to_dict()["digits"] == []
    assert reading.confidence == 0


def test_object_of_the_contract(model: Model) -> None:
    content = recognize(encoded(digit_image(6)), model).to_dict(explain=True)
    assert list(content) == ["text", "confidence", "digits", "model", "image"]
    (digit,) = content["digits"]
    assert list(digit) == ["digit", "confidence", "probabilities", "box", "input"]
    assert sum(digit["probabilities"]) == pytest.approx(1, abs=1e-5)
    assert max(digit["probabilities"]) == digit["confidence"]
    assert content["image"] == {"width": 280, "height": 280}
    assert len(content["model"]["version"]) == 12
    scheme, data = digit["input"].split(",")
    assert scheme == "data:image/png;base64"
    assert Image.open(io.BytesIO(base64.b64decode(data))).size == (28, 28)


def test_where_digits_are(model: Model) -> None:
    page = number_image("42")
    content = recognize(encoded(page), model).to_dict()
    assert content["image"] == {"width": page.width, "height": page.height}
    assert page.width > page.height
    four, two = content["digits"]
    for digit, number, start in ((four, 4, 50), (two, 2, 145)):
        assert digit["digit"] == number
        assert digit["probabilities"][number] == digit["confidence"]
        box = digit["box"]
        assert abs(box["x"] - start) < 30
        assert abs(box["y"] - 50) < 10
        assert box["height"] == pytest.approx(111, abs=8)
        assert 40 < box["width"] < 90


@pytest.mark.parametrize("method", ["NEAREST", "BILINEAR", "BICUBIC", "LANCZOS"])
@pytest.mark.parametrize("factor", [1, 3, 5, 20])
@pytest.mark.parametrize("mode", ["digit", "auto"])
def test_digits_of_8_px_enlarged(model: Model, mode: Mode, factor: int, method: str) -> None:
    wrong = 0
    for digit in range(10):
        page = digit_image(digit, size=(64, 64), height=0.9, pen=0.14)
        small = page.crop((8, 0, 56, 64)).resize((8, 8), Image.Resampling.BOX)
        size = (8 * factor, 8 * factor)
        large = small.resize(size, getattr(Image.Resampling, method))
        for picture in (large, ImageOps.invert(large)):
            wrong += recognize(encoded(picture), model, mode=mode).text != str(digit)
    assert wrong <= 1  # a 9 so enlarged may be a 4


@pytest.mark.parametrize("step", [(None, 60), (25, 25)])
@pytest.mark.parametrize("tone", [120, 170])
@pytest.mark.parametrize("mode", ["digit", "auto"])
def test_a_digit_on_ruled_or_squared_paper(
    model: Model, mode: Mode, tone: int, step: tuple[int | None, int]
) -> None:
    across, down = step
    for digit in range(10):
        page = digit_image(digit, size=(220, 200), height=0.5, pen=0.13)
        draw = ImageDraw.Draw(lines := Image.new("L", page.size, 255))
        for y in range(11, page.height, down):
            draw.line((0, y, page.width, y), fill=tone)
        for x in range(7, page.width, across) if across else ():
            draw.line((x, 0, x, page.height), fill=tone)
        page = ImageChops.darker(page, lines)
        for picture in (page, ImageOps.invert(page)):
            assert recognize(encoded(picture), model, mode=mode).text == str(digit)


@pytest.mark.parametrize("mode", ["digit", "auto"])
def test_a_digit_that_is_underlined(model: Model, mode: Mode) -> None:
    for digit in range(10):
        page = digit_image(digit, size=(220, 200), height=0.5)
        ImageDraw.Draw(page).rectangle((30, 160, 190, 164), fill=20)
        assert recognize(encoded(page), model, mode=mode).text == str(digit)


@pytest.mark.parametrize("side", ["left", "top", "right", "bottom"])
@pytest.mark.parametrize("mode", ["digit", "auto"])
def test_a_table_beside_the_paper(model: Model, mode: Mode, side: str) -> None:
    for digit in range(10):
        page = ImageOps.expand(digit_image(digit, size=(240, 250), height=0.5), 30, 60)
        left, top, right, bottom = (
            30 * (side != edge) for edge in ("left", "top", "right", "bottom")
        )
        page = page.crop((left, top, page.width - right, page.height - bottom))
        assert recognize(encoded(page), model, mode=mode).text == str(digit)


@pytest.mark.parametrize("mode", ["digit", "auto"])
@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize(("wide", "power"), [(80, 2), (150, 2), (150, 4)])
def test_shade_at_a_side_is_no_one(
    model: Model, wide: int, power: int, side: str, mode: Mode
) -> None:
    grain = np.random.default_rng(0).normal(0, 2, (600, 600))
    places = np.arange(600)
    shade = 200 * np.clip(1 - places / wide, 0, 1) ** power
    shade = np.clip((120 - np.abs(places - 300)) / 60, 0, 1)[:, None] * shade
    for digit in (2, 4, 8, 9):
        page = np.asarray(digit_image(digit, size=(600, 600), height=0.2), np.float32)
        dark = 235 - 0.4 * (255 - page) - (shade if side == "left" else shade[:, ::-1]) + grain
        picture = Image.fromarray(np.clip(dark, 0, 255).astype(np.uint8))
        assert recognize(encoded(picture), model, mode=mode).text == str(digit)


@pytest.mark.parametrize("text", ["5", "28", "407", "9316"])
@pytest.mark.parametrize("seed", range(4))
def test_small_writing_on_unevenly_lit_paper(model: Model, text: str, seed: int) -> None:
    random = np.random.default_rng(seed)
    light = cv2.GaussianBlur(random.normal(size=(112, 150)), (0, 0), 18)
    light = 0.7 + 0.1 * cv2.resize(light / light.std(), (1200, 896), interpolation=cv2.INTER_CUBIC)
    written = number_image(text, height=44, margin=0.3)
    ink = np.zeros(light.shape)
    x, y = random.integers(100, 800), random.integers(100, 700)
    ink[y : y + written.height, x : x + written.width] = 1 - np.asarray(written) / 255
    page = light * (1 - 0.45 * ink) + random.normal(0, 0.01, light.shape)
    picture = Image.fromarray(np.uint8(255 * np.clip(page, 0, 1)))
    assert recognize(encoded(picture), model).text == text
