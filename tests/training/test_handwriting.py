import numpy as np

from shared.model import Model
from training.handwriting import STYLES, written


def test_all_digits_have_styles() -> None:
    assert sorted(STYLES) == list(range(10))
    assert min(len(styles) for styles in STYLES.values()) >= 3


def test_same_seed_same_writing() -> None:
    one, labels = written(100, (1,))
    again, again_labels = written(100, (1,))
    other, _ = written(100, (2,))
    assert (one == again).all()
    assert (labels == again_labels).all()
    assert (one != other).any()


def test_digits_are_what_they_are_labelled(model: Model) -> None:
    pictures, labels = written(500, (4,))
    probabilities = model.probabilities(np.divide(pictures, 255, dtype=np.float32))
    assert (probabilities.argmax(axis=1) == labels).mean() > 0.9


def test_pictures_are_like_mnist_s() -> None:
    pictures, labels = written(500, (3,))
    assert pictures.shape == (500, 28, 28)
    assert pictures.dtype == labels.dtype == np.uint8
    assert set(labels) == set(range(10))
    assert (pictures.max(axis=(1, 2)) > 150).all()
    assert (pictures[:, [0, -1]].max(axis=(1, 2)) < 255).mean() > 0.95  # whole, not cut off
    assert 0.03 < (pictures > 127).mean() < 0.25
