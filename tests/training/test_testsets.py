import gzip
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.drawing import digit_image
from training.corruptions import CORRUPTIONS
from training.testsets import (
    corrupted,
    on_pages,
    read_semeion,
    read_sklearn_digits,
    restroked,
)

DIGITS = np.stack([np.asarray(digit_image(d, size=(28, 28), ink=255, paper=0)) for d in range(10)])


def test_on_pages() -> None:
    digits = np.zeros((20, 28, 28), np.uint8)
    digits[:, 8:20, 10:18] = 255
    pages = list(on_pages(digits, np.arange(20, dtype=np.uint8), seed=1))
    assert [label for _, label in pages] == list(range(20))
    assert len({page.shape for page, _ in pages}) > 10
    for page, _ in pages:
        assert min(page.shape) >= 60
        assert max(page.shape) <= 800
        assert (page < page.max() - 100).any()


def test_restroked() -> None:
    thick = np.stack(list(restroked(DIGITS, cv2.dilate)))
    thin = np.stack(list(restroked(DIGITS, cv2.erode)))
    assert (thick.sum(axis=(1, 2)) > DIGITS.sum(axis=(1, 2))).all()
    assert (thin.sum(axis=(1, 2)) < DIGITS.sum(axis=(1, 2))).all()


def test_corrupted() -> None:
    assert len(CORRUPTIONS) == 15
    for corruption in CORRUPTIONS:
        bad, again = (np.stack(list(corrupted(DIGITS, corruption, seed=2))) for _ in range(2))
        assert bad.shape == DIGITS.shape
        assert bad.dtype == np.uint8
        assert (bad == again).all()
        assert (bad != DIGITS).any(axis=(1, 2)).all()


def test_semeion(tmp_path: Path) -> None:
    bits = np.zeros(256, int)
    bits[:16] = 1
    row = [*bits, *np.eye(10, dtype=int)[7]]
    path = tmp_path / "semeion.data.gz"
    path.write_bytes(gzip.compress((" ".join(map(str, row)) + "\n").encode()))
    ((picture, label),) = read_semeion(path)
    assert label == 7
    assert (picture[0] == 0).all()
    assert (picture[1:] == 255).all()


def test_sklearn_digits() -> None:
    pytest.importorskip("sklearn", reason="needs scikit-learn: make test-deps")
    digits = list(read_sklearn_digits())
    assert len(digits) == 1797
    assert digits[0][0].shape == (8, 8)
    assert {label for _, label in digits} == set(range(10))
