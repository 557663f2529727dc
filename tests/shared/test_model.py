from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnxruntime as ort
import pytest
from django.test import Client

from shared import model as models
from shared.model import Model
from shared.settings import get
from tests.drawing import digit_image, encoded


def test_probabilities(model: Model) -> None:
    digits = np.random.default_rng(0).random((7, 28, 28), np.float32)
    probabilities = model.probabilities(digits)
    assert probabilities.shape == (7, 10)
    assert np.allclose(probabilities.sum(axis=1), 1)
    assert (probabilities >= 0).all()


def test_one_by_one_as_in_a_batch(model: Model) -> None:
    digits = np.random.default_rng(0).random((5, 28, 28), np.float32)
    single = np.concatenate([model.probabilities(digit[None]) for digit in digits])
    assert np.allclose(single, model.probabilities(digits), atol=1e-6)


def test_sessions_are_created_once_for_200_concurrent_requests(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    created = []
    session = ort.InferenceSession

    def counting(*arguments: object) -> ort.InferenceSession:
        created.append(1)
        return session(*arguments)

    monkeypatch.setattr(ort, "InferenceSession", counting)
    models._load.cache_clear()
    picture = encoded(digit_image(5))

    def ask(_: int) -> str:
        client = Client(SERVER_NAME="localhost")
        answer = client.post("/api/recognize", picture, content_type="image/png")
        return str(answer.json()["text"])

    with ThreadPoolExecutor(16) as pool:  # as many as one process takes in at once
        assert list(pool.map(ask, range(200))) == ["5"] * 200
    assert len(created) == 2  # the network of one digit, and that of a row


def test_missing_model(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nowhere"):
        Model(tmp_path / "nowhere.onnx")


def test_places(model: Model) -> None:
    logs = model.places(np.random.default_rng(0).random((32, 90), np.float32))
    assert logs.shape == (45, 11)
    assert np.allclose(np.exp(logs).sum(axis=1), 1)


def test_missing_model_of_rows(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nowhere"):
        Model(get().model_path, tmp_path / "nowhere.onnx")


def test_networks_in_each_other_s_place(model: Model) -> None:
    del model
    digits, rows = get().model_path, get().rows_model_path
    with pytest.raises(ValueError, match=r"rows\.onnx .* another network"):
        Model(rows)
    with pytest.raises(ValueError, match=r"digits\.onnx .* another network"):
        Model(digits, digits)


def test_damaged_model(tmp_path: Path) -> None:
    path = tmp_path / "damaged.onnx"
    path.write_bytes(b"not a model")
    with pytest.raises(ValueError, match="not an ONNX model"):
        Model(path)
    with pytest.raises(ValueError, match="not an ONNX model"):
        Model(get().model_path, path)
