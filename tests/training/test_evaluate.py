import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.conftest import ROOT
from tests.drawing import digit_image
from training import data, evaluate
from training.corruptions import CORRUPTIONS
from training.evaluate import score, tell_apart
from training.readers import Readers

MODEL = ROOT / "model" / "digits.onnx"


def drawn() -> data.Labelled:
    """Each digit twice, as MNIST has them: uint8 (20, 28, 28) and (20,)."""
    images = [
        digit_image(digit, size=(28, 28), pen=pen, ink=255, paper=0)
        for pen in (0.1, 0.13)
        for digit in range(10)
    ]
    return np.stack([np.asarray(image) for image in images]), np.arange(20, dtype=np.uint8) % 10


def test_score() -> None:
    pictures, labels = drawn()
    blank = np.zeros_like(pictures[0])
    labelled = [*zip(pictures, labels, strict=True), (blank, 4)]
    with Readers(MODEL) as readers:
        result = score(readers, labelled)
    assert result.labels.tolist() == [*labels, 4]
    assert result.readings[-1] == ""
    assert result.confidences[-1] == 0
    assert result.right.dtype == bool
    assert not result.right[-1]
    assert result.right[:-1].sum() >= 18
    assert ((result.confidences[:-1] > 0.1) & (result.confidences[:-1] <= 1)).all()


def test_perfect_separation() -> None:
    pytest.importorskip("sklearn", reason="needs scikit-learn: make test-deps")
    digits = np.linspace(0.5, 1, 1000)
    figures = tell_apart(digits, {"low": np.linspace(0, 0.49, 40), "none": np.zeros(60)})
    assert figures["threshold"] == pytest.approx(0.505, abs=1e-3)
    for kind, count in (("low", 40), ("none", 60), ("all", 100)):
        assert figures["kinds"][kind] == {"count": count, "auroc": 1, "refused": 100}


def test_strangers_read_like_digits() -> None:
    pytest.importorskip("sklearn", reason="needs scikit-learn: make test-deps")
    digits = np.linspace(0, 1, 1001)
    figures = tell_apart(digits, {"same": digits, "surer": np.full(1001, 2.0)})["kinds"]
    assert figures["same"]["auroc"] == pytest.approx(0.5)
    assert figures["same"]["refused"] == pytest.approx(1, abs=0.1)
    assert figures["surer"] == {"count": 1001, "auroc": 0, "refused": 0}
    assert figures["all"]["auroc"] == pytest.approx(0.25)


def test_evaluate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("matplotlib", reason="needs matplotlib: make test-deps")
    pytest.importorskip("sklearn", reason="needs scikit-learn: make test-deps")
    pictures, labels = drawn()
    monkeypatch.setattr(data, "mnist", lambda *_: (pictures, labels))
    monkeypatch.setattr(evaluate, "STRANGERS", 3)
    few = list(zip(pictures[:5], range(5), strict=True))
    monkeypatch.setattr(evaluate, "read_sklearn_digits", lambda: iter(few))
    semeion = tmp_path / "semeion.data"
    rows = [["0.0000", "1.0000"] * 128 + ["0"] * 5 + ["1"] + ["0"] * 4] * 3
    semeion.write_text("\n".join(" ".join(row) for row in rows))

    output, reports = tmp_path / "model" / "metrics.json", tmp_path / "reports"
    output.parent.mkdir()
    evaluate.evaluate(MODEL, output, semeion=semeion, baseline=MODEL, reports=reports)

    figures = json.loads(output.read_text())
    assert figures["model"] == figures["baseline"]["model"]
    assert len(figures["sets"]) == 7 + len(CORRUPTIONS)
    assert figures["sets"]["semeion"]["count"] == 3
    assert figures["sets"]["mnist_test"]["accuracy"] >= 90
    # The network itself knows only light ink.
    accuracy = figures["baseline"]["accuracy"]
    assert accuracy["mnist_test"] > max(80, accuracy["mnist_test_inverted"])
    assert len(accuracy) == 4 + len(CORRUPTIONS)
    assert {kind: figure["count"] for kind, figure in figures["strangers"]["kinds"].items()} == {
        **dict.fromkeys(("letter", "scribble", "texture", "blank"), 3),
        "all": 12,
    }
    assert {path.name for path in output.parent.iterdir()} == {
        *("metrics.json", "confusion.png", "reliability.png", "corruptions.png", "filters.png")
    }
    # What shows pictures of a data set stays apart.
    assert [path.name for path in reports.iterdir()] == ["mistakes.png"]
    for path in (*output.parent.glob("*.png"), *reports.iterdir()):
        with Image.open(path) as image:
            image.load()
            assert image.width > 800
    assert len(capsys.readouterr().out.splitlines()) == len(figures["sets"]) + 6
