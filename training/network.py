"""The network: `build_cnn` of the Lasagne MNIST example, 160,362 weights."""

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
            layers.Dense(10),
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
    model.add(layers.Dense(10))
    return model
