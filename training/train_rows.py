"""Trains the row network, on rows written by `lines`."""

from pathlib import Path
from typing import Final

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from shared.sequence import BLANK, STRIDE

from . import data, network
from .handwriting import written
from .lines import NONE, lines
from .outputs import Unusable
from .precision import fastest, precise
from .saved import require_output, save
from .train import optimizer
from .words import printed

BATCH: Final = 64
WRITTEN: Final = 0.25  # digits of `handwriting`, a share of the pictures
PRINTED: Final = 0.05  # digits of `words`, likewise
WATCHED: Final = 2_000  # rows of held-out digits at most, to watch the training by
STEP: Final = 32  # px; widths are rounded up to it, so that few shapes occur

Floats = NDArray[np.float32]
Rows = tuple[NDArray[np.uint8], NDArray[np.int16], NDArray[np.uint8]]


def train_rows(
    folder: Path | None,
    output: Path,
    *,
    rows: int,
    epochs: int,
    seed: int,
    precision: str | None = None,
) -> None:
    """Train and write the Keras model, with what is known of it beside it (.json).

    Nothing is kept of a training that is interrupted.

    Args:
        folder: of the MNIST files; see `data.mnist`.
        output: the .keras file to write.
        rows: how many are written; each epoch sees them all.
        precision: as of `train.train`.

    Raises:
        OSError: the output cannot be written, or data not be read.
        Unusable: it is not called .keras, data are others than MNIST's, or too few are asked for.
    """
    if rows < BATCH:
        raise Unusable(f"{rows} rows are fewer than the {BATCH} of a batch")
    require_output(output)
    keras.utils.set_random_seed(seed)
    precision = precision or fastest()
    (pictures, labels), held_out = data.learned_and_held_out(folder)
    watched = lines(*held_out, min(WATCHED, rows), (seed, 11))
    others = (
        written(round(WRITTEN * len(pictures)), (seed, 12)),
        printed(round(PRINTED * len(pictures)), (seed, 14)),
    )
    pictures = np.concatenate([pictures, *(some for some, _ in others)])
    labels = np.concatenate([labels, *(some for _, some in others)])
    made = lines(pictures, labels, rows, (seed, 13))

    with precise(precision):
        trained = network.build_rows()
        trained.compile(
            optimizer(epochs * (rows // BATCH), warmup=500),
            loss,
        )
        trained.fit(
            _Batches(made, seed=seed),
            epochs=epochs,
            shuffle=False,
            validation_data=_Batches(watched, seed=None),
            callbacks=[keras.callbacks.SwapEMAWeights(swap_on_epoch=True)],
            verbose=2,
        )
    model = network.build_rows()
    model.set_weights(trained.get_weights())
    accuracy = _accuracy(model, watched)
    facts = {
        "rows": rows,
        "epochs": epochs,
        "seed": seed,
        "precision": precision,
        "held_out_accuracy": round(100 * accuracy, 2),
    }
    save(model, facts, output)
    print(f"{output}: {100 * accuracy:.2f}% of held-out rows")


def loss(classes: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    """Connectionist temporal classification, by TensorFlow's kernel.

    Keras' own is written in loops, which take an eighth of a step's time or more.

    Args:
        classes: int32, (batch, `MOST`), of each row's digits, filled up with `BLANK`.
        logits: float32, (batch, places, 11).

    Returns:
        float32, (batch,), the negative logarithm of the probability of the digits.
    """
    classes = tf.cast(classes, tf.int32)
    is_bare = tf.reduce_all(classes == BLANK, axis=1)
    bare = -tf.reduce_sum(tf.nn.log_softmax(logits)[:, :, BLANK], axis=1)
    # The kernel takes no row without digits: such a one gets one for its sake.
    one = tf.eye(1, tf.shape(classes)[1], dtype=tf.int32)
    some = tf.where(is_bare[:, None], one, classes)
    places = tf.fill(tf.shape(logits)[:1], tf.shape(logits)[1])
    digits = tf.sparse.from_dense(some)  # leaves out zeros, which BLANK is
    inked = tf.nn.ctc_loss(digits, logits, None, places, logits_time_major=False, blank_index=BLANK)
    return tf.where(is_bare, bare, inked)


class _Batches(keras.utils.PyDataset):  # type: ignore[misc]  # Keras has no types
    """Batches of rows about as wide as each other; in another order each epoch, if with a seed."""

    def __init__(self, rows: Rows, *, seed: int | None) -> None:
        super().__init__(workers=1)
        self._inputs, self._widths, self._texts = rows
        self._classes = np.where(self._texts == NONE, BLANK, self._texts + 1).astype(np.int32)
        self._seed, self._epoch = seed, 0
        self._batches = self._shuffled()

    def _shuffled(self) -> list[NDArray[np.int64]]:
        random = np.random.default_rng((self._seed or 0, self._epoch))
        widths = -(-self._widths // STEP) + random.random(len(self._widths))
        order = np.argsort(widths)
        batches = [order[i : i + BATCH] for i in range(0, len(order) - BATCH + 1, BATCH)]
        # Keras takes from the first two which sides may vary.
        middle = random.permutation(np.arange(1, len(batches) - 1))
        return [batches[i] for i in (0, -1, *middle)]

    def __len__(self) -> int:
        return len(self._batches)

    def __getitem__(self, index: int) -> tuple[Floats, NDArray[np.int32]]:
        batch = self._batches[index]
        width = -(-int(self._widths[batch].max()) // STEP) * STEP
        inputs = data.scaled(self._inputs[batch, :, :width])
        if self._seed is not None:
            random = np.random.default_rng((self._seed, self._epoch, index))
            inputs = _shifted(inputs, random)
        return inputs, self._classes[batch]

    def on_epoch_end(self) -> None:
        """Other batches."""
        if self._seed is not None:
            self._epoch += 1
            self._batches = self._shuffled()


def _shifted(inputs: Floats, random: np.random.Generator) -> Floats:
    """Up or down by a px, and aside: what the network sees must not hang on it."""
    down, aside = random.integers(-1, 2), random.integers(-STRIDE, STRIDE + 1)
    return np.roll(inputs, (int(down), int(aside)), axis=(1, 2))


def texts_of(logits: Floats) -> list[str]:
    """The likeliest class of each place, without repetitions and blanks: of (n, places, 11)."""
    texts = []
    for classes in logits.argmax(axis=2):
        kept = classes[np.insert(np.diff(classes) != 0, 0, values=True)]
        texts.append("".join(str(c - 1) for c in kept if c != BLANK))
    return texts


def _accuracy(model: keras.Model, rows: Rows) -> float:
    inputs, _, texts = rows
    logits = model.predict(data.scaled(inputs), verbose=0)
    expected = ["".join(str(d) for d in text if d != NONE) for text in texts]
    return float(np.mean([a == b for a, b in zip(texts_of(logits), expected, strict=True)]))
