import numpy as np
import pytest

from training.evaluate import calibration_error, on_pages, wilson


def test_wilson() -> None:
    low, high = wilson(9930, 10_000)
    assert low == pytest.approx(0.99117, abs=1e-4)
    assert high == pytest.approx(0.99446, abs=1e-4)


def test_calibration_error() -> None:
    confidences = np.repeat([0.95, 0.65], 1000)
    right = np.tile(np.arange(1000) / 1000, 2) < confidences
    assert calibration_error(confidences, right) == pytest.approx(0, abs=1e-3)
    assert calibration_error(confidences, right | True) == pytest.approx(0.2)


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
