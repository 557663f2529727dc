"""Trains the network on MNIST's training pictures, each changed several times beforehand."""

from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from . import data, network
from .augment import as_input, copies_of, jittered
from .handwriting import written
from .outliers import outliers
from .outputs import Unusable
from .precision import fastest, precise
from .saved import require_output, save
from .segments import segments

BATCH = 128
AVERAGED = 0.03  # share of all steps over which the weights are averaged
DROPOUT = 0.1  # less than the original's half, as changed pictures leave little to learn by heart
TAUGHT = 0.7  # weight of the teacher's probabilities against the labels
JITTERED = 0.6  # share of the inputs that are slightly changed once more, at each look
WRITTEN = 0.5  # digits of `handwriting`, a share of the pictures
ROWS = 0.11  # rows of touching digits cut to pieces, to each picture
OUTLIERS = 0.14  # things that are no digits, a share of the pictures

Pictures = NDArray[np.uint8]
Floats = NDArray[np.float32]


def train(
    folder: Path | None,
    output: Path,
    *,
    epochs: int,
    teacher_epochs: int,
    copies: int,
    seed: int,
    precision: str | None = None,
    limit: int | None = None,
) -> None:
    """Train and write the Keras model with its calibration beside it (.json).

    Nothing is kept of a training that is interrupted.

    Args:
        folder: of the MNIST files; see `data.mnist`.
        output: the .keras file to write.
        teacher_epochs: first train a larger network and learn from its probabilities (Hinton,
            Vinyals, Dean, "Distilling the knowledge in a neural network", 2015); 0 for none.
        copies: how many times each picture is changed; each epoch sees one copy of it. 0 for the
            pictures as they are and nothing else: the plain network, to compare with.
        precision: of the arithmetic while training, Keras' name of it; the fastest one if None.
        limit: train on this many pictures only, and hold out no more (a quick try).

    Raises:
        OSError: the output cannot be written, or data not be read.
        Unusable: it is not called .keras, data are others than MNIST's, or too few are asked for.
    """
    require_output(output)
    keras.utils.set_random_seed(seed)
    precision = precision or fastest()
    learned, unlearned = data.learned_and_held_out(folder)
    pictures, labels = (some[:limit] for some in learned)
    held_out_pictures, held_out_labels = (some[:limit] for some in unlearned)
    held_out = np.stack([as_input(picture) for picture in held_out_pictures])
    watched = (data.scaled(held_out), _one_hot(held_out_labels))
    changed, targets = _material(pictures, labels, min(copies, max(epochs, teacher_epochs)), seed)
    if copies and teacher_epochs:
        with precise(precision):
            teacher = network.build_teacher()
            _fit(teacher, changed, targets, watched, epochs=teacher_epochs, seed=seed)
            taught = slice(len(pictures))  # it knows the data set's hands better than others
            for copy, target in zip(changed, targets, strict=True):
                target[taught] = _taught(teacher, copy[taught], target[taught])
    if copies:
        pieces, probabilities = segments(pictures, labels, round(ROWS * len(pictures)), (seed, 3))
        changed = [np.concatenate([copy, pieces]) for copy in changed]
        targets = [np.concatenate([target, probabilities]) for target in targets]
    with precise(precision):
        trained = network.build(dropout=DROPOUT) if copies else network.build()
        _fit(trained, changed, targets, watched, epochs=epochs, seed=seed, jitter=bool(copies))
    model = network.build()
    model.set_weights(trained.get_weights())

    logits = model.predict(data.scaled(held_out), verbose=0)
    accuracy = float((logits.argmax(axis=1) == held_out_labels).mean())
    # Calibrated on other hands, too: who writes to us is none of the data set's writers.
    (rewritten,) = copies_of(held_out_pictures, 1, (seed, 4))
    others = model.predict(data.scaled(rewritten), verbose=0)
    both = np.concatenate([logits, others]), np.concatenate([held_out_labels] * 2)
    temperature = fit_temperature(*both)
    facts = {
        "epochs": epochs,
        "teacher_epochs": teacher_epochs,
        "copies": copies,
        "seed": seed,
        "precision": precision,
        "trained_on": len(pictures),
        "held_out_accuracy": round(100 * accuracy, 2),
        "temperature": round(temperature, 4),
    }
    save(model, facts, output)
    print(f"{output}: held-out accuracy {100 * accuracy:.2f}%, temperature {temperature:.3f}")


def _material(
    pictures: Pictures, labels: NDArray[np.uint8], copies: int, seed: int
) -> tuple[list[Pictures], list[Floats]]:
    """All there is to learn: changed copies of the inputs, and the probabilities of each."""
    if not copies:
        return [pictures], [_one_hot(labels)]
    strokes, stroke_labels = written(round(WRITTEN * len(pictures)), (seed, 1))
    pictures, labels = np.concatenate([pictures, strokes]), np.concatenate([labels, stroke_labels])
    strange = outliers(pictures, labels, round(OUTLIERS * len(pictures)), (seed, 2))
    unsure = np.full((len(strange), 10), 0.1, np.float32)
    truth = np.concatenate([_one_hot(labels), unsure])
    changed = [np.concatenate([copy, strange]) for copy in copies_of(pictures, copies, (seed,))]
    return changed, [truth.copy() for _ in changed]


def _fit(
    model: keras.Model,
    changed: list[Pictures],
    targets: list[Floats],
    watched: tuple[Floats, Floats],
    *,
    epochs: int,
    seed: int,
    jitter: bool = True,
) -> None:
    """Fit to one copy of the pictures and its targets after the other."""
    if (steps := len(targets[0]) // BATCH) == 0:
        raise Unusable(f"{len(targets[0])} pictures are fewer than the {BATCH} of a batch")
    model.compile(
        optimizer(epochs * steps, warmup=steps),
        keras.losses.CategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    model.fit(
        _Batches(changed, targets, seed=seed, jitter=jitter),
        epochs=epochs,
        shuffle=False,
        validation_data=watched,
        callbacks=[keras.callbacks.SwapEMAWeights(swap_on_epoch=True)],
        verbose=2,
    )


def optimizer(steps: int, *, warmup: int) -> keras.optimizers.Optimizer:
    """AdamW whose rate rises for `warmup` steps (a quarter at most) and falls as a cosine."""
    rate = keras.optimizers.schedules.CosineDecay(
        0.0, steps, warmup_target=2e-3, warmup_steps=min(warmup, steps // 4)
    )
    # The average of the weights over some steps generalizes better than the last ones.
    momentum = 1 - 1 / max(2, AVERAGED * steps)
    return keras.optimizers.AdamW(rate, weight_decay=1e-3, use_ema=True, ema_momentum=momentum)


class _Batches(keras.utils.PyDataset):  # type: ignore[misc]  # Keras has no types
    """Shuffled batches, each epoch of another copy; made beside the training."""

    def __init__(
        self, changed: list[Pictures], targets: list[Floats], *, seed: int, jitter: bool
    ) -> None:
        super().__init__(workers=1)
        self._changed, self._targets, self._jitter = changed, targets, jitter
        self._seed, self._epoch = seed, 0
        self._order = self._shuffled()

    def _shuffled(self) -> NDArray[np.int64]:
        return np.random.default_rng((self._seed, self._epoch)).permutation(len(self._targets[0]))

    def __len__(self) -> int:
        return len(self._order) // BATCH

    def __getitem__(self, index: int) -> tuple[Floats, Floats]:
        copy = self._epoch % len(self._changed)
        batch = self._order[index * BATCH : (index + 1) * BATCH]
        inputs = data.scaled(self._changed[copy][batch])
        if self._jitter:
            random = np.random.default_rng((self._seed, self._epoch, index))
            some = random.random(BATCH) < JITTERED
            inputs[some] = jittered(inputs[some, ..., 0], random)[..., None]
        return inputs, self._targets[copy][batch]

    def on_epoch_end(self) -> None:
        """Another copy, in another order."""
        self._epoch += 1
        self._order = self._shuffled()


def _taught(teacher: keras.Model, pictures: Pictures, truth: Floats) -> Floats:
    """The teacher's probabilities and the true ones, mixed: float32 (count, 10)."""
    # By parts, as float pictures take four times the memory.
    parts = np.array_split(pictures, max(1, len(pictures) // 5000))
    logits = np.concatenate([teacher.predict(data.scaled(part), 500, verbose=0) for part in parts])
    probabilities = np.asarray(keras.ops.softmax(logits))
    return np.asarray(TAUGHT * probabilities + (1 - TAUGHT) * truth, np.float32)


def _one_hot(labels: NDArray[np.uint8]) -> Floats:
    return np.eye(10, dtype=np.float32)[labels]


def fit_temperature(logits: NDArray[np.float32], labels: NDArray[np.uint8]) -> float:
    """The temperature under which the logits are likeliest.

    Guo et al., "On calibration of modern neural networks" (2017).
    """
    temperatures = np.geomspace(0.25, 4, 401)

    def loss(temperature: float) -> float:
        scaled = logits.astype(np.float64) / temperature
        scaled -= scaled.max(axis=1, keepdims=True)
        likelihood = scaled[np.arange(len(labels)), labels] - np.log(np.exp(scaled).sum(axis=1))
        return float(-likelihood.mean())

    return float(min(temperatures, key=loss))
