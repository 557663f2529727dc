"""The HTTP contract, asked of both hosts: the same requests, byte for byte the same answers."""

import functools
import importlib
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import azure.functions as func
import jsonschema
import pytest
from django.test import Client
from PIL import Image

import function_app
from shared import http
from shared.decode import FORMATS
from shared.openapi import DOCUMENT, FIELDS
from shared.reading import Reading
from shared.recognize import recognize
from tests.drawing import digit_image, encoded, number_image

BOUNDARY = "----boundary"


@dataclass(frozen=True)
class Answer:
    status: int
    content_type: str
    allow: str | None
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@functools.cache  # the library lets an app's functions be asked for once only
def functions() -> dict[str, Callable[..., Any]]:
    """The registered functions by route or name."""
    by_trigger = {}
    for function in function_app.app.get_functions():
        trigger = function.get_trigger()
        assert trigger is not None
        binding = trigger.get_dict_repr()
        by_trigger[binding.get("route") or str(function.get_function_name())] = (
            function.get_user_function()
        )
    return by_trigger


def ask_function(method: str, path: str, query: str, content_type: str, body: bytes) -> Answer:
    request = func.HttpRequest(
        method,
        f"https://localhost/api/{path}?{query}",
        headers={"Content-Type": content_type} if content_type else {},
        params=dict(parse_qsl(query, keep_blank_values=True)),
        body=body,
    )
    response = functions()[path](request)
    headers = response.headers
    return Answer(
        response.status_code, headers["Content-Type"], headers.get("Allow"), response.get_body()
    )


def ask_django(method: str, path: str, query: str, content_type: str, body: bytes) -> Answer:
    response = Client(SERVER_NAME="localhost").generic(
        method, f"/api/{path}", body, CONTENT_TYPE=content_type, QUERY_STRING=query
    )
    headers = response.headers
    return Answer(
        response.status_code, headers["Content-Type"], headers.get("Allow"), response.content
    )


def ask(
    body: bytes = b"",
    content_type: str = "",
    *,
    method: str = "POST",
    path: str = "recognize",
    query: str = "",
) -> Answer:
    """Ask both hosts, which must agree."""
    function = ask_function(method, path, query, content_type, body)
    assert ask_django(method, path, query, content_type, body) == function
    return function


def form(*parts: tuple[str, bytes, str]) -> tuple[bytes, str]:
    """A multipart form of (field, content, content type) as a browser sends it."""
    body = io.BytesIO()
    for field, content, kind in parts:
        body.write(
            f"--{BOUNDARY}\r\nContent-Disposition: form-data; name={field}; filename=a.png\r\n"
            f"Content-Type: {kind}\r\n\r\n".encode()
        )
        body.write(content + b"\r\n")
    body.write(f"--{BOUNDARY}--\r\n".encode())
    return body.getvalue(), f"multipart/form-data; boundary={BOUNDARY}"


def check(content: Any, schema: str) -> None:
    """Check against the published OpenAPI description."""
    jsonschema.validate(
        content,
        {"$ref": f"#/components/schemas/{schema}", "components": DOCUMENT["components"]},
        cls=jsonschema.Draft202012Validator,
    )


def check_problem(answer: Answer, status: int) -> str:
    assert answer.status == status
    assert answer.content_type == "application/problem+json"
    content = answer.json()
    assert content["status"] == status
    assert (content["type"], content["title"]) == ("about:blank", TITLES[status])
    check(content, "Problem")
    return str(content["detail"])


PNG = encoded(digit_image(4))
TITLES = {
    400: "Bad Request",
    405: "Method Not Allowed",
    413: "Content Too Large",
    415: "Unsupported Media Type",
    422: "Unprocessable Content",
    500: "Internal Server Error",
    503: "Service Unavailable",
}


@pytest.mark.parametrize("form_", FORMATS)
@pytest.mark.parametrize("digit", [2, 8])
def test_every_format(form_: str, digit: int) -> None:
    answer = ask(encoded(digit_image(digit), form_), f"image/{form_.lower()}")
    assert (answer.status, answer.content_type) == (200, "application/json")
    content = answer.json()
    check(content, "Reading")
    assert content["text"] == str(digit)
    assert content["confidence"] > 0.9


@pytest.mark.parametrize("kind", ["image/png", "image/x-unknown", "application/octet-stream", ""])
@pytest.mark.parametrize("mode", ["", "mode=auto", "mode=digit", "mode=number"])
def test_types_and_modes(kind: str, mode: str) -> None:
    answer = ask(PNG, kind, query=mode)
    assert answer.json()["text"] == "4"


@pytest.mark.parametrize(("mode", "text"), [("auto", "40\n271"), ("number", "271")])
def test_modes_differ(mode: str, text: str) -> None:
    page = encoded(number_image("40\n271"))
    assert ask(page, "image/png", query=f"mode={mode}").json()["text"] == text
    body, kind = form(("image", page, "image/png"), ("image", page, "image/png"))
    results = ask(body, kind, query=f"mode={mode}&explain=1").json()["results"]
    assert [result["text"] for result in results] == [text, text]
    assert all("input" in digit for result in results for digit in result["digits"])


def test_mode_digit_is_one_digit() -> None:
    page = encoded(number_image("42"))
    assert len(ask(page, "image/png", query="mode=digit").json()["digits"]) == 1


@pytest.mark.parametrize(("value", "shown"), [("1", True), ("true", True), ("0", False)])
def test_explain(value: str, shown: bool) -> None:
    (digit,) = ask(PNG, "image/png", query=f"explain={value}").json()["digits"]
    assert ("input" in digit) is shown


def test_form_with_one_image() -> None:
    body, kind = form(("other", b"ignored", "text/plain"), ("image", PNG, "image/png"))
    answer = ask(body, kind)
    assert answer.body == ask(PNG, "image/png").body


def test_form_with_several_images() -> None:
    body, kind = form(
        ("image", PNG, "image/png"),
        ("image", b"no picture", "image/png"),
        ("image", encoded(digit_image(9), "JPEG"), "application/octet-stream"),
    )
    content = ask(body, kind).json()
    check(content, "Results")
    first, second, third = content["results"]
    assert (first["text"], second["status"], third["text"]) == ("4", 400, "9")


def test_form_of_which_one_image_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(data: bytes, *arguments: Any, **options: Any) -> Reading:
        if data == b"deadly":
            raise MemoryError
        return recognize(data, *arguments, **options)

    monkeypatch.setattr(http, "recognize", broken)
    body, kind = form(*(("image", data, "image/png") for data in (PNG, b"deadly", PNG)))
    content = ask(body, kind).json()
    check(content, "Results")
    assert [one.get("text", one.get("status")) for one in content["results"]] == ["4", 500, "4"]


def test_form_that_takes_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "PATIENCE", -1)
    body, kind = form(("image", PNG, "image/png"), ("image", PNG, "image/png"))
    content = ask(body, kind).json()
    check(content, "Results")
    assert [result["status"] for result in content["results"]] == [503, 503]


def test_large_file_in_a_form() -> None:
    image = Image.effect_noise((2000, 2000), 100)
    body, kind = form(("image", encoded(image), "image/png"))
    assert len(body) > 3_000_000
    assert ask(body, kind).status == 200


def test_blank_picture() -> None:
    content = ask(encoded(Image.new("L", (50, 60), 255)), "image/png").json()
    check(content, "Reading")
    assert (content["text"], content["digits"]) == ("", [])


@pytest.mark.parametrize("body", [b"", b"not an image", PNG[:200], b"\xff\xd8\xff\xe0 jpeg?"])
def test_400(body: bytes) -> None:
    check_problem(ask(body, "image/png"), 400)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        form(("picture", PNG, "image/png")),
        form(("image", b"", "application/octet-stream")),
        (form(("image", PNG, "image/png"))[0][:-100], f"multipart/form-data; boundary={BOUNDARY}"),
        (PNG, "multipart/form-data"),
        (PNG, "multipart/form-data; boundary=x"),
        (b"", "multipart/form-data; boundary=x"),
    ],
)
def test_400_of_forms(body: bytes, kind: str) -> None:
    check_problem(ask(body, kind), 400)


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_405(method: str) -> None:
    answer = ask(method=method)
    check_problem(answer, 405)
    assert answer.allow == "POST"


@pytest.mark.parametrize("path", ["health", "openapi.json"])
def test_405_of_what_is_only_read(path: str) -> None:
    answer = ask(path=path)
    check_problem(answer, 405)
    assert answer.allow == "GET, HEAD"


def test_413_bytes(environment: Callable[..., None]) -> None:
    environment(MAX_UPLOAD_BYTES=str(len(PNG) - 1))
    check_problem(ask(PNG, "image/png"), 413)
    environment(MAX_UPLOAD_BYTES=str(len(PNG)))
    assert ask(PNG, "image/png").status == 200


def test_413_fields_of_a_form() -> None:
    body, kind = form(*[("other", b"", "text/plain")] * (FIELDS - 1), ("image", PNG, "image/png"))
    assert ask(body, kind).status == 200
    detail = check_problem(ask(*form(*[("image", PNG, "image/png")] * (FIELDS + 1))), 413)
    assert f"more than {FIELDS} fields" in detail


def test_413_bytes_of_a_form(environment: Callable[..., None]) -> None:
    environment(MAX_UPLOAD_BYTES="1000")
    check_problem(ask(*form(("image", PNG, "image/png"))), 413)


def test_413_pixels(environment: Callable[..., None]) -> None:
    environment(MAX_PIXELS="10000")
    assert "280 x 280" in check_problem(ask(PNG, "image/png"), 413)


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/json", "application/x-www-form-urlencoded", "video/mp4"]
)
def test_415_of_the_type(kind: str) -> None:
    check_problem(ask(PNG, kind), 415)


def test_415_of_the_content() -> None:
    assert "PDF" in check_problem(ask(b"%PDF-1.7", "image/png"), 415)


@pytest.mark.parametrize("query", ["mode=digits", "mode=", "explain=2", "explain="])
def test_422(query: str) -> None:
    check_problem(ask(PNG, "image/png", query=query), 422)


def test_500_without_a_stack_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr(http, "recognize", broken)
    answer = ask(PNG, "image/png")
    check_problem(answer, 500)
    assert b"secret" not in answer.body


@pytest.mark.parametrize("path", ["health", "openapi.json"])
def test_head(path: str) -> None:
    for ask_host in (ask_function, ask_django):  # the server leaves the content out by itself
        assert ask_host("HEAD", path, "", "", b"").status == 200


def test_health() -> None:
    content = ask(method="GET", path="health").json()
    assert content["status"] == "ok"
    assert content["model"] == ask(PNG, "image/png").json()["model"]


def test_openapi() -> None:
    content = ask(method="GET", path="openapi.json").json()
    assert content == DOCUMENT
    assert content["openapi"].startswith("3.1")
    parameters = content["paths"]["/recognize"]["post"]["parameters"]
    assert {parameter["name"] for parameter in parameters} == {"mode", "explain"}
    for schema in content["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("source", ["EventGrid", "LogsAndContainerScan"])
def test_blob_bindings(
    environment: Callable[..., None], monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    environment(BLOB_SOURCE=source, UPLOADS_CONTAINER="in")
    try:
        app = importlib.reload(function_app).app
        (bindings,) = [
            {b.name: b.get_dict_repr() for b in f.get_bindings()}
            for f in app.get_functions()
            if f.get_function_name() == "recognize_blob"
        ]
    finally:
        monkeypatch.undo()
        environment()
        importlib.reload(function_app)
        functions.cache_clear()
    assert bindings["upload"]["path"] == "in/{name}"
    assert bindings["upload"]["source"] == source
