"""Django as hard as its own check asks for, and the headers that say so."""

import contextlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from server.ratelimit import client
from tests.conftest import ROOT
from tests.drawing import digit_image, encoded
from tests.test_contract import form


def manage(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "infra/vm/manage.py", *arguments],
        cwd=ROOT,
        check=False,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )


def test_check_deploy_is_clean(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("correct-horse-battery-staple-0123456789-abcdefghijklmnop\n")
    result = manage(
        *("check", "--deploy", "--fail-level", "DEBUG"),
        HTTPS="1", ALLOWED_HOSTS="digits.example", DJANGO_SECRET_KEY_FILE=str(key),
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert "no issues (2 silenced)" in result.stdout


def test_check_deploy_finds_what_is_open() -> None:
    result = manage("check", "--deploy", "--fail-level", "DEBUG", HTTPS="")
    assert result.returncode == 1
    assert "security.W008" in result.stderr


def test_no_host_is_allowed_that_was_not_named() -> None:
    result = manage("diffsettings", ALLOWED_HOSTS="a.example,b.example")
    assert "ALLOWED_HOSTS = ['a.example', 'b.example']" in result.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="needs gunicorn, thus POSIX")
@pytest.mark.parametrize(("path", "status"), [("model/digits.onnx", 0), ("model/none.onnx", 1)])
def test_paths_are_of_where_the_server_is_started(path: str, status: int) -> None:
    command = [sys.executable, "-m", "gunicorn", "--config", "infra/vm/gunicorn.conf.py"]
    result = subprocess.run(
        [*command, "--check-config"],
        cwd=ROOT,
        check=False,
        env={**os.environ, "MODEL_PATH": path},
        capture_output=True,
    )
    assert result.returncode == status


def test_secret_key_from_a_file(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("only-a-test\n")
    result = manage("diffsettings", DJANGO_SECRET_KEY_FILE=str(key))
    assert "SECRET_KEY = 'only-a-test'" in result.stdout


@pytest.mark.parametrize("path", ["/", "/app.js", "/form", "/api/health"])
def test_headers(path: str) -> None:
    with contextlib.closing(Client(SERVER_NAME="localhost").get(path)) as response:
        headers = response.headers
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


def test_cookie_of_the_form() -> None:
    cookie = Client(SERVER_NAME="localhost").get("/form").cookies["csrftoken"]
    assert (cookie["samesite"], cookie["httponly"]) == ("Strict", True)


def test_browsers_stay_with_https() -> None:
    result = manage("diffsettings", HTTPS="1")
    assert "SECURE_HSTS_SECONDS = 31536000" in result.stdout


@pytest.mark.parametrize(
    ("address", "who"),
    [
        ("203.0.113.9", "203.0.113.9/32"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("127.0.0.1", None),
        ("::1", None),
        ("::ffff:203.0.113.9", "203.0.113.9/32"),
        ("::ffff:127.0.0.1", None),
        ("", None),
    ],
)
def test_who_is_counted_as_one_client(address: str, who: str | None) -> None:
    assert client(address, None) == who


def directives(policy: str) -> dict[str, set[str]]:
    parts = (part.split() for part in policy.split(";"))
    return {name: set(sources) for name, *sources in parts}


def test_both_hosts_have_one_policy() -> None:
    ours = directives(Client(SERVER_NAME="localhost").get("/form")["Content-Security-Policy"])
    config = json.loads((ROOT / "infra" / "site" / "headers.json").read_text())
    theirs = directives(config["globalHeaders"]["Content-Security-Policy"])
    assert ours == theirs


def test_page_has_nothing_that_the_policy_forbids() -> None:
    for path in (ROOT / "static_site").glob("*.html"):
        text = path.read_text()
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", text), path


@pytest.fixture
def strict() -> Client:
    return Client(SERVER_NAME="localhost", enforce_csrf_checks=True)


def test_form_needs_its_token(strict: Client) -> None:
    image = ("image", encoded(digit_image(6)), "image/png")
    assert strict.generic("POST", "/form", *form(image)).status_code == 403
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', strict.get("/form").text)
    assert found
    file = SimpleUploadedFile("a.png", encoded(digit_image(6)), "image/png")
    response = strict.post("/form", {"csrfmiddlewaretoken": found[1], "image": file})
    assert "<output>6</output>" in response.text


def test_api_needs_no_token(strict: Client) -> None:
    body = encoded(digit_image(6))
    assert strict.generic("POST", "/api/recognize", body, "image/png").json()["text"] == "6"


def test_form_too_large(strict: Client) -> None:
    body, kind = form(("image", bytes(settings.DATA_UPLOAD_MAX_MEMORY_SIZE), "image/png"))
    response = strict.generic("POST", "/form", body, kind)
    assert response.status_code == 413
    assert "larger than 20 MiB" in response.text
