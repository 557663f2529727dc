import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.conftest import ROOT

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"


class Collector(HTTPServer):
    """What an OpenTelemetry collector is to those who send to it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Receiver)
        self.sent: list[ExportTraceServiceRequest] = []


class Receiver(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.sent.append(ExportTraceServiceRequest.FromString(body))
        self.send_response(200)
        self.end_headers()


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def python(code: str, **environ: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_a_span_a_step(collector: Collector) -> None:
    address = f"http://127.0.0.1:{collector.server_port}"
    reading = "from shared.__main__ import main; main()"
    code = f"import sys; sys.argv[1:] = ['docs/number.jpg']; {reading}"
    assert "4207193" in python(code, **{ENDPOINT: address})
    spans = [
        span
        for request in collector.sent
        for resource in request.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]
    (whole,) = [span for span in spans if span.name == "recognize"]
    inside = {span.name for span in spans if span.trace_id == whole.trace_id} - {"recognize"}
    assert inside == {"decode", "ink", "margins", "rows", "lattice", "normalize", "model"}
    for span in spans:
        assert whole.start_time_unix_nano <= span.start_time_unix_nano
        assert span.end_time_unix_nano <= whole.end_time_unix_nano
        assert not span.attributes  # nothing of the picture


def test_off_costs_nothing() -> None:
    code = """
import sys
from shared.recognize import recognize
print(hasattr(recognize, "__wrapped__"), "opentelemetry" in sys.modules)
"""
    assert python(code, **{ENDPOINT: ""}) == "False False\n"
