import json
from pathlib import Path

from tests.conftest import ROOT
from training.card import fill

MODEL = ROOT / "model"


def test_tables_are_rewritten_and_nothing_else(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- digits -->\nold\n<!-- /digits -->\nafter\n")
    fill(page, MODEL)
    text = page.read_text()
    accuracy = json.loads((MODEL / "metrics.json").read_text())["sets"]["mnist_test"]["accuracy"]
    assert text.startswith("before\n<!-- digits -->\n| set | read right")
    assert text.endswith("|\n<!-- /digits -->\nafter\n")
    assert f"| MNIST test, as given | {accuracy:.2f}% |" in text
    assert "old" not in text


def test_committed_tables_are_of_the_committed_figures(tmp_path: Path) -> None:
    for path in (ROOT / "README.md", MODEL / "README.md", ROOT / "docs" / "scale.md"):
        copy = tmp_path / path.name
        copy.write_text(path.read_text())
        fill(copy, MODEL)
        assert copy.read_text() == path.read_text()
