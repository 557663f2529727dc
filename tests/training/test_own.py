"""Pictures of one's own, in a folder and in a zip as the page gives it."""

import csv
import io
import zipfile
from pathlib import Path

import pytest

pytest.importorskip("matplotlib", reason="needs matplotlib: make test-deps")
pytest.importorskip("onnx", reason="needs ONNX: make test-deps")

from shared import settings
from tests.drawing import encoded, number_image
from training.outputs import Unusable
from training.own import measure, rows_of

MODEL = settings.get().model_path

ROWS = [("a.png", "42"), ("b.png", "7")]


def table(*rows: tuple[str, ...]) -> bytes:
    file = io.StringIO(newline="")
    csv.writer(file).writerows(rows)
    return file.getvalue().encode("utf-8-sig")


@pytest.fixture(params=["folder", "zip"])
def labels(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Two that are read right, one with a wrong label, one that is no picture, one that is gone."""
    files = {
        "labels.csv": table(
            ("file", "label", "read"),
            ("pictures/1.png", "42", "47"),
            ("'-2.png", "20.15", "2015"),
            ("pictures/3.png", "1", "8"),
            ("pictures/4.png", "4", ""),
            ("gone.png", "4", ""),
        ),
        "pictures/1.png": encoded(number_image("42")),
        "-2.png": encoded(number_image("2015")),
        "pictures/3.png": encoded(number_image("8")),
        "pictures/4.png": b"no picture",
    }
    if request.param == "zip":
        with zipfile.ZipFile(tmp_path / "corrections.zip", "w") as archive:
            for name, content in files.items():
                archive.writestr(name, content)
        return tmp_path / "corrections.zip"
    (tmp_path / "pictures").mkdir()
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    return tmp_path / "labels.csv"


def test_all_that_can_be_read(
    labels: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sheet = tmp_path / "reports" / "own.png"
    measure(MODEL, labels, mode="auto", sheet=sheet)
    said, complained = capsys.readouterr()
    assert said.startswith("2 of 3 right: 66.67% (95% interval")
    assert "| 0.95 |" in said
    assert str(sheet) in said
    assert sheet.read_bytes().startswith(b"\x89PNG")
    assert "pictures/4.png: " in complained
    assert "gone.png: " in complained
    assert len(complained.splitlines()) == 2


@pytest.mark.parametrize(
    ("damaged", "message"),
    [
        (b"file,label", r"labels\.csv in the zip is damaged"),
        (b"IHDR", "none of the pictures"),
        (b"PK\1\2", "is damaged"),
    ],
)
def test_a_damaged_zip(tmp_path: Path, damaged: bytes, message: str) -> None:
    labels = tmp_path / "corrections.zip"
    with zipfile.ZipFile(labels, "w") as archive:
        archive.writestr("labels.csv", table(("file", "label"), ("1.png", "42")))
        archive.writestr("1.png", encoded(number_image("42")))
    whole = labels.read_bytes()
    assert damaged in whole
    labels.write_bytes(whole.replace(damaged, bytes(len(damaged))))
    with pytest.raises((Unusable, OSError), match=message):
        measure(MODEL, labels, mode="auto", sheet=tmp_path / "own.png")


def test_none_can_be_read(tmp_path: Path) -> None:
    labels = tmp_path / "labels.csv"
    labels.write_bytes(table(("file", "label"), ("gone.png", "4")))
    with pytest.raises(Unusable, match="none of the pictures"):
        measure(MODEL, labels, mode="auto", sheet=tmp_path / "own.png")


def test_a_table_of_the_batch() -> None:
    rows = table(("source", "text", "confidence"), ("a.png", "12\n3 4", "0.5"), ("b.png", "", ""))
    assert rows_of(lambda _: rows, "out.csv") == [("a.png", "12\n34"), ("b.png", "")]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (table(("picture", "label")), "no column called file or source"),
        (b"", "no column called file or source"),
        (table(("file", "digit")), "no column called label or text"),
        (b"\xff\xfe\x00f", "no text in UTF-8"),
        (table(("file", "label"), ("a.png", "1" * 200_000)), "field larger than"),
    ],
)
def test_other_tables(content: bytes, message: str) -> None:
    with pytest.raises(Unusable, match=message):
        rows_of(lambda _: content, "labels.csv")


def test_another_zip(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("readme.txt", "")
    with pytest.raises(Unusable, match=r"no labels\.csv in the zip"):
        measure(MODEL, tmp_path / "other.zip", mode="auto", sheet=tmp_path / "own.png")


@pytest.mark.parametrize(
    "text",
    [
        "file,label\r\na.png,42\r\nb.png,7\r\n",
        "File;Label\na.png;42\nb.png;7\n",
        "file\tlabel\na.png\t42\nb.png\t7\n",
        # What `collect` wrote, with a column added: not the reading is the truth.
        "source,text,confidence,label\na.png,43,0.5,42\nb.png,,0.9,7\n",
    ],
)
def test_tables_as_spreadsheets_write_them(text: str) -> None:
    assert rows_of(lambda _: text.encode("utf-8-sig"), "labels.csv") == ROWS
