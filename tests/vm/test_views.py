import pytest
from django.test import Client

from tests.conftest import encoded
from tests.drawing import digit_image
from tests.test_contract import form


@pytest.fixture
def client() -> Client:
    return Client(SERVER_NAME="localhost")


def test_form(client: Client) -> None:
    response = client.get("/form")
    assert response.status_code == 200
    assert "<form" in response.text
    assert "<script" not in response.text


def test_form_reads(client: Client) -> None:
    body, kind = form(("image", encoded(digit_image(6)), "image/png"))
    response = client.generic("POST", "/form", body, kind)
    assert response.status_code == 200
    assert "<output>6</output>" in response.text
    assert 'src="data:image/png;base64,' in response.text


@pytest.mark.parametrize(
    ("content", "status", "words"),
    [(b"", 400, "file is empty"), (b"<b>text</b>", 400, "cannot be decoded")],
)
def test_form_says_what_is_wrong(client: Client, content: bytes, status: int, words: str) -> None:
    body, kind = form(("image", content, "image/png"))
    response = client.generic("POST", "/form", body, kind)
    assert response.status_code == status
    assert words in response.text


def test_page(client: Client) -> None:
    response = client.get("/")
    assert response.status_code == 200
    assert b"<!doctype html>" in response.getvalue().lower()


def test_other_hosts_are_refused() -> None:
    assert Client(SERVER_NAME="example.com").get("/api/health").status_code == 400
