"""Exports the Keras model to ONNX and checks that both compute the same."""

import json
import tempfile
from pathlib import Path

import keras
import numpy as np
import onnx
import tensorflow as tf
import tf2onnx

from shared.model import Model

OPSET = 17
TOLERANCE = 1e-5


def export(source: Path, output: Path, *, seed: int = 0) -> None:
    """Write the ONNX file, its calibration in its metadata, if it computes what Keras does.

    Raises:
        ValueError: a probability differs by more than 1e-5; nothing is written.
    """
    model = keras.models.load_model(source)
    facts = json.loads(source.with_suffix(".json").read_text())

    signature = [tf.TensorSpec([None, 28, 28, 1], tf.float32, name="digits")]
    converted, _ = tf2onnx.convert.from_function(
        tf.function(lambda digits: model(digits, training=False), input_signature=signature),
        input_signature=signature,
        opset=OPSET,
    )
    converted.doc_string = (
        "Reads a digit: digits float32 (n, 28, 28, 1) in 0 to 1 -> logits (n, 10)"
    )
    onnx.helper.set_model_props(converted, {"temperature": json.dumps(facts["temperature"])})
    onnx.checker.check_model(converted)

    with tempfile.TemporaryDirectory() as folder:
        candidate = Path(folder) / output.name
        onnx.save(converted, candidate)
        served = Model(candidate)
        difference = _difference(model, served, facts["temperature"], seed)
        print(f"Keras against ONNX: largest difference of a probability {difference:.1e}")
        if difference > TOLERANCE:
            raise ValueError(f"Keras and ONNX differ by {difference:.1e}, over {TOLERANCE:.0e}")
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_bytes(candidate.read_bytes())
    print(f"{output}: version {served.version}, {output.stat().st_size:,} bytes")


def _difference(model: keras.Model, served: Model, temperature: float, seed: int) -> float:
    """Largest difference of a probability on noise, which reaches every weight."""
    digits = np.random.default_rng(seed).random((1000, 28, 28), np.float32)
    expected = keras.ops.softmax(model(digits[..., None], training=False) / temperature)
    return float(np.abs(served.probabilities(digits) - np.asarray(expected)).max())
