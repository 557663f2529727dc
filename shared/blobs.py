"""Pictures in blob storage and their answers: what the blob functions and the watcher share.

Every answer's metadata say which picture (its ETag) it answers and which model read it. An answer
is written on the condition that the one seen before is still there, so that of several who read
the same picture one writes. Imports the storage SDK: no one does so on the path of one image.
"""

import contextlib
import functools
import json
import os
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import requests
from azure.core import MatchConditions
from azure.core.exceptions import (
    HttpResponseError,
    ResourceExistsError,
    ResourceModifiedError,
    ResourceNotFoundError,
)
from azure.storage.blob import BlobProperties, BlobServiceClient, ContainerClient, ContentSettings
from azure.storage.queue import QueueClient, QueueServiceClient, TextBase64EncodePolicy

from . import batch, model, settings
from .http import JSON, to_json

REVIEW: Final = "review"  # the queue of doubtful readings
OUTDATED: Final = "outdated"  # became of an answer that found another picture's in its place
ATTEMPTS: Final = 5  # to answer a picture that changes all the time
# Two to ten seconds between tries, which bridge some twenty; the SDK's own are 15 and more.
RETRIES: Final = {
    "retry_total": 4,
    "initial_backoff": 2,
    "increment_base": 2,
    "random_jitter_range": 1,
}
AZURITE: Final = (
    "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;"
    "AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;"
    "BlobEndpoint=http://127.0.0.1:10000/devstoreaccount1;"
    "QueueEndpoint=http://127.0.0.1:10001/devstoreaccount1;"
)  # the well-known address and key of the storage emulator, which is no secret


@dataclass(frozen=True)
class Answered:
    """What is known of an answer without reading it.

    Attributes:
        etag: the answer's own, by which it is replaced and no other.
        metadata: as `Account` writes them; the properties below are made of them.
    """

    etag: str
    metadata: Mapping[str, str]

    @classmethod
    def of(cls, blob: BlobProperties) -> "Answered":
        """From an answer's properties with metadata."""
        return cls(bare(blob.etag), blob.metadata or {})

    @property
    def source(self) -> str:
        """The ETag of the picture that it answers."""
        return self.metadata.get("source_etag", "")

    @property
    def model(self) -> str:
        """Version of the network of one digit that read it."""
        return self.metadata.get("model", "")

    @property
    def rows(self) -> str:
        """Version of the network of a row."""
        return self.metadata.get("rows", "")

    @property
    def outcome(self) -> str:
        """One of "read", "problem" and "given up"."""
        return self.metadata.get("outcome", "")

    @property
    def is_doubtful(self) -> bool:
        """Whether it goes to the review queue."""
        return "review" in self.metadata

    @property
    def is_due(self) -> bool:
        """Whether its message for review is still to be sent."""
        return self.metadata.get("review") == "due"


class Account:
    """A storage account with pictures, answers and the review queue."""

    def __init__(self, blobs: BlobServiceClient, queues: QueueServiceClient) -> None:
        names = settings.get()
        self.service = blobs
        self.uploads: ContainerClient = blobs.get_container_client(names.uploads_container)
        self.results: ContainerClient = blobs.get_container_client(names.results_container)
        # Functions that a queue triggers expect base64, if nothing else is said.
        self.review: QueueClient = queues.get_queue_client(
            REVIEW, message_encode_policy=TextBase64EncodePolicy()
        )

    def create(self) -> None:
        """Create what is missing, as far as that is allowed."""
        for create in (
            self.uploads.create_container,
            self.results.create_container,
            self.review.create_queue,
        ):
            try:
                create()
            except ResourceExistsError:
                pass
            except HttpResponseError as error:
                if error.status_code != 403:  # may use it, but not create it
                    raise

    def answered(self, name: str) -> Answered | None:
        """What is known of a picture's answer; None while there is none."""
        try:
            return Answered.of(
                self.results.get_blob_client(batch.result_name(name)).get_blob_properties()
            )
        except ResourceNotFoundError:
            return None

    def answer(self, name: str, known: Answered | None) -> str:
        """Read a picture and write its answer, unless that is there already.

        Where the picture or its answer has changed meanwhile, it is read anew.

        Args:
            known: its answer as found before, which alone is replaced.

        Returns:
            What became of it: "read", "problem", "unchanged", "gone", or "overtaken" where
            someone else has answered in between.

        Raises:
            AzureError: the storage is away, after the SDK's own tries, or they change all the time.
            MemoryError: as of `batch.answer`.
        """
        return self._until_settled(self._answer, name, known)

    def _answer(self, name: str, known: Answered | None) -> str:
        started = time.perf_counter()
        downloaded = self.download(name)
        if downloaded is None:
            batch.log_picture("gone", name)
            return "gone"
        data, source = downloaded
        if known is not None and known.source == source:
            self._finish(name, known)
            batch.log_picture("unchanged", name, size=len(data))
            return "unchanged"
        downloaded_at = time.perf_counter()
        content = batch.answer(name, data)
        read_at = time.perf_counter()
        outcome = self._write(name, content, source, known)
        batch.log_picture(
            outcome,
            name,
            size=len(data),
            content=content,
            download=1000 * (downloaded_at - started),
            read=1000 * (read_at - downloaded_at),
            upload=1000 * (time.perf_counter() - read_at),
        )
        return outcome

    def give_up(self, name: str, source: str) -> str:
        """Answer a picture that failed again and again, unless it is gone, changed or answered.

        Args:
            source: its ETag when it failed.

        Returns:
            What became of it: "given up", "unchanged", "gone" or "overtaken".
        """
        give_up = functools.partial(self._give_up, source=source)
        return self._until_settled(give_up, name, self.answered(name))

    def _give_up(self, name: str, known: Answered | None, *, source: str) -> str:
        try:
            now = bare(self.uploads.get_blob_client(name).get_blob_properties().etag)
        except ResourceNotFoundError:
            now = ""
        if now != source:
            outcome = "gone"  # another picture in its place has an event of its own
        elif known is not None and known.source == source:
            self._finish(name, known)
            outcome = "unchanged"
        else:
            outcome = self._write(name, batch.given_up(name), source, known)
        batch.log_picture(outcome, name)
        return outcome

    def _until_settled(
        self, attempt: Callable[[str, Answered | None], str], name: str, known: Answered | None
    ) -> str:
        for _ in range(ATTEMPTS):
            outcome = attempt(name, known)
            if outcome != OUTDATED:
                return outcome
            known = self.answered(name)
        raise ResourceModifiedError(f"{name} changes all the time")

    def download(self, name: str) -> tuple[bytes, str] | None:
        """A picture's bytes, up to one over the limit, and its ETag; None if it is gone."""
        limit = settings.get().max_upload_bytes
        try:
            download = self.uploads.download_blob(name)
            return download.read(limit + 1), bare(download.properties.etag)
        except ResourceNotFoundError:
            return None

    def _write(self, name: str, content: batch.Answer, source: str, known: Answered | None) -> str:
        """Put an answer in the place of the one known, and say so in the review queue."""
        outcome = batch.outcome_of(content)
        used = model.load()
        metadata = {"source_etag": source, "outcome": outcome, "writer": uuid.uuid4().hex}
        metadata |= {"model": used.version, "rows": used.rows_version}
        if "confidence" in content:
            metadata["confidence"] = str(content["confidence"])
        if batch.is_doubtful(content):
            metadata["review"] = "due"
        condition: dict[str, Any] = {"match_condition": MatchConditions.IfMissing}
        if known is not None:
            condition = {"match_condition": MatchConditions.IfNotModified, "etag": known.etag}
        blob = self.results.get_blob_client(batch.result_name(name))
        kind = ContentSettings(content_type=JSON)
        try:
            written = blob.upload_blob(
                to_json(content),
                overwrite=True,
                metadata=metadata,
                content_settings=kind,
                **condition,
            )
            answered = Answered(bare(written["etag"]), metadata)
        except (ResourceExistsError, ResourceModifiedError):
            found = self.answered(name)
            if found is None or found.source != source:
                return OUTDATED
            # Ours, if the SDK tried twice because an answer of the storage was lost.
            if found.metadata.get("writer") != metadata["writer"]:
                return "overtaken"
            answered = found
        self._finish(name, answered, content)
        return outcome

    def _finish(
        self, name: str, answered: Answered, content: Mapping[str, Any] | None = None
    ) -> None:
        """Send the message for review if it is due, and note that it was sent."""
        if not answered.is_due:
            return
        blob = self.results.get_blob_client(batch.result_name(name))
        unchanged: dict[str, Any] = {
            "etag": answered.etag,
            "match_condition": MatchConditions.IfNotModified,
        }
        if content is None:
            try:
                content = json.loads(blob.download_blob(**unchanged).readall())
            except (ResourceModifiedError, ResourceNotFoundError):
                return  # whoever has changed it sends what is due
        message = {key: content[key] for key in ("source", "text", "confidence")}
        # Tells a message sent twice, by a host that was killed right after the first time.
        message["etag"] = answered.source
        self.review.send_message(to_json(message).decode(), time_to_live=-1)
        with contextlib.suppress(ResourceModifiedError, ResourceNotFoundError):
            blob.set_blob_metadata({**answered.metadata, "review": "sent"}, **unchanged)


def connect(storage: str, *, queues: str = "", client_id: str = "") -> Account:
    """An account by a connection string or by the URL of its blob service.

    Args:
        storage: a connection string, `UseDevelopmentStorage=true`, or a URL; without a signature
            in it, azure-identity's DefaultAzureCredential signs in.
        queues: the URL of its queue service, where it cannot be told from that of its blobs.
        client_id: of a user-assigned identity to sign in as.

    Raises:
        ValueError: it is neither.
    """
    if not storage.startswith(("https://", "http://")):
        if storage.strip().rstrip(";").lower() == "usedevelopmentstorage=true":
            storage = AZURITE
        blobs, messages = (
            BlobServiceClient.from_connection_string,
            QueueServiceClient.from_connection_string,
        )
        return Account(
            blobs(storage, **_options(blobs(storage).url)),
            messages(storage, **_options(messages(storage).url)),
        )
    url = urlsplit(storage)
    queues = queues or urlunsplit(url._replace(netloc=url.netloc.replace(".blob.", ".queue.", 1)))
    credential = None if "sig=" in url.query else _credential(client_id)
    return Account(
        BlobServiceClient(storage, credential, **_options(storage)),
        QueueServiceClient(queues, credential=credential, **_options(queues)),
    )


def _options(url: str) -> dict[str, Any]:
    """How a client asks: how often, and by what the environment says of proxies and certificates.

    Otherwise that is looked up anew at each request, which is a tenth of a request's work.
    """
    found = requests.Session().merge_environment_settings(url, {}, None, None, None)
    from_environment = {"proxies": found["proxies"], "connection_verify": found["verify"]}
    return {**RETRIES, **from_environment, "use_env_settings": False}


def _credential(client_id: str) -> Any:
    from azure.identity import DefaultAzureCredential  # half a second, so only where it is needed

    return DefaultAzureCredential(managed_identity_client_id=client_id or None)


def from_environment(environ: Mapping[str, str]) -> Account:
    """The account that the Functions host uses too, by the same settings.

    Raises:
        ValueError: there is none.
    """
    name = "AzureWebJobsStorage"
    if environ.get(name):
        return connect(environ[name])
    url = environ.get(f"{name}__blobServiceUri", "")
    if not url and environ.get(f"{name}__accountName"):
        url = f"https://{environ[f'{name}__accountName']}.blob.core.windows.net"
    if not url:
        raise ValueError(f"Set {name} to a connection string, or {name}__blobServiceUri to a URL.")
    return connect(
        url,
        queues=environ.get(f"{name}__queueServiceUri", ""),
        client_id=environ.get(f"{name}__clientId", ""),
    )


@functools.cache
def account() -> Account:
    """The account of this process."""
    found = from_environment(os.environ)
    found.create()
    return found


def bare(etag: str) -> str:
    """An ETag without the quotes that some of the SDK's calls give it in."""
    return etag.strip('"')
