"""The smoke test itself, against the local server and its watcher."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from azure.storage.blob import BlobServiceClient

from tests import smoke
from tests.browser.conftest import server  # noqa: F401 - a fixture
from tests.conftest import ROOT, free_port


@pytest.fixture
def watcher(azurite: str, storage: BlobServiceClient, tmp_path: Path) -> Iterator[str]:
    """The watcher, reading blobs; its connection string."""
    for name in ("uploads", "results"):
        storage.create_container(name)
    with (tmp_path / "log.txt").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "infra/vm/manage.py", "watch_blobs", "--interval", "0.2"],
            cwd=ROOT,
            env={**os.environ, "AzureWebJobsStorage": azurite},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    yield azurite
    process.terminate()
    process.wait(30)


def test_both_ways(
    server: str,  # noqa: F811
    watcher: str,
    storage: BlobServiceClient,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert smoke.main([f"{server}/api", "--storage", watcher]) == 0
    printed = capsys.readouterr().out
    assert "HTTP: read 7" in printed
    assert "blob storage: read 7" in printed
    for name in ("uploads", "results"):
        assert list(storage.get_container_client(name).list_blobs()) == []


def test_says_what_failed(capsys: pytest.CaptureFixture[str]) -> None:
    assert smoke.main([f"http://127.0.0.1:{free_port()}"]) == 1
    assert "does not answer" in capsys.readouterr().err


def test_no_answer(storage: BlobServiceClient, azurite: str) -> None:
    for name in ("uploads", "results"):
        storage.create_container(name)
    with pytest.raises(smoke.Failed, match="no answer within"):
        smoke.through_storage(azurite, "uploads", "results", patience=0.5)


@pytest.mark.parametrize("answer", [b"<html>", b'{"text": "1"}'])
def test_wrong_answers(answer: bytes) -> None:
    with pytest.raises(smoke.Failed):
        smoke.right(answer)
