"""Broken, odd and hostile files, and what reading them costs: `python -m tests.hostile`.

Each is read in a process of its own, so that one that brings it down is seen as such. Prints an
object a line: name, bytes, status of the answer (null: none came), seconds of CPU time, and the
process's greatest size in MB.
"""

import base64
import json
import os
import resource
import struct
import time
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
from PIL import Image

from shared import http, model
from tests.drawing import digit_image, encoded, number_image

MOST: Final = 20 * 2**20 - 2**12  # bytes, near the limit of an upload
LARGE: Final = (7070, 7070)  # near the limit of pixels
SECONDS: Final = 20  # of CPU time, after which a file is given up


PNG: Final = encoded(digit_image(4, size=(64, 64)))
JPEG: Final = encoded(digit_image(4, size=(64, 64)), "JPEG")
GIF: Final = encoded(digit_image(4, size=(64, 64)).convert("P"), "GIF")
GIF_HEAD: Final = 13 + 3 * 2 ** ((GIF[10] & 7) + 1)
TIFF: Final = encoded(digit_image(4, size=(64, 64)), "TIFF")

GIF_FRAMES: Final = [Image.new("P", (64, 64), value) for value in (10, 60, 110, 160)]


def chunk(name: bytes, data: bytes = b"") -> bytes:
    """A chunk of a PNG."""
    return len(data).to_bytes(4) + name + data + zlib.crc32(name + data).to_bytes(4)


def png(width: int, height: int, data: bytes, *, kind: int = 0, depth: int = 8) -> bytes:
    """A PNG of this header and this compressed data, whether they fit or not."""
    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
    chunks = chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND")
    return b"\x89PNG\r\n\x1a\n" + chunks


def tiff(entries: dict[int, tuple[int, int, int]], rest: bytes = b"", *, then: int = 0) -> bytes:
    """A TIFF of one directory, of (type, count, value or offset) by tag, and of the next's place.

    What `rest` holds begins at 10 + 12 * len(entries) + 4.
    """
    directory = b"".join(struct.pack("<HHII", tag, *entry) for tag, entry in entries.items())
    return (
        b"II*\0\x08\0\0\0"
        + struct.pack("<H", len(entries))
        + directory
        + (struct.pack("<I", then) + rest)
    )


def in_tiles(side: int, tile: int) -> bytes:
    """A TIFF in tiles so small that their list outgrows the picture."""
    count, at = (side // tile) ** 2, 10 + 12 * 9 + 4
    tags = {256: (4, 1, side), 257: (4, 1, side), 258: (3, 1, 8), 259: (3, 1, 1), 262: (3, 1, 1)}
    tags |= {
        322: (3, 1, tile),
        323: (3, 1, tile),
        324: (4, count, at),
        325: (4, count, at + 4 * count),
    }
    places = struct.pack("<I", at + 8 * count) * count + struct.pack("<I", tile * tile) * count
    return tiff(tags, places + bytes(tile * tile))


def scanned_again(side: int) -> bytes:
    """A progressive JPEG whose last scan comes again and again, each a pass over all pixels."""
    data = encoded(Image.new("L", (side, side), 128), "JPEG", progressive=True, quality=5)
    scan = data[data.rfind(b"\xff\xda") : -2]
    return data[:-2] + scan * ((MOST - len(data)) // len(scan)) + data[-2:]


def as_mpo(jpeg: bytes) -> bytes:
    """A JPEG that says that another picture follows it."""
    at = 10 + 12 * 3 + 4
    tags = {
        0xB000: (7, 4, int.from_bytes(b"0100", "little")), 0xB001: (4, 1, 2), 0xB002: (7, 32, at)
    }  # fmt: skip
    pictures = struct.pack("<IIIHHIIIHH", 0, len(jpeg), 0, 0, 0, 0, len(jpeg), len(jpeg), 0, 0)
    segment = b"MPF\0" + tiff(tags, pictures)
    return jpeg[:2] + b"\xff\xe2" + (len(segment) + 2).to_bytes(2) + segment + jpeg[2:]


def with_exif(exif: bytes) -> bytes:
    """A JPEG of these EXIF data."""
    segment = b"Exif\0\0" + exif
    return JPEG[:2] + b"\xff\xe1" + (len(segment) + 2).to_bytes(2) + segment + JPEG[2:]


def in_gif(extension: bytes) -> bytes:
    """A GIF with an extension before its picture."""
    return GIF[:GIF_HEAD] + extension + GIF[GIF_HEAD:]


def noise(width: int, height: int, mode: str = "L") -> Image.Image:
    """Random bytes."""
    shape = (height, width, len(mode)) if len(mode) > 1 else (height, width)
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, shape, np.uint8))


def strokes(side: int, count: int) -> Image.Image:
    """A page of short strokes anywhere."""
    page = np.full((side, side), 255, np.uint8)
    for y, x, tall, wide in np.random.default_rng(1).integers(0, side, (count, 4)):
        page[y : y + 3 + tall % 40, x : x + 3 + wide % 5] = 0
    return Image.fromarray(page)


def comb(width: int, height: int, pitch: int) -> Image.Image:
    """Upright strokes beside each other, all of which might be digits."""
    page = np.full((height, width), 255, np.uint8)
    page[height // 10 : -height // 10, ::pitch] = 0
    return Image.fromarray(page)


def squares(width: int, height: int, side: int) -> Image.Image:
    """Squares of two colours at random."""
    cells = np.random.default_rng(0).random((height // side, width // side)) < 0.25
    return Image.fromarray(np.uint8(255 * cells)).resize((width, height), Image.Resampling.NEAREST)


def squared(side: int, pitch: int) -> Image.Image:
    """Paper squared by hairlines."""
    page = np.full((side, side), 255, np.uint8)
    page[::pitch] = page[:, ::pitch] = 0
    return Image.fromarray(page)


def _flat(mode: str, form: str, **options: object) -> bytes:
    return encoded(Image.new(mode, LARGE), form, **options)


Make = Callable[[], bytes]
FILES: Final[dict[str, Make]] = {
    # What is no picture, or not all of one.
    "empty": lambda: b"",
    "one byte": lambda: b"\x89",
    "zeros": lambda: bytes(100_000),
    "only a signature": lambda: PNG[:8],
    "text": lambda: b"I am no picture. " * 1000,
    "JSON": lambda: b'{"image": null}',
    "a zip archive": lambda: b"PK\x03\x04" + bytes(1000),
    # Sizes.
    "PNG 0 x 0": lambda: png(0, 0, zlib.compress(b"")),
    "PNG 0 x 5": lambda: png(0, 5, zlib.compress(bytes(5))),
    "PNG 2^31 x 2^31": lambda: png(2**31 - 1, 2**31 - 1, zlib.compress(b"")),
    "PNG 1 x 100000": lambda: encoded(noise(1, 100_000)),
    "PNG 100000 x 1": lambda: encoded(noise(100_000, 1)),
    "PNG 1 x 50 million": lambda: png(1, 50_000_000, zlib.compress(bytes(100_000_000))),
    "BMP of negative size": lambda: _replaced(
        encoded(Image.new("L", (8, 8)), "BMP"), 18, b"\xff" * 8
    ),
    "GIF 0 x 0": lambda: _replaced(GIF, 6, bytes(4)),
    "GIF 65535 x 65535": lambda: _replaced(GIF, 6, b"\xff" * 4),
    "TIFF 0 x 0": lambda: tiff({256: (4, 1, 0), 257: (4, 1, 0), 273: (4, 1, 8), 279: (4, 1, 0)}),
    # Bombs of pixels, of compression, and of copies.
    **{
        f"PNG of 50 megapixels, {mode}": partial(_flat, mode, "PNG", compress_level=1)
        for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")
    },
    **{
        f"TIFF of 50 megapixels, {mode}": partial(_flat, mode, "TIFF", compression="tiff_lzw")
        for mode in ("1", "RGB", "RGBA", "CMYK", "I", "F", "I;16")
    },
    **{
        f"JPEG of 50 megapixels, {mode}": partial(_flat, mode, "JPEG")
        for mode in ("L", "RGB", "CMYK")
    },
    "JPEG of 50 megapixels, progressive": lambda: encoded(
        Image.new("RGB", LARGE), "JPEG", progressive=True
    ),
    "WebP of 50 megapixels": lambda: encoded(Image.new("RGB", LARGE), "WEBP", lossless=True),
    "WebP of 25 megapixels": lambda: encoded(Image.new("RGBA", (5000, 4999)), "WEBP", quality=1),
    "GIF of a frame of 65535 x 65535": lambda: (
        GIF[:GIF_HEAD] + b"!\xf9\4\x08\0\0\0\0," + bytes(4) + b"\xff" * 4 + GIF[GIF_HEAD + 9 :]
    ),
    "GIF of 50 megapixels": lambda: encoded(Image.new("P", LARGE), "GIF"),
    "BMP of 50 megapixels": lambda: encoded(Image.new("1", LARGE), "BMP"),
    "PNG whose data are a gigabyte": lambda: png(9, 9, _bomb(2**30)),
    "PNG with a gigabyte of profile": lambda: (
        PNG[:33] + chunk(b"iCCP", b"a\0\0" + _bomb(2**30)) + PNG[33:]
    ),
    "PNG with megabytes of texts": lambda: (
        PNG[:33] + chunk(b"zTXt", b"a\0\0" + _bomb(2**20 - 1)) * 9_000 + PNG[33:]
    ),
    # Millions of small parts.
    "PNG of a million chunks": lambda: PNG[:33] + chunk(b"abCd") * (MOST // 12) + PNG[33:],
    "PNG of a million empty IDAT": lambda: PNG[:33] + chunk(b"IDAT") * (MOST // 12) + PNG[33:],
    "PNG of a million chunks at its end": lambda: (
        PNG[:-12] + chunk(b"abCd") * (MOST // 12) + PNG[-12:]
    ),
    "JPEG of millions of segments": lambda: JPEG[:2] + b"\xff\xe4\0\2" * (MOST // 4) + JPEG[2:],
    "JPEG of millions of comments": lambda: JPEG[:2] + b"\xff\xfe\0\2" * (MOST // 4) + JPEG[2:],
    "JPEG of padding": lambda: JPEG[:2] + b"\xff" * MOST + JPEG[2:],
    "JPEG of stuffing": lambda: JPEG[:2] + b"\xff\0" * (MOST // 2) + JPEG[2:],
    "JPEG of 270000 scans": lambda: scanned_again(7000),
    "JPEG of 270000 scans that is an MPO": lambda: as_mpo(scanned_again(7000)),
    "GIF of one long comment": lambda: in_gif(b"!\xfe" + b"\1a" * (MOST // 2) + b"\0"),
    "GIF of many comments": lambda: in_gif(b"!\xfe\1a\0" * (MOST // 5)),
    "GIF of junk": lambda: in_gif(bytes(MOST)),
    "TIFF in tiles of a pixel": lambda: in_tiles(1600, 1),
    "TIFF in small tiles": lambda: in_tiles(7040, 16),
    "TIFF whose directory is its own next": lambda: tiff({256: (4, 1, 8), 257: (4, 1, 8)}, then=8),
    "TIFF with a giant tag": lambda: tiff(
        {256: (4, 1, 8), 257: (4, 1, 8), 700: (1, MOST, 22)}, bytes(MOST)
    ),
    "BigTIFF whose directory lies nowhere": lambda: struct.pack("<2s3HQ", b"II", 43, 8, 0, 2**63),
    "TIFF of 65535 entries": lambda: tiff({n: (4, 1, n) for n in range(65535)}),
    "TIFF whose offsets lie outside": lambda: tiff(
        {256: (4, 1, 8), 257: (4, 1, 8), 258: (3, 1, 8), 273: (4, 1, 2**32 - 1), 279: (4, 1, 64)}
    ),
    # Metadata.
    "EXIF that is its own next": lambda: with_exif(
        b"II*\0\x08\0\0\0" + struct.pack("<HHHII", 1, 0x8769, 4, 1, 8) + b"\x08\0\0\0"
    ),
    "EXIF of orientation 9": lambda: with_exif(
        b"II*\0\x08\0\0\0" + struct.pack("<HHHIII", 1, 274, 3, 1, 9, 0)
    ),
    "EXIF of an orientation that is text": lambda: with_exif(
        b"II*\0\x08\0\0\0" + struct.pack("<HHHI", 1, 274, 2, 4) + b"abc\0" + bytes(4)
    ),
    "EXIF of junk": lambda: with_exif(noise(60, 500).tobytes()),
    "ICC profile of junk": lambda: encoded(digit_image(4), icc_profile=noise(100, 100).tobytes()),
    "XMP of junk": lambda: encoded(digit_image(4), "JPEG", xmp=noise(100, 100).tobytes()),
    # One kind in another's clothes.
    "PNG, then JPEG": lambda: PNG + JPEG,
    "JPEG in a comment of which is a PNG": lambda: (
        JPEG[:2] + b"\xff\xfe" + (len(PNG) + 2).to_bytes(2) + PNG + JPEG[2:]
    ),
    "GIF that is a script": lambda: b"GIF89a/*" + GIF[8:] + b"*/=1;alert(1)",
    "PNG with a web page": lambda: PNG + b"<html><script>alert(1)</script></html>",
    "PNG signature, JPEG data": lambda: PNG[:8] + JPEG,
    # Odd, and sound.
    "APNG": lambda: encoded(GIF_FRAMES[0], save_all=True, append_images=GIF_FRAMES),
    "animated WebP": lambda: encoded(
        GIF_FRAMES[0], "WEBP", save_all=True, append_images=GIF_FRAMES
    ),
    "TIFF of several pages": lambda: encoded(
        GIF_FRAMES[0], "TIFF", save_all=True, append_images=GIF_FRAMES
    ),
    "PNG of palette with transparency": lambda: encoded(
        digit_image(4).convert("P"), transparency=bytes(range(256))
    ),
    "TIFF of infinities": lambda: encoded(
        Image.fromarray(np.full((9, 9), np.inf, np.float32)), "TIFF"
    ),
    "TIFF of no numbers": lambda: encoded(
        Image.fromarray(np.full((9, 9), np.nan, np.float32)), "TIFF"
    ),
    "TIFF of the greatest numbers": lambda: encoded(
        Image.fromarray(np.array([[-3.4e38, 3.4e38]] * 9, np.float32)), "TIFF"
    ),
    # Found by fuzzing: colours all as far from the paper as half of the way to ink.
    "BMP found 1": lambda: base64.b64decode(
        "Qk2uAAAAAAAAAD4AAAAoAAAAHAAAABwAAAABAAEAAAAAAHAAAADEDgAAxA4AAAIAAAACAAAAAIF3aAAA/q6aCVER"
        "KgmR2sDBJR9cq5gAxY4DPVxb9tjMxLGmyCg9G+PgAAAA////AP//////AAAAAAAAAAjw//5/8P/8f/Al//5/8P/+"
        "f/D//n/w/wQAAAAAAQAAAAfw/gQAAAAAAAfw/z8/8P/8//D/JP/wLv////D////w"
    ),
    # Pictures that are much work to read.
    "noise": lambda: encoded(noise(1999, 1999)),
    "noise in colour": lambda: encoded(noise(1600, 1600, "RGB")),
    "300 strokes": lambda: encoded(strokes(1999, 300)),
    "3000 strokes": lambda: encoded(strokes(1999, 3000)),
    "squares": lambda: encoded(squares(2000, 100, 8)),
    "large squares": lambda: encoded(squares(2000, 100, 16)),
    "single pixels": lambda: encoded(squares(28, 300, 1)),
    "a comb": lambda: encoded(comb(1999, 100, 8)),
    "a wide comb": lambda: encoded(comb(1999, 300, 40)),
    # Answered 500 once: its lines, reduced as large digits are, vanished.
    "hairlines": lambda: encoded(squared(1000, 40)),
    "100 digits in a row": lambda: encoded(number_image("0123456789" * 10, height=18)),
    "100 digits that touch": lambda: encoded(number_image("0123456789" * 10, height=18, pitch=0.6)),
    "400 digits in rows": lambda: encoded(
        number_image("\n".join(["0123456789" * 2] * 20), height=50)
    ),
    "8000 tiny digits": lambda: encoded(
        number_image("\n".join(["0123456789" * 10] * 80), height=7, leading=1.6)
    ),
}


def _replaced(data: bytes, at: int, part: bytes) -> bytes:
    return data[:at] + part + data[at + len(part) :]


def _bomb(size: int) -> bytes:
    """That many zeros, compressed."""
    packer = zlib.compressobj(9)
    parts = [packer.compress(bytes(min(2**20, size - at))) for at in range(0, size, 2**20)]
    return b"".join([*parts, packer.flush()])


def cost(data: bytes) -> dict[str, Any]:
    """Read a file in a process of its own, and say what came of it."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
            start = time.process_time()
            request = http.Request("POST", {}, "application/octet-stream", data)
            answer = http.answer(http.recognize_endpoint, request)
            found = {"status": answer.status, "seconds": round(time.process_time() - start, 3)}
            os.write(writer, json.dumps(found | {"megabytes": _peak()}).encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as file:
        told = file.read()
    os.waitpid(child, 0)
    return json.loads(told) if told else {"status": None, "seconds": None, "megabytes": None}


def _peak() -> int:
    """The greatest resident size of this process so far, in MB."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) // 1024
    return 0


def costs() -> Iterator[dict[str, Any]]:
    """What it costs to read each of the files."""
    model.load()
    for name, make in FILES.items():
        data = make()
        yield {"name": name, "bytes": len(data), **cost(data)}


if __name__ == "__main__":
    for found in costs():
        print(json.dumps(found), flush=True)
