"""Variants of the ONNX file: size, agreement, load and run time, in turn in one run."""

import time
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import onnxruntime as ort

from .tables import table

FOLDER = Path("build/variants")
SERVED = Path("model/digits.onnx")


def measure(*, quick: bool) -> str:
    """A section of the results."""
    kinds = _made()
    digits = np.random.default_rng(0).random((32, 28, 28, 1), np.float32)
    sessions = {name: _session(path, threads) for name, (path, threads) in kinds.items()}
    feeds = {name: {s.get_inputs()[0].name: digits} for name, s in sessions.items()}
    served = sessions["fp32, 1 thread (served)"].run(None, feeds["fp32, 1 thread (served)"])[0]
    loads: dict[str, list[float]] = {name: [] for name in kinds}
    runs: dict[str, list[float]] = {name: [] for name in kinds}
    for _ in range(10 if quick else 100):
        for name, (path, threads) in kinds.items():
            loads[name].append(_took(lambda p=path, t=threads: _session(p, t)))
            one = {key: value[:1] for key, value in feeds[name].items()}
            runs[name].append(_took(lambda n=name, f=one: sessions[n].run(None, f)))
    rows = []
    for name, (path, _) in kinds.items():
        logits = sessions[name].run(None, feeds[name])[0]
        apart = np.abs(logits - served).max()
        load, run = (f"{1000 * median(took[name]):.3f}" for took in (loads, runs))
        rows.append((name, f"{path.stat().st_size / 1024:.0f} KB", f"{apart:.1e}", load, run))
    return "## ONNX variants\n\n" + table(
        ("variant", "size", "greatest difference of logits", "load ms", "run ms, one digit"), rows
    )


def _made() -> dict[str, tuple[Path, int]]:
    FOLDER.mkdir(parents=True, exist_ok=True)
    kinds = {"fp32, 1 thread (served)": (SERVED, 1), "fp32, 2 threads": (SERVED, 2)}
    optimized = FOLDER / "digits.ort"
    options = ort.SessionOptions()
    options.optimized_model_filepath = str(optimized)
    options.add_session_config_entry("session.save_model_format", "ORT")
    ort.InferenceSession(SERVED, options, ["CPUExecutionProvider"])
    kinds["fp32, optimized .ort, 1 thread"] = (optimized, 1)
    from onnxruntime.quantization import QuantType, quantize_dynamic

    small = FOLDER / "int8.onnx"
    quantize_dynamic(SERVED, small, weight_type=QuantType.QUInt8, op_types_to_quantize=["MatMul"])
    kinds["int8 dense layers, 1 thread"] = (small, 1)
    return kinds


def _session(path: Path, threads: int) -> Any:
    options = ort.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    return ort.InferenceSession(path, options, ["CPUExecutionProvider"])


def _took(run: Any) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start
