"""The OpenAPI 3.1 description of the HTTP API."""

from typing import Any, Final

from .decode import READABLE
from .recognize import MODES

FIELDS: Final = 128  # of a form, at most
BYTES: Final[dict[str, Any]] = {}  # raw bytes have no schema in OpenAPI 3.1


def _problem(description: str, *, retry: bool = False) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    response: dict[str, Any] = {
        "description": description,
        "content": {"application/problem+json": {"schema": schema}},
    }
    if retry:
        seconds = {"description": "seconds", "schema": {"type": "integer", "minimum": 0}}
        response["headers"] = {"Retry-After": seconds}
    return response


def _json(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "description": description,
        "content": {"application/json": {"schema": schema}},
    }


def _object(properties: dict[str, Any], *, optional: tuple[str, ...] = ()) -> dict[str, Any]:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required}


_probability: Final = {"type": "number", "minimum": 0, "maximum": 1}
_pixels: Final = {"type": "integer", "minimum": 0}

SCHEMAS: Final[dict[str, Any]] = {
    "Digit": _object(
        {
            "digit": {"type": "integer", "minimum": 0, "maximum": 9},
            "confidence": _probability,
            "probabilities": {
                "type": "array",
                "items": _probability,
                "minItems": 10,
                "maxItems": 10,
                "description": "of 0 to 9, calibrated",
            },
            "box": {
                **_object({name: _pixels for name in ("x", "y", "width", "height")}),
                "description": "in pixels of the uploaded image, upright",
            },
            "input": {
                "type": "string",
                "description": "data: URI of the 28 x 28 PNG the network saw; with explain=1",
            },
        },
        optional=("input",),
    ),
    "Model": _object({"name": {"type": "string"}, "version": {"type": "string"}}),
    "Reading": _object(
        {
            "text": {
                "type": "string",
                "pattern": r"^([0-9]+(\n[0-9]+)*)?$",
                "description": "left to right, a line for each row; empty where nothing is written",
            },
            "confidence": {
                **_probability,
                "description": "calibrated probability that all of text is right",
            },
            "digits": {
                "type": "array",
                "items": {"$ref": "#/components/schemas/Digit"},
            },
            "model": {"$ref": "#/components/schemas/Model"},
            "image": _object({"width": _pixels, "height": _pixels}),
        }
    ),
    "Problem": {
        **_object(
            {
                "type": {"type": "string"},
                "title": {"type": "string"},
                "status": {"type": "integer", "minimum": 400, "maximum": 599},
                "detail": {"type": "string"},
            }
        ),
        "description": "RFC 9457 problem details",
    },
    "Results": _object(
        {
            "results": {
                "type": "array",
                "items": {
                    "oneOf": [
                        {"$ref": "#/components/schemas/Reading"},
                        {"$ref": "#/components/schemas/Problem"},
                    ]
                },
            }
        }
    ),
}

DOCUMENT: Final[dict[str, Any]] = {
    "openapi": "3.1.0",
    "info": {
        "title": "CNNDemo",
        "version": "1",
        "description": f"Reads handwritten digits from drawings, scans and photos. {READABLE}.",
    },
    "servers": [{"url": "/api"}],
    "paths": {
        "/recognize": {
            "post": {
                "operationId": "recognize",
                "summary": "Read the digits in an image, or in several",
                "parameters": [
                    {
                        "name": "mode",
                        "in": "query",
                        "schema": {
                            "enum": list(MODES),
                            "default": "auto",
                        },
                        "description": "digit: the whole picture is one digit; number: one row "
                        "of digits; auto: finds out how many digits and rows there are",
                    },
                    {
                        "name": "explain",
                        "in": "query",
                        "schema": {"enum": ["1", "0", "true", "false"], "default": "0"},
                        "description": "1: each digit carries the picture the network saw",
                    },
                ],
                "requestBody": {
                    "required": True,
                    "content": {
                        "image/*": {"schema": BYTES},
                        "application/octet-stream": {"schema": BYTES},
                        "multipart/form-data": {
                            "schema": _object(
                                {"image": {"type": "array", "items": BYTES, "maxItems": FIELDS}}
                            )
                        },
                    },
                },
                "responses": {
                    "200": _json(
                        "The reading of one image; results in order for several",
                        {
                            "oneOf": [
                                {"$ref": "#/components/schemas/Reading"},
                                {"$ref": "#/components/schemas/Results"},
                            ]
                        },
                    ),
                    "400": _problem("No image, or one that is damaged or cut off"),
                    "405": _problem("Not POST"),
                    "413": _problem("Over the limit of bytes, pixels or fields"),
                    "415": _problem("Not an image type that is read"),
                    "422": _problem("A bad query value"),
                    "429": _problem("More requests than one client may send", retry=True),
                    "500": _problem("A fault on our side"),
                    "503": _problem("More requests than can be served now", retry=True),
                },
            }
        },
        "/health": {
            "get": {
                "operationId": "health",
                "summary": "Does it serve, and which model?",
                "responses": {
                    "200": _json(
                        "It does",
                        _object(
                            {
                                "status": {"const": "ok"},
                                "model": {"$ref": "#/components/schemas/Model"},
                            }
                        ),
                    ),
                    "405": _problem("Not GET"),
                },
            }
        },
        "/openapi.json": {
            "get": {
                "operationId": "openapi",
                "summary": "This document",
                "responses": {
                    "200": _json("OpenAPI 3.1", {"type": "object"}),
                    "405": _problem("Not GET"),
                },
            }
        },
    },
    "components": {"schemas": SCHEMAS},
}
