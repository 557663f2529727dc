import numpy as np
import pytest

from training import lines, signs
from training.handwriting import written
from training.signs import ABOVE, SIGNS, sign


def test_same_seed_same_sign() -> None:
    one, again, other = (sign(40, 5, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


@pytest.mark.parametrize("name", SIGNS)
def test_signs_are_ink_that_nothing_cuts_off(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signs, "SIGNS", {name: SIGNS[name]})
    monkeypatch.setattr(signs, "COMMON", (name,))
    random = np.random.default_rng(3)
    for _ in range(50):
        ink = sign(40, 5, random)
        assert ink.dtype == np.float32
        assert len(ink) == (1 + 2 * ABOVE) * 40
        assert 0.5 < ink.max() <= 1
        assert not ink[[0, -1]].any()
        assert ink.max(axis=0)[[0, -1]].min() > 0


def test_a_thicker_pen_leaves_more_ink() -> None:
    thin, thick = (
        np.mean([sign(40, pen, np.random.default_rng(seed)).sum() for seed in range(30)])
        for pen in (3, 6)
    )
    assert 1.6 < thick / thin < 2.4


def test_signs_stand_beside_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    pictures, _ = written(3, (4,))
    widths = []
    for share in (0.0, 1.0):
        monkeypatch.setattr(lines, "SIGNED", share)
        made = [lines.line(pictures, np.random.default_rng(seed)) for seed in range(60)]
        widths.append(np.mean([row.shape[1] for row in made]))
    assert widths[1] > 1.1 * widths[0]
