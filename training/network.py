"""The networks: of one digit, `build_cnn` of the Lasagne MNIST example; its teacher; of a row."""

from typing import Any

import keras
from keras import layers


def build(*, hidden: int = 256, dropout: float = 0.5) -> keras.Model:
    """Two 5 x 5 convolutions of 32 filters with max-pooling, a hidden layer, ten logits.

    Input: float32 (batch, 28, 28, 1), 0 to 1. Output: float32 (batch, 10), before the softmax,
    which the serving side applies with the calibrated temperature.
    """
    return keras.Sequential(
        [
            layers.Input((28, 28, 1)),
            layers.Conv2D(32, 5, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(32, 5, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dropout(dropout),
            layers.Dense(hidden, activation="relu"),
            layers.Dropout(dropout),
            layers.Dense(10, dtype="float32"),
        ]
    )


def build_teacher() -> keras.Model:
    """A larger network to learn from: 3 x 3 convolutions with batch normalization.

    After An, Lee, Park, Yang, So, "An ensemble of simple convolutional neural network models for
    MNIST digit recognition" (2020), with pooling in place of depth. Input and output as `build`.
    """
    model = keras.Sequential([layers.Input((28, 28, 1))])
    for filters in (24, 48, 96):
        for _ in range(2):
            model.add(layers.Conv2D(filters, 3, padding="same", use_bias=False))
            model.add(layers.BatchNormalization())
            model.add(layers.ReLU())
        model.add(layers.MaxPooling2D())
    model.add(layers.Flatten())
    model.add(layers.Dropout(0.5))
    model.add(layers.Dense(10, dtype="float32"))
    return model


def build_rows() -> keras.Model:
    """A row of digits at once: convolutions that part it into places, of 2 px each.

    Input: float32 (batch, 32, width, 1), 0 to 1, as `shared.sequence.fit_row` gives it.
    Output: float32 (batch, width / 2, 11), logits of no digit and of the ten digits at each place.
    A place is read from the 36 px around it, about two digits. After Shi, Bai, Yao, "An end-to-end
    trainable neural network for image-based sequence recognition" (2015), convolutions in place of
    its recurrent layers.
    """

    def normalized(layer: Any) -> list[Any]:
        return [layer, layers.BatchNormalization(), layers.ReLU()]

    return keras.Sequential(
        [
            layers.Input((32, None, 1)),
            layers.Conv2D(32, 5, strides=2, padding="same", activation="relu"),
            layers.Conv2D(64, 3, padding="same", activation="relu"),
            layers.MaxPooling2D((2, 1)),
            *normalized(layers.Conv2D(96, 3, padding="same", use_bias=False)),
            layers.MaxPooling2D((2, 1)),
            layers.ZeroPadding2D((0, 1)),
            *normalized(layers.Conv2D(160, (4, 3), use_bias=False)),
            layers.Reshape((-1, 160)),
            layers.Dropout(0.1),
            *normalized(layers.Conv1D(160, 7, padding="same", use_bias=False)),
            layers.Dropout(0.1),
            *normalized(layers.Conv1D(160, 5, padding="same", use_bias=False)),
            layers.Dense(11, dtype="float32"),
        ]
    )
