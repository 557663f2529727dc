"""Bytes -> picture: safe limits, orientation, transparency, reduced scale."""

import io
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image

from .problems import Problem

FORMATS: Final = ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF")
READABLE: Final = "PNG, JPEG, GIF, BMP, WebP and TIFF pictures are read"

# A picture is brought to between WORKING_SIDE and twice that, where it is larger: digits on a
# phone's photo stay tens of pixels high, and a JPEG is decoded at 1/2, 1/4 or 1/8 outright.
WORKING_SIDE: Final = 1000

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

# `Image.open` guards against decompression bombs by a fixed number of pixels; `decode` does so
# by the caller's limit, before any pixel is decoded.
Image.MAX_IMAGE_PIXELS = None


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


def decode(data: bytes, *, max_pixels: int) -> Picture:
    """Decode the first frame of a PNG, JPEG, GIF, BMP, WebP or TIFF file.

    EXIF orientation is applied; transparency is laid on white, or on black where what is opaque
    is light ink. A picture far larger than needed is decoded at a reduced scale.

    Raises:
        Problem: 400 empty, undecodable or truncated; 413 over `max_pixels`; 415 another kind
            of file.
    """
    if not data:
        raise Problem(400, "There is no image: the file is empty.")
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
    except Exception as error:
        raise _unidentified(data) from error
    width, height = image.size
    if width * height > max_pixels:
        raise Problem(
            413,
            f"The image has {width} x {height} pixels; at most {max_pixels} in all are read.",
        )
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
    long_side = max(image.size)
    if long_side > WORKING_SIDE:
        scale = WORKING_SIDE / long_side
        wanted = (max(1, int(image.width * scale)), max(1, int(image.height * scale)))
        image.draft(image.mode, wanted)  # only JPEG decodes at a reduced scale
    image.load()
    turn = UPRIGHT.get(_orientation(image))
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        image = Image.fromarray(_stretch(np.asarray(image)))
    elif image.has_transparency_data:
        image = image.convert("RGBA")
    elif image.mode not in ("L", "RGB"):
        image = image.convert("L" if image.mode == "1" else "RGB")
    factor = max(image.size) // WORKING_SIDE
    if factor > 1:
        image = image.reduce((min(factor, image.width), min(factor, image.height)))
    if turn is not None:
        image = image.transpose(turn)
    pixels = np.asarray(image)
    return (_flatten(pixels) if image.mode == "RGBA" else pixels), turn in SIDEWAYS


def _orientation(image: Image.Image) -> int:
    """EXIF orientation, 1 to 8; damaged EXIF does not make a good picture unreadable."""
    try:
        return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:
        return 1


def _stretch(values: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Pixels of 16 or 32 bits, whose range no file states, to 0 to 255 by their own extremes."""
    finite = np.nan_to_num(values.astype(np.float64))
    low, high = finite.min(), finite.max()
    scaled = (finite - low) / (high - low) if high > low else finite * 0
    return np.rint(scaled * 255).astype(np.uint8)


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
