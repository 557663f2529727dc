import numpy as np
import pytest

from training.scores import Score, calibration_error, wilson


def test_wilson() -> None:
    low, high = wilson(9930, 10_000)
    assert low == pytest.approx(0.99117, abs=1e-4)
    assert high == pytest.approx(0.99446, abs=1e-4)


def test_calibration_error() -> None:
    confidences = np.repeat([0.95, 0.65], 1000)
    right = np.tile(np.arange(1000) / 1000, 2) < confidences
    assert calibration_error(confidences, right) == pytest.approx(0, abs=1e-3)
    assert calibration_error(confidences, right | True) == pytest.approx(0.2)


def test_calibration_error_of_bins_that_hold_more_and_less() -> None:
    confidences, right = np.repeat([0.95, 0.5], [900, 100]), np.ones(1000, bool)
    assert calibration_error(confidences, right) == pytest.approx(0.9 * 0.05 + 0.1 * 0.5)


def test_bins_of_calibration_are_15() -> None:
    # Of one bin of ten, and of two of fifteen.
    confidences, right = np.repeat([0.61, 0.69], 50), np.repeat([True, False], 50)
    assert calibration_error(confidences, right) == pytest.approx((0.39 + 0.69) / 2)


def test_right_and_wrong() -> None:
    result = Score(np.array([1, 2, 3]), ["1", "7", ""], np.array([0.9, 0.5, 0]))
    assert result.right.tolist() == [True, False, False]
    assert result.to_dict()["errors"] == 2
    assert result.to_dict()["accuracy"] == 33.33


def test_sets_together() -> None:
    few = Score(np.array(["12", "3"]), ["12", "8"], np.array([0.9, 0.5]))
    more = Score(np.array(["4567"]), ["4567"], np.array([0.8]))
    both = Score.together([few, more])
    assert both.right.tolist() == [True, False, True]
    assert both.confidences.tolist() == [0.9, 0.5, 0.8]
