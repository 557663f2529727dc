"""The way from MNIST to a served model, with a tiny training."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from shared.model import Model
from shared.settings import get
from tests.conftest import run_module

pytest.importorskip("tensorflow", reason="needs TensorFlow: make test-deps")


def step(*arguments: str | Path) -> str:
    done = run_module("training", *arguments, TF_CPP_MIN_LOG_LEVEL="2", KERAS_BACKEND="tensorflow")
    done.check_returncode()
    return done.stdout


def train(output: Path) -> str:
    """Train a tiny network, always the same."""
    size = ("--epochs", "3", "--copies", "1", "--teacher-epochs", "1")
    return step("train", *size, "--limit", "2000", "--seed", "5", "--output", output)


@pytest.fixture(scope="module")
def twins(mnist_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The same training twice, at the same time."""
    folder = tmp_path_factory.mktemp("trained")
    paths = [folder / "tiny.keras", folder / "again.keras"]
    with ThreadPoolExecutor() as pool:
        for output in pool.map(train, paths):
            assert "Epoch 3/3" in output
    return paths


@pytest.fixture(scope="module")
def trained(twins: list[Path]) -> Path:
    return twins[0]


def test_train_export_evaluate(trained: Path, mnist_dir: Path, tmp_path: Path) -> None:
    from training import data
    from training.evaluate import score
    from training.readers import Readers

    exported = tmp_path / "tiny.onnx"
    output = step("export", "--source", trained, "--output", exported)
    assert "largest difference of a probability" in output
    assert exported.stat().st_size < 1_000_000
    pictures, labels = data.mnist("test", mnist_dir)
    with Readers(exported) as readers:
        result = score(readers, zip(pictures[:1000], labels[:1000], strict=True))
    assert result.right.mean() > 0.85


def test_train_and_export_rows(mnist_dir: Path, tmp_path: Path) -> None:
    trained, exported = tmp_path / "rows.keras", tmp_path / "rows.onnx"
    # Hardly trained, most are so undecided that integers change too much: not the one of this seed.
    some = ("--rows", "256", "--epochs", "2", "--seed", "2")
    output = step("train-rows", *some, "--output", trained)
    assert "Epoch 2/2" in output
    output = step("export-rows", "--source", trained, "--output", exported)
    assert "largest difference of a probability" in output
    assert exported.stat().st_size < 700_000
    again = tmp_path / "again.onnx"
    step("export-rows", "--source", trained, "--output", again)
    assert again.read_bytes() == exported.read_bytes()
    logs = Model(get().model_path, exported).places(np.zeros((32, 60), np.float32))
    assert logs.shape == (30, 11)
    assert np.allclose(np.exp(logs).sum(axis=1), 1)


def test_same_seed_same_weights(twins: list[Path]) -> None:
    import keras

    weights = (keras.models.load_model(path).get_weights() for path in twins)
    for one, other in zip(*weights, strict=True):
        # Sums run on several threads end in another order.
        assert np.allclose(one, other, atol=0.02)


def test_export_that_differs_is_refused(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from training import export

    monkeypatch.setattr(export, "_difference", lambda *_: 2e-5)
    with pytest.raises(ValueError, match="differ"):
        export.export(trained, tmp_path / "bad.onnx")
    assert not (tmp_path / "bad.onnx").exists()


def test_architecture_is_the_original_s() -> None:
    from training import network

    assert network.build().count_params() == 160_362


def test_loss_of_rows_is_that_of_all_alignments() -> None:
    import keras

    from shared.sequence import BLANK
    from training.train_rows import loss

    random = np.random.default_rng(1)
    logits = random.normal(size=(3, 24, 11)).astype(np.float32)
    classes = np.array([[3, 3, 10, 0, 0], [7, 0, 0, 0, 0], [0, 0, 0, 0, 0]], np.int32)
    lengths, places = np.count_nonzero(classes, axis=1), np.full(3, 24)
    found = loss(classes, logits)
    # Keras' is another implementation.
    expected = keras.ops.ctc_loss(classes, logits, lengths, places, BLANK)
    assert np.allclose(found, expected, rtol=1e-5)
    blanks = -keras.ops.log_softmax(logits[2])[:, BLANK].numpy().sum()
    assert np.allclose(found[2], blanks, rtol=1e-5)
