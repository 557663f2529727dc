import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("matplotlib", reason="needs matplotlib: make test-deps")

from training import lines, signs
from training.handwriting import written
from training.signs import ABOVE, SIGNS, sign, with_signs


def test_same_seed_same_sign() -> None:
    one, again, other = (
        sign("slash", 40, 5, np.random.default_rng(seed), hand=1) for seed in (1, 1, 2)
    )
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


@pytest.mark.parametrize("name", SIGNS)
def test_signs_are_ink_that_nothing_cuts_off(name: str) -> None:
    random = np.random.default_rng(3)
    for hand in range(50):
        ink = sign(name, 40, 5, random, hand=hand)
        assert ink.dtype == np.float32
        assert len(ink) == (1 + 2 * ABOVE) * 40
        assert 0.5 < ink.max() <= 1
        assert not ink[[0, -1]].any()
        assert ink.max(axis=0)[[0, -1]].min() > 0


def test_a_thicker_pen_leaves_more_ink() -> None:
    thin, thick = (
        np.mean([sign("plus", 40, pen, np.random.default_rng(1), hand=h).sum() for h in range(30)])
        for pen in (3, 6)
    )
    assert 1.6 < thick / thin < 2.4


def test_a_hand_writes_its_signs_alike() -> None:
    random = np.random.default_rng(5)
    widths = np.array(
        [[sign("slash", 40, 5, random, hand=hand).shape[1] for _ in range(6)] for hand in range(12)]
    )
    assert widths.std(axis=1).mean() < 0.5 * widths.mean(axis=1).std()


def test_brackets_are_around_all_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signs, "BRACKETED", 1.0)
    digits = [np.ones((40, 20), np.float32)] * 3
    before, *inside, after = with_signs(digits, 40, np.random.default_rng(1))
    assert all(one is other for one, other in zip(inside, digits, strict=True))
    assert _bulge(before) < 0 < _bulge(after)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_a_sign_stands_before_or_after_all_digits(
    share: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signs, "BRACKETED", 0.0)
    monkeypatch.setattr(signs, "LED", 1.0)
    monkeypatch.setattr(signs, "PRINTED", share)
    digits = [np.ones((40, 20), np.float32)] * 3
    before = 0
    for seed in range(40):
        parts = with_signs(digits, 40, np.random.default_rng(seed))
        assert len(parts) == 4
        is_before = parts[0] is not digits[0]
        sign_, *others = parts if is_before else reversed(parts)
        assert all(one is digits[0] for one in others)
        assert len(sign_) == (1 + 2 * ABOVE) * 40
        before += is_before
    assert 24 < before < 40


def test_a_form_s_signs_are_in_print(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is printed looks the same wherever it stands; by hand nothing does."""
    monkeypatch.setattr(signs, "BRACKETED", 0.0)
    monkeypatch.setattr(signs, "LED", 0.0)
    monkeypatch.setattr(signs, "PARTED", 1.0)
    digits = [np.ones((40, 20), np.float32)] * 3
    alike = []
    for share in (0.0, 1.0):
        monkeypatch.setattr(signs, "PRINTED", share)
        rows = [with_signs(digits, 40, np.random.default_rng(seed)) for seed in range(40)]
        pairs = [[part for part in row if part is not digits[0]] for row in rows]
        alike.append(
            np.mean([np.array_equal(pair[0], pair[1]) for pair in pairs if len(pair) == 2])
        )
    assert alike == [0, 1]


def _bulge(ink: NDArray[np.float32]) -> float:
    """How far to the right of its ends a sign's middle is, px."""
    columns = np.arange(ink.shape[1])
    top, middle, bottom = (
        (part.sum(axis=0) @ columns) / part.sum() for part in (ink[20:24], ink[38:42], ink[56:60])
    )
    return float(middle - (top + bottom) / 2)


def test_signs_stand_beside_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    pictures, _ = written(3, (4,))
    widths = []
    for share in (0.0, 1.0):
        monkeypatch.setattr(lines, "SIGNED", share)
        made = [lines.line(pictures, np.random.default_rng(seed)) for seed in range(60)]
        widths.append(np.mean([row.shape[1] for row in made]))
    assert widths[1] > 1.1 * widths[0]
