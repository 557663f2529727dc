import numpy as np

from shared.model import Model
from training.letters import ALL, letter

COUNT = 400


def test_each_is_drawn_mostly_whole() -> None:
    random = np.random.default_rng(1)
    pictures = np.stack([letter(random) for _ in range(COUNT)])
    assert pictures.shape == (COUNT, 28, 28)
    assert pictures.dtype == np.uint8
    assert (pictures.max(axis=(1, 2)) > 150).all()
    assert (pictures[:, [0, -1]].max(axis=(1, 2)) < 255).mean() > 0.9
    assert (pictures[:, :, [0, -1]].max(axis=(1, 2)) < 255).mean() > 0.95


def test_same_randomness_same_letter() -> None:
    one, again = (letter(np.random.default_rng(2)) for _ in range(2))
    assert (one == again).all()


def test_strokes_are_of_two_points_or_more() -> None:
    assert min(len(stroke) for styles in ALL for style in styles for stroke in style) >= 2


def test_the_network_is_unsure_of_them(model: Model) -> None:
    random = np.random.default_rng(3)
    pictures = np.stack([letter(random) for _ in range(COUNT)])
    probabilities = model.probabilities(np.divide(pictures, 255, dtype=np.float32))
    assert (probabilities.max(axis=1) > 0.9).mean() < 0.1
