from pathlib import Path

import numpy as np

from training import data
from training.outliers import outliers


def test_outliers(mnist_dir: Path) -> None:
    pictures, labels = data.mnist("train", mnist_dir)
    one, again = (outliers(pictures[:500], labels[:500], 60, (4,)) for _ in range(2))
    assert one.shape == (60, 28, 28)
    assert one.dtype == np.uint8
    assert (one == again).all()
    assert (one.max(axis=(1, 2)) > 200).all()
