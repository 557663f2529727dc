import numpy as np

from training import review
from training.card import review_table

CONFIDENCES = np.array([0.2, 0.6, 0.85, 0.96, 0.999])
RIGHT = np.array([False, False, True, True, True])


def test_table() -> None:
    rows = {row["threshold"]: row for row in review.table(CONFIDENCES, RIGHT)}
    assert rows[0.0] == {"threshold": 0.0, "reviewed": 0, "rest_right": 60, "errors_found": 0}
    assert rows[0.5]["errors_found"] == 50
    assert rows[0.7] == {"threshold": 0.7, "reviewed": 40, "rest_right": 100, "errors_found": 100}


def test_the_least_threshold_that_does_is_chosen() -> None:
    rows = review.table(CONFIDENCES, RIGHT)
    assert review.choose(rows) == 0.7
    assert review.enough(rows) == "99% of the rest are right from a threshold of 0.7"


def test_nothing_does() -> None:
    rows = review.table(CONFIDENCES, ~RIGHT)
    assert review.choose(rows) is None
    assert review.enough(rows) == "no threshold makes 99% of the rest right"


def test_markdown() -> None:
    assert "| 0.7 | 40.0% | 100.00% | 100.0% |" in review_table(review.table(CONFIDENCES, RIGHT))
