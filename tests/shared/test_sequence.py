import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from shared.ink import find_ink
from shared.model import Model
from shared.rows import find_rows
from shared.sequence import BLANK, HEIGHT, MARGIN, STRIDE, Sequence, fit_row, read_sequence
from tests.drawing import number_image


def by_all_ways(logs: np.ndarray, digit: int | None) -> float:
    """The probability of one digit, or of none, summed over all that may be at each place."""
    total = 0.0
    classes = (BLANK,) if digit is None else (BLANK, BLANK + 1 + digit)
    for way in itertools.product(classes, repeat=len(logs)):
        runs = [key for key, _ in itertools.groupby(way) if key != BLANK]
        if len(runs) == (0 if digit is None else 1):
            total += float(np.exp(sum(logs[place, one] for place, one in enumerate(way))))
    return total


@settings(max_examples=50, deadline=None)
@given(hnp.arrays(np.float64, st.tuples(st.integers(1, 6), st.just(11)), elements=st.floats(-9, 9)))
def test_odds_are_those_of_all_ways_together(logits: np.ndarray) -> None:
    logs = logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)
    none, one = Sequence(logs, 1.0).odds(0, len(logs))
    assert np.exp(none) == pytest.approx(by_all_ways(logs, None))
    for digit in range(10):
        assert np.exp(one[digit]) == pytest.approx(by_all_ways(logs, digit), rel=1e-6, abs=1e-12)


def test_nothing_is_certain_where_no_place_is() -> None:
    none, one = Sequence(np.zeros((4, 11)), 1.0).odds(2, 2)
    assert none == 0
    assert (one == -np.inf).all()


@settings(max_examples=100, deadline=None)
@given(
    hnp.arrays(
        np.float32,
        hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=80),
        elements=st.floats(0, 1, width=32),
    ),
    st.floats(3, 80),
)
def test_any_row_fits(ink: np.ndarray, size: float) -> None:
    row = fit_row(ink, size)
    assert row.shape[0] == HEIGHT
    assert row.shape[1] % STRIDE == 0
    assert row.min() >= 0
    assert row.max() <= 1
    assert not row[:, :MARGIN].any()


def test_bare_places_are_no_digits(model: Model) -> None:
    (row,) = find_rows(next(find_ink(np.asarray(number_image("47", pitch=5)))))
    sequence = read_sequence(row.ink, row.size, model)
    left, right = row.boxes[0, 0] + row.boxes[0, 2], row.boxes[1, 0]
    between = sequence.logs[sequence.place(left) + 3 : sequence.place(right) - 3]
    assert len(between) > 20
    assert (between[:, BLANK] == 0).all()


@pytest.mark.parametrize("text", ["4207", "11", "3", "98765"])
def test_each_digit_is_a_peak_where_it_is(model: Model, text: str) -> None:
    (row,) = find_rows(next(find_ink(np.asarray(number_image(text)))))
    sequence = read_sequence(row.ink, row.size, model)
    peaks = sequence.peaks()
    assert len(peaks) == len(text)
    for peak, (left, _, width, _), digit in zip(peaks, row.boxes.tolist(), text, strict=True):
        assert left - 0.1 * row.size < peak < left + width + 0.1 * row.size
        _, one = sequence.odds(sequence.place(left - 2), sequence.place(left + width + 2))
        assert one.argmax() == int(digit)
