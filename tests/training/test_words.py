import numpy as np
import pytest

pytest.importorskip("matplotlib", reason="needs matplotlib: make test-deps")

from shared.model import Model
from training.words import printed, printed_sign, word


def test_same_seed_same_word() -> None:
    one, again, other = (word(30, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(one, again)
    assert one.shape != other.shape


@pytest.mark.parametrize("height", [12, 40])
def test_words_are_cropped_ink_as_high_as_asked_for(height: int) -> None:
    random = np.random.default_rng(3)
    words = [word(height, random) for _ in range(200)]
    for ink in words:
        assert ink.dtype == np.float32
        assert 0 <= ink.min() < 0.1
        assert 0.9 < ink.max() <= 1
        assert all(ink.max(axis=axis)[[0, -1]].min() > 0 for axis in (0, 1))
    heights = np.array([len(ink) for ink in words]) / height
    assert 0.8 < np.median(heights) < 1.4  # from letters without ascenders to such with tails
    assert np.median([ink.shape[1] for ink in words]) > 2 * height


def test_printed_digits_are_like_mnist_s() -> None:
    pictures, labels = printed(300, (1,))
    assert pictures.shape == (300, 28, 28)
    assert set(labels) == set(range(10))
    assert (pictures.max(axis=(1, 2)) > 150).all()
    assert not pictures[:, :4].any()
    assert np.array_equal(pictures, printed(300, (1,))[0])


def test_printed_digits_are_what_they_are_labelled(model: Model) -> None:
    pictures, labels = printed(300, (2,))
    probabilities = model.probabilities(np.divide(pictures, 255, dtype=np.float32))
    assert (probabilities.argmax(axis=1) == labels).mean() > 0.9


@pytest.mark.parametrize("text", ["$", "€", "£", "#", "/", "(", "%", ".", "-"])
def test_printed_signs_stand_on_the_line_of_the_digits(text: str) -> None:
    random = np.random.default_rng(4)
    base = {".": 60, "-": 50, "/": 67, "(": 67}.get(text, 64)  # of digits from 20 to 60
    for _ in range(60):  # each font, large and small
        ink = printed_sign(text, 40, 0.5, random)
        assert ink.dtype == np.float32
        assert len(ink) == 80
        assert 0.7 < ink.max() <= 1
        assert not ink[[0, -1]].any()
        assert ink.max(axis=0)[[0, -1]].min() > 0
        last = np.flatnonzero(ink.max(axis=1) > 0.5)[-1]
        assert abs(last - base) < 10


def test_every_font_has_its_signs() -> None:
    random = np.random.default_rng(6)
    signs = [printed_sign(text, 40, 0.5, random) for text in "$€£" for _ in range(20)]
    # What a font lacks is an upright box: nothing of it is in the middle.
    for ink in signs:
        inside = ink[:, ink.shape[1] // 3 : -ink.shape[1] // 3]
        assert inside.sum() > 0.15 * ink.sum()
