import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.training.test_numbers import GLYPHS, LABELS
from training import data, peers
from training.numbers import CLEAN, numbers


def test_missing_peers_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setattr(peers, "RAPIDOCR", tmp_path / "peers" / "bin" / "python")
    with pytest.raises(SystemExit, match=r"install tesseract-ocr\n.*rapidocr-onnxruntime"):
        peers.compare(ROOT / "model" / "digits.onnx")


def test_compare(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    texts = [text for _, text, _ in numbers(GLYPHS, LABELS, CLEAN, count=3, seed=1)]

    def read(files: Sequence[Path]) -> list[str]:
        assert all(file.stat().st_size for file in files)
        return [f" {text[0]}.{text[1:]}\n" for text in texts]

    monkeypatch.setattr(data, "mnist", lambda *_: (GLYPHS, LABELS))
    monkeypatch.setattr(peers, "_require_peers", lambda: None)
    monkeypatch.setattr(peers, "_tesseract", read)
    monkeypatch.setattr(peers, "_rapidocr", lambda files, detect: ["no"] * len(files))
    peers.compare(ROOT / "model" / "digits.onnx", count=3)
    lines = [line.split("%")[0].split() for line in capsys.readouterr().out.splitlines()]
    assert len(lines) == 8
    assert [line[0] for line in lines] == ["clean"] * 4 + ["photo"] * 4
    assert float(lines[1][-1]) == float(lines[2][-1]) == 0
    assert float(lines[3][-1]) == 100


@pytest.mark.skipif(
    shutil.which("tesseract") is None, reason="needs Tesseract: apt-get install tesseract-ocr"
)
def test_tesseract_reads_in_order(tmp_path: Path) -> None:
    files = []
    for number, (picture, _, _) in enumerate(numbers(GLYPHS, LABELS, CLEAN, count=3, seed=1)):
        files.append(tmp_path / str(number))
        files[-1].write_bytes(picture)
    together = peers._tesseract(files)
    assert together == [peers._tesseract([file])[0] for file in files]
