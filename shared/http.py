"""The HTTP contract, free of any web framework: both hosts answer with what stands here."""

import io
import json
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import multipart

from . import model, settings
from .openapi import DOCUMENT, FIELDS
from .problems import Problem, too_large
from .recognize import MODES, Mode, recognize

JSON: Final = "application/json"
PROBLEM: Final = "application/problem+json"
FIELD: Final = "image"
SENDING: Final = (
    f"Send the image as the body with Content-Type image/png or the like, or as the field "
    f"'{FIELD}' of a multipart/form-data form"
)
PATIENCE: Final = 20  # seconds, after which no further picture of a request is begun
METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Request:
    """What an adapter passes on.

    Attributes:
        query: the query string's parameters; of a repeated one, any.
        body: as it came, up to one byte over the limit, which is enough to refuse it.
    """

    method: str
    query: Mapping[str, str] = field(default_factory=dict)
    content_type: str = ""
    body: bytes = b""


@dataclass(frozen=True)
class Response:
    """What an adapter sends."""

    status: int
    headers: Mapping[str, str]
    body: bytes


Endpoint = Callable[[Request], Response]


def to_json(content: Mapping[str, Any]) -> bytes:
    """The one JSON form of all answers."""
    text = json.dumps(content, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode(errors="backslashreplace")  # a file's name may be no UTF-8


def answer(endpoint: Endpoint, request: Request) -> Response:
    """Call an endpoint; a `Problem` becomes a problem object, anything else a 500."""
    try:
        return endpoint(request)
    except Exception as error:
        return refused(_problem(error))


def _problem(error: Exception) -> Problem:
    """Itself, if it is one; anything else is a fault on our side."""
    if isinstance(error, Problem):
        return error
    log.error("unexpected error", exc_info=error)
    return Problem(500, "Something went wrong on our side. Please try again.")


def recognize_endpoint(request: Request) -> Response:
    """`POST /api/recognize`: the reading of one image, or the results of several."""
    _allow(request, "POST")
    mode, explain = _mode(request.query), _flag(request.query, "explain")
    images = _images(request)
    if len(images) == 1:
        return _json(_read(images[0], mode, explain=explain))
    results = []
    end = time.monotonic() + PATIENCE
    for image in images:
        try:
            if time.monotonic() > end:
                raise Problem(503, "The pictures before took too long. Please send fewer at once.")
            results.append(_read(image, mode, explain=explain))
        except Exception as error:  # the others' readings are not lost with it
            results.append(_problem(error).to_dict())
    return _json({"results": results})


def health_endpoint(request: Request) -> Response:
    """`GET /api/health`: ok once the model is loaded."""
    _allow(request, "GET", "HEAD")
    return _json({"status": "ok", "model": model.load().to_dict()})


def openapi_endpoint(request: Request) -> Response:
    """`GET /api/openapi.json`: the description of this API."""
    _allow(request, "GET", "HEAD")
    return _json(DOCUMENT)


def _read(image: bytes, mode: Mode, *, explain: bool) -> dict[str, Any]:
    return recognize(image, model.load(), mode=mode).to_dict(explain=explain)


def _allow(request: Request, *methods: str) -> None:
    if request.method not in methods:
        raise Problem(
            405,
            f"{request.method} is not allowed here; use {' or '.join(methods)}.",
            allow=methods,
        )


def _mode(query: Mapping[str, str]) -> Mode:
    text = query.get("mode", "auto")
    for mode in MODES:
        if mode == text:
            return mode
    raise Problem(422, f"mode must be one of {', '.join(MODES)}.")


def _flag(query: Mapping[str, str], name: str) -> bool:
    text = query.get(name, "0").lower()
    if text not in ("1", "true", "0", "false"):
        raise Problem(422, f"{name} must be 1 or 0.")
    return text in ("1", "true")


def _images(request: Request) -> list[bytes]:
    limit = settings.get().max_upload_bytes
    if len(request.body) > limit:
        raise too_large("request", limit)
    kind, options = multipart.parse_options_header(request.content_type)
    is_form = kind == "multipart/form-data"
    if not (is_form or kind.startswith("image/") or kind in ("application/octet-stream", "")):
        raise Problem(415, f"{kind} is not an image type. {SENDING}.")
    if not request.body:
        raise Problem(400, f"There is no image in the request. {SENDING}.")
    return _parts(request.body, options.get("boundary", "")) if is_form else [request.body]


def _parts(body: bytes, boundary: str) -> list[bytes]:
    """The contents of all fields named `image`, in order."""
    if not boundary:
        raise Problem(400, "The multipart Content-Type lacks its boundary.")
    try:
        parser = multipart.MultipartParser(
            io.BytesIO(body),
            boundary,
            part_limit=FIELDS,
            spool_limit=len(body),
            memory_limit=len(body) + 1,
        )
        parts = [part.raw for part in parser if part.name == FIELD]
    except multipart.ParserLimitReached as error:
        raise Problem(413, f"The form has more than {FIELDS} fields, or too long ones.") from error
    except multipart.MultipartError as error:
        raise Problem(400, f"The form is malformed or cut off: {error}.") from error
    if not parts:
        raise Problem(400, f"The form has no field '{FIELD}'. {SENDING}.")
    return parts


def _json(content: Mapping[str, Any]) -> Response:
    return Response(200, {"Content-Type": JSON}, to_json(content))


def refused(problem: Problem) -> Response:
    """The response that carries a problem."""
    headers = {"Content-Type": PROBLEM}
    if problem.allow:
        headers["Allow"] = ", ".join(problem.allow)
    if problem.retry_after is not None:
        headers["Retry-After"] = str(problem.retry_after)
    return Response(problem.status, headers, to_json(problem.to_dict()))
