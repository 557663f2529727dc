"""Cold start: from nothing to the first answer, in new processes, the kinds in turn."""

import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import Final

from .pictures import number
from .tables import table

# Pillow imports its common formats at the first picture; both networks are opened at the start.
SESSIONS: Final = """
import azure.functions, cv2, multipart, numpy as np, onnxruntime, PIL.Image
PIL.Image.preinit()
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = options.inter_op_num_threads = 1
digits = onnxruntime.InferenceSession("model/digits.onnx", options)
rows = onnxruntime.InferenceSession("model/rows.onnx", options)
digits.run(None, {digits.get_inputs()[0].name: np.zeros((1, 28, 28, 1), np.float32)})
"""
ONE_THREAD: Final = 'import os; os.environ["OPENBLAS_NUM_THREADS"] = "1"'
OURS: Final = """
import function_app, azure.functions as func
data = open("build/bench.png", "rb").read()
from shared import http
request = http.Request("POST", {}, "image/png", data)
assert http.answer(http.recognize_endpoint, request).status == 200
"""
KERAS: Final = """
import keras, numpy as np
keras.models.load_model("build/bench/digits.keras").predict(np.zeros((1, 28, 28, 1)), verbose=0)
"""
MODULES: Final = ("numpy", "cv2", "onnxruntime", "PIL.Image", "azure.functions", "multipart")


def _seconds(script: str) -> float:
    timed = (
        f"import time; start = time.perf_counter()\n{script}\nprint(time.perf_counter() - start)"
    )
    # With compiled modules kept and no threads chosen, as where it is served.
    left_out = {"PYTHONDONTWRITEBYTECODE", "OPENBLAS_NUM_THREADS"}
    environment = {k: v for k, v in os.environ.items() if k not in left_out}
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", timed], env=environment, capture_output=True, text=True, check=True
    )
    return float(done.stdout.split()[-1])


def measure(*, quick: bool) -> str:
    """A section of the results."""
    Path("build").mkdir(exist_ok=True)
    Path("build/bench.png").write_bytes(number(1, 280, 280))
    kinds = {
        "imports and sessions alone": SESSIONS,
        "the same, NumPy on one thread": ONE_THREAD + SESSIONS,
        "function_app, to its first answer": OURS,
    }
    if Path("build/bench/digits.keras").exists():
        kinds["TensorFlow with the Keras model"] = KERAS
    times: dict[str, list[float]] = {name: [] for name in kinds}
    for turn in range(5 if quick else 21):
        for name, script in kinds.items():
            if script is not KERAS or turn < 3:
                times[name].append(_seconds(script))
    base = median(times["imports and sessions alone"])
    rows = [(n, f"{median(t):.3f} s", f"{median(t) / base:.2f}") for n, t in times.items()]
    alone = [
        (
            name,
            f"{1000 * median(_seconds(f'import {name}') for _ in range(3 if quick else 9)):.0f} ms",
        )
        for name in MODULES
    ]
    missing = (
        ""
        if KERAS in kinds.values()
        else "\nKeras: not measured, `python -m bench.keras_models` makes its model.\n"
    )
    return (
        "## Cold start\n\nImports are those of all dependencies that the first answer needs, "
        "Pillow's formats too; sessions are of both networks.\n\n"
        + table(("in a new process", "median", "ratio"), rows)
        + missing
        + "\nThe ratio of function_app is to be at most 1.15; it has NumPy on one thread. Each "
        "import alone:\n\n" + table(("import", "median"), alone)
    )
