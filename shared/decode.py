"""Bytes -> picture: safe limits, orientation, transparency, reduced scale."""

import io
import math
import re
import struct
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image

from .problems import Problem
from .raster import reduced
from .tracing import traced

FORMATS: Final = ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF")
READABLE: Final = "PNG, JPEG, GIF, BMP, WebP and TIFF pictures are read"

# A picture is brought to between WORKING_SIDE and twice that, where it is larger: digits on a
# phone's photo stay tens of pixels high, and a JPEG is decoded at 1/2, 1/4 or 1/8 outright. Long
# strips may stay longer.
WORKING_SIDE: Final = 1000
WORKING_PIXELS: Final = 1_500_000  # at most, so that what is all strokes takes no seconds

# First bytes of common files of other kinds, so that their senders get 415 and its words.
OTHER_KINDS: Final = {
    b"%PDF": "a PDF document",
    b"<svg": "an SVG drawing",
    b"<?xml": "an XML file, perhaps an SVG drawing",
    b"8BPS": "a Photoshop file",
    b"\x00\x00\x01\x00": "an icon",
    b"\xff\x0a": "a JPEG XL picture",
    b"\x00\x00\x00\x0cJXL": "a JPEG XL picture",
    b"\x00\x00\x00\x0cjP": "a JPEG 2000 picture",
}

UPRIGHT: Final = {  # by EXIF orientation
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
SIDEWAYS: Final = tuple(UPRIGHT[orientation] for orientation in (5, 6, 7, 8))

# What a hostile file may cost, where its pixels are few.
READS: Final = 100_000  # of the file, each a step of Python's in Pillow's parsers
SIDE: Final = 200_000  # px; each row takes memory, however short
PARTS: Final = 100_000  # strips or tiles of a TIFF
SCANS: Final = 25  # of a JPEG, each a pass over all pixels; 10 are usual for a progressive one
SEGMENTS: Final = 5_000  # of a JPEG: headers, comments, metadata
COPIES: Final = {"WEBP": 2}  # times that a format's decoder holds the pixels more often than others
OBLONG: Final = (1.5, 3.0)  # times as long as wide, pixels that are made square, as a fax's
LAID_OUT: Final = 2**27  # pixels, a byte each
BAND: Final = 2**18  # pixels that are converted at a time

# A TIFF's offsets and lengths of strips and of tiles.
PART_TAGS: Final = (273, 279, 324, 325)

# The start of a JPEG's segment: not the stuffing, restarts and padding in compressed data.
MARKER: Final = re.compile(rb"\xff[\x01-\xcf\xd9-\xfe]")
SCAN: Final = 0xDA
END: Final = 0xD9

# `decode` has its own words for pictures over the limit.
warnings.simplefilter("ignore", Image.DecompressionBombWarning)


@dataclass(frozen=True)
class Picture:
    """A decoded picture, upright.

    Attributes:
        pixels: uint8, (height, width) for grey or (height, width, 3) for RGB, 0 to 255, at the
            working scale.
        width, height: size of the picture as uploaded, upright, in pixels.
    """

    pixels: NDArray[np.uint8]
    width: int
    height: int


@traced
def decode(data: bytes, *, max_pixels: int) -> Picture:
    """Decode the first frame of a PNG, JPEG, GIF, BMP, WebP or TIFF file.

    EXIF orientation is applied; transparency is laid on white, or on black where what is opaque
    is light ink. A picture far larger than needed is decoded at a reduced scale.

    Raises:
        Problem: 400 empty, undecodable, truncated, or made to keep a decoder busy; 413 over
            `max_pixels`, or over half as many in a WebP; 415 another kind of file.
    """
    if not data:
        raise Problem(400, "There is no image: the file is empty.")
    if data[:2] in (b"II", b"MM") and _is_shredded(data):
        raise Problem(400, f"The image is in more than {PARTS} parts.")
    # Pillow lays out a GIF's first frame as it opens it, and goes by this, twice over.
    Image.MAX_IMAGE_PIXELS = max(max_pixels, LAID_OUT)
    try:
        image = Image.open(_File(data), formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise Problem(413, f"The image has far more than {max_pixels} pixels.") from error
    except MemoryError:
        raise
    except Exception as error:
        raise _unidentified(data) from error
    width, height = image.size
    most = max_pixels // COPIES.get(image.format or "", 1)
    if width * height > most:
        kind = f" of a {image.format} file" if most < max_pixels else ""
        raise Problem(
            413, f"The image has {width} x {height} pixels; at most {most} in all{kind} are read."
        )
    if max(width, height) > SIDE:
        raise Problem(
            413, f"The image has {width} x {height} pixels; at most {SIDE} a side are read."
        )
    # A JPEG that says it has more pictures after the first is an MPO to Pillow.
    if image.format in ("JPEG", "MPO") and _is_endless(data):
        raise Problem(400, f"The image has more than {SCANS} scans or {SEGMENTS} segments.")
    try:
        pixels, turned = _load(image)
    except MemoryError:
        raise
    # Decoders raise errors of nearly any type on broken files.
    except Exception as error:
        raise Problem(400, "The image is damaged or cut off and cannot be decoded.") from error
    if turned:
        width, height = height, width
    return Picture(pixels, width, height)


class _File(io.BytesIO):
    """A file in memory that ends for whoever reads on and on, a few bytes at a time."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self._left = READS

    def read(self, size: int | None = -1, /) -> bytes:
        """Read as from any file, but nothing once `READS` are used up."""
        self._left -= 1
        return super().read(size) if self._left >= 0 else b""


def _is_shredded(tiff: bytes) -> bool:
    """Whether a TIFF's first directory lists more strips or tiles than any use for them."""
    order, is_big = ("<" if tiff[:1] == b"I" else ">"), 43 in tiff[2:4]
    start, count, entry = ("Q", "Q", "HHQ8x") if is_big else ("I", "H", "HHI4x")
    try:
        (at,) = struct.unpack_from(order + start, tiff, 8 if is_big else 4)
        (entries,) = struct.unpack_from(order + count, tiff, at)
        at += struct.calcsize(order + count)
        directory = tiff[at : at + min(entries, 65535) * struct.calcsize(order + entry)]
        sizes = {tag: n for tag, _, n in struct.iter_unpack(order + entry, directory)}
    except (struct.error, OverflowError):  # cut off: Pillow says so, too
        return False
    return any(sizes.get(tag, 0) > PARTS for tag in PART_TAGS)


def _is_endless(jpeg: bytes) -> bool:
    """Whether a JPEG has far more scans or segments than any use for them."""
    at, scans = 2, 0
    for _ in range(SEGMENTS):
        found = MARKER.search(jpeg, at)
        if found is None or jpeg[found.end() - 1] == END:
            return False
        at = found.end()
        scans += jpeg[at - 1] == SCAN
        if scans > SCANS:
            return True
        at += int.from_bytes(jpeg[at : at + 2])
    return True


def _unidentified(data: bytes) -> Problem:
    head = data[:64].lstrip()
    for signature, kind in OTHER_KINDS.items():
        if head.startswith(signature):
            return Problem(415, f"This is {kind}. {READABLE}.")
    if data[4:8] == b"ftyp":
        return Problem(415, f"This is a HEIC or AVIF picture, or a video. {READABLE}.")
    return Problem(400, f"The data cannot be decoded as an image. {READABLE}.")


def _load(image: Image.Image) -> tuple[NDArray[np.uint8], bool]:
    """Decode, flatten and turn upright; also say whether width and height changed places."""
    if (excess := _excess(image)) > 1:
        wanted = (max(1, int(image.width / excess)), max(1, int(image.height / excess)))
        image.draft(image.mode, wanted)  # only JPEG decodes at a reduced scale
    image.load()
    turn = UPRIGHT.get(_orientation(image))
    factor = max(1, int(_excess(image)))
    bands = [_reduced(band, factor) for band in _as_bytes(image, factor)]
    pixels = bands[0] if len(bands) == 1 else np.concatenate(bands)
    if pixels.ndim == 3 and pixels.shape[2] == 4:
        pixels = _flatten(pixels)
    height, width = pixels.shape[:2]
    if height * width > WORKING_PIXELS:
        pixels = reduced(
            pixels, int(max(height, width) * math.sqrt(WORKING_PIXELS / height / width))
        )
    pixels = _squared(pixels, image.info.get("dpi"))
    if turn is not None:
        pixels = np.asarray(Image.fromarray(pixels).transpose(turn))
    return pixels, turn in SIDEWAYS


def _squared(pixels: NDArray[np.uint8], dpi: Any) -> NDArray[np.uint8]:
    """As many pixels that are square, where a file says that they are not.

    Args:
        dpi: across and down, as Pillow found them.
    """
    try:
        across, down = map(float, dpi)
        ratio = across / down
    except (TypeError, ValueError, ArithmeticError):
        return pixels
    least, most = OBLONG
    if not least <= max(ratio, 1 / max(ratio, 1e-9)) <= most:
        return pixels
    height, width = pixels.shape[:2]
    size = max(1, round(width / math.sqrt(ratio))), max(1, round(height * math.sqrt(ratio)))
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC))


def _excess(image: Image.Image) -> float:
    """How many times larger a picture is than `WORKING_SIDE`, a strip as one half as high."""
    return min(max(image.size), math.sqrt(2 * image.width * image.height)) / WORKING_SIDE


def _as_bytes(image: Image.Image, factor: int) -> Iterator[Image.Image]:
    """The picture as L, RGB or RGBA, band by band, each but the last of whole `factor` rows.

    A large picture takes hundreds of megabytes by itself; its copies are kept small.
    """
    is_deep = image.mode in ("I", "F") or image.mode.startswith("I;16")
    low, high = _extremes(image) if is_deep else (0.0, 0.0)
    for band in _bands(image, factor):
        if is_deep:
            yield Image.fromarray(_stretch(np.asarray(band), low, high))
        elif image.has_transparency_data:
            yield band.convert("RGBA")
        elif image.mode in ("L", "RGB"):
            yield band
        else:
            yield band.convert("L" if image.mode == "1" else "RGB")


def _bands(image: Image.Image, factor: int = 1) -> Iterator[Image.Image]:
    rows = max(1, BAND // (image.width * factor)) * factor
    if rows >= image.height:
        yield image
        return
    for top in range(0, image.height, rows):
        yield image.crop((0, top, image.width, min(top + rows, image.height)))


def _reduced(band: Image.Image, factor: int) -> NDArray[np.uint8]:
    if factor > 1:
        band = band.reduce((min(factor, band.width), min(factor, band.height)))
    return np.asarray(band)


def _orientation(image: Image.Image) -> int:
    """EXIF orientation, 1 to 8; damaged EXIF does not make a good picture unreadable."""
    try:
        return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:
        return 1


def _extremes(image: Image.Image) -> tuple[float, float]:
    """The least and the greatest finite value of a picture of 16 or 32 bits; 0 and 0 of none."""
    found: list[float] = []
    for band in _bands(image):
        values = np.asarray(band)
        finite = values[np.isfinite(values)]
        if finite.size:
            found += [float(finite.min()), float(finite.max())]
    return (min(found), max(found)) if found else (0.0, 0.0)


def _stretch(values: NDArray[np.generic], low: float, high: float) -> NDArray[np.uint8]:
    """Pixels of 16 or 32 bits, whose range no file states, to 0 to 255 by the picture's extremes.

    What is no number counts as the least of them.
    """
    finite = np.nan_to_num(values.astype(np.float64), nan=low, posinf=high, neginf=low)
    scaled = (finite - low) * (255 / (high - low)) if high > low else finite * 0
    return np.rint(scaled).astype(np.uint8)


def _flatten(rgba: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Lay a transparent picture on white, or on black where that shows what is opaque.

    What is opaque is either the ink alone, all of about one brightness, or a page with ink on
    it, which is best continued in its own tone.
    """
    alpha = rgba[..., 3]
    opaque = rgba[alpha >= 128][:, :3].mean(axis=1)
    if opaque.size == 0:
        opaque = rgba[alpha > 0][:, :3].mean(axis=1)
    paper = 255.0
    if opaque.size:
        darkest, middle, lightest = np.percentile(opaque, (5, 50, 95))
        ys, xs = np.nonzero(alpha >= 128)
        box = (np.ptp(xs) + 1) * (np.ptp(ys) + 1) if xs.size else np.inf
        is_page = lightest - darkest > 64 and opaque.size > box / 2
        paper = 255.0 if is_page == (middle >= 128) else 0.0
    weight = alpha[..., None] / np.float32(255)
    flat = rgba[..., :3] * weight + paper * (1 - weight)
    return np.rint(flat).astype(np.uint8)
