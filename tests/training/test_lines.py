import numpy as np
import pytest

pytest.importorskip("matplotlib", reason="needs matplotlib: make test-deps")

from shared.model import Model
from shared.sequence import HEIGHT
from training.handwriting import written
from training.lines import MOST, NONE, WIDTH, line, lines, scanned


def test_rows_are_those_of_the_seed() -> None:
    pictures, labels = written(60, (1,))
    inputs, widths, texts = lines(pictures, labels, 40, (2,))
    assert inputs.shape == (40, HEIGHT, WIDTH)
    assert inputs.dtype == np.uint8
    assert texts.shape == (40, MOST)
    again = lines(pictures, labels, 40, (2,))
    assert np.array_equal(inputs, again[0])
    assert np.array_equal(widths, again[1])
    assert np.array_equal(texts, again[2])
    lengths = (texts != NONE).sum(axis=1)
    assert lengths.max() > 4
    for row, width, text, length in zip(inputs, widths, texts, lengths, strict=True):
        assert row[:, :width].max() == 255
        assert not row[:, width:].any()
        assert (text[:length] != NONE).all()
        assert (text[length:] == NONE).all()


def test_texts_are_what_the_rows_show(model: Model) -> None:
    pictures, labels = written(300, (6,))
    right = total = 0
    for row, width, text in zip(*lines(pictures, labels, 100, (7,)), strict=True):
        expected = [digit for digit in text.tolist() if digit != NONE]
        classes = model.places(row[:, :width] / np.float32(255)).argmax(axis=1)
        places = [c for i, c in enumerate(classes) if c and (i == 0 or c != classes[i - 1])]
        right += [c - 1 for c in places] == expected
        total += 1
    assert total == 100
    assert right > 40


@pytest.mark.parametrize("count", range(MOST + 1))
def test_a_row_of_any_length(count: int) -> None:
    pictures, _ = written(count, (3,)) if count else (np.zeros((0, 28, 28), np.uint8), None)
    row = line(pictures, np.random.default_rng(count))
    assert row.shape[0] == HEIGHT
    assert row.min() >= 0
    assert row.max() == pytest.approx(1)


def test_more_digits_take_more_room() -> None:
    pictures, _ = written(MOST, (4,))
    widths = [
        np.mean([line(pictures[:n], np.random.default_rng(s)).shape[1] for s in range(30)])
        for n in (1, 3, 6)
    ]
    assert widths == sorted(widths)


def test_digits_at_a_low_resolution_lose_their_detail(monkeypatch: pytest.MonkeyPatch) -> None:
    pictures, _ = written(40, (5,))
    alike = []
    for share in (0.0, 1.0):
        monkeypatch.setattr("training.lines.COARSE", share)
        rows = [line(pictures[i : i + 1], np.random.default_rng(i)) for i in range(40)]
        # Of enlarged pixels neighbours are more alike.
        steps = sum(np.abs(np.diff(row, axis=1)).sum() for row in rows)
        alike.append(float(steps / sum(row.sum() for row in rows)))
    assert alike[1] < alike[0]


@pytest.mark.parametrize("seed", range(20))
def test_a_narrow_digit_stays_narrow(seed: int) -> None:
    upright = np.zeros((104, 104), np.float32)
    upright[20:84, 50:54] = 1
    row = scanned(upright, 40, np.random.default_rng(seed))
    assert row.shape[1] < 0.6 * row.shape[0]
