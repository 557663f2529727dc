from pathlib import Path

import pytest

from tests.conftest import run_module
from training.outputs import replaced, require_place, write


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    output = tmp_path / "new" / "figures.json"
    write(output, "one")
    write(output, "two")
    assert output.read_text() == "two"
    assert list(output.parent.iterdir()) == [output]


def test_what_fails_leaves_the_old_one(tmp_path: Path) -> None:
    output = tmp_path / "figures.json"
    write(output, "good")

    def fail() -> None:
        with replaced(output) as part:
            part.write_text("ha")
            raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        fail()
    assert output.read_text() == "good"
    assert list(tmp_path.iterdir()) == [output]


def test_a_place_that_takes_no_file_is_known_before(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for output in (tmp_path / "file" / "a.json", tmp_path):
        with pytest.raises(OSError, match=str(tmp_path)):
            require_place(output)
    require_place(tmp_path / "new" / "a.json")
    assert list((tmp_path / "new").iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("numbers", "--count", "0"), "0 is no whole number from 1 on"),
        (("review", "--count", "0"), "0 is no whole number from 1 on"),
        (("train", "--seed", "-1"), "-1 is no whole number from 0 on"),
        (("train", "--epochs", "many"), "many is no whole number from 1 on"),
        (("train-rows", "--precision", "float17"), "invalid choice: 'float17'"),
        (("evaluate", "--semeion", "README.md"), "README.md is not the file of Semeion's digits"),
        (("numbers", "--semeion", "nowhere.gz"), "nowhere.gz"),
        (("numbers", "--output", "README.md/numbers.json"), "README.md"),
        (("numbers", "--model", "README.md"), "README.md is not an ONNX model"),
        (("evaluate", "--data", "README.md"), "README.md"),
        (("evaluate", "--baseline", "README.md"), "README.md is not an ONNX model"),
        (("own", "nowhere.csv"), "nowhere.csv"),
        (("own", "README.md"), "README.md has no column called file or source"),
        (("import-lasagne", "README.md"), "README.md is not an .npz file"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(
    mnist_dir: Path, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    evaluates = arguments[0] in ("evaluate", "numbers") and "--output" not in arguments
    output = ("--output", tmp_path / "figures.json") if evaluates else ()
    done = run_module("training", *arguments, *output, MNIST_DIR=str(mnist_dir))
    assert done.returncode in (1, 2)
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())
