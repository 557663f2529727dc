"""One picture's way through blob storage: each has one answer, whatever happens."""

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from azure.core.exceptions import AzureError, HttpResponseError, ServiceRequestError
from azure.storage.blob import BlobServiceClient
from PIL import Image

from shared import batch, blobs
from tests.azurite.conftest import messages
from tests.drawing import digit_image, encoded

PNG = encoded(digit_image(4))
BLANK = encoded(Image.new("L", (50, 60), 255))  # read, with no digit and no confidence


def read(account: blobs.Account, name: str = "a.png") -> str:
    return account.answer(name, account.answered(name))


def result(account: blobs.Account, name: str = "a.png") -> Any:
    return json.loads(account.results.download_blob(f"{name}.json").readall())


def test_answer_says_what_it_answers(account: blobs.Account) -> None:
    etag = account.uploads.upload_blob("a.png", PNG).get_blob_properties().etag
    assert read(account) == "read"
    known = account.answered("a.png")
    assert known is not None
    assert (known.source, known.outcome) == (etag.strip('"'), "read")
    assert known.model == result(account)["model"]["version"]
    assert float(known.metadata["confidence"]) == result(account)["confidence"]


def test_repeated_event_writes_nothing(account: blobs.Account) -> None:
    account.uploads.upload_blob("a.png", PNG)
    read(account)
    before = account.answered("a.png")
    assert read(account) == "unchanged"
    assert account.answered("a.png") == before


def test_two_at_once_write_once(account: blobs.Account) -> None:
    account.uploads.upload_blob("a.png", BLANK)
    assert account.answer("a.png", None) == "read"
    before = account.answered("a.png")
    assert account.answer("a.png", None) == "overtaken"  # has not seen the first one's answer
    assert account.answered("a.png") == before
    assert len(messages(account)) == 1


def test_old_answer_never_replaces_a_newer(account: blobs.Account) -> None:
    account.uploads.upload_blob("a.png", PNG)
    read(account)
    old = account.answered("a.png")
    account.uploads.upload_blob("a.png", encoded(digit_image(2)), overwrite=True)
    read(account)
    assert account.answer("a.png", old) == "overtaken"
    assert result(account)["text"] == "2"


def test_picture_replaced_while_it_is_read(
    account: blobs.Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who reads the new one may be slower, and finds the answer to the old one in its place."""
    account.uploads.upload_blob("a.png", PNG)
    write, two = account._write, encoded(digit_image(2))

    def late(*arguments: Any) -> str:
        monkeypatch.setattr(account, "_write", write)
        account.uploads.upload_blob("a.png", two, overwrite=True)
        assert read(account) == "read"  # that one's event
        return write(*arguments)

    monkeypatch.setattr(account, "_write", late)
    assert read(account) == "unchanged"
    assert result(account)["text"] == "2"

    def early(*arguments: Any) -> str:
        monkeypatch.setattr(account, "_write", write)
        account.uploads.upload_blob("b.png", two, overwrite=True)
        content = batch.answer("b.png", two)
        etag = account.uploads.get_blob_client("b.png").get_blob_properties().etag.strip('"')
        assert write(*arguments) == "read"  # the old one, first
        return write("b.png", content, etag, None)

    account.uploads.upload_blob("b.png", PNG)
    monkeypatch.setattr(account, "_write", early)
    assert read(account, "b.png") == "read"
    assert result(account, "b.png")["text"] == "2"


@pytest.mark.parametrize("given_up", [False, True])
def test_answer_deleted_while_its_picture_is_read(account: blobs.Account, given_up: bool) -> None:
    account.uploads.upload_blob("a.png", PNG)
    read(account)
    known = account.answered("a.png")
    changed = account.uploads.upload_blob("a.png", encoded(digit_image(2)), overwrite=True)
    etag = changed.get_blob_properties().etag.strip('"')
    account.results.delete_blob("a.png.json")
    if given_up:
        account.answered = lambda name: found.pop()  # type: ignore[method-assign]
        found = [None, None, known]
        assert account.give_up("a.png", etag) == "given up"
    else:
        assert account.answer("a.png", known) == "read"
        assert result(account)["text"] == "2"


def test_picture_that_changes_all_the_time_is_tried_again(
    account: blobs.Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    account.uploads.upload_blob("a.png", PNG)
    monkeypatch.setattr(account, "_write", lambda *_: blobs.OUTDATED)
    with pytest.raises(AzureError, match="changes all the time"):
        read(account)


def test_doubtful_reading_is_queued_once(account: blobs.Account) -> None:
    etag = account.uploads.upload_blob("a.png", BLANK).get_blob_properties().etag
    read(account)
    read(account)
    expected = {"source": "a.png", "text": "", "confidence": 0.0, "etag": etag.strip('"')}
    assert messages(account) == [expected]


def test_sure_reading_and_problem_are_not_queued(account: blobs.Account) -> None:
    account.uploads.upload_blob("a.png", PNG)
    account.uploads.upload_blob("b.png", b"no picture")
    assert (read(account), read(account, "b.png")) == ("read", "problem")
    assert messages(account) == []


def test_threshold(account: blobs.Account, environment: Callable[..., None]) -> None:
    environment(REVIEW_THRESHOLD="0")
    account.uploads.upload_blob("a.png", BLANK)
    read(account)
    assert messages(account) == []


def read_without_sending(account: blobs.Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """Answer a doubtful picture while the queue is away."""

    def away(*_: object, **__: object) -> None:
        raise ServiceRequestError("no connection")

    account.uploads.upload_blob("a.png", BLANK)
    with monkeypatch.context() as patch:
        patch.setattr(account.review, "send_message", away)
        with pytest.raises(ServiceRequestError):
            read(account)


def test_message_that_was_not_sent_is_sent_later(
    account: blobs.Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_without_sending(account, monkeypatch)
    assert messages(account) == []
    assert read(account) == "unchanged"
    assert len(messages(account)) == 1


def test_message_that_is_due_of_an_answer_that_is_replaced(
    account: blobs.Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_without_sending(account, monkeypatch)
    due = account.answered("a.png")
    assert due is not None
    account.uploads.upload_blob("a.png", b"no picture", overwrite=True)
    assert read(account) == "problem"
    account._finish("a.png", due)
    assert messages(account) == []


def test_lost_reply_of_the_storage_is_no_other_writer(
    account: blobs.Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The SDK writes again when a reply is lost, and then finds its own answer."""
    from azure.core.exceptions import ResourceExistsError
    from azure.storage.blob import BlobClient

    upload = BlobClient.upload_blob

    def twice(self: BlobClient, *args: Any, **options: Any) -> Any:
        upload(self, *args, **options)
        raise ResourceExistsError("it is there")

    account.uploads.upload_blob("a.png", BLANK)
    monkeypatch.setattr(BlobClient, "upload_blob", twice)
    assert read(account) == "read"
    assert len(messages(account)) == 1


def test_containers_named_otherwise(
    storage: BlobServiceClient, azurite: str, environment: Callable[..., None]
) -> None:
    environment(UPLOADS_CONTAINER="scans", RESULTS_CONTAINER="readings")
    account = blobs.connect(azurite)
    account.create()
    storage.get_blob_client("scans", "a.png").upload_blob(PNG)
    assert account.answer("a.png", None) == "read"
    assert storage.get_blob_client("readings", "a.png.json").exists()


@pytest.mark.parametrize(
    "data", [b"", b"text", b"%PDF-1.7", PNG[:100]], ids=["empty", "text", "PDF", "cut off"]
)
def test_unreadable(account: blobs.Account, data: bytes) -> None:
    account.uploads.upload_blob("a.png", data)
    assert read(account) == "problem"
    assert result(account)["status"] in (400, 415)


def test_huge(account: blobs.Account, environment: Callable[..., None]) -> None:
    environment(MAX_UPLOAD_BYTES=str(len(PNG) - 1), MAX_PIXELS="1000")
    account.uploads.upload_blob("a.png", PNG)
    assert read(account) == "problem"
    assert result(account)["status"] == 413


def test_bomb(account: blobs.Account) -> None:
    account.uploads.upload_blob("a.png", encoded(Image.new("1", (30_000, 30_000))))
    assert read(account) == "problem"
    assert result(account)["status"] == 413


def test_gone(account: blobs.Account) -> None:
    assert read(account) == "gone"
    assert account.answered("a.png") is None


def test_given_up(account: blobs.Account) -> None:
    etag = account.uploads.upload_blob("a.png", PNG).get_blob_properties().etag.strip('"')
    assert account.give_up("a.png", etag) == "given up"
    assert result(account) == batch.given_up("a.png")
    assert account.give_up("a.png", etag) == "unchanged"
    account.uploads.upload_blob("a.png", PNG, overwrite=True)
    assert account.give_up("a.png", etag) == "gone"  # another picture, which may be read
    assert read(account) == "read"


def test_one_line_a_picture(account: blobs.Account, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "cnndemo.batch")
    account.uploads.upload_blob("a.png", PNG)
    read(account)
    (line,) = [json.loads(r.message) for r in caplog.records if r.name == "cnndemo.batch"]
    assert set(line["ms"]) == {"download", "read", "upload"}
    assert (line["name"], line["bytes"], line["length"]) == ("a.png", len(PNG), 1)
    assert "text" not in line


@pytest.mark.parametrize(
    ("settings", "url", "queue"),
    [
        ({"__accountName": "a"}, "https://a.blob.core.windows.net/", "https://a.queue.core"),
        ({"__blobServiceUri": "https://b.blob.x/"}, "https://b.blob.x/", "https://b.queue.x"),
        (
            {"__blobServiceUri": "https://b.blob.x/", "__queueServiceUri": "https://q.x/"},
            "https://b.blob.x/",
            "https://q.x/",
        ),
        ({"": "UseDevelopmentStorage=true"}, "http://127.0.0.1:10000", "http://127.0.0.1:10001"),
    ],
)
def test_accounts(settings: dict[str, str], url: str, queue: str) -> None:
    account = blobs.from_environment(
        {f"AzureWebJobsStorage{name}": value for name, value in settings.items()}
    )
    assert account.service.url.startswith(url)
    assert account.review.url.startswith(queue)


def test_a_proxy_is_asked(azurite: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Proxy(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            self.send_error(403, "This way is closed.")

    with HTTPServer(("127.0.0.1", 0), Proxy) as proxy:
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.server_port}")
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        with pytest.raises(HttpResponseError, match="This way is closed"):
            blobs.connect(azurite).uploads.create_container()
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        blobs.connect(azurite).create()
        proxy.shutdown()
