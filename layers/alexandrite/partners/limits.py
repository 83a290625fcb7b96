"""The rate limits of the open API: published at `GET /limits`, and set by the template in the partners' usage plan."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Throttle:
    """What API Gateway lets through per partner; more is 429 with Retry-After."""

    requests_per_second: int
    burst: int
    requests_per_day: int


THROTTLE = Throttle(requests_per_second=50, burst=100, requests_per_day=1_000_000)
