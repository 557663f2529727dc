import re

import pytest
from django.test import Client

from shared import settings
from tests.drawing import digit_image, encoded, number_image
from tests.test_contract import form


@pytest.fixture
def client() -> Client:
    return Client(SERVER_NAME="localhost")


def test_form(client: Client) -> None:
    response = client.get("/form")
    assert response.status_code == 200
    assert "<form" in response.text
    assert "<script" not in response.text


def test_what_is_nowhere(client: Client) -> None:
    for path in ("/api/nowhere", "/api/recognize/"):
        response = client.post(path)
        assert response.status_code == response.json()["status"] == 404
        assert response["Content-Type"] == "application/problem+json"
    assert "text/html" in client.get("/nowhere")["Content-Type"]


def test_form_reads(client: Client) -> None:
    body, kind = form(("image", encoded(digit_image(6)), "image/png"))
    response = client.generic("POST", "/form", body, kind)
    assert response.status_code == 200
    assert "<output>6</output>" in response.text
    assert 'src="data:image/png;base64,' in response.text


def test_form_reads_numbers(client: Client) -> None:
    body, kind = form(("image", encoded(number_image("40\n271")), "image/png"))
    response = client.generic("POST", "/form", body, kind)
    assert "<output>40\n271</output>" in response.text
    assert response.text.count('src="data:image/png;base64,') == 5
    assert "Digit 4 of 5: 7, " in response.text


def test_form_reads_several_pictures(client: Client) -> None:
    pictures = (encoded(number_image("42")), b"words", encoded(digit_image(6)))
    body, kind = form(*(("image", content, "image/png") for content in pictures))
    response = client.generic("POST", "/form", body, kind)
    items = re.findall(r"<li>(.*?)</li>", response.text)
    assert [bool(re.match(r"<output>(42|6)</output> .*% sure", item)) for item in items] == [
        True, False, True,
    ]  # fmt: skip


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


def test_network(client: Client) -> None:
    response = client.get("/model/digits.onnx")
    assert response.getvalue() == settings.get().model_path.read_bytes()
    again = client.get("/model/digits.onnx", headers={"If-None-Match": response["ETag"]})
    assert again.status_code == 304


def test_other_hosts_are_refused() -> None:
    response = Client(SERVER_NAME="example.com").get("/api/health")
    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"
    assert "ALLOWED_HOSTS" in response.json()["detail"]
    assert Client(SERVER_NAME="example.com").get("/form").status_code == 400


def test_what_django_refuses_is_a_problem(client: Client) -> None:
    response = client.get("/api/health?" + "&".join(f"a{i}=" for i in range(2000)))
    assert response.status_code == 400
    assert response.json()["detail"] == "The request is malformed."
