"""Trace contexts (W3C), and spans if ``opentelemetry-api`` is installed."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any, Protocol

from .steps import Claim

try:
    from opentelemetry import context as _context
    from opentelemetry import propagate, trace

    available = True
except ImportError:
    available = False


class Span(Protocol):
    """What the execution needs of a span."""

    def record_exception(self, exception: BaseException) -> None:
        """Adds an exception to the span."""


class _NoSpan:
    def record_exception(self, exception: BaseException) -> None:
        """Does nothing."""


class _RealSpan:
    def __init__(self, span: Any) -> None:
        self._span = span

    def record_exception(self, exception: BaseException) -> None:
        """Adds the exception, and marks the span as failed."""
        self._span.record_exception(exception)
        self._span.set_status(trace.Status(trace.StatusCode.ERROR, str(exception)))


def enabled() -> bool:
    """Whether spans go anywhere: OpenTelemetry is installed, and the program has set a tracer provider."""
    if not available:
        return False
    return not isinstance(trace.get_tracer_provider(), (trace.ProxyTracerProvider, trace.NoOpTracerProvider))


def current_trace_context() -> dict[str, str]:
    """The trace context of the current span; empty without OpenTelemetry or without a span."""
    carrier: dict[str, str] = {}
    if available:
        propagate.inject(carrier)
    return {name: value for name, value in carrier.items() if name in ("traceparent", "tracestate")}


@contextlib.contextmanager
def span(claim: Claim, trace_context: dict[str, str] | None) -> Iterator[Span]:
    """A span around an execution, in the trace that the task was created in. Without OpenTelemetry, it does nothing."""
    if not available or (trace_context is None and not enabled()):
        yield _NoSpan()
        return
    parent = propagate.extract(trace_context or {})
    token = _context.attach(parent)
    try:
        tracer = trace.get_tracer("tasker_core")
        attributes = {f"tasker.{name}": value for name, value in claim.describe().items()}
        with tracer.start_as_current_span(
            f"step {claim.step_name}", kind=trace.SpanKind.CONSUMER, attributes=attributes
        ) as started:
            yield _RealSpan(started)
    finally:
        _context.detach(token)
