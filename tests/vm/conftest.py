"""The VM's own server, started as it is there, for tests of what goes wrong."""

import contextlib
import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.conftest import ROOT, free_port

START_SECONDS = 60


@dataclass
class Server:
    """A running gunicorn."""

    port: int
    process: subprocess.Popen[bytes]
    log: Path
    host: str = field(default="127.0.0.1")

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, bytes]:
        """Status and body of an answer."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=60)
        with contextlib.closing(connection):
            connection.request(
                method, path, body, {k.replace("_", "-"): v for k, v in headers.items()}
            )
            response = connection.getresponse()
            return response.status, response.read()

    def workers(self) -> list[int]:
        """Process ids."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in children.read_text().split()]


Start = Callable[..., Server]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts servers, with these variables in their environment, and ends them after the test."""
    processes: list[subprocess.Popen[bytes]] = []

    def run(*, wait: bool = True, **variables: str) -> Server:
        port, log = free_port(), tmp_path / f"log{len(processes)}.txt"
        command = [sys.executable, "-m", "gunicorn", "--config", "infra/vm/gunicorn.conf.py"]
        environment = {**os.environ, "PORT": str(port), "WEB_CONCURRENCY": "1", **variables}
        with log.open("w") as output:
            process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT
            )
        processes.append(process)
        server = Server(port, process, log)
        deadline = time.monotonic() + START_SECONDS
        while wait:
            with contextlib.suppress(OSError):
                assert server.ask("GET", "/api/health")[0] == 200
                break
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
        return server

    yield run
    for process in processes:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=60)


@pytest.fixture
def server(start: Start) -> Server:
    """One server of one process."""
    return start()
