"""Variants of the ONNX file: accuracy, size, load and run time, in turn in one run."""

import os
import time
from pathlib import Path
from statistics import median
from typing import Any, Literal

import numpy as np
import onnxruntime as ort
from onnxruntime.quantization import (
    CalibrationDataReader,
    QuantType,
    quantize_dynamic,
    quantize_static,
)

from training.augment import as_input
from training.data import mnist, scaled

from .tables import table

FOLDER = Path("build/variants")
SERVED = Path("model/digits.onnx")


def measure(*, quick: bool) -> str:
    """A section of the results."""
    digits, labels = _mnist("test", 1000 if quick else 10_000)
    kinds = _made()
    sessions = {name: _session(path, threads) for name, (path, threads) in kinds.items()}
    feeds = {name: {s.get_inputs()[0].name: digits} for name, s in sessions.items()}
    served = sessions["fp32, 1 thread (served)"].run(None, feeds["fp32, 1 thread (served)"])[0]
    loads: dict[str, list[float]] = {name: [] for name in kinds}
    runs: dict[str, list[float]] = {name: [] for name in kinds}
    turns = 10 if quick else 100
    for _ in range(turns):
        for name, (path, threads) in kinds.items():
            loads[name].append(_took(lambda p=path, t=threads: _session(p, t)))
    for name in kinds:
        one = {key: value[:1] for key, value in feeds[name].items()}
        for _ in range(turns + 1):
            runs[name].append(_took(lambda n=name, f=one: sessions[n].run(None, f)))
        del runs[name][0]  # the first is slower
    rows = []
    for name, (path, _) in kinds.items():
        logits = sessions[name].run(None, feeds[name])[0]
        apart = np.abs(logits - served).max()
        right = f"{(logits.argmax(axis=1) == labels).mean():.2%}" if labels.size else "-"
        load, run = (f"{1000 * median(took[name]):.3f}" for took in (loads, runs))
        size = f"{path.stat().st_size / 1024:.0f} KB"
        rows.append((name, right, f"{apart:.1e}", size, load, run))
    columns = ("variant", "right", "logits differ by", "size", "load ms", "run ms, one digit")
    of = f"Right of {len(labels):,} of MNIST's test pictures, as the network sees them."
    if not labels.size:
        of = "Which are right was not measured: set MNIST_DIR to the folder of its files."
    return (
        f"## ONNX variants\n\n{of}\n\n" + table(columns, rows) + "\n"
        "Served is fp32 on one thread: others load or run no faster by an amount that a request, "
        "of milliseconds, would show, and half a megabyte less is little beside 78 MB of runtime. "
        "The network of a row, which takes most time of a number, is served in int8: see the model "
        "card.\n"
    )


def _mnist(part: Literal["train", "test"], count: int) -> tuple[Any, Any]:
    """Inputs, float32 (count, 28, 28, 1), and labels; without MNIST_DIR noise and no labels."""
    if not os.environ.get("MNIST_DIR"):
        return np.random.default_rng(0).random((32, 28, 28, 1), np.float32), np.zeros(0)
    pictures, labels = mnist(part, None)
    inputs = np.stack([as_input(picture) for picture in pictures[:count]])
    return scaled(inputs), labels[:count]


def _made() -> dict[str, tuple[Path, int]]:
    FOLDER.mkdir(parents=True, exist_ok=True)
    kinds = {"fp32, 1 thread (served)": (SERVED, 1), "fp32, 2 threads": (SERVED, 2)}
    optimized = FOLDER / "digits.ort"
    options = ort.SessionOptions()
    options.optimized_model_filepath = str(optimized)
    options.add_session_config_entry("session.save_model_format", "ORT")
    ort.InferenceSession(SERVED, options, ["CPUExecutionProvider"])
    kinds["fp32, optimized .ort, 1 thread"] = (optimized, 1)
    small = FOLDER / "int8.onnx"
    quantize_dynamic(SERVED, small, weight_type=QuantType.QUInt8, op_types_to_quantize=["MatMul"])
    kinds["int8 dense layers, 1 thread"] = (small, 1)
    smaller = FOLDER / "int8-static.onnx"
    quantize_static(SERVED, smaller, Calibration())
    kinds["int8 all layers, 1 thread"] = (smaller, 1)
    return kinds


class Calibration(CalibrationDataReader):  # type: ignore[misc]
    """Inputs from which the range of each layer's values is told."""

    def __init__(self) -> None:
        self._batches = iter(np.array_split(_mnist("train", 500)[0], 10))

    def get_next(self) -> dict[str, Any] | None:
        """The next batch, until there is none."""
        batch = next(self._batches, None)
        return None if batch is None else {"digits": batch}


def _session(path: Path, threads: int) -> Any:
    options = ort.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    return ort.InferenceSession(path, options, ["CPUExecutionProvider"])


def _took(run: Any) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start
