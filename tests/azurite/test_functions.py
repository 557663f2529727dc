"""The blob functions, called as the host calls them, against real blob storage."""

import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import azure.functions as func
import pytest

import function_app
from shared import blobs
from shared.blob_binding import BlobName
from tests.drawing import digit_image, encoded
from tests.test_contract import functions


@pytest.fixture(autouse=True)
def storage_setting(
    azurite: str, account: blobs.Account, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    monkeypatch.setenv("AzureWebJobsStorage", azurite)
    blobs.account.cache_clear()
    yield
    blobs.account.cache_clear()


def test_a_picture_is_answered(account: blobs.Account) -> None:
    account.uploads.upload_blob("a/b.png", encoded(digit_image(4)))
    content = json.dumps({"ContainerName": "uploads", "BlobName": "a/b.png"})
    functions()["recognize_blob"](BlobName(cast(Any, SimpleNamespace(content=content))))
    answer = json.loads(account.results.download_blob("a/b.png.json").readall())
    assert (answer["source"], answer["text"]) == ("a/b.png", "4")


@pytest.mark.parametrize(("suffix", "count"), [("", 1), ("-of-others", 0)])
def test_a_picture_in_the_poison_queue_is_given_up(
    account: blobs.Account, suffix: str, count: int
) -> None:
    container = function_app.SETTINGS.uploads_container + suffix
    picture = account.uploads.upload_blob("a.png", encoded(digit_image(4)))
    etag = picture.get_blob_properties().etag
    content = {"ContainerName": container, "BlobName": "a.png", "ETag": etag}
    functions()["give_up_blob"](func.QueueMessage(body=json.dumps(content).encode()))
    answers = [json.loads(account.results.download_blob(blob.name).readall())
               for blob in account.results.list_blobs()]  # fmt: skip
    assert [answer["status"] for answer in answers] == [500] * count
