import json
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from shared.model import Model
from tests.conftest import ROOT
from tests.training.test_numbers import GLYPHS, LABELS
from training import data, evaluate_numbers, sweeps
from training.__main__ import main
from training.numbers import CLEAN, numbers
from training.readers import Readers

pytest.importorskip("matplotlib", reason="needs matplotlib: make test-deps")
pytest.importorskip("sklearn", reason="needs scikit-learn: make test-deps")


def test_score() -> None:
    made = [(file, text) for file, text, _ in numbers(GLYPHS, LABELS, CLEAN, count=3, seed=1)]
    made.append((made[0][0], "x"))
    with Readers(ROOT / "model" / "digits.onnx") as readers:
        scores, misread = evaluate_numbers.score(readers, made, ("auto", "number"))
    assert [*scores] == ["auto", "number"]
    assert scores["auto"].labels.tolist() == [text for _, text in made]
    wrong = int((~scores["auto"].right).sum())
    assert wrong >= 1
    assert len(misread) == wrong
    assert misread[-1].text == "x"
    assert misread[-1].reading == scores["auto"].readings[-1]


def test_held_out_is_of_the_training_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data, "HELD_OUT", 5)
    parts = {"train": (GLYPHS, LABELS), "test": (GLYPHS[::-1], LABELS[::-1])}
    monkeypatch.setattr(data, "mnist", lambda part, _: parts[part])
    assert evaluate_numbers.mnist_glyphs("held-out")[1].tolist() == [5, 6, 7, 8, 9]
    assert evaluate_numbers.mnist_glyphs("test")[1].tolist() == LABELS[::-1].tolist()


def test_numbers_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(data, "mnist", lambda *_: (GLYPHS, LABELS))
    few = [(glyph[::2, ::2], int(label)) for glyph, label in zip(GLYPHS, LABELS, strict=True)]
    monkeypatch.setattr(evaluate_numbers, "read_sklearn_digits", lambda: iter(few))
    output = Path("model") / "numbers.json"
    output.parent.mkdir()
    model = str(ROOT / "model" / "digits.onnx")
    monkeypatch.setattr(sys, "argv", ["training", "numbers", "--count", "2", "--model", model])
    main()

    figures = json.loads(output.read_text())
    assert figures["model"]["version"] == Model(Path(model)).version
    assert figures["glyphs"] == "test"
    assert [*figures["presets"]] == ["clean", "photo", "touching", "rows"]
    for name, modes in figures["presets"].items():
        assert [*modes] == (["auto"] if name == "rows" else ["auto", "number"])
        assert modes["auto"]["count"] == 2
        assert {"accuracy", "interval", "calibration_error"} < set(modes["auto"])
    assert figures["presets_together"]["auto"]["count"] == 8
    assert [*figures["other_writers"]] == ["sklearn_digits_clean", "sklearn_digits_photo"]
    for name, sweep in sweeps.SWEEPS.items():
        assert [point["value"] for point in figures["sweeps"][name]] == [*sweep.values]
    assert figures["lone_digits_on_pages"]["digit"]["count"] == 4
    for path in (output.with_suffix(".png"), Path("reports") / "numbers.png"):
        with Image.open(path) as image:
            image.load()
            assert image.width > 800
    assert len(capsys.readouterr().out.splitlines()) == 12


def test_plot_has_a_place_for_every_sweep(tmp_path: Path) -> None:
    from training import plots

    point = {"accuracy": 50.0, "interval": [40.0, 60.0]}
    figures = {
        "sweeps": {
            name: [{"value": value, **point} for value in sweep.values]
            for name, sweep in sweeps.SWEEPS.items()
        }
    }
    for name in ("one.png", "again.png"):
        plots.sweeps(figures, tmp_path / name)
    one, again = ((tmp_path / name).read_bytes() for name in ("one.png", "again.png"))
    assert one == again
    plots.misread([], tmp_path / "none.png")
    assert np.asarray(Image.open(tmp_path / "none.png").convert("L")).min() == 255
