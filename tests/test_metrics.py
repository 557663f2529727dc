"""The committed figures are what the committed model reaches: all sets, read in full again."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from shared.model import Model
from shared.settings import get
from tests.conftest import ROOT

METRICS = ROOT / "model" / "metrics.json"
WITHIN = 0.05  # percentage points
FLOOR = 99.2  # percent of MNIST's test digits, whatever is committed


@pytest.fixture(scope="module")
def semeion() -> Path | None:
    path = os.environ.get("SEMEION")
    return Path(path) if path else None


@pytest.fixture(scope="module")
def measured(
    mnist_dir: Path, semeion: Path | None, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    from training.evaluate import evaluate

    folder = tmp_path_factory.mktemp("metrics")
    output = folder / "metrics.json"
    evaluate(get().model_path, output, folder=mnist_dir, semeion=semeion, reports=folder)
    figures: dict[str, Any] = json.loads(output.read_text())
    return figures


def committed() -> dict[str, Any]:
    figures: dict[str, Any] = json.loads(METRICS.read_text())
    return figures


def test_same_model(measured: dict[str, Any]) -> None:
    assert measured["model"] == committed()["model"]


@pytest.mark.parametrize("name", ["metrics", "numbers", "review"])
def test_figures_are_of_the_committed_networks(model: Model, name: str) -> None:
    figures = json.loads(METRICS.with_stem(name).read_text())
    assert figures["model"] == model.to_dict()
    assert figures["rows_version"] == model.rows_version
    assert figures.get("glyphs", "test") == "test"


@pytest.mark.parametrize("name", committed()["sets"])
def test_set(measured: dict[str, Any], semeion: Path | None, name: str) -> None:
    if name == "semeion" and semeion is None:
        pytest.skip("needs the Semeion file: SEMEION=semeion.data.gz make test")
    figure, expected = measured["sets"][name], committed()["sets"][name]
    for key in ("count", "accuracy", "calibration_error"):
        assert figure[key] == pytest.approx(expected[key], abs=WITHIN), key


@pytest.mark.parametrize("name", ["mnist_test", "mnist_test_inverted"])
def test_floor(measured: dict[str, Any], name: str) -> None:
    assert measured["sets"][name]["count"] == 10_000
    assert measured["sets"][name]["accuracy"] >= FLOOR


def test_corruptions_mean(measured: dict[str, Any]) -> None:
    expected = committed()["corruptions_mean"]
    assert measured["corruptions_mean"] == pytest.approx(expected, abs=WITHIN)


@pytest.mark.parametrize("kind", committed()["strangers"]["kinds"])
def test_strangers(measured: dict[str, Any], kind: str) -> None:
    figure = measured["strangers"]["kinds"][kind]
    expected = committed()["strangers"]["kinds"][kind]
    assert 100 * figure["auroc"] == pytest.approx(100 * expected["auroc"], abs=WITHIN)
    assert figure["refused"] == pytest.approx(expected["refused"], abs=WITHIN)
