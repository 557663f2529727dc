"""Others that read numbers, each behind the same bare server, in one run."""

import shutil
import urllib.request
from pathlib import Path
from typing import Final

from . import pictures
from .servers import resident, server, wrk
from .tables import table

RAPIDOCR: Final = Path("build/peers/bin/python")
KERAS: Final = Path("build/bench/digits.keras"), Path("build/bench/rows.keras")
CONNECTIONS: Final = (1, 8)
NAMES: Final = {
    "constant": "a constant",
    "ours": "CNNDemo",
    "keras": "CNNDemo, with the Keras models",
    "tesseract": "Tesseract, a process a picture",
    "rapidocr": "RapidOCR, recognizer",
}


def measure(*, quick: bool) -> str:
    """A section of the results."""
    if shutil.which("wrk") is None:
        return "## Peers\n\nNot measured: apt-get install wrk\n"
    seconds = 3 if quick else 8
    rows, lacking = [], []
    for peer, name in NAMES.items():
        if lack := _lack(peer):
            lacking.append(f"{name}: not measured: {lack}\n")
            continue
        try:
            rows += _measured(peer, name, seconds)
        except (OSError, RuntimeError) as error:
            lacking.append(f"{name}: not measured: {error}\n")
    head = ("reader", "picture", "text", "1: read / s", "p50 / p99 ms", "8: read / s",
            "p50 / p99 ms", "MB")  # fmt: skip
    return (
        "## Peers\n\nEach behind the same bare WSGI application and gunicorn of two processes, "
        "without Django and admission, over 1 and over 8 connections. All use one thread a picture "
        "and are told that it is one line. One picture of each says nothing of how well they read: "
        "for that see the model card.\n\n" + table(head, rows) + "\n" + "\n".join(lacking)
    )


def _lack(peer: str) -> str | None:
    """What to do before this peer can be measured."""
    if peer == "tesseract" and shutil.which("tesseract") is None:
        return "apt-get install tesseract-ocr"
    if peer == "keras" and not all(path.exists() for path in KERAS):
        return "`python -m bench.keras_models` makes its models"
    if peer == "rapidocr" and not RAPIDOCR.exists():
        folder = RAPIDOCR.parent
        return (
            f"python3 -m venv {folder.parent} && {folder}/pip install rapidocr-onnxruntime gunicorn"
        )
    return None


def _measured(peer: str, name: str, seconds: int) -> list[tuple[object, ...]]:
    options = ("--workers", "2", "--threads", "8", "--timeout", "120", "bench.peer:application()")
    rows: list[tuple[object, ...]] = []
    variables = {"PEER": peer, "OMP_NUM_THREADS": "1", "TF_NUM_INTRAOP_THREADS": "1"}
    python = {"python": RAPIDOCR} if peer == "rapidocr" else {}
    what = {
        "280 x 280, one digit": pictures.number(1, 280, 280),
        "640 x 200, 6 digits": pictures.number(6),
    }
    with server(options, path="/", variables=variables, **python) as (port, pid):
        for picture, body in what.items():
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", body) as answer:
                text = answer.read().decode()
            found = [wrk(port, "/", body, connections, seconds) for connections in CONNECTIONS]
            figures = (cell for one in found for cell in (f"{one.ok:.0f}", _both(one.p50, one.p99)))
            rows.append((name, picture, text or "nothing", *figures, _memory(peer, pid)))
    return rows


def _memory(peer: str, pid: int) -> object:
    """MB; of what runs a process a picture nothing can be told afterwards."""
    return "-" if peer == "tesseract" else resident(pid)


def _both(p50: float, p99: float) -> str:
    return f"{p50:.1f} / {p99:.1f}"
