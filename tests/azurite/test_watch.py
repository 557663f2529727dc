"""The watcher against real blob storage, as a process of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from typing import Any

import pytest
from azure.core.exceptions import ResourceExistsError
from azure.storage.blob import BlobLeaseClient, BlobServiceClient, ContainerClient
from PIL import Image

from server.containers import LEASES, SHARES, Containers
from server.store import ATTEMPTS
from shared import batch, blobs
from shared.model import Model
from tests.azurite.conftest import Azurite, messages
from tests.conftest import ROOT
from tests.drawing import digit_image, encoded

COMMAND = [sys.executable, "infra/vm/manage.py", "watch_blobs", "--interval", "0.2"]
DEADLY = [sys.executable, "-m", "tests.deadly", *COMMAND[2:]]


@contextmanager
def watcher(
    connection: str, stderr: int | None = None, command: Sequence[str] = COMMAND
) -> Iterator[subprocess.Popen[bytes]]:
    environment = {**os.environ, "AzureWebJobsStorage": connection}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=stderr)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def read_all(connection: str) -> None:
    """Run a watcher until nothing is left to read."""
    environment = {**os.environ, "AzureWebJobsStorage": connection}
    subprocess.run([*COMMAND, "--once"], cwd=ROOT, env=environment, check=True, timeout=120)


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def wait_for(container: ContainerClient, count: int) -> None:
    wait_until(lambda: container.exists() and len(list(container.list_blobs())) >= count)


def uploads(storage: BlobServiceClient) -> ContainerClient:
    return storage.create_container("uploads")


def result(storage: BlobServiceClient, name: str) -> Any:
    return json.loads(storage.get_blob_client("results", name).download_blob().readall())


def test_image_comes_out_as_its_reading(
    storage: BlobServiceClient, azurite: str, model: Model
) -> None:
    container = uploads(storage)
    data = encoded(digit_image(7))
    with watcher(azurite):
        container.upload_blob("forms/page 1/seven.png", data)
        wait_for(storage.get_container_client("results"), 1)
    answer = result(storage, "forms/page 1/seven.png.json")
    assert answer["text"] == "7"
    assert answer == batch.answer("forms/page 1/seven.png", data)
    blob = storage.get_blob_client("results", "forms/page 1/seven.png.json")
    assert blob.get_blob_properties().content_settings.content_type == "application/json"


def test_text_named_png_gives_a_problem(storage: BlobServiceClient, azurite: str) -> None:
    container = uploads(storage)
    container.upload_blob("notes.png", b"only text")
    container.upload_blob("seven.png", encoded(digit_image(7)))
    read_all(azurite)
    assert result(storage, "notes.png.json")["status"] == 400
    assert result(storage, "notes.png.json")["source"] == "notes.png"
    assert result(storage, "seven.png.json")["text"] == "7"


def test_what_lies_among_the_results_is_no_answer(storage: BlobServiceClient, azurite: str) -> None:
    uploads(storage).upload_blob("a.png", encoded(digit_image(7)))
    results = storage.create_container("results")
    results.upload_blob("a.png", b"")
    read_all(azurite)
    assert result(storage, "a.png.json")["text"] == "7"


def test_containers_are_created(storage: BlobServiceClient, azurite: str) -> None:
    read_all(azurite)
    assert {c.name for c in storage.list_containers()} == {"uploads", "results", LEASES}


@pytest.mark.parametrize("gone", ["results", "uploads", LEASES, "the blob of a lease"])
def test_what_is_deleted_meanwhile_is_made_anew(
    gone: str, storage: BlobServiceClient, azurite: str
) -> None:
    with watcher(azurite):
        wait_until(lambda: storage.get_container_client(LEASES).exists())
        leases = storage.get_container_client(LEASES)
        wait_until(lambda: len(list(leases.list_blobs())) == SHARES)
        if gone == "the blob of a lease":
            for blob in leases.list_blobs():
                leases.delete_blob(blob.name)
        else:
            storage.delete_container(gone)
        wait_until(storage.get_container_client("uploads").exists)
        storage.get_blob_client("uploads", "a.png").upload_blob(encoded(digit_image(7)))
        wait_for(storage.get_container_client("results"), 1)
    assert result(storage, "a.png.json")["text"] == "7"


def test_read_once_and_again_when_changed(storage: BlobServiceClient, azurite: str) -> None:
    container = uploads(storage)
    container.upload_blob("a.png", encoded(digit_image(7)))
    read_all(azurite)
    blob = storage.get_blob_client("results", "a.png.json")
    first = blob.get_blob_properties().etag
    read_all(azurite)
    assert blob.get_blob_properties().etag == first
    container.upload_blob("a.png", encoded(digit_image(2)), overwrite=True)
    read_all(azurite)
    assert result(storage, "a.png.json")["text"] == "2"


@pytest.mark.parametrize("spare", [0, 1e6])
def test_what_is_changed_may_wait_and_what_is_new_does_not(
    spare: float, azurite: str, monkeypatch: pytest.MonkeyPatch, storage: BlobServiceClient
) -> None:
    monkeypatch.setattr("server.containers.SPARE", spare)
    account = blobs.connect(azurite)
    store = Containers(account)

    def read() -> list[str]:
        read = []
        for share in store.pending():
            for item in store.take(share):
                store.answer(item)
                read.append(item.name)
        return sorted(read)

    def change() -> None:
        account.uploads.upload_blob("a", encoded(digit_image(4)), overwrite=True)

    account.create()
    for name in ("a", "a!"):  # whose answers lie there the other way round
        account.uploads.upload_blob(name, encoded(digit_image(3)))
    assert read() == ["a", "a!"]
    change()
    assert read() == ["a"]  # at work, all is looked at again and again
    assert read() == []
    change()
    assert read() == ([] if spare else ["a"])
    account.uploads.upload_blob("b", encoded(digit_image(5)))
    assert read() == (["a", "b"] if spare else ["b"])


def test_killed_in_the_middle_loses_nothing(storage: BlobServiceClient, azurite: str) -> None:
    container, results = uploads(storage), storage.get_container_client("results")
    count = 150
    for i in range(count):
        container.upload_blob(f"{i:03}.png", encoded(digit_image(i % 10)))
    with watcher(azurite) as process:
        wait_for(results, 20)
        process.send_signal(signal.SIGKILL)
        process.wait()
    done = len(list(results.list_blobs()))
    assert 20 <= done < count, "the watcher was to be killed in the middle"
    read_all(azurite)
    names = [blob.name for blob in results.list_blobs()]
    assert names == [f"{i:03}.png.json" for i in range(count)]
    assert [result(storage, name)["text"] for name in names] == [str(i % 10) for i in range(count)]


def break_leases(storage: BlobServiceClient) -> None:
    """As if they had come to their end."""
    leases = storage.get_container_client(LEASES)
    for name in leases.list_blob_names():
        with suppress(ResourceExistsError):  # it has none
            BlobLeaseClient(leases.get_blob_client(name)).break_lease(0)


def notes(storage: BlobServiceClient) -> list[dict[str, str]]:
    """What the blobs of shares tell, as far as anyone has worked on them."""
    leases = storage.get_container_client(LEASES)
    if not leases.exists():
        return []
    found = leases.list_blobs(include=["metadata"])
    return [dict(blob.metadata) for blob in found if blob.metadata]


def test_picture_that_ends_the_process_is_given_up(
    storage: BlobServiceClient, azurite: str
) -> None:
    container = uploads(storage)
    # Those without "slow" have the same share, and those with it are read side by side with them.
    names = ["0.png", "deadly.png", "slow1.png", "slow2.png", "z20.png"]
    for i, name in enumerate(names):
        container.upload_blob(name, encoded(digit_image(i)))
    environment = {**os.environ, "AzureWebJobsStorage": azurite}
    ends = []
    for _ in range(ATTEMPTS + 2):  # the first death tells the share, and not the picture
        ends.append(subprocess.call([*DEADLY, "--once"], cwd=ROOT, env=environment, timeout=60))
        break_leases(storage)
    assert ends == [-signal.SIGKILL] * (ATTEMPTS + 1) + [0]
    assert result(storage, "deadly.png.json")["status"] == 500
    others = [result(storage, f"{name}.json") for name in names if name != "deadly.png"]
    assert [answer["text"] for answer in others] == ["0", "2", "3", "4"]
    assert all("worked" in note and note["begun"] == "{}" for note in notes(storage))


def test_deaths_are_counted_whatever_comes_between(
    storage: BlobServiceClient, account: blobs.Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.containers.LOOK", 1)  # a share for each picture, of the same name
    account.uploads.upload_blob("deadly.png", b"")
    deaths = []
    with ExitStack() as killed:
        for name in ["0.png", "2.png", "4.png", "50.png"]:
            store = Containers(account)
            for share in store.pending():
                items = killed.enter_context(closing(store.take(share)))
                for item in items:
                    if item.name == "deadly.png":
                        deaths.append(item.deaths)
                        break  # and does not come to its end before the test does
                    store.answer(item)
            break_leases(storage)
            account.uploads.upload_blob(name, b"")
    assert deaths == [0, 0, 1, 2]


def test_stops_when_told_to(storage: BlobServiceClient, azurite: str) -> None:
    uploads(storage).upload_blob("slow.png", encoded(digit_image(7)))
    with watcher(azurite, command=DEADLY) as process:
        wait_until(lambda: any("working" in note for note in notes(storage)))
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    assert result(storage, "slow.png.json")["text"] == "7"
    assert ["worked" in note for note in notes(storage)] == [True]


def test_two_thousand_pictures_two_watchers_one_killed_and_storage_stopped(
    storage: BlobServiceClient, account: blobs.Account, emulator: Azurite
) -> None:
    count, kinds = 2000, 40
    files = [encoded(digit_image(i % 10, size=(32 + i, 32 + i))) for i in range(kinds - 1)]
    files.append(encoded(Image.new("L", (40, 40), 255)))  # one to be reviewed
    names = [f"{i:04}.png" for i in range(count)]

    def upload(i: int) -> None:
        account.uploads.upload_blob(names[i], files[i % kinds])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(upload, range(count)))
    results = account.results
    with watcher(emulator.connection) as first, watcher(emulator.connection):
        wait_for(results, 300)
        first.send_signal(signal.SIGKILL)
        first.wait()
        with watcher(emulator.connection):
            wait_for(results, 800)
            emulator.stop()
            time.sleep(10)
            emulator.start()
            wait_for(results, count)
            read_all(emulator.connection)  # what is due for review, too
    assert [blob.name for blob in results.list_blobs()] == [f"{name}.json" for name in names]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda name: result(storage, f"{name}.json"), names))
    alone = [batch.answer("", file) for file in files]
    assert found == [{**alone[i % kinds], "source": name} for i, name in enumerate(names)]
    reviewed = Counter(message["source"] for message in all_messages(account))
    doubtful = {names[i] for i in range(count) if batch.is_doubtful(alone[i % kinds])}
    assert set(reviewed) == doubtful
    assert reviewed.total() <= len(doubtful) + 4  # one for each thread that was killed


def all_messages(account: blobs.Account) -> list[dict[str, Any]]:
    found = []
    while some := messages(account, hide=600):
        found += some
    return found


def test_watchers_share_the_work(storage: BlobServiceClient, azurite: str) -> None:
    container, count = uploads(storage), 200
    for i in range(count):
        container.upload_blob(f"{i:03}.png", encoded(digit_image(i % 10, size=(40, 40))))
    with (
        watcher(azurite, stderr=subprocess.PIPE) as a,
        watcher(azurite, stderr=subprocess.PIPE) as b,
    ):
        wait_for(storage.get_container_client("results"), count)
        time.sleep(1)
        logs = []
        for process in (a, b):
            process.terminate()
            logs.append(process.communicate(timeout=30)[1].decode())
    counts = [log.count('"outcome": "read"') for log in logs]
    assert sum(counts) == count
    assert all(counts)
