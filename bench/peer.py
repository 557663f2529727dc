"""One reader as a bare WSGI application, `PEER` says which, for gunicorn; it answers the text.

All peers stand behind the same server, so that what they take is all that differs.
"""

import importlib
import os
import subprocess
from collections.abc import Callable, Iterable
from typing import Any

Read = Callable[[bytes], str]


def _constant() -> Read:
    return lambda _: "-"


def _ours() -> Read:
    from shared import model, recognize

    loaded = model.load()
    return lambda data: recognize.recognize(data, loaded, mode="number").text


def _keras() -> Read:
    """Our steps with the Keras models in place of the ONNX files."""
    import keras
    import numpy as np

    from shared import recognize
    from shared.model import Model

    digits_network = keras.models.load_model("build/bench/digits.keras")
    rows_network = keras.models.load_model("build/bench/rows.keras")

    class Keras(Model):
        def __init__(self) -> None:
            self.version = "keras"

        def probabilities(self, digits: Any) -> Any:
            return np.exp(_logs(digits_network.predict_on_batch(digits[..., None])))

        def places(self, row: Any) -> Any:
            return _logs(rows_network.predict_on_batch(row[None, :, :, None])[0])

    def _logs(logits: Any) -> Any:
        wide = np.asarray(logits, np.float64)
        wide -= wide.max(axis=1, keepdims=True)
        return wide - np.log(np.exp(wide).sum(axis=1, keepdims=True))

    model = Keras()
    return lambda data: recognize.recognize(data, model, mode="number").text


def _tesseract() -> Read:
    """A process a picture, as its users run it: one line, digits only, one thread."""
    command = ["tesseract", "-", "-", "--psm", "7", "-c", "tessedit_char_whitelist=0123456789"]
    environment = {**os.environ, "OMP_THREAD_LIMIT": "1"}

    def read(data: bytes) -> str:
        done = subprocess.run(  # noqa: S603
            command, input=data, capture_output=True, check=True, env=environment
        )
        return done.stdout.decode().strip()

    return read


def _rapidocr() -> Read:
    """Its recognizer alone, on one line."""
    import cv2
    import numpy as np

    engine = importlib.import_module("rapidocr_onnxruntime").RapidOCR(intra_op_num_threads=1)

    def read(data: bytes) -> str:
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
        found, _ = engine(picture, use_det=False, use_cls=False, use_rec=True)
        return "".join(one[0] for one in found or [])

    return read


PEERS: dict[str, Callable[[], Read]] = {
    "constant": _constant,
    "ours": _ours,
    "keras": _keras,
    "tesseract": _tesseract,
    "rapidocr": _rapidocr,
}


def application() -> Callable[..., Iterable[bytes]]:
    """The application, for `gunicorn "bench.peer:application()"`."""
    read = PEERS[os.environ["PEER"]]()

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        text = (read(body) if body else "").encode()
        headers = [("Content-Type", "text/plain"), ("Content-Length", str(len(text)))]
        start_response("200 OK", headers)
        return [text]

    return answer
