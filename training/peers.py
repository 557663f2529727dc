"""Reads the pictures of `numbers` with Tesseract and RapidOCR too, to compare.

Neither is needed otherwise, so they are installed on demand; RapidOCR apart from the rest, as its
opencv-python would overwrite opencv-python-headless:

    apt-get install tesseract-ocr
    python3 -m venv build/peers && build/peers/bin/pip install rapidocr-onnxruntime
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from shared.model import Model
from shared.recognize import recognize

from .evaluate_numbers import PRESETS, mnist_glyphs
from .numbers import numbers
from .scores import wilson

RAPIDOCR: Final = Path("build/peers/bin/python")
SETS: Final = ("clean", "photo")
DIGITS_ONLY: Final = ("-c", "tessedit_char_whitelist=0123456789")

Read = Callable[[Sequence[Path]], list[str]]


def compare(
    path: Path,
    *,
    glyphs: str = "test",
    count: int = 200,
    seed: int = 1,
    folder: Path | None = None,
) -> None:
    """Print the share of whole numbers that each reads right, and its time for a picture.

    Of what the peers read only the digits count, so that blanks and dots are no errors.

    Args:
        path: of the model of this project.
        glyphs, count, seed: as in `evaluate_numbers`.
    """
    _require_peers()
    model = Model(path)
    readers: dict[str, Read] = {
        "CNNDemo": lambda files: [recognize(file.read_bytes(), model).text for file in files],
        "RapidOCR, recognizer": lambda files: _rapidocr(files, detect=False),
        "RapidOCR, with detector": lambda files: _rapidocr(files, detect=True),
        "Tesseract": _tesseract,
    }
    written = mnist_glyphs(glyphs, folder)
    for name in SETS:
        with tempfile.TemporaryDirectory() as pictures:
            files: list[Path] = []
            texts: list[str] = []
            for data, text, _ in numbers(*written, PRESETS[name], count=count, seed=seed):
                files.append(Path(pictures, f"{len(files):05}"))  # the format is in the content
                files[-1].write_bytes(data)
                texts.append(text)
            for reader, read in readers.items():
                _print(f"{name:6} {reader:24}", read, files, texts)


def _print(title: str, read: Read, files: Sequence[Path], texts: Sequence[str]) -> None:
    start = time.perf_counter()
    readings = read(files)
    milliseconds = 1000 * (time.perf_counter() - start) / len(files)
    right = sum(
        "".join(filter(str.isdecimal, reading)) == text
        for reading, text in zip(readings, texts, strict=True)
    )
    low, high = wilson(right, len(files))
    share, interval = 100 * right / len(files), f"{100 * low:.1f} to {100 * high:.1f}"
    print(f"{title} {share:6.2f}% ({interval}), {milliseconds:.0f} ms a picture")


def _require_peers() -> None:
    missing = []
    if shutil.which("tesseract") is None:
        missing.append("apt-get install tesseract-ocr")
    if not RAPIDOCR.exists():
        environment = RAPIDOCR.parent.parent
        missing.append(
            f"python3 -m venv {environment} && {environment}/bin/pip install rapidocr-onnxruntime"
        )
    if missing:
        sys.exit("\n".join(("To compare with the peers, install them first:", *missing)))


def _tesseract(files: Sequence[Path]) -> list[str]:
    """Each picture as one line of text, of digits only."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as several:
        several.write("\n".join(map(str, files)))
        several.flush()
        done = subprocess.run(  # noqa: S603
            ["tesseract", several.name, "-", "--psm", "7", *DIGITS_ONLY],  # noqa: S607
            env={**os.environ, "OMP_THREAD_LIMIT": "1"},
            capture_output=True,
            text=True,
            check=True,
        )
    return done.stdout.split("\f")[: len(files)]


def _rapidocr(files: Sequence[Path], *, detect: bool) -> list[str]:
    """Each picture as one line of text, or the lines that its detector finds, left to right."""
    done = subprocess.run(  # noqa: S603
        [RAPIDOCR, "-c", RAPIDOCR_SCRIPT, str(int(detect)), *map(str, files)],
        capture_output=True,
        text=True,
        check=True,
    )
    readings: list[str] = json.loads(done.stdout.splitlines()[-1])
    return readings


RAPIDOCR_SCRIPT: Final = """
import json, sys
import cv2
from rapidocr_onnxruntime import RapidOCR

detect, files = bool(int(sys.argv[1])), sys.argv[2:]
engine, readings = RapidOCR(), []
for file in files:
    found, _ = engine(cv2.imread(file), use_det=detect, use_cls=False, use_rec=True)
    if detect:
        found = [one[1:] for one in sorted(found or [], key=lambda one: one[0][0][0])]
    readings.append("".join(one[0] for one in found or []))
print(json.dumps(readings))
"""
