"""The watcher on a local folder, and what it does about faults."""

import errno
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import pytest
from azure.core.exceptions import ServiceRequestError
from django.core.management import CommandError, call_command

from server.folder import Folder
from server.store import ATTEMPTS, Share
from server.watch import watch
from shared import batch
from shared.model import Model
from tests.conftest import ROOT
from tests.drawing import digit_image


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "in", tmp_path / "out")


def put(folder: Folder, name: str, digit: int) -> Path:
    path = folder.pictures / name
    path.parent.mkdir(parents=True, exist_ok=True)
    digit_image(digit).save(path)
    long_ago = time.time() - 60 + digit  # settled, and another time for another digit
    os.utime(path, (long_ago, long_ago))
    return path


def read_all(folder: Folder) -> None:
    watch(folder, threading.Event(), interval=0.01, once=True)


def text(folder: Folder, name: str) -> str:
    return str(json.loads((folder.results / f"{name}.json").read_text())["text"])


def test_pictures_below_a_folder(folder: Folder, model: Model) -> None:
    put(folder, "a.png", 3)
    put(folder, "more/b.png", 8)
    read_all(folder)
    assert (text(folder, "a.png"), text(folder, "more/b.png")) == ("3", "8")


def test_nothing_is_read_twice_unless_it_changed(folder: Folder) -> None:
    put(folder, "a.png", 3)
    read_all(folder)
    assert list(folder.pending()) == []
    put(folder, "a.png", 6)
    assert len(list(folder.pending())) == 1
    read_all(folder)
    assert text(folder, "a.png") == "6"


def test_file_still_being_written_is_left_until_it_settles(folder: Folder) -> None:
    path = put(folder, "a.png", 3)
    os.utime(path)
    assert list(folder.pending()) == []


def test_hidden_files_are_left_alone(folder: Folder) -> None:
    put(folder, ".a.png", 3)
    put(folder, ".cache/b.png", 3)
    read_all(folder)
    assert list(folder.results.rglob("*")) == []


def test_text_gives_a_problem(folder: Folder) -> None:
    path = put(folder, "a.png", 3)
    path.write_text("only text")
    os.utime(path, (1, 1))
    read_all(folder)
    assert json.loads((folder.results / "a.png.json").read_text())["status"] == 400


def test_picture_that_is_gone_again(folder: Folder) -> None:
    path = put(folder, "a.png", 3)
    (share,) = folder.pending()
    path.unlink()
    folder.answer(share.items[0])
    assert list(folder.results.rglob("*")) == []


def test_fault_is_tried_again_and_then_answered(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []

    def broken(source: str, data: bytes) -> batch.Answer:
        calls.append(source)
        raise MemoryError

    monkeypatch.setattr(batch, "answer", broken)
    put(folder, "a.png", 3)
    read_all(folder)
    assert len(calls) == ATTEMPTS
    answer = json.loads((folder.results / "a.png.json").read_text())
    assert (answer["source"], answer["status"]) == ("a.png", 500)


def test_answers_are_there_whole_or_not_at_all(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise OSError(errno.EIO, "the disk is gone")

    put(folder, "a.png", 3)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", fails)
        read_all(folder)
    assert [path for path in folder.results.rglob("*") if path.is_file()] == []
    read_all(folder)
    assert text(folder, "a.png") == "3"


@pytest.mark.skipif(sys.platform != "linux", reason="needs names that are any bytes")
def test_names_that_are_no_utf8(folder: Folder) -> None:
    put(folder, name := os.fsdecode(b"a\xe9.png"), 3)
    put(folder, "b.png", 8)
    read_all(folder)
    assert (text(folder, name), text(folder, "b.png")) == ("3", "8")
    assert json.loads((folder.results / f"{name}.json").read_bytes())["source"] == name


def test_names_too_long_for_an_answer_have_theirs_under_shorter_ones(folder: Folder) -> None:
    names = ["ä" * 124 + end for end in ("b.png", "c.png")]  # of 255 bytes with ".json" 259
    for name, digit in zip(names, (3, 4), strict=True):
        put(folder, name, digit)
    put(folder, (longest := "a" * 246 + ".png"), 5)  # 255 bytes with ".json"
    for _ in range(2):  # the second time nothing is left to read
        read_all(folder)
    assert text(folder, longest) == "5"
    answers = [json.loads(path.read_bytes()) for path in folder.results.iterdir()]
    assert {answer["source"]: answer["text"] for answer in answers} == dict(
        zip([*names, longest], ("3", "4", "5"), strict=True)
    )
    assert list(folder.pending()) == []


def test_folder_called_as_an_answer_keeps_no_other_from_theirs(folder: Folder) -> None:
    for name, digit in (("a.png", 3), ("a.png.json/b.png", 5), ("z.png", 8)):
        put(folder, name, digit)
    read_all(folder)
    assert (text(folder, "a.png"), text(folder, "z.png")) == ("3", "8")


def test_answers_that_cannot_be_written_are_later(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(folder, "a.png", 3)
    opened = Path.open

    def full(path: Path, mode: str = "r", **options: Any) -> IO[Any]:
        if "r" not in mode:
            raise OSError(errno.ENOSPC, "No space left on device")
        return opened(path, mode, **options)

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(Path, "open", full)
        read_all(folder)
    assert not any(path.is_file() for path in folder.results.iterdir())
    read_all(folder)
    assert text(folder, "a.png") == "3"


def test_picture_that_ends_the_process_is_given_up(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "in", tmp_path / "out")
    put(folder, "deadly.png", 0)
    for digit in range(1, 4):
        put(folder, f"slow{digit}.png", digit)  # read while the process is killed
    put(folder, "z.png", 4)
    command = [sys.executable, "-m", "tests.deadly", "watch_blobs", "--once", "--folder"]
    command += [str(folder.pictures), "--results", str(folder.results)]
    ends = [subprocess.call(command, cwd=ROOT, timeout=60) for _ in range(ATTEMPTS + 1)]
    assert ends == [-signal.SIGKILL] * ATTEMPTS + [0]
    assert json.loads((folder.results / "deadly.png.json").read_text())["status"] == 500
    assert [text(folder, f"slow{digit}.png") for digit in range(1, 4)] == ["1", "2", "3"]
    assert text(folder, "z.png") == "4"
    assert len(list(folder.results.iterdir())) == 5, "nothing but the answers"


def test_store_that_is_away_is_waited_for(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    put(folder, "a.png", 3)
    pending, away = folder.pending, [1, 1, 1]

    def sometimes() -> Iterator[Share]:
        if away:
            away.pop()
            raise ServiceRequestError("no connection")
        yield from pending()

    monkeypatch.setattr(folder, "pending", sometimes)
    read_all(folder)
    assert text(folder, "a.png") == "3"


def test_command(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "in", tmp_path / "out")
    os.utime(put(folder, "a.png", 4))  # just now, and read all the same
    subprocess.run(
        [
            *(sys.executable, str(ROOT / "infra/vm/manage.py"), "watch_blobs", "--once"),
            *("--folder", str(folder.pictures), "--results", str(folder.results)),
        ],
        check=True,
        timeout=60,
        cwd=tmp_path,
    )
    assert text(folder, "a.png") == "4"


def test_command_without_a_store(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AzureWebJobsStorage", raising=False)
    with pytest.raises(CommandError, match="AzureWebJobsStorage"):
        call_command("watch_blobs")


def test_answers_inside_the_watched_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="watched folder"):
        call_command("watch_blobs", folder=tmp_path, results=tmp_path / "out")


@pytest.mark.parametrize("option", ["--threads=0", "--interval=-1"])
def test_less_than_one_thread_or_no_time(tmp_path: Path, option: str) -> None:
    with pytest.raises(CommandError, match="one thread at least"):
        call_command("watch_blobs", option, "--once", "--folder", tmp_path)
