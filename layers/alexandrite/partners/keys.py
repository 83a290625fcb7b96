"""API keys: `ak_live_<key id>_<secret>` and `ak_test_…`, of which only a keyed hash of the secret is kept.

The hash is an HMAC under a pepper that lies elsewhere, so that the table alone lets nobody in. A plain hash would do
for secrets of 160 random bits; the pepper also makes a written-in record useless to whoever can only write the table.
"""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from alexandrite.domain.orders import Mode

_KEY = re.compile(r"^ak_(live|test)_([a-z0-9]{12})_([A-Za-z0-9]{27})$")
_LOWER = "abcdefghijkmnpqrstuvwxyz23456789"
_BASE_62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SECRET_LENGTH = 27  # 27 digits of base 62 are 160 bits


class Scope(StrEnum):
    """What a key may do: `resource:action`."""

    ORDERS_READ = "orders:read"
    ORDERS_WRITE = "orders:write"
    MODELS_READ = "models:read"
    MODELS_WRITE = "models:write"
    PRICES_READ = "prices:read"


ALL_SCOPES = frozenset(Scope)


@dataclass(frozen=True, slots=True)
class PresentedKey:
    """A key as it came with a request."""

    mode: Mode
    key_id: str
    secret: str


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """What is kept of a key; never its secret."""

    key_id: str
    partner: str
    mode: Mode
    scopes: frozenset[Scope]
    digest: str
    created_at: datetime
    revoked_at: datetime | None = None

    @property
    def is_active(self) -> bool:
        """Whether the key opens anything."""
        return self.revoked_at is None


def parse(authorization: str) -> PresentedKey | None:
    """Return the key in an Authorization header (`Bearer ak_…`), or None for anything else."""
    scheme, _, token = authorization.strip().partition(" ")
    match = _KEY.match(token.strip())
    if scheme.lower() != "bearer" or match is None:
        return None
    return PresentedKey(mode=Mode(match.group(1)), key_id=match.group(2), secret=match.group(3))


def issue(mode: Mode) -> tuple[str, PresentedKey]:
    """Return a new key, whole and in parts: the only moment at which the secret is known."""
    key_id = "".join(secrets.choice(_LOWER) for _ in range(12))
    secret = "".join(secrets.choice(_BASE_62) for _ in range(_SECRET_LENGTH))
    return f"ak_{mode}_{key_id}_{secret}", PresentedKey(mode, key_id, secret)


def digest(key: PresentedKey, pepper: bytes) -> str:
    """Return the HMAC-SHA256 of a key's secret under the pepper, hexadecimal; bound to the key's id and mode."""
    return hmac.new(pepper, f"{key.mode}:{key.key_id}:{key.secret}".encode(), hashlib.sha256).hexdigest()


def opens(key: PresentedKey, record: KeyRecord | None, pepper: bytes) -> bool:
    """Whether a presented key is this record's, and active; compares in constant time, also against no record."""
    expected = record.digest if record is not None else "0" * 64
    same = hmac.compare_digest(digest(key, pepper), expected)
    return same and record is not None and record.is_active and record.mode is key.mode


def usage_identifier(partner: str, mode: Mode, pepper: bytes) -> str:
    """Return the name under which a usage plan counts a partner's requests in one mode.

    It is no secret, and it opens nothing; but API Gateway shows it to whoever may look, so it tells nothing either.
    """
    return hmac.new(pepper, f"usage:{partner}:{mode}".encode(), hashlib.sha256).hexdigest()[:40]
