"""The client for people, against real blob storage."""

import csv
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from shared import blobs, client, model
from shared.files import pictures_in
from tests.azurite.conftest import messages
from tests.conftest import ROOT
from tests.drawing import digit_image

NAMES = ["blank.png", "more/seven <b>.jpg", "notes.png", "three.png"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "scans"
    (folder / "more").mkdir(parents=True)
    digit_image(3).save(folder / "three.png")
    Image.new("L", (90, 90), 255).save(folder / "blank.png")
    digit_image(7).save(folder / "more" / "seven <b>.jpg")
    (folder / "notes.png").write_text("no picture")
    (folder / "notes.txt").write_text("not even by its name")
    return folder


@pytest.fixture(autouse=True)
def storage_setting(azurite: str, account: blobs.Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AzureWebJobsStorage", azurite)


def answer_all(account: blobs.Account) -> None:
    for line in client.lines(account):
        account.answer(line.name, line.known)


def names(account: blobs.Account) -> list[str]:
    return [blob.name for blob in account.uploads.list_blobs()]


def test_from_folder_to_table_and_report(
    folder: Path, account: blobs.Account, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert client.main(["submit", str(folder)]) == 0
    assert names(account) == [f"scans/{name}" for name in NAMES]
    kind = account.uploads.get_blob_client("scans/three.png").get_blob_properties()
    assert kind.content_settings.content_type == "image/png"
    assert client.main(["collect"]) == 1
    answer_all(account)
    table, report = tmp_path / "out.csv", tmp_path / "out.html"
    assert client.main(["collect", "--csv", str(table), "--html", str(report)]) == 0
    with table.open(newline="") as file:
        rows = {row["source"]: row for row in csv.DictReader(file)}
    assert rows["scans/three.png"]["text"] == "3"
    assert float(rows["scans/more/seven <b>.jpg"]["confidence"]) > 0.9
    assert rows["scans/notes.png"]["problem"].startswith("The data")
    assert {row["review"] for row in rows.values()} == {"yes", ""}
    assert rows["scans/blank.png"]["review"] == "yes"
    assert rows["scans/three.png"]["model"] == model.load().version
    page = report.read_text()
    assert "seven &lt;b&gt;.jpg" in page
    assert "seven <b>" not in page
    assert page.count("data:image/webp") == 3
    order = ["scans/notes.png", "scans/blank.png", "scans/three.png"]  # the least sure first
    assert sorted(order, key=page.index) == order
    assert "http" not in page.replace("http-equiv", "")  # nothing is fetched from anywhere
    assert "4 pictures not answered" in capsys.readouterr().err


def test_what_is_there_is_skipped_and_what_changed_is_not(
    folder: Path, account: blobs.Account, capsys: pytest.CaptureFixture[str]
) -> None:
    client.main(["submit", str(folder)])
    before = {blob.name: blob.etag for blob in account.uploads.list_blobs()}
    digit_image(4).save(folder / "three.png")
    client.main(["submit", str(folder)])
    said = capsys.readouterr().out
    assert "1 picture uploaded, 1 in place of another of the same name, 3 were there" in said
    after = {blob.name: blob.etag for blob in account.uploads.list_blobs()}
    assert {name for name in after if after[name] != before[name]} == {"scans/three.png"}


def test_status(folder: Path, account: blobs.Account, capsys: pytest.CaptureFixture[str]) -> None:
    client.main(["submit", str(folder)])
    account.answer("scans/three.png", None)
    account.answer("scans/notes.png", None)
    capsys.readouterr()
    assert client.main(["status", "scans/"]) == 0
    out = capsys.readouterr().out
    assert "4 pictures, 2 answered (50%)" in out
    assert [line.split()[0] for line in out.splitlines()[1:]] == ["1", "0", "1", "2"]


@pytest.mark.parametrize("network", ["version", "rows_version"])
def test_a_newer_network_reads_again(
    folder: Path,
    account: blobs.Account,
    monkeypatch: pytest.MonkeyPatch,
    network: str,
) -> None:
    client.main(["submit", str(folder)])
    answer_all(account)
    client.main(["again"])
    states = {line.state for line in client.lines(account)}
    assert states == {"read", "doubtful", "problem"}  # the same network
    monkeypatch.setattr(used := model.load(), network, "newer")
    client.main(["again"])
    assert {line.state for line in client.lines(account)} == {"waiting"}
    answer_all(account)
    for line in client.lines(account):
        assert line.known is not None
        assert (line.known.model, line.known.rows) == (used.version, used.rows_version)
    before = {line.etag for line in client.lines(account)}
    client.main(["again"])
    assert {line.etag for line in client.lines(account)} == before
    assert {message["source"] for message in messages(account)} == {"scans/blank.png"}


def test_only_names_that_begin_so(folder: Path, account: blobs.Account) -> None:
    client.main(["submit", str(folder)])
    for line in client.lines(account):
        account.give_up(line.name, line.etag)
    before = {line.name: line.etag for line in client.lines(account)}
    client.main(["again", "scans/more/"])
    changed = {line.name for line in client.lines(account) if line.etag != before[line.name]}
    assert changed == {"scans/more/seven <b>.jpg"}


def test_what_was_given_up_or_has_no_answer_is_read_again(
    folder: Path, account: blobs.Account
) -> None:
    client.main(["submit", str(folder)])
    first, *_ = client.lines(account)
    assert account.give_up(first.name, first.etag) == "given up"
    before = {line.name: line.etag for line in client.lines(account)}
    client.main(["again"])
    changed = {line.name for line in client.lines(account) if line.etag != before[line.name]}
    assert changed == {first.name}
    client.main(["again", "--waiting"])
    assert not {line.etag for line in client.lines(account)} & set(before.values())


@pytest.mark.skipif(sys.platform != "linux", reason="needs names that are any bytes")
def test_names_that_no_blob_can_have_keep_no_other_from_theirs(
    folder: Path, account: blobs.Account, capsys: pytest.CaptureFixture[str]
) -> None:
    there = len(list(pictures_in(folder)))
    deep = folder.joinpath(*["a" * 250] * 4)
    deep.mkdir(parents=True)
    for path in (folder / os.fsdecode(b"\xe9.png"), folder / "a\\b.png", deep / f"{'a' * 20}.png"):
        digit_image(4).save(path)
    (folder / "gone.png").symlink_to(folder)  # a folder, and so no picture
    assert client.main(["submit", str(folder)]) == 1
    assert len(names(account)) == there
    said = capsys.readouterr()
    assert f"{there} pictures uploaded, 0 were there already." in said.out
    assert "'scans/\\udce9.png': " in said.err
    assert "takes a backslash for a slash" in said.err
    assert "The name is too long" in said.err
    assert "3 pictures could not be uploaded." in said.err


def test_answer_that_goes_while_all_are_collected(
    folder: Path, account: blobs.Account, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    client.main(["submit", str(folder)])
    answer_all(account)
    listed = list(client.lines(account))
    monkeypatch.setattr(client, "lines", lambda *_: listed)
    account.results.delete_blob("scans/three.png.json")
    assert client.main(["collect", "--csv", str(tmp_path / "out.csv")]) == 1
    with (tmp_path / "out.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["source"] for row in rows] == [f"scans/{name}" for name in NAMES[:3]]


def test_ctrl_c_and_again(account: blobs.Account, tmp_path: Path, azurite: str) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    count = 1000  # more than are uploaded before the signal comes
    for i in range(count):
        digit_image(i % 10, size=(40, 40)).save(folder / f"{i:04}.png")
    command = [sys.executable, "-m", "shared.batch", "submit", str(folder)]
    process = subprocess.Popen(
        command, cwd=ROOT, stderr=subprocess.PIPE, text=True, env={**os.environ}
    )
    deadline = time.monotonic() + 60
    while not names(account):
        assert time.monotonic() < deadline, "nothing is uploaded"
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    there = len(names(account))
    assert process.returncode == 130
    assert "goes on from here" in err
    assert "Traceback" not in err
    assert there < count, "it was to be interrupted in the middle"
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert f"{count - there} pictures uploaded, {there} were there already" in done.stdout
    assert len(names(account)) == count


@pytest.mark.parametrize("arguments", [["submit", "nowhere"], ["status"]])
def test_what_cannot_be_done_is_said(
    arguments: list[str], account: blobs.Account, capsys: pytest.CaptureFixture[str]
) -> None:
    account.service.delete_container("uploads")
    assert client.main(arguments) == 1
    assert capsys.readouterr().err in (
        "There are no pictures in nowhere.\n", "Nothing was submitted to this account.\n"
    )  # fmt: skip


def test_without_storage(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("AzureWebJobsStorage")
    assert client.main(["status"]) == 1
    assert "--storage" in capsys.readouterr().err


def test_csv_on_the_terminal(
    folder: Path, account: blobs.Account, capsys: pytest.CaptureFixture[str], azurite: str
) -> None:
    client.main(["submit", str(folder)])
    answer_all(account)
    capsys.readouterr()
    client.main(["--storage", azurite, "collect", "scans/three"])
    rows: list[dict[str, Any]] = list(csv.DictReader(capsys.readouterr().out.splitlines()))
    assert [(row["source"], row["text"]) for row in rows] == [("scans/three.png", "3")]


@pytest.mark.parametrize("is_first", [True, False])
def test_the_account_before_the_command_or_after_it(
    is_first: bool,
    azurite: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.delenv("AzureWebJobsStorage")
    said, command = ["--storage", azurite], ["status"]
    assert client.main(said + command if is_first else command + said) == 0
    assert "0 pictures" in capsys.readouterr().out
