"""The watcher: does for a container or a folder what the blob trigger does in Azure.

It remembers nothing: what has no answer yet, or has changed since, is to be done. Killed at any
moment, it goes on where it was.
"""

import contextlib
import logging
import os
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from azure.core.exceptions import AzureError, ResourceExistsError, ResourceNotFoundError
from azure.storage.blob import BlobServiceClient, ContentSettings

from shared import batch, http

AZURITE: Final = (
    "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;"
    "AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;"
    "BlobEndpoint=http://127.0.0.1:10000/devstoreaccount1;"
)  # the well-known address and key of the storage emulator, which is no secret
ATTEMPTS: Final = 5  # as many as the Functions host makes before it gives a message up
SETTLED: Final = 0.5  # seconds since a file's last change after which it is taken for whole

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Item:
    """A picture to read: its path in the store and its version, whatever the store calls so."""

    name: str
    version: str


class Store(Protocol):
    """Where pictures come from and answers go."""

    def pending(self) -> Iterator[Item]:
        """Pictures without an answer, or changed since theirs."""

    def read(self, item: Item) -> bytes | None:
        """A picture's bytes; None if it is gone, or no longer this version."""

    def write(self, item: Item, answer: bytes) -> None:
        """Put the answer in its place, whole or not at all."""


class Folder:
    """Files below a local folder; an answer carries its picture's time of change."""

    def __init__(self, pictures: Path, results: Path, *, settled: float = SETTLED) -> None:
        self.pictures, self.results, self.settled = pictures, results, settled
        for folder in (pictures, results):
            folder.mkdir(parents=True, exist_ok=True)

    def pending(self) -> Iterator[Item]:
        """Pictures without an answer, or changed since theirs; hidden files are left alone."""
        for path in sorted(self.pictures.rglob("*")):
            name = path.relative_to(self.pictures)
            if any(part.startswith(".") for part in name.parts) or not path.is_file():
                continue
            changed = _changed(path)
            if changed is None or time.time_ns() - changed < self.settled * 1e9:
                continue
            if changed != _changed(self._result(str(name))):
                yield Item(str(name), str(changed))

    def read(self, item: Item) -> bytes | None:
        """A picture's bytes; None if it is gone."""
        try:
            return (self.pictures / item.name).read_bytes()
        except FileNotFoundError:
            return None

    def write(self, item: Item, answer: bytes) -> None:
        """Put the answer in its place by renaming a finished file."""
        result = self._result(item.name)
        result.parent.mkdir(parents=True, exist_ok=True)
        partial = result.with_name(f".{result.name}.part")
        partial.write_bytes(answer)
        os.utime(partial, ns=(time.time_ns(), int(item.version)))
        partial.replace(result)

    def _result(self, name: str) -> Path:
        return self.results / batch.result_name(name)


def _changed(path: Path) -> int | None:
    """Time of the last change in ns, to the microsecond that file systems keep on copying."""
    try:
        return path.stat().st_mtime_ns // 1000 * 1000
    except FileNotFoundError:
        return None


class Containers:
    """Blobs of a storage account; an answer's metadata carry its picture's ETag."""

    def __init__(self, connection: str, pictures: str, results: str) -> None:
        if connection.strip().rstrip(";").lower() == "usedevelopmentstorage=true":
            connection = AZURITE
        service = BlobServiceClient.from_connection_string(connection)
        self.pictures = service.get_container_client(pictures)
        self.results = service.get_container_client(results)
        self._created = False

    def pending(self) -> Iterator[Item]:
        """Pictures without an answer, or changed since theirs."""
        self._create()
        answered = {
            blob.name: (blob.metadata or {}).get("source_etag")
            for blob in self.results.list_blobs(include=["metadata"])
        }
        for blob in self.pictures.list_blobs():
            version = blob.etag.strip('"')
            if answered.get(batch.result_name(blob.name)) != version:
                yield Item(blob.name, version)

    def read(self, item: Item) -> bytes | None:
        """A picture's bytes; None if it is gone or was replaced, to be found again."""
        try:
            download = self.pictures.download_blob(item.name)
            data = download.readall()
        except ResourceNotFoundError:
            return None
        return data if download.properties.etag.strip('"') == item.version else None

    def write(self, item: Item, answer: bytes) -> None:
        """Put the answer in its place in one request."""
        self.results.upload_blob(
            batch.result_name(item.name),
            answer,
            overwrite=True,
            metadata={"source_etag": item.version},
            content_settings=ContentSettings(content_type=http.JSON),
        )

    def _create(self) -> None:
        if not self._created:
            for container in (self.pictures, self.results):
                with contextlib.suppress(ResourceExistsError):
                    container.create_container()
            self._created = True


def watch(store: Store, stop: threading.Event, *, interval: float, once: bool = False) -> None:
    """Answer what is pending, again and again, until `stop` is set.

    A store that is away for a while is waited for. What fails for another reason is tried
    `ATTEMPTS` times and then answered with a problem, so that nothing is left without answer.

    Args:
        interval: seconds between two looks.
        once: return when nothing is pending any more.
    """
    failures: Counter[Item] = Counter()
    while not stop.is_set():
        answered = 0
        try:
            for item in store.pending():
                _answer(store, item, failures)
                answered += 1
                if stop.is_set():
                    return
        except (AzureError, OSError) as error:
            log.warning("the storage cannot be reached, trying again: %s", error)
            answered = -1
        if once and answered == 0:
            return
        stop.wait(interval if answered <= 0 else 0)


def _answer(store: Store, item: Item, failures: Counter[Item]) -> None:
    data = store.read(item)
    if data is None:
        return
    try:
        answer = batch.answer(item.name, data)
    except Exception:
        failures[item] += 1
        log.exception("a picture failed, time %d of %d", failures[item], ATTEMPTS)
        if failures[item] < ATTEMPTS:
            return
        answer = batch.given_up(item.name)
    store.write(item, answer)
