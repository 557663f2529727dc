from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.drawing import digit_image
from training.numbers import CLEAN, PHOTO, ROWS, TOUCHING, Look, numbers, write
from training.sweeps import SWEEPS

GLYPHS = np.stack(
    [
        np.asarray(digit_image(digit, size=(28, 28), pen=pen, ink=255, paper=0))
        for pen in (0.1, 0.13)
        for digit in range(10)
    ]
)
LABELS = np.arange(20, dtype=np.uint8) % 10
PRESETS = {"clean": CLEAN, "photo": PHOTO, "touching": TOUCHING, "rows": ROWS}


def decoded(file: bytes) -> NDArray[np.uint8]:
    picture = cv2.imdecode(np.frombuffer(file, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return np.asarray(picture, np.uint8)


def strokes(ink: NDArray[np.float32]) -> int:
    return cv2.connectedComponents((ink > 0.5).astype(np.uint8))[0] - 1


def only(look: Look, name: str, value: float | str) -> bool:
    bounds = getattr(look, name)
    return set(bounds) == {value}


@pytest.mark.parametrize("look", PRESETS.values(), ids=PRESETS)
def test_presets(look: Look) -> None:
    made = list(numbers(GLYPHS, LABELS, look, count=15, seed=1))
    assert len(made) == 15
    for file, text, page in made:
        lines = text.split("\n")
        assert len(lines) == page.lines
        assert look.lines[0] <= len(lines) <= look.lines[1]
        for line in lines:
            assert line.isdecimal()
            assert look.digits[0] <= len(line) <= look.digits[1]
        assert look.height[0] <= page.height <= look.height[1]
        assert page.paper in look.paper
        picture = decoded(file)
        height, width = picture.shape[:2]
        assert 50 < width < 3000
        assert height > 1.2 * page.height * len(lines)
        assert picture.std() > 5
    assert len({text for _, text, _ in made}) > 10
    assert {file[:2] for file, _, _ in made} <= {b"\x89P", b"\xff\xd8"}


def test_same_seed_same_pictures() -> None:
    one, again, more = (
        [(file, text) for file, text, _ in numbers(GLYPHS, LABELS, PHOTO, count=n, seed=1)]
        for n in (4, 4, 5)
    )
    other = [(file, text) for file, text, _ in numbers(GLYPHS, LABELS, PHOTO, count=4, seed=2)]
    assert one == again == more[:4]
    assert not {file for file, _ in one} & {file for file, _ in other}


def test_text_is_what_is_written() -> None:
    """Each digit's picture says which it is by how much of it is ink."""
    glyphs = np.zeros((10, 8, 8), np.uint8)
    for digit in range(10):
        glyphs[digit, :, :2] = glyphs[digit, :2] = glyphs[digit, :, -1] = 255
        glyphs[digit, : min(digit, 8), 2:6] = 255
    distinct = np.array([0, 4, 8])
    look = replace(CLEAN, pressure=(0, 0), resized=(0, 0), height=(80, 80), tilt=(0, 0))
    for file, text, _ in numbers(
        glyphs[distinct], distinct.astype(np.uint8), look, count=5, seed=1
    ):
        dark = decoded(file).min(axis=2) < 120
        starts = np.flatnonzero(np.diff(dark.any(axis=0).astype(int)))
        parts = [dark[:, a:b] for a, b in starts.reshape(-1, 2)]
        shares = [part[part.any(axis=1)].mean() for part in parts]
        guesses = ["048"[int(np.digitize(share, (0.62, 0.85)))] for share in shares]
        assert "".join(guesses) == text


@pytest.mark.parametrize("touching", [0, 1])
def test_neighbours_touch_or_do_not(touching: int) -> None:
    look = replace(TOUCHING if touching else CLEAN, stroke=(0, 0))
    whole = [i for i, glyph in enumerate(GLYPHS) if strokes(glyph / np.float32(255)) == 1]
    for seed in range(12):
        random = np.random.default_rng(seed)
        (_, _, page), *_ = numbers(GLYPHS, LABELS, look, count=1, seed=seed)
        page = replace(page, pressure=0)
        chosen = random.choice(whole, 6)
        ink = write([GLYPHS[chosen]], page, random)
        assert ink.dtype == np.float32
        assert ink.max() <= 1
        assert strokes(ink) == (1 if touching else 6)


def test_glyphs_of_any_size() -> None:
    for side in (8, 16, 40):
        small = np.stack([cv2.resize(glyph, (side, side)) for glyph in GLYPHS]).astype(np.uint8)
        for file, _, _ in numbers(small, LABELS, replace(CLEAN, height=(60, 60)), count=3, seed=1):
            assert 60 < decoded(file).shape[0] < 400


@pytest.mark.parametrize("name", SWEEPS)
def test_sweeps(name: str) -> None:
    """Every value gives pictures, and those differ from value to value."""
    files = set()
    looks = SWEEPS[name].looks(name)
    assert len(looks) >= 3
    for value, look in looks.items():
        assert only(look, name, value)
        ((file, text, page),) = numbers(GLYPHS, LABELS, look, count=1, seed=3)
        assert getattr(page, name) == pytest.approx(value)
        assert text
        decoded(file)
        files.add(file)
    assert len(files) >= len(looks) - (name == "touching")
