import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image, ImageOps

from shared.decode import FORMATS, WORKING_SIDE, Picture, decode
from shared.model import Model
from shared.problems import Problem
from shared.recognize import recognize
from tests.drawing import digit_image, encoded, number_image

PIXELS = 50_000_000
SEVEN = digit_image(7, size=(90, 120))


def problem(data: bytes, max_pixels: int = PIXELS) -> Problem:
    with pytest.raises(Problem) as caught:
        decode(data, max_pixels=max_pixels)
    return caught.value


MODES = {
    "PNG": ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"),
    "JPEG": ("1", "L", "RGB", "CMYK"),
    "GIF": ("1", "L", "LA", "P", "RGB", "RGBA"),
    "BMP": ("1", "L", "P", "RGB", "RGBA"),
    "WEBP": ("1", "L", "LA", "P", "RGB", "RGBA"),
    "TIFF": ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "I", "F"),
}


@pytest.mark.parametrize(("form", "mode"), [(f, m) for f, modes in MODES.items() for m in modes])
def test_every_format_and_pixel_type(form: str, mode: str) -> None:
    if mode in ("I;16", "I", "F"):
        kind = {"I;16": np.uint16, "I": np.int32, "F": np.float32}[mode]
        image = Image.fromarray(np.asarray(SEVEN).astype(kind) * 200)
    else:
        image = SEVEN.convert("RGB").convert(mode) if mode == "CMYK" else SEVEN.convert(mode)
    picture = decode(encoded(image, form), max_pixels=PIXELS)
    assert (picture.width, picture.height) == (90, 120)
    assert picture.pixels.dtype == np.uint8
    assert picture.pixels.shape[:2] == (120, 90)
    grey = picture.pixels.reshape(120, 90, -1).mean(axis=2)
    assert np.abs(grey - np.asarray(SEVEN)).mean() < 12


@pytest.mark.parametrize("form", ["JPEG", "PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation(form: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    data = encoded(SEVEN.convert("RGB"), form, exif=exif)
    expected = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("L")
    picture = decode(data, max_pixels=PIXELS)
    assert (picture.width, picture.height) == expected.size
    assert expected.size == ((120, 90) if orientation >= 5 else (90, 120))
    assert np.abs(picture.pixels.mean(axis=2) - np.asarray(expected)).mean() < 3


@pytest.mark.parametrize("dpi", [(204, 98), (98, 204)])
def test_pixels_of_a_fax_are_made_square(model: Model, dpi: tuple[int, int]) -> None:
    page = number_image("40739", height=60)
    across, down = dpi
    flat = page.resize((page.width * across // 204, page.height * down // 204))
    fax = encoded(flat.convert("1"), "TIFF", compression="group4", dpi=dpi)
    picture = decode(fax, max_pixels=10**6)
    height, width = picture.pixels.shape[:2]
    assert width / height == pytest.approx(page.width / page.height, rel=0.03)
    assert width * height == pytest.approx(flat.width * flat.height, rel=0.03)
    reading = recognize(fax, model)
    assert reading.text == "40739"
    x, y, w, h = reading.digits[-1].box
    assert 0.75 * flat.width < x < x + w < flat.width
    assert 0.4 * flat.height < h < y + h < flat.height


@pytest.mark.parametrize("dpi", [(72, 72), (72, 96), (1, 1000), (0, 98), (300, 300)])
def test_other_resolutions_change_nothing(dpi: tuple[int, int]) -> None:
    picture = decode(encoded(digit_image(4, size=(90, 120)), "TIFF", dpi=dpi), max_pixels=10**6)
    assert picture.pixels.shape[:2] == (120, 90)


def test_damaged_exif_is_ignored() -> None:
    data = encoded(SEVEN, "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff garbage")
    assert decode(data, max_pixels=PIXELS).pixels.shape == (120, 90)


@pytest.mark.parametrize(("ink", "paper"), [(0, 255), (255, 0), (40, 255), (200, 0)])
def test_transparent_ink_is_laid_on_contrast(ink: int, paper: int) -> None:
    image = Image.new("LA", SEVEN.size, (ink, 0))
    image.putalpha(ImageOps.invert(SEVEN))
    pixels = decode(encoded(image), max_pixels=PIXELS).pixels
    assert (pixels[0, 0] == paper).all()


@pytest.mark.parametrize(("ink", "paper"), [(0, 255), (255, 0)])
def test_transparent_margin_continues_the_page(ink: int, paper: int) -> None:
    page = digit_image(7, size=(90, 120), ink=ink, paper=paper).convert("RGBA")
    image = Image.new("RGBA", (150, 200), (0, 0, 0, 0))
    image.paste(page, (30, 40))
    pixels = decode(encoded(image), max_pixels=PIXELS).pixels
    assert (pixels[0, 0] == paper).all()


def test_fully_transparent_is_blank() -> None:
    pixels = decode(encoded(Image.new("RGBA", (20, 20))), max_pixels=PIXELS).pixels
    assert (pixels == pixels[0, 0]).all()


@pytest.mark.parametrize("form", FORMATS)
def test_large_pictures_are_reduced(form: str) -> None:
    image = digit_image(7, size=(700, 500)).resize((4200, 3000))
    picture = decode(encoded(image, form), max_pixels=PIXELS)
    assert (picture.width, picture.height) == (4200, 3000)
    assert WORKING_SIDE <= max(picture.pixels.shape) < 2 * WORKING_SIDE


@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_a_long_strip_keeps_its_short_side(form: str) -> None:
    """Of a till roll's length nothing follows for the height of its digits."""
    image = Image.new("L", (6000, 43), 255)
    assert decode(encoded(image, form), max_pixels=PIXELS).pixels.shape == (43, 6000)


@pytest.mark.parametrize("size", [(1, 1), (1, 30000), (30000, 1), (1, 2), (3, 2500)])
def test_odd_shapes(size: tuple[int, int]) -> None:
    picture = decode(encoded(Image.new("L", size, 255)), max_pixels=PIXELS)
    assert (picture.width, picture.height) == size
    assert picture.pixels.size > 0


def test_animation_reads_the_first_frame() -> None:
    frames = [Image.new("L", (30, 30), value) for value in (10, 200)]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert abs(int(decode(data, max_pixels=PIXELS).pixels.mean()) - 10) <= 2


def test_pixels_over_the_limit() -> None:
    assert problem(encoded(SEVEN), max_pixels=90 * 120 - 1).status == 413
    assert decode(encoded(SEVEN), max_pixels=90 * 120).width == 90


def test_what_memory_does_not_hold_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(Image, "open", full)
    with pytest.raises(MemoryError):
        decode(encoded(SEVEN), max_pixels=PIXELS)


@pytest.mark.parametrize("form", ["PNG", "BMP"])
def test_bomb_is_refused_before_it_is_decoded(form: str) -> None:
    data = bytearray(encoded(Image.new("L", (8, 8)), form))
    if form == "PNG":
        import zlib

        data[16:24] = (60000).to_bytes(4) * 2
        data[29:33] = zlib.crc32(data[12:29]).to_bytes(4)
    else:
        data[18:26] = (60000).to_bytes(4, "little") * 2
    assert problem(bytes(data)).status == 413


def test_empty() -> None:
    assert problem(b"").status == 400


def test_text() -> None:
    assert problem(b"I am no picture").status == 400


@pytest.mark.parametrize(
    "data",
    [
        b"%PDF-1.7 ...",
        b'<svg xmlns="http://www.w3.org/2000/svg"/>',
        b"\n <?xml version='1.0'?><svg/>",
        b"\0\0\0\x18ftypheic\0\0\0\0",
        b"8BPS\0\1",
    ],
)
def test_other_kinds_of_files(data: bytes) -> None:
    assert problem(data).status == 415


@pytest.mark.parametrize("form", FORMATS)
def test_cut_off(form: str) -> None:
    data = encoded(digit_image(7, size=(300, 300)), form)
    assert problem(data[: len(data) // 2]).status == 400


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_mutated_files_give_a_picture_or_a_problem(data: st.DataObject) -> None:
    form = data.draw(st.sampled_from(FORMATS))
    content = bytearray(encoded(SEVEN, form))
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    del content[data.draw(st.integers(1, len(content))) :]
    try:
        assert isinstance(decode(bytes(content), max_pixels=1_000_000), Picture)
    except Problem as refused:
        assert refused.status in (400, 413, 415)
