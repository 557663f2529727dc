"""The networks: ONNX Runtime sessions, created once per process and shared by threads."""

import functools
import hashlib
import json
import threading
from pathlib import Path
from typing import Final

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from . import settings
from .tracing import traced

NAME: Final = "digits"
# Shapes of what a network takes and gives; None for any number.
DIGITS: Final = (None, 28, 28, 1), (None, 10)
ROWS: Final = (None, 32, None, 1), (None, None, 11)
_loading = threading.Lock()


class Model:
    """The network of one digit and that of a row; to be called from any thread.

    Args:
        path: of the network of one digit, whose version answers carry.
        rows: of the network of a row; else as `ROWS_MODEL_PATH` says.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a file is not a model of this contract.
    """

    def __init__(self, path: Path, rows: Path | None = None) -> None:
        data = path.read_bytes()
        self.version = _version(data)
        self._session = _session(path, data, DIGITS)
        self._input = self._session.get_inputs()[0].name
        metadata = self._session.get_modelmeta().custom_metadata_map
        self._temperature = float(json.loads(metadata.get("temperature", "1")))
        rows = rows or settings.get().rows_model_path
        data = rows.read_bytes()
        self.rows_version = _version(data)
        self._rows = _session(rows, data, ROWS)

    @traced
    def probabilities(self, digits: NDArray[np.float32]) -> NDArray[np.float64]:
        """Calibrated probabilities of the ten digits.

        Args:
            digits: float32, (count, 28, 28), 0 to 1, as `normalize` gives them.

        Returns:
            float64, (count, 10), each row adding up to 1.
        """
        logits = self._session.run(None, {self._input: digits[..., None]})[0]
        # Temperature scaling: Guo et al., "On calibration of modern neural networks" (2017).
        scaled = logits.astype(np.float64) / self._temperature
        powers = np.exp(scaled - scaled.max(axis=1, keepdims=True))
        probabilities: NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
        return probabilities

    @traced
    def places(self, row: NDArray[np.float32]) -> NDArray[np.float64]:
        """What is at each place of a row.

        Args:
            row: float32, (32, width), 0 to 1, as `sequence.fit_row` gives it.

        Returns:
            float64, (width / 2, 11), logarithms of the probabilities of no digit and of the ten.
        """
        logits = self._rows.run(None, {"row": row[None, :, :, None]})[0][0].astype(np.float64)
        logits -= logits.max(axis=1, keepdims=True)
        logs: NDArray[np.float64] = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
        return logs

    def to_dict(self) -> dict[str, str]:
        """Name and version, as answers carry them."""
        return {"name": NAME, "version": self.version}


def _version(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:12]


def _session(
    path: Path, data: bytes, contract: tuple[tuple[int | None, ...], ...]
) -> ort.InferenceSession:
    options = ort.SessionOptions()
    # A digit takes a tenth of a millisecond: handing it to other threads costs more.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    try:
        session = ort.InferenceSession(data, options, ["CPUExecutionProvider"])
    except Exception as error:  # the runtime's own exceptions share no base class
        raise ValueError(f"{path} is not an ONNX model that can be loaded: {error}") from error
    shapes = [ends[0].shape for ends in (session.get_inputs(), session.get_outputs())]
    if not all(map(_fits, shapes, contract)):
        takes, gives = contract
        raise ValueError(f"{path} has {shapes}, not {takes} to {gives}: it is another network")
    return session


def _fits(shape: list[int | str | None], expected: tuple[int | None, ...]) -> bool:
    """Whether an array can have both shapes; what a model leaves open has a name, or none."""
    return len(shape) == len(expected) and all(
        one == other or other is None or not isinstance(one, int)
        for one, other in zip(shape, expected, strict=True)
    )


def load() -> Model:
    """The model of this process, from `MODEL_PATH`, loaded on the first call."""
    with _loading:
        return _load(settings.get().model_path)


@functools.cache
def _load(path: Path) -> Model:
    return Model(path)
