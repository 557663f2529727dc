import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from shared.ink import find_ink
from shared.rows import find_rows
from shared.seams import find_seams, spans_between
from tests.drawing import number_image


def test_a_seam_passes_where_digits_touch() -> None:
    (row,) = find_rows(next(find_ink(np.asarray(number_image("00", pitch=0.68)))))
    seams, crossed = find_seams(np.where(row.strokes > 0, row.ink, np.float32(0)), row.size)
    middle = row.ink.shape[1] / 2
    nearest = np.abs(seams.mean(axis=1) - middle).argmin()
    assert abs(seams[nearest].mean() - middle) < 0.1 * row.size
    assert 0 < crossed[nearest] < 15
    assert (seams[0] == 0).all()
    assert (seams[-1] == row.ink.shape[1]).all()


@settings(max_examples=100, deadline=None)
@given(
    hnp.arrays(
        np.float32,
        hnp.array_shapes(min_dims=2, max_dims=2, min_side=3, max_side=50),
        elements=st.floats(0, 1, width=32),
    ),
    st.floats(5, 60),
)
def test_seams_run_from_top_to_bottom(ink: np.ndarray, size: float) -> None:
    seams, crossed = find_seams(ink, size)
    assert seams.shape == (len(crossed), len(ink))
    assert seams.min() >= 0
    assert seams.max() <= ink.shape[1]
    for (i, j), left, mask in spans_between(ink, seams, size):
        assert 0 <= i < j < len(seams)
        assert 0 <= left < left + mask.shape[1] <= ink.shape[1]
        assert len(mask) == len(ink)
