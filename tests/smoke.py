"""Reads a digit over HTTP and through blob storage, wherever the API runs.

    python -m tests.smoke URL [--storage STORAGE] [--uploads uploads] [--results results]

URL is a host or its /api. STORAGE is a connection string, or https://ACCOUNT.blob.core.windows.net,
which is then opened as whoever `az login` says you are. Without it only HTTP is tried.
"""

import argparse
import json
import sys
import time
import urllib.request
import uuid
from collections.abc import Callable
from typing import TypeVar
from urllib.error import HTTPError, URLError

from azure.core.exceptions import AzureError, HttpResponseError
from azure.storage.blob import BlobServiceClient

from tests.drawing import digit_image, encoded

DIGIT = 7
PATIENCE = 300.0  # seconds for a Function app to start, a role to be known, an event to arrive

T = TypeVar("T")


class Failed(Exception):
    """What was asked did not come, or was not right."""


def over_http(url: str) -> dict[str, object]:
    """The API's reading of a 7.

    Raises:
        Failed: no answer in time, or a wrong one.
    """
    base = url.rstrip("/").removesuffix("/api")
    if not base.startswith(("http://", "https://")):
        raise Failed(f"not an address: {url!r}")
    request = urllib.request.Request(f"{base}/api/recognize", encoded(digit_image(DIGIT)))
    request.add_header("Content-Type", "image/png")
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as response:
            return right(response.read())
    except HTTPError as error:
        raise Failed(f"{request.full_url} answered {error.code}: {error.read(500)!r}") from error
    except (URLError, OSError) as error:
        raise Failed(f"{request.full_url} does not answer: {error}") from error


def through_storage(
    storage: str, uploads: str, results: str, *, patience: float = PATIENCE
) -> dict[str, object]:
    """The reading of a 7 that was put into blob storage; both blobs are taken away again.

    Raises:
        Failed: no answer in time, or a wrong one.
    """
    name = f"smoke/{uuid.uuid4()}.png"
    try:
        with client(storage) as service:
            upload = service.get_blob_client(uploads, name)
            result = service.get_blob_client(results, f"{name}.json")
            picture = encoded(digit_image(DIGIT))
            wait(lambda: upload.upload_blob(picture, overwrite=True), patience)
            try:
                return right(
                    wait(lambda: result.download_blob().readall(), patience, until_there=True)
                )
            finally:
                upload.delete_blob()
                if result.exists():
                    result.delete_blob()
    except AzureError as error:
        raise Failed(f"the storage failed: {error}") from error


def client(storage: str) -> BlobServiceClient:
    """Open a storage account by connection string, or by its address and one's own login."""
    if not storage.startswith("https://"):
        return BlobServiceClient.from_connection_string(storage)
    from azure.identity import DefaultAzureCredential

    return BlobServiceClient(storage, DefaultAzureCredential())


def wait(ask: Callable[[], T], patience: float, *, until_there: bool = False) -> T:
    """What is asked for, once one's role is known, or what is asked for is there."""
    waits_for = (403, 404) if until_there else (403,)
    deadline = time.monotonic() + patience
    while True:
        try:
            return ask()
        except HttpResponseError as error:
            if error.status_code not in waits_for:
                raise
            if time.monotonic() > deadline:
                reason = "" if error.status_code == 404 else f": {error}"
                raise Failed(f"no answer within {patience:.0f} s{reason}") from error
            time.sleep(1)


def right(answer: bytes) -> dict[str, object]:
    """An answer, if it is the right one."""
    try:
        content: dict[str, object] = json.loads(answer)
    except ValueError as error:
        raise Failed(f"this is no answer of ours: {answer[:200]!r}") from error
    if content.get("text") != str(DIGIT):
        raise Failed(f"a {DIGIT} was read as {content}")
    return content


def main(arguments: list[str] | None = None) -> int:
    """Try both ways and say how long each took; exit status 1 if one failed."""
    parser = argparse.ArgumentParser(prog="smoke", description="Reads a digit where it is served.")
    parser.add_argument("url", help="of the host, or of its API")
    parser.add_argument(
        "--storage", help="connection string, or https://... of the account's blobs"
    )
    parser.add_argument("--uploads", default="uploads")
    parser.add_argument("--results", default="results")
    options = parser.parse_args(arguments)
    ways: dict[str, Callable[[], dict[str, object]]] = {"HTTP": lambda: over_http(options.url)}
    if options.storage:
        ways["blob storage"] = lambda: through_storage(
            options.storage, options.uploads, options.results
        )
    status = 0
    for way, read in ways.items():
        began = time.monotonic()
        try:
            content = read()
        except Failed as error:
            print(f"{way}: FAILED: {error}", file=sys.stderr)
            status = 1
        else:
            print(f"{way}: read {content['text']} in {time.monotonic() - began:.1f} s")
    return status


if __name__ == "__main__":
    sys.exit(main())
