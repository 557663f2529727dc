"""Azurite, the storage emulator, started for the tests on a free port."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from azure.storage.blob import BlobServiceClient

from server.watch import AZURITE
from tests.conftest import ROOT, free_port


@pytest.fixture(scope="session")
def azurite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The connection string of a running Azurite."""
    local = ROOT / ".tools" / "node_modules" / ".bin" / "azurite-blob"
    program = str(local) if local.exists() else shutil.which("azurite-blob")
    if program is None:
        pytest.skip("needs Azurite: npm install --prefix .tools azurite@3.35.0")
    port = free_port()
    folder: Path = tmp_path_factory.mktemp("azurite")
    with (folder / "log.txt").open("w") as output:
        process = subprocess.Popen(
            [
                *(program, "--blobPort", str(port), "--location", str(folder), "--silent"),
                *("--skipApiVersionCheck", "--disableTelemetry"),
            ],
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        deadline = time.monotonic() + 60
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert process.poll() is None, (folder / "log.txt").read_text()
            assert time.monotonic() < deadline, "Azurite does not answer"
            time.sleep(0.2)
        yield AZURITE.replace("127.0.0.1:10000", f"127.0.0.1:{port}")
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture
def storage(azurite: str) -> Iterator[BlobServiceClient]:
    """An empty storage account."""
    with BlobServiceClient.from_connection_string(azurite) as service:
        for container in service.list_containers():
            service.delete_container(container.name)
        yield service
