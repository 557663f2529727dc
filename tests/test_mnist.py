"""The committed model in full, from image files to readings."""

from pathlib import Path

import pytest

from shared.settings import get

FLOOR = 0.992


@pytest.mark.parametrize("inverted", [False, True])
def test_mnist_test_set(mnist_dir: Path, inverted: bool) -> None:
    from training import data
    from training.evaluate import score
    from training.readers import Readers

    pictures, labels = data.mnist("test", mnist_dir)
    pictures = 255 - pictures if inverted else pictures
    with Readers(get().model_path) as readers:
        result = score(readers, zip(pictures, labels, strict=True))
    assert len(result.right) == 10_000
    assert result.right.mean() >= FLOOR
