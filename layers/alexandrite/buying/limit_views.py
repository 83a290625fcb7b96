"""The limits that a partner works within, as they are published."""

from alexandrite.auth.callers import Caller
from alexandrite.buying.bodies import LARGEST_BATCH, LARGEST_RECONCILIATION
from alexandrite.domain.orders import Mode
from alexandrite.http.answers import Told
from alexandrite.http.requests import LARGEST_BODY_BYTES
from alexandrite.models.record import LARGEST_FILE_BYTES
from alexandrite.partners.directory import MOST_ACTIVE_KEYS
from alexandrite.partners.limits import THROTTLE
from alexandrite.store.table import KEY_RETENTION


class Limits(Told):
    """Beyond the rate, the answer is 429 with Retry-After."""

    mode: Mode
    scopes: tuple[str, ...]
    requests_per_second: int
    burst: int
    requests_per_day: int
    body_bytes: int
    file_bytes: int
    lines_per_order: int = 50
    pieces_per_line: int = 1000
    orders_per_batch: int
    references_per_reconciliation: int
    page_size: int = 100
    active_keys_per_mode: int
    idempotency_keys_kept_hours: int

    @classmethod
    def of(cls, caller: Caller) -> "Limits":
        """Return the limits of the calling partner's key."""
        return cls(
            mode=caller.mode,
            scopes=tuple(sorted(caller.scopes)),
            requests_per_second=THROTTLE.requests_per_second,
            burst=THROTTLE.burst,
            requests_per_day=THROTTLE.requests_per_day,
            body_bytes=LARGEST_BODY_BYTES,
            file_bytes=LARGEST_FILE_BYTES,
            orders_per_batch=LARGEST_BATCH,
            references_per_reconciliation=LARGEST_RECONCILIATION,
            active_keys_per_mode=MOST_ACTIVE_KEYS,
            idempotency_keys_kept_hours=int(KEY_RETENTION.total_seconds() // 3600),
        )
