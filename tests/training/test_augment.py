from pathlib import Path

import cv2
import numpy as np

from training import data
from training.augment import CHUNK, as_input, augmented, copies_of, jittered


def test_same_seed_same_pictures(mnist_dir: Path) -> None:
    pictures = data.mnist("train", mnist_dir)[0][:50]
    one, again, other = (augmented(pictures, (seed,)) for seed in (1, 1, 2))
    assert (one == again).all()
    assert (one != other).any(axis=(1, 2)).mean() > 0.5


def test_copies_are_made_by_chunks(mnist_dir: Path) -> None:
    pictures = data.mnist("train", mnist_dir)[0][: 2 * CHUNK]
    one, other = copies_of(pictures, 2, (1,))
    assert one.shape == other.shape == pictures.shape
    assert (one[-CHUNK:] == augmented(pictures[-CHUNK:], (1, 0, 1))).all()
    assert (other[:CHUNK] == augmented(pictures[:CHUNK], (1, 1, 0))).all()


def test_inputs_of_the_network(mnist_dir: Path) -> None:
    pictures = data.mnist("train", mnist_dir)[0][:300]
    changed = augmented(pictures, (3,))
    assert changed.shape == pictures.shape
    assert changed.dtype == np.uint8
    assert (changed.max(axis=(1, 2)) > 80).all()
    # Most are still recognizably the same digit: nearer to it than to the one before.
    plain = np.stack([as_input(picture) for picture in pictures]).astype(float)
    own = np.abs(changed - plain).mean(axis=(1, 2))
    strange = np.abs(changed - np.roll(plain, 1, axis=0)).mean(axis=(1, 2))
    assert (own < strange).mean() > 0.85


def test_jittered_are_moved_a_little(mnist_dir: Path) -> None:
    pictures = data.scaled(data.mnist("train", mnist_dir)[0][:200])[..., 0]
    changed = jittered(pictures, np.random.default_rng(1))
    assert (changed != pictures).any(axis=(1, 2)).all()
    before, after = (np.array([middle(one) for one in some]) for some in (pictures, changed))
    moved = np.abs(after - before)
    assert 0.1 < moved.mean() < 1
    assert moved.max() < 4


def middle(picture: np.ndarray) -> tuple[float, float]:
    moments = cv2.moments(picture)
    return moments["m10"] / moments["m00"], moments["m01"] / moments["m00"]
