"""Trains the network on MNIST's training pictures, changed anew at every epoch."""

import json
import multiprocessing
from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from . import data, network
from .augment import as_input, augmented

HELD_OUT = 5_000  # of the 60,000: to watch the training and to calibrate on
BATCH = 128
AVERAGED = 0.03  # share of all steps over which the weights are averaged

Batch = tuple[NDArray[np.float32], NDArray[np.uint8]]


def train(
    folder: Path | None,
    output: Path,
    *,
    epochs: int,
    seed: int,
    copies: int,
    limit: int | None = None,
) -> None:
    """Train and write the Keras model with its calibration beside it (.json).

    Args:
        folder: of the MNIST files; see `data.mnist`.
        output: the .keras file to write.
        copies: how many times each picture is changed; each epoch sees one copy of it.
        limit: train on this many pictures only (a quick try).
    """
    keras.utils.set_random_seed(seed)
    pictures, labels = data.mnist("train", folder)
    held_out = np.stack([as_input(picture) for picture in pictures[-HELD_OUT:]])
    pictures, labels, held_out_labels = (
        pictures[:-HELD_OUT][:limit],
        labels[:-HELD_OUT][:limit],
        labels[-HELD_OUT:],
    )
    changed = _changed(pictures, min(copies, epochs), seed)
    steps = len(pictures) // BATCH
    model = network.build()
    rate = keras.optimizers.schedules.CosineDecay(
        0.0,
        epochs * steps,
        warmup_target=2e-3,
        warmup_steps=min(steps, epochs * steps // 4),
    )
    model.compile(
        # The average of the weights over some steps generalizes better than the last ones.
        keras.optimizers.AdamW(
            rate,
            weight_decay=1e-3,
            use_ema=True,
            ema_momentum=1 - 1 / max(2, AVERAGED * epochs * steps),
        ),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    model.fit(
        _batches(changed, labels, epochs=epochs, seed=seed),
        steps_per_epoch=steps,
        epochs=epochs,
        validation_data=(_scaled(held_out), held_out_labels),
        callbacks=[keras.callbacks.SwapEMAWeights(swap_on_epoch=True)],
    )
    logits = model.predict(_scaled(held_out), verbose=0)
    accuracy = float((logits.argmax(axis=1) == held_out_labels).mean())
    temperature = fit_temperature(logits, held_out_labels)
    output.parent.mkdir(parents=True, exist_ok=True)
    model.save(output)
    facts = {
        "epochs": epochs,
        "seed": seed,
        "trained_on": len(pictures),
        "held_out_accuracy": round(100 * accuracy, 2),
        "temperature": round(temperature, 4),
    }
    output.with_suffix(".json").write_text(json.dumps(facts, indent=2) + "\n")
    print(f"{output}: held-out accuracy {100 * accuracy:.2f}%, temperature {temperature:.3f}")


def _changed(pictures: NDArray[np.uint8], copies: int, seed: int) -> list[NDArray[np.uint8]]:
    """Changed copies of all pictures, made beforehand: it takes longer than learning them."""
    chunks = np.array_split(pictures, max(1, len(pictures) // 500))
    tasks = [(chunk, (seed, copy, i)) for copy in range(copies) for i, chunk in enumerate(chunks)]
    # Workers are spawned: they must not inherit the threads of a started TensorFlow.
    with multiprocessing.get_context("spawn").Pool() as pool:
        made = list(tqdm(pool.imap(_augmented, tasks), total=len(tasks), desc="Changing pictures"))
    return [np.concatenate(made[i : i + len(chunks)]) for i in range(0, len(made), len(chunks))]


def _augmented(task: tuple[NDArray[np.uint8], tuple[int, ...]]) -> NDArray[np.uint8]:
    return augmented(*task)


def _batches(
    changed: list[NDArray[np.uint8]], labels: NDArray[np.uint8], *, epochs: int, seed: int
) -> Iterator[Batch]:
    """Shuffled batches of every epoch."""
    for epoch in range(epochs):
        pictures = changed[epoch % len(changed)]
        order = np.random.default_rng((seed, epoch)).permutation(len(pictures))
        for i in range(0, len(order) - BATCH + 1, BATCH):
            batch = order[i : i + BATCH]
            yield _scaled(pictures[batch]), labels[batch]


def _scaled(pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
    return np.divide(pictures[..., None], 255, dtype=np.float32)


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
