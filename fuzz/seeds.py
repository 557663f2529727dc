"""Small files to begin with: every format, kind of pixel and oddity that Pillow can write."""

import contextlib
from collections.abc import Iterator
from typing import Any, Final

from PIL import ExifTags, Image

from shared.decode import FORMATS
from tests.drawing import digit_image, encoded, number_image

MODES: Final = ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "I", "F")
OPTIONS: Final[dict[str, tuple[dict[str, Any], ...]]] = {
    "PNG": ({}, {"compress_level": 0}, {"transparency": 0}, {"dpi": (300, 300)}),
    "JPEG": ({}, {"progressive": True}, {"subsampling": 0, "quality": 10}, {"comment": b"a"}),
    "GIF": ({}, {"transparency": 0}, {"comment": b"a"}, {"interlace": 1}),
    "BMP": ({},),
    "WEBP": ({}, {"lossless": True}, {"quality": 1, "exact": True}),
    "TIFF": tuple(
        {"compression": kind}
        for kind in ("raw", "tiff_lzw", "tiff_deflate", "packbits", "group4", "jpeg", "tiff_ccitt")
    ),
}


def files() -> Iterator[bytes]:
    """The files, of a few hundred bytes to a few thousand."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    small = digit_image(4, size=(28, 28))
    for form in FORMATS:
        for mode in MODES:
            for options in OPTIONS[form]:
                yield from _encoded(small.convert("RGB").convert(mode), form, **options)
        frames = [Image.new("L", (28, 28), value) for value in (9, 99)]
        yield from _encoded(small, form, save_all=True, append_images=frames)
        yield from _encoded(small, form, exif=exif, icc_profile=bytes(200))
    picture = encoded(number_image("42\n7", height=24))
    yield picture
    yield _form("b", picture)
    yield _form("b", picture, b"words")


def typed() -> Iterator[bytes]:
    """Files after a line with their Content-Type."""
    picture = encoded(digit_image(4, size=(28, 28)))
    for boundary in ("b", "'()+_,-./:=?", "b" * 70):
        kind = f'multipart/form-data; charset=utf-8; boundary="{boundary}"\n'
        yield kind.encode() + _form(boundary, picture, picture)
    yield b"image/png; name*=utf-8''a\n" + picture


def _form(boundary: str, *images: bytes) -> bytes:
    line = b"--" + boundary.encode()
    head = line + b"\r\nContent-Disposition: form-data; name=image; filename=a\r\n\r\n"
    return b"".join(head + image + b"\r\n" for image in images) + line + b"--\r\n"


def _encoded(image: Image.Image, form: str, **options: Any) -> Iterator[bytes]:
    """An image file; none where the format has no such pixels or options."""
    with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
        yield encoded(image, form, **options)
