"""A span for each step, to OpenTelemetry, where `OTEL_EXPORTER_OTLP_ENDPOINT` says where to.

Decided once, when the steps are imported: without that variable nothing of OpenTelemetry is
imported, and `traced` gives back the very function it was given.
"""

import functools
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, ParamSpec, TypeVar

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer

P = ParamSpec("P")
R = TypeVar("R")


def _tracer() -> "Tracer | None":
    """Spans go to the collector by HTTP, in batches, from a thread of their own.

    Raises:
        ImportError: shared/requirements-tracing.txt is not installed.
    """
    if not os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
        return None
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import SERVICE_NAME, Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    name = {SERVICE_NAME: os.environ.get("OTEL_SERVICE_NAME", "cnndemo")}
    provider = TracerProvider(resource=Resource.create(name))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    return trace.get_tracer(__name__)


TRACER: Final = _tracer()


def traced(step: Callable[P, R]) -> Callable[P, R]:
    """The step with a span around it, named after its module."""
    if TRACER is None:
        return step
    tracer, name = TRACER, step.__module__.rpartition(".")[2]

    @functools.wraps(step)
    def with_span(*args: P.args, **kwargs: P.kwargs) -> R:
        with tracer.start_as_current_span(name):
            return step(*args, **kwargs)

    return with_span
