import multiprocessing
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.model import Model
from shared.problems import Problem
from shared.recognize import recognize
from tests.conftest import ROOT
from tests.drawing import digit_image, encoded
from training.outputs import Unusable
from training.readers import BATCH, Readers

MODEL = ROOT / "model" / "digits.onnx"


def test_reads_as_one_process_does(model: Model) -> None:
    files = [encoded(digit_image(digit)) for digit in range(10)]
    with Readers(MODEL) as readers:
        read = list(readers.read(zip(files, range(10), strict=True), ["digit", "auto"]))
        assert list(readers.read([], ["digit"])) == []
    assert [(file, label) for file, label, _ in read] == list(zip(files, range(10), strict=True))
    for file, _, readings in read:
        alone = [recognize(file, model, mode=mode) for mode in ("digit", "auto")]
        assert [one.to_dict() for one in readings] == [one.to_dict() for one in alone]


def test_only_some_are_made_before_they_are_read() -> None:
    file, made = encoded(digit_image(7)), 0

    def files() -> Iterator[tuple[bytes, int]]:
        nonlocal made
        for _ in range(5 * BATCH):
            made += 1
            yield file, 7

    with Readers(MODEL) as readers:
        for count, _ in enumerate(readers.read(files(), ["digit"])):
            assert made - count <= 2 * BATCH
    assert made == 5 * BATCH


def test_what_cannot_be_read_ends_it() -> None:
    with Readers(MODEL) as readers, pytest.raises(Problem):
        list(readers.read([(encoded(digit_image(7)), 7), (b"no picture", 0)], ["digit"]))


def test_a_model_that_is_not_there_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Readers(tmp_path / "none.onnx")


def test_a_process_that_is_killed_is_said() -> None:
    def files() -> Iterator[tuple[bytes, int]]:
        for i in range(5 * BATCH):
            if i == 3 * BATCH:
                for process in multiprocessing.active_children():
                    process.kill()
            yield encoded(digit_image(7)), 7

    with Readers(MODEL) as readers, pytest.raises(Unusable, match="killed"):
        list(readers.read(files(), ["digit"]))
