import contextlib
import csv
import io
import json
import os
import pty
import re
import subprocess
import sys
import termios
from pathlib import Path

import pytest
from PIL import Image

from tests.conftest import ROOT, run_module
from tests.drawing import digit_image, number_image


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "more").mkdir()
    digit_image(3).save(tmp_path / "three.png")
    digit_image(7).save(tmp_path / "more" / "seven.jpg")
    (tmp_path / "notes.txt").write_text("not a picture, and not looked at in a folder")
    return tmp_path


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return run_module("shared", *arguments)


def test_files_and_folders(folder: Path) -> None:
    result = run(folder)
    lines = result.stdout.splitlines()
    assert [line.split(": ")[1].split()[0] for line in lines] == ["7", "3"]
    assert (result.returncode, result.stderr) == (0, "")


def test_json(folder: Path) -> None:
    result = run("--json", "--mode", "digit", folder / "three.png")
    content = json.loads(result.stdout)
    assert content["source"] == str(folder / "three.png")
    assert content["text"] == "3"


def test_text(tmp_path: Path) -> None:
    number_image("40\n271").save(two := tmp_path / "two.png")
    Image.new("L", (60, 60), 255).save(tmp_path / "blank.png")
    blank, rows = run(tmp_path).stdout.splitlines()
    assert blank == f"{tmp_path / 'blank.png'}: (no digit)"
    assert re.fullmatch(r".*two\.png: 40 / 271  (9\d\.\d|over 99\.9)%", rows)
    assert ": 271  " in run("--mode", "number", two).stdout


def test_all_kinds_of_pictures(tmp_path: Path) -> None:
    suffixes = ["bmp", "gif", "jpeg", "jpg", "png", "tif", "tiff", "webp"]
    for suffix in suffixes:
        digit_image(5).save(tmp_path / f"five.{suffix.upper()}")
    lines = run(tmp_path).stdout.splitlines()
    assert [line.split(": 5")[0].split(".")[-1].lower() for line in lines] == suffixes


def test_csv(folder: Path) -> None:
    rows = list(csv.reader(io.StringIO(run("--csv", folder).stdout)))
    assert rows[0] == ["file", "text", "confidence"]
    assert [row[1] for row in rows[1:]] == ["7", "3"]
    assert all(0.9 < float(row[2]) <= 1 for row in rows[1:])


def test_names_that_are_no_utf8(folder: Path) -> None:
    digit_image(4).save(other := folder / os.fsdecode(b"f\xfcnf.png"))
    result = run_module("shared", folder, PYTHONIOENCODING="utf-8:strict")
    assert result.stdout.count("%\n") == 3
    assert "f\\udcfcnf.png: 4" in result.stdout
    for form in ("--csv", "--json"):
        assert run_module("shared", form, other, PYTHONIOENCODING="utf-8:strict").returncode == 0


def test_csv_holds_no_formulas(folder: Path) -> None:
    digit_image(4).save(folder / "=1+1.png")
    result = run_module("shared", "--csv", "=1+1.png", folder=folder)
    assert list(csv.reader(io.StringIO(result.stdout)))[1][:2] == ["'=1+1.png", "4"]


def test_folder_named_like_a_picture(folder: Path) -> None:
    (folder / "more").rename(folder / "more.png")
    result = run(folder)
    assert result.returncode == 0
    assert [line.split(": ")[1].split()[0] for line in result.stdout.splitlines()] == ["7", "3"]


def test_file_over_the_limit(folder: Path) -> None:
    result = run_module("shared", folder / "three.png", MAX_UPLOAD_BYTES="10")
    assert result.returncode == 1
    assert "three.png: The file is larger than 10 bytes" in result.stderr


def test_failed_file_is_named_and_the_others_are_read(folder: Path) -> None:
    result = run(folder / "notes.txt", folder / "three.png", folder / "missing.png")
    assert result.returncode == 1
    assert "three.png: 3" in result.stdout
    assert "notes.txt: The data cannot be decoded" in result.stderr
    assert "missing.png: The file cannot be opened" in result.stderr


@pytest.mark.parametrize("form", ["--json", "--csv"])
def test_failed_file_in_tables(folder: Path, form: str) -> None:
    result = run(form, folder / "notes.txt", folder / "three.png")
    assert result.returncode == 1
    assert "notes.txt" in result.stdout
    assert "three.png" in result.stdout


def test_folder_without_pictures(tmp_path: Path) -> None:
    result = run(tmp_path)
    assert result.returncode == 1
    assert "no pictures" in result.stderr


def test_progress_only_on_a_terminal(folder: Path) -> None:
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 80))
    command = [sys.executable, "-m", "shared", str(folder)]
    subprocess.run(command, cwd=ROOT, stderr=theirs, stdout=subprocess.DEVNULL, check=True)
    os.close(theirs)
    shown = b""
    with contextlib.suppress(OSError):  # the terminal's end
        while part := os.read(ours, 10_000):
            shown += part
    os.close(ours)
    assert b"2/2" in shown


def test_missing_model_is_said_in_a_line() -> None:
    result = run_module("shared", "a.png", MODEL_PATH="nowhere.onnx")
    assert result.returncode == 1
    assert "nowhere.onnx" in result.stderr
    assert "Traceback" not in result.stderr


def test_output_cut_off_by_head(folder: Path) -> None:
    command = f"{sys.executable} -m shared --json {folder} {folder} {folder} | head -n 1"
    result = subprocess.run(
        ["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "Traceback" not in result.stderr
