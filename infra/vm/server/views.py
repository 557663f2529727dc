"""Adapters from Django to the HTTP contract, and the form that needs no JavaScript."""

import json
from collections.abc import Mapping
from typing import BinaryIO, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from shared import http


def recognize(request: HttpRequest) -> HttpResponse:
    """POST: the reading of one image, or of several."""
    return _answer(http.recognize_endpoint, request)


def health(request: HttpRequest) -> HttpResponse:
    """GET: ok once the model is loaded."""
    return _answer(http.health_endpoint, request)


def openapi(request: HttpRequest) -> HttpResponse:
    """GET: the description of this API."""
    return _answer(http.openapi_endpoint, request)


def form(request: HttpRequest) -> HttpResponse:
    """GET: an upload form; POST: the same with the reading, or with the problem in words."""
    if request.method != "POST":
        return render(request, "form.html")
    response = http.answer(http.recognize_endpoint, _asked(request, {"explain": "1"}))
    answer = json.loads(response.body)
    return render(request, "form.html", {"answer": answer}, status=response.status)


def _answer(endpoint: http.Endpoint, request: HttpRequest) -> HttpResponse:
    response = http.answer(endpoint, _asked(request, request.GET.dict()))
    return HttpResponse(response.body, status=response.status, headers=dict(response.headers))


def _asked(request: HttpRequest, query: Mapping[str, str]) -> http.Request:
    # Django takes a body without Content-Length (chunked) for empty; the server's own stream,
    # where it ends by itself, has it.
    environ = request.META
    stream = environ["wsgi.input"] if environ.get("wsgi.input_terminated") else request
    body = http.read_body(cast("BinaryIO", stream))
    return http.Request(request.method or "", query, environ.get("CONTENT_TYPE", ""), body)
