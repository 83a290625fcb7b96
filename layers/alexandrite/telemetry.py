"""Logs, metrics and the thread that runs through one order, with no tracing SDK in the way of a request.

A log line carries ids, codes and numbers: never a key, a token, a name or an address.
"""

import os
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache, wraps
from typing import Any

from aws_lambda_powertools.logging import Logger
from aws_lambda_powertools.metrics import Metrics, MetricUnit, single_metric

from alexandrite.domain.commands import Trace
from alexandrite.domain.events import Event

NAMESPACE = "Alexandrite"

_TRACEPARENT = re.compile(r"^00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$")  # W3C Trace Context, level 1


@cache
def logger() -> Logger:
    """Return the process's logger: one JSON object a line."""
    return Logger()


@cache
def metrics() -> Metrics:
    """Return the process's metrics, written as embedded metric format when a handler ends."""
    return Metrics(namespace=os.environ.get("POWERTOOLS_METRICS_NAMESPACE", NAMESPACE))


def count(name: str, value: float = 1, unit: MetricUnit = MetricUnit.Count, **dimensions: str) -> None:
    """Record a metric of the running handler; one with dimensions of its own is written at once."""
    if not dimensions:
        metrics().add_metric(name=name, unit=unit, value=value)
        return
    namespace = os.environ.get("POWERTOOLS_METRICS_NAMESPACE", NAMESPACE)
    with single_metric(name=name, unit=unit, value=value, namespace=namespace) as metric:
        for dimension, word in dimensions.items():
            metric.add_dimension(name=dimension, value=word)


def observed[Message, Answer](handler: Callable[[Message, Any], Answer]) -> Callable[[Message, Any], Answer]:
    """Give a Lambda handler its log context and write its metrics whatever it comes to."""

    @wraps(handler)
    def run(message: Message, context: Any) -> Answer:
        logger().append_keys(function_request_id=getattr(context, "aws_request_id", None))
        try:
            return handler(message, context)
        except Exception:
            logger().exception("the handler failed")
            raise
        finally:
            metrics().flush_metrics()

    return run


@contextmanager
def about(**ids: str | int | None) -> Iterator[None]:
    """Put `ids` (an order's, a trace's) into each line that is logged inside."""
    log = logger()
    with log.append_context_keys(**{name: value for name, value in ids.items() if value is not None}):
        yield


def trace_of_request(headers: Mapping[str, str], request_id: str) -> Trace:
    """Return the thread that a request belongs to: the caller's `traceparent` and `X-Request-Id`, or new ones.

    Whatever does not look like a traceparent is dropped, and a caller's request id is cut to 128 printable characters.
    """
    lower = {name.lower(): value for name, value in headers.items()}
    asked = re.sub(r"[^\x21-\x7e]", "", lower.get("x-request-id", ""))[:128]
    given = lower.get("traceparent", "")
    traceparent = given if _TRACEPARENT.match(given) else _begin_trace()
    return Trace(correlation_id=asked or request_id, causation_id=request_id, traceparent=traceparent)


def trace_of_event(event: Event) -> Trace:
    """Return the thread on which a consumer of `event` goes on: the same trace, caused by this event."""
    return Trace(
        correlation_id=event.trace.correlation_id,
        causation_id=event.event_id,
        traceparent=_next_span(event.trace.traceparent),
    )


def _begin_trace() -> str:
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"


def _next_span(traceparent: str) -> str:
    known = _TRACEPARENT.match(traceparent)
    return f"00-{known.group(1)}-{secrets.token_hex(8)}-01" if known else _begin_trace()
