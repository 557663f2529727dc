"""Azurite, the storage emulator, started for the tests on a free port."""

import base64
import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import pytest
from azure.storage.blob import BlobServiceClient
from azure.storage.queue import QueueServiceClient

from shared import blobs
from shared.blobs import AZURITE
from tests.conftest import ROOT, free_port


class Azurite:
    """Azurite's blobs and queues on ports of their own."""

    def __init__(self, program: str, folder: Path) -> None:
        self.ports = {"blob": free_port(), "queue": free_port(), "table": free_port()}
        self.connection = AZURITE.replace(":10000", f":{self.ports['blob']}").replace(
            ":10001", f":{self.ports['queue']}"
        )
        self._command = [program, "--location", str(folder), "--silent"]
        self._command += ["--skipApiVersionCheck", "--disableTelemetry"]
        for service, port in self.ports.items():
            self._command += [f"--{service}Port", str(port)]
        self._log = folder / "log.txt"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        with self._log.open("a") as output:
            self._process = subprocess.Popen(self._command, stdout=output, stderr=subprocess.STDOUT)
        deadline = time.monotonic() + 60
        for port in (self.ports["blob"], self.ports["queue"]):
            while True:
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                assert self._process.poll() is None, self._log.read_text()
                assert time.monotonic() < deadline, "Azurite does not answer"
                time.sleep(0.2)

    def stop(self) -> None:
        """End it; what it stores is kept."""
        self._process.terminate()
        self._process.wait(20)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Azurite]:
    """A running Azurite, which a test may stop and start again."""
    local = ROOT / ".tools" / "node_modules" / ".bin" / "azurite"
    program = str(local) if local.exists() else shutil.which("azurite")
    if program is None:
        pytest.skip("needs Azurite: npm install --prefix .tools azurite@3.35.0")
    folder = tmp_path_factory.mktemp("azurite")
    with Azurite(program, folder) as running:
        yield running


@pytest.fixture
def azurite(emulator: Azurite) -> str:
    """The connection string of a running Azurite."""
    return emulator.connection


@pytest.fixture
def storage(azurite: str) -> Iterator[BlobServiceClient]:
    """An empty storage account."""
    queues = QueueServiceClient.from_connection_string(azurite)
    with BlobServiceClient.from_connection_string(azurite) as service, queues:
        for container in service.list_containers():
            service.delete_container(container.name)
        for queue in queues.list_queues():
            queues.delete_queue(queue.name)
        yield service


@pytest.fixture
def account(storage: BlobServiceClient, azurite: str) -> blobs.Account:
    """The same, as the code under test sees it."""
    found = blobs.connect(azurite)
    found.create()
    return found


def messages(account: blobs.Account, hide: int = 1) -> list[dict[str, Any]]:
    """What lies in the review queue, up to 32; not shown again for `hide` seconds."""
    return [
        json.loads(base64.b64decode(message.content))
        for message in account.review.receive_messages(max_messages=32, visibility_timeout=hide)
    ]
