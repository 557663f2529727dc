"""function_app.py in the code that runs it in Azure: indexed, loaded and invoked there."""

import base64
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from shared import batch, blobs
from shared.model import Model
from tests.azurite.conftest import Azurite, account, azurite, emulator, messages, storage
from tests.conftest import ROOT
from tests.drawing import digit_image, encoded

__all__ = ["account", "azurite", "emulator", "storage"]  # fixtures

TRIXIE = ROOT / "build" / "trixie"
PNG = encoded(digit_image(4))


class Host:
    """The runtime library in a process of its own."""

    def __init__(self, connection: str, **settings: str) -> None:
        self._process = subprocess.Popen(
            ["chroot", TRIXIE, "/venv/bin/python", "/app/host.py", "/app"],
            env={
                "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
                "PYTHONPATH": "/app",
                "AzureWebJobsStorage": connection,
                "PYTHONDONTWRITEBYTECODE": "1",
                **settings,
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        told = self._line()
        self.functions: dict[str, list[dict[str, Any]]] = told["functions"]
        self.modules: list[str] = told["modules"]

    def _line(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the runtime ended"
        return json.loads(line)

    def invoke(
        self, function: str, value: dict[str, Any], metadata: dict[str, Any] | None = None
    ) -> Any:
        """The outcome of an invocation by a trigger that sends this value."""
        name = next(b["name"] for b in self.functions[function] if b["type"].endswith("Trigger"))
        asked = {"function": function, "input": {name: value}, "metadata": metadata or {}}
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        return self._line()

    def end(self) -> None:
        self._process.kill()
        self._process.communicate()


@pytest.fixture(scope="module")
def app() -> None:
    """The app's files, where the runtime finds them."""
    if not (TRIXIE / "installed").exists() or os.geteuid() != 0:
        pytest.skip("needs Debian trixie with the runtime, as root: tests/runtime/install.sh")
    folder = TRIXIE / "app"
    for name in ("function_app.py", "host.json", "tests/runtime/host.py"):
        shutil.copy(ROOT / name, folder)
    for name in ("shared", "model"):
        shutil.rmtree(folder / name, ignore_errors=True)
        shutil.copytree(ROOT / name, folder / name)


@pytest.fixture(scope="module")
def host(app: None, emulator: Azurite) -> Iterator[Host]:
    running = Host(emulator.connection, BLOB_SOURCE="EventGrid", REVIEW_THRESHOLD="0.95")
    yield running
    running.end()


def ask(host: Host, function: str, method: str, body: bytes = b"", kind: str = "") -> Any:
    """An HTTP invocation: status, content type and content of its answer."""
    http = {
        "method": method,
        "url": f"https://app.azurewebsites.net/api/{function}?mode=auto",
        "headers": {"content-type": kind},
        "params": {},
        "query": {"mode": "auto"},
        "body": {"bytes": base64.b64encode(body).decode()},
    }
    answer = host.invoke(function, {"http": http})
    assert answer["result"]["status"] == "success", answer
    found = answer["return_value"]["http"]
    return (
        int(found["status_code"]),
        found["headers"],
        json.loads(base64.b64decode(found["body"]["bytes"])),
    )


def blob_event(host: Host, name: str) -> Any:
    """The invocation that follows when a blob is created."""
    content = {"Connection": "AzureWebJobsStorage", "ContainerName": "uploads", "BlobName": name}
    value = {
        "version": "1.0",
        "source": "AzureStorageBlobs",
        "content_type": "application/json",
        "content": content,
    }
    metadata = {
        "BlobTrigger": {"string": f"uploads/{name}"},
        "Uri": {"string": f"https://account.blob.core.windows.net/uploads/{name}"},
        "name": {"string": name},
        "Properties": {"json": "{}"},
        "Metadata": {"json": "{}"},
    }
    return host.invoke("recognize_blob", {"model_binding_data": value}, metadata)["result"]


def poison(host: Host, name: str, etag: str, container: str = "uploads") -> Any:
    """The invocation that follows when a blob's function failed for the last time."""
    content = {
        "Type": "BlobTrigger",
        "FunctionId": "Host.Functions.recognize_blob",
        "BlobType": "BlockBlob",
        "ContainerName": container,
        "BlobName": name,
        "ETag": f'"{etag}"',
    }
    now = {"json": json.dumps(datetime.now(UTC).isoformat())}
    metadata = {
        "Id": {"string": "1"},
        "DequeueCount": {"string": "1"},
        "PopReceipt": {"string": "receipt"},
        **dict.fromkeys(("ExpirationTime", "InsertionTime", "NextVisibleTime"), now),
    }
    return host.invoke("give_up_blob", {"string": json.dumps(content)}, metadata)["result"]


def result(account: blobs.Account, name: str) -> Any:
    return json.loads(account.results.download_blob(f"{name}.json").readall())


def test_all_functions_are_found(host: Host) -> None:
    triggers = {
        name: next(b["type"] for b in bindings if b["type"].endswith("Trigger"))
        for name, bindings in host.functions.items()
    }
    assert triggers == {
        "recognize": "httpTrigger",
        "health": "httpTrigger",
        "openapi": "httpTrigger",
        "recognize_blob": "blobTrigger",
        "give_up_blob": "queueTrigger",
    }


def test_the_blob_trigger_sends_names_and_listens_to_event_grid(host: Host) -> None:
    (binding,) = host.functions["recognize_blob"]
    assert (binding["path"], binding["source"]) == ("uploads/{name}", "EventGrid")
    assert binding["properties"]["SupportsDeferredBinding"] is True


def test_the_storage_sdk_is_not_loaded_for_http(host: Host) -> None:
    assert not {"azure.storage", "azure.core", "azure.identity"} & set(host.modules)


@pytest.mark.parametrize("body", [PNG, b"no picture", b""])
def test_recognize(host: Host, body: bytes, model: Model) -> None:
    status, headers, content = ask(host, "recognize", "POST", body, "image/png")
    if body == PNG:
        assert (status, content["text"]) == (200, "4")
        assert content["model"] == model.to_dict()
    else:
        assert (status, headers["Content-Type"]) == (400, "application/problem+json")


@pytest.mark.parametrize(
    ("function", "key", "value"), [("health", "status", "ok"), ("openapi", "openapi", "3.1.0")]
)
def test_what_is_only_read(host: Host, function: str, key: str, value: str) -> None:
    status, _, content = ask(host, function, "GET")
    assert status == 200
    assert content[key] == value


@pytest.mark.parametrize("name", ["form 1/ä&?.png", "a.png"])
def test_blob(host: Host, account: blobs.Account, name: str) -> None:
    account.uploads.upload_blob(name, PNG)
    assert blob_event(host, name)["status"] == "success"
    assert result(account, name)["text"] == "4"
    before = account.answered(name)
    assert blob_event(host, name)["status"] == "success"  # delivered once more
    assert account.answered(name) == before
    account.uploads.upload_blob(name, encoded(digit_image(2)), overwrite=True)
    assert blob_event(host, name)["status"] == "success"
    assert result(account, name)["text"] == "2"


@pytest.mark.parametrize(
    ("data", "status"),
    [(b"", 400), (b"no picture", 400), (b"%PDF-1.7", 415), (bytes(21 * 2**20), 413)],
    ids=["empty", "text", "pdf", "large"],
)
def test_blob_that_cannot_be_read(
    host: Host, account: blobs.Account, data: bytes, status: int
) -> None:
    account.uploads.upload_blob("a.png", data)
    assert blob_event(host, "a.png")["status"] == "success"
    assert result(account, "a.png")["status"] == status


def test_blob_that_is_gone(host: Host, account: blobs.Account) -> None:
    assert blob_event(host, "a.png")["status"] == "success"
    assert account.answered("a.png") is None


def test_doubtful_blob(host: Host, account: blobs.Account) -> None:
    account.uploads.upload_blob("a.png", encoded(digit_image(4, pen=0.6)))
    blob_event(host, "a.png")
    answer = result(account, "a.png")
    assert answer["confidence"] < 0.95
    (message,) = messages(account)
    assert {key: message[key] for key in ("source", "text", "confidence")} == {
        key: answer[key] for key in ("source", "text", "confidence")
    }


def test_failed_blob(host: Host, account: blobs.Account) -> None:
    etag = account.uploads.upload_blob("a.png", PNG).get_blob_properties().etag.strip('"')
    assert poison(host, "a.png", etag)["status"] == "success"
    assert result(account, "a.png")["status"] == 500
    assert blob_event(host, "a.png")["status"] == "success"
    assert result(account, "a.png")["status"] == 500  # one answer, and no other


def test_failed_blob_of_another_app(host: Host, account: blobs.Account) -> None:
    assert poison(host, "a.png", "0x1", "other")["status"] == "success"
    assert list(account.results.list_blobs()) == []


def test_storage_that_is_away_fails_the_invocation(
    app: None, emulator: Azurite, account: blobs.Account
) -> None:
    account.uploads.upload_blob("a.png", PNG)
    running = Host(emulator.connection)
    try:
        assert blob_event(running, "a.png")["status"] == "success"
        account.uploads.upload_blob("b.png", PNG)
        emulator.stop()
        try:
            failed = blob_event(running, "b.png")
        finally:
            emulator.start()
        assert failed["status"] == "failure"  # so the host tries again
        deadline = time.monotonic() + 30
        while blob_event(running, "b.png")["status"] != "success":
            assert time.monotonic() < deadline
    finally:
        running.end()
    assert result(account, "b.png")["source"] == "b.png"
    assert batch.result_name("b.png") in {blob.name for blob in account.results.list_blobs()}
