from pathlib import Path

import numpy as np

from shared.model import Model
from training import data
from training.segments import segments


def test_pieces_are_what_they_are_labelled(mnist_dir: Path, model: Model) -> None:
    pictures, labels = data.mnist("train", mnist_dir)
    inputs, targets = segments(pictures[:2000], labels[:2000], 200, (1,))
    assert inputs.shape[1:] == (28, 28)
    assert np.allclose(targets.sum(axis=1), 1)
    whole = targets.max(axis=1) == 1
    assert 0.2 < whole.mean() < 0.8
    assert np.allclose(targets[~whole], 0.1)
    probabilities = model.probabilities(np.divide(inputs, 255, dtype=np.float32))
    read = probabilities.argmax(axis=1)[whole]
    assert (read == targets[whole].argmax(axis=1)).mean() > 0.8
    sure = probabilities.max(axis=1) > 0.9
    assert sure[whole].mean() > 0.6
    assert sure[~whole].mean() < 0.15
