"""The end of queues and streams as sources of Lambda events.

The emulator goes on delivering while it shuts down: functions fail because nothing answers any more, and each failure
counts as a receive, until a message that nothing is wrong with is in its dead-letter queue.
"""

import time

from ministack.services import lambda_svc

_POLL_SECONDS = 0.05


def _nothing() -> bool:
    return False


def stop(grace_seconds: float) -> None:
    """Deliver nothing more, and give the functions at work some time to finish."""
    lambda_svc._poll_sqs = _nothing
    lambda_svc._poll_kinesis = _nothing
    lambda_svc._poll_dynamodb_streams = _nothing
    deadline = time.monotonic() + grace_seconds
    while lambda_svc._esm_inflight and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
