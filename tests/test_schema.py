"""Both hosts against the published OpenAPI document, asked whatever schemathesis thinks of."""

import urllib.parse
from typing import Any

import azure.functions as func
import pytest
from hypothesis import HealthCheck, settings

from shared.openapi import DOCUMENT
from tests.test_contract import functions

schemathesis = pytest.importorskip("schemathesis", reason="pip install schemathesis")

from schemathesis.specs.openapi.checks import positive_data_acceptance  # noqa: E402

from server.wsgi import application  # noqa: E402

# No schema can say what a picture is, so that this check would take any bytes for sound ones.
EXCLUDED = [positive_data_acceptance]

EXAMPLES = settings(
    max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)
BASE = "http://localhost/api"
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)


def django(environ: dict[str, Any], start_response: Any) -> Any:
    """The server, asked by a client that takes no compressed answers: they would not be undone."""
    environ.pop("HTTP_ACCEPT_ENCODING", None)
    return application(environ, start_response)


def as_wsgi(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """The Function app's functions as a WSGI application: what the Functions host passes on."""
    route = environ["PATH_INFO"].removeprefix("/api/")
    query = environ.get("QUERY_STRING", "")
    length = int(environ.get("CONTENT_LENGTH") or 0)
    request = func.HttpRequest(
        environ["REQUEST_METHOD"],
        f"https://localhost{environ['PATH_INFO']}?{query}",
        headers={"Content-Type": environ.get("CONTENT_TYPE", "")},
        params=dict(urllib.parse.parse_qsl(query, keep_blank_values=True)),
        body=environ["wsgi.input"].read(length),
    )
    answer = functions()[route](request)
    start_response(f"{answer.status_code} -", list(answer.headers.items()))
    return [answer.get_body()]


# By host, as pytest-xdist would run only one of several operations that are called the same.
@SCHEMA.parametrize()  # type: ignore[untyped-decorator]
@pytest.mark.parametrize("host", [django, as_wsgi], ids=["django", "functions"])
@EXAMPLES
def test_as_described(case: Any, host: Any) -> None:
    case.call_and_validate(app=host, base_url=BASE, excluded_checks=EXCLUDED)
