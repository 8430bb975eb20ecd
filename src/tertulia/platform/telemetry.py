"""Traces, error reports and metrics; all three can hang or vanish with no effect on serving.

Traces go to an OTLP collector and errors to Sentry only when their address is set; without, a span costs one attribute
look-up. Spans leave through a bounded queue on a daemon thread. Metrics are Prometheus', read at ``/metrics``.
"""

import math
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from tertulia.platform import context

if TYPE_CHECKING:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span, Tracer

_EXPORT_SECONDS = 5
_SHUTDOWN_SECONDS = 1.0
_NO_SPAN: AbstractContextManager[None] = nullcontext()
_QUEUE = 2048
_BATCH = 256


class _Tracing:
    """Holds the process's tracer; None while traces are off."""

    tracer: "Tracer | None" = None
    provider: "TracerProvider | None" = None
    exporter: "OTLPSpanExporter | None" = None


def configure(
    service: str, *, otlp_endpoint: str | None = None, sentry_dsn: str | None = None, sample: float = 1.0
) -> None:
    """Turn on what has an address. ``sample`` is the share of traces begun here that are kept."""
    if otlp_endpoint:
        _start_tracing(service, otlp_endpoint, sample)
    if sentry_dsn:
        _start_sentry(service, sentry_dsn)


def shutdown() -> None:
    """Let what is queued go, for at most a second: a collector that hangs delays no stop."""
    provider, exporter = _Tracing.provider, _Tracing.exporter
    if provider is None or exporter is None:
        return
    _Tracing.provider = _Tracing.tracer = _Tracing.exporter = None
    flushing = threading.Thread(target=provider.force_flush, daemon=True)  # it heeds no timeout of its own
    flushing.start()
    flushing.join(_SHUTDOWN_SECONDS)
    exporter.shutdown()  # type: ignore[no-untyped-call] # OpenTelemetry leaves it untyped


def span(name: str, **attributes: str | float | bool) -> AbstractContextManager[Any]:
    """A span around a block; free of cost while traces are off. Attributes never hold what people wrote."""
    if _Tracing.tracer is None:
        return _NO_SPAN
    return _child_span(_Tracing.tracer, name, attributes)


def outgoing_traceparent() -> str:
    """The ``traceparent`` for a call that goes out from here: the current span's, or a child of the call's own."""
    if _Tracing.tracer is not None:
        from opentelemetry import trace

        if (found := trace.get_current_span().get_span_context()).is_valid:
            return f"00-{found.trace_id:032x}-{found.span_id:016x}-{found.trace_flags:02x}"
    parent = context.current().traceparent
    return context.child_traceparent(parent) if parent else context.accept_traceparent(None)


@contextmanager
def serving_span(name: str, call: context.CallContext) -> Iterator["Span | None"]:
    """The span of a call that came in: its parent is the call's ``traceparent``, which it then replaces."""
    tracer = _Tracing.tracer
    if tracer is None:
        yield None
        return
    from opentelemetry import trace
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    parent = TraceContextTextMapPropagator().extract({"traceparent": call.traceparent}) if call.traceparent else None
    with tracer.start_as_current_span(name, context=parent, kind=trace.SpanKind.SERVER) as begun:
        found = begun.get_span_context()
        if found.is_valid:
            call.traceparent = f"00-{found.trace_id:032x}-{found.span_id:016x}-{found.trace_flags:02x}"
        yield begun


def tracing() -> bool:
    return _Tracing.tracer is not None


@contextmanager
def _child_span(tracer: "Tracer", name: str, attributes: dict[str, Any]) -> Iterator["Span"]:
    with tracer.start_as_current_span(name, attributes=attributes) as begun:
        yield begun


def _start_tracing(service: str, endpoint: str, sample: float) -> None:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased

    address = endpoint if endpoint.endswith("/v1/traces") else endpoint.rstrip("/") + "/v1/traces"
    provider = TracerProvider(
        resource=Resource.create({"service.name": f"tertulia-{service}"}),
        sampler=ParentBased(TraceIdRatioBased(min(1.0, max(0.0, sample)))),
        shutdown_on_exit=False,  # it would wait for a collector that hangs
    )
    exporter = OTLPSpanExporter(endpoint=address, timeout=_EXPORT_SECONDS)
    provider.add_span_processor(
        BatchSpanProcessor(
            exporter,
            max_queue_size=_QUEUE,
            max_export_batch_size=_BATCH,
            export_timeout_millis=math.ceil(_EXPORT_SECONDS * 1000),
        )
    )
    _Tracing.provider = provider
    _Tracing.exporter = exporter
    _Tracing.tracer = provider.get_tracer("tertulia")


def _start_sentry(service: str, dsn: str) -> None:
    import sentry_sdk

    sentry_sdk.init(
        dsn=dsn,
        server_name=service,
        send_default_pii=False,
        include_local_variables=False,  # they hold what people wrote
        max_request_body_size="never",
        traces_sample_rate=0.0,
        default_integrations=False,
        shutdown_timeout=1,
    )


def report(error: BaseException) -> None:
    """Tell Sentry of an error that nobody foresaw; without a DSN this does nothing."""
    import sys

    if "sentry_sdk" in sys.modules:
        import sentry_sdk

        sentry_sdk.capture_exception(error)
