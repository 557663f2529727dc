"""Adapters from Django to the HTTP contract, and the form that needs no JavaScript."""

import json
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import BinaryIO, Final, cast

from django.core.exceptions import DisallowedHost
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views import defaults
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import etag, require_safe

from shared import http, model, settings
from shared.problems import Problem

from .admission import Admission
from .responses import sent

# One picture a core is in work, as there is a process for each, and one more where that waits. Who
# asks for 32 at once is not refused, in whichever process, and no one waits for more than these;
# half of the threads are left to refuse with.
ADMISSION: Final = Admission(running=2, waiting=31, lasting=0.1, patience=10, bodies=96 * 2**20)


@csrf_exempt  # like the rest of the API: no cookie gives anyone a right to anything here
def recognize(request: HttpRequest) -> HttpResponse:
    """POST: the reading of one image, or of several."""
    return _answer(http.recognize_endpoint, request)


@csrf_exempt
def health(request: HttpRequest) -> HttpResponse:
    """GET: ok once the model is loaded."""
    return _answer(http.health_endpoint, request)


@csrf_exempt
def openapi(request: HttpRequest) -> HttpResponse:
    """GET: the description of this API."""
    return _answer(http.openapi_endpoint, request)


@csrf_exempt  # until the body is kept: the check reads it, and it is needed again
def form(request: HttpRequest) -> HttpResponse:
    """GET: an upload form; POST: the same with the reading, or with the problem in words."""
    if request.method != "POST":
        return _form(request)
    try:
        # Where Django keeps it; the check takes it apart, which is as much again.
        with _body(request) as request._body, ADMISSION.turn():
            return _form(request)
    except Problem as problem:
        return _filled(request, http.refused(problem))


@csrf_protect
def _form(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return render(request, "form.html")
    return _filled(
        request, _asked(http.recognize_endpoint, request, {"explain": "1"}, request.body)
    )


def _filled(request: HttpRequest, response: http.Response) -> HttpResponse:
    """The form with an answer."""
    answer = json.loads(response.body)
    return render(request, "form.html", {"answer": answer}, status=response.status)


@require_safe
@etag(lambda _: f'"{model.load().version}"')
def network(_: HttpRequest) -> FileResponse:
    """GET: the network itself, for the page to read with in the browser."""
    file = settings.get().model_path.open("rb")
    return FileResponse(
        file, content_type="application/octet-stream", headers={"Cache-Control": "max-age=60"}
    )


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What Django itself refuses: a problem object below /api/, as all its errors are."""
    if not request.path.startswith("/api/"):
        return defaults.bad_request(request, exception)
    if isinstance(exception, DisallowedHost):
        detail = "This server is not called that; ALLOWED_HOSTS says what it is called."
    else:
        detail = "The request is malformed."
    return sent(http.refused(Problem(400, detail)))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What is nowhere: likewise."""
    if not request.path.startswith("/api/"):
        return defaults.page_not_found(request, exception)
    return sent(http.refused(Problem(404, "There is nothing here; see /api/openapi.json.")))


def _answer(endpoint: http.Endpoint, request: HttpRequest) -> HttpResponse:
    query = request.GET.dict()
    try:
        if request.method == "POST":
            with _body(request) as body, ADMISSION.turn():
                response = _asked(endpoint, request, query, body)
        else:  # to be answered whatever else there is to do
            response = _asked(endpoint, request, query, b"")
    except Problem as problem:
        response = http.refused(problem)
    return sent(response)


def _body(request: HttpRequest) -> AbstractContextManager[bytes]:
    # Django takes a body without Content-Length (chunked) for empty; the server's own stream,
    # where it ends by itself, has it.
    environ = request.META
    stream = environ["wsgi.input"] if environ.get("wsgi.input_terminated") else request
    announced = environ.get("CONTENT_LENGTH") or ""
    length = int(announced) if announced.isdecimal() else None
    return ADMISSION.body(cast("BinaryIO", stream), length)


def _asked(
    endpoint: http.Endpoint, request: HttpRequest, query: Mapping[str, str], body: bytes
) -> http.Response:
    kind = request.META.get("CONTENT_TYPE", "")
    return http.answer(endpoint, http.Request(request.method or "", query, kind, body))
