"""The image as it is built: what is in it, how it runs and how it stops."""

import http.client
import json
import os
import signal
import time
import urllib.request
from pathlib import Path

import pytest

from tests.container.conftest import Container, StartContainer, config
from tests.drawing import digit_image, encoded
from tests.test_contract import ask

PNG = encoded(digit_image(7))


@pytest.fixture
def container(start: StartContainer) -> Container:
    """One that answers."""
    container = start()
    container.wait()
    return container


def read(container: Container, path: str, body: bytes | None = None) -> bytes:
    request = urllib.request.Request(container.address + path, body)
    request.add_header("Content-Type", "image/png")
    with urllib.request.urlopen(request, timeout=30) as response:
        content: bytes = response.read()
        return content


def status(container: Container, name: str) -> list[str]:
    lines = Path(f"/proc/{container.pid}/status").read_text().splitlines()
    (found,) = [line.split()[1:] for line in lines if line.startswith(f"{name}:")]
    return found


def test_reads_a_digit_as_every_host_does(container: Container) -> None:
    answer = read(container, "/api/recognize", PNG)
    assert json.loads(answer)["text"] == "7"
    assert answer == ask(PNG, "image/png").body


def test_serves_the_page_and_the_form(container: Container) -> None:
    assert b"<canvas" in read(container, "/")
    assert b"csrfmiddlewaretoken" in read(container, "/form")


def test_runs_without_privileges(container: Container) -> None:
    assert status(container, "Uid") == ["10001"] * 4
    assert status(container, "Gid") == ["10001"] * 4
    assert int(status(container, "CapEff")[0], 16) == 0
    assert status(container, "NoNewPrivs") == ["1"]


def test_root_is_read_only(container: Container) -> None:
    for path in ("/new", "/app/new", "/venv/new", "/var/new"):
        assert container.run("touch", path).returncode != 0
    mounts = Path(f"/proc/{container.pid}/mounts").read_text().splitlines()
    (options,) = [line.split()[3] for line in mounts if line.split()[1] == "/"]
    assert "ro" in options.split(",")
    assert container.run("touch", "/tmp/new", "/data/new").returncode == 0


def test_health_check(container: Container) -> None:
    kind, *command = config()["Healthcheck"]["Test"]
    assert kind == "CMD"
    assert container.run(*command).returncode == 0
    assert container.run("env", "PORT=1", *command).returncode == 1


def test_health_check_where_only_https_is_answered(start: StartContainer) -> None:
    container = start(HTTPS="1", ALLOWED_HOSTS="digits.example", DJANGO_SECRET_KEY_FILE="/data/key")
    deadline = time.monotonic() + 60
    while container.run(*config()["Healthcheck"]["Test"][1:]).returncode != 0:
        assert time.monotonic() < deadline, container.log.read_text()
        time.sleep(0.2)
    connection = http.client.HTTPConnection(container.address.removeprefix("http://"))
    connection.request("GET", "/", headers={"Host": "digits.example"})
    response = connection.getresponse()
    assert response.status == 301
    assert response.headers["Location"] == "https://digits.example/"
    connection.close()


def test_stops_in_time_and_finishes_what_it_began(container: Container) -> None:
    connection = http.client.HTTPConnection(container.address.removeprefix("http://"), timeout=30)
    connection.putrequest("POST", "/api/recognize")
    connection.putheader("Content-Type", "image/png")
    connection.putheader("Content-Length", str(len(PNG)))
    connection.endheaders(PNG[:100])
    time.sleep(0.5)  # until a thread waits for the rest
    began = time.monotonic()
    os.kill(container.pid, signal.SIGTERM)
    time.sleep(1)
    connection.send(PNG[100:])
    with connection.getresponse() as response:
        assert json.loads(response.read())["text"] == "7"
    connection.close()
    container.process.wait(10)
    assert time.monotonic() - began < 10


def test_watcher_reads_a_folder_and_stops(start: StartContainer, tmp_path: Path) -> None:
    watcher = start(
        *("python", "infra/vm/manage.py", "watch_blobs"),
        *("--folder", "/data/inbox", "--results", "/data/outbox"),
    )
    inbox, answer = tmp_path / "data" / "inbox", tmp_path / "data" / "outbox" / "a.png.json"
    deadline = time.monotonic() + 60
    while not inbox.exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    (inbox / "a.png").write_bytes(PNG)
    while not answer.exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert json.loads(answer.read_text())["text"] == "7", watcher.log.read_text()
    os.kill(watcher.pid, signal.SIGTERM)
    watcher.process.wait(10)


def test_neither_compiler_nor_pip(root: Path) -> None:
    programs = {
        path.name for folder in ("usr/bin", "venv/bin") for path in (root / folder).iterdir()
    }
    assert "gunicorn" in programs
    assert not programs & {"cc", "gcc", "c++", "g++", "clang", "make", "ld", "pip", "pip3"}
    assert not list((root / "venv").glob("lib/*/site-packages/pip"))


def test_only_what_is_needed(root: Path) -> None:
    kept = {path.name for path in (root / "app").iterdir()}
    assert kept == {"infra", "locks", "model", "sbom.cdx.json", "shared", "static_site"}
    assert {path.name for path in (root / "app" / "infra").iterdir()} == {"vm"}


def test_bill_of_materials(root: Path) -> None:
    bill = json.loads((root / "app" / "sbom.cdx.json").read_text())
    assert bill["bomFormat"] == "CycloneDX"
    names = {component["name"].lower(): component for component in bill["components"]}
    assert {"django", "onnxruntime", "libc6", "python3"} <= names.keys()
    assert "pip" not in names
    listed = (root / "var/lib/dpkg/status").read_text().splitlines()
    packages = {line.removeprefix("Package: ") for line in listed if line.startswith("Package: ")}
    assert packages <= names.keys()
