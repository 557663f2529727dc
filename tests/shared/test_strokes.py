import cv2
import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from shared.strokes import find_strokes, inked

MASKS = hnp.arrays(bool, hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=30))


def test_no_strokes() -> None:
    strokes = find_strokes(np.zeros((5, 7), bool))
    assert strokes.labels.shape == (5, 7)
    assert not strokes.labels.any()
    assert len(strokes.boxes) == 1


@given(MASKS, st.integers(0, 9), st.integers(0, 9))
def test_as_on_the_whole_page(mask: np.ndarray, above: int, before: int) -> None:
    page = np.pad(mask, ((above, 3), (before, 0)))
    strokes = find_strokes(page)
    count, labels, stats, middles = cv2.connectedComponentsWithStats(page.astype(np.uint8))
    assert strokes.labels.shape == page.shape
    # They may be numbered in another order.
    number = np.zeros(count, int)
    number[labels.ravel()] = strokes.labels.ravel()
    assert sorted(number) == list(range(count))
    np.testing.assert_array_equal(number[labels], strokes.labels)
    np.testing.assert_array_equal(strokes.boxes[number[1:]], stats[1:, :4])
    np.testing.assert_allclose(strokes.middles[number[1:]], middles[1:])
    ink = np.where(page, np.float32(0.5), np.float32(0))
    expected = 0.5 * stats[1:, cv2.CC_STAT_AREA]
    np.testing.assert_allclose(strokes.mass(ink)[number[1:]], expected)


@given(hnp.arrays(np.float32, (6, 9), elements=st.sampled_from([0, 0.25, 1])))
def test_inked_is_what_holds_all_ink(strength: np.ndarray) -> None:
    rows, columns = inked(strength, 0.5)
    crop = strength[rows, columns]
    assert (crop > 0.5).sum() == (strength > 0.5).sum()
    assert crop.size == 0 or all(
        (edge > 0.5).any() for edge in (crop[0], crop[-1], crop[:, 0], crop[:, -1])
    )
