"""The committed model in full, from image files to readings."""

from pathlib import Path

import pytest

from shared.model import Model

FLOOR = 0.992


@pytest.mark.parametrize("inverted", [False, True])
def test_mnist_test_set(model: Model, mnist_dir: Path, inverted: bool) -> None:
    from training import data
    from training.evaluate import score

    pictures, labels = data.mnist("test", mnist_dir)
    pictures = 255 - pictures if inverted else pictures
    result = score(model, zip(pictures, labels, strict=True))
    assert len(result.right) == 10_000
    assert result.right.mean() >= FLOOR
