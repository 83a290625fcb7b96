"""Identifiers: prefixed, opaque, and derived wherever the same cause must find the same thing again."""

import hashlib

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O, U to misread on paper
_LENGTH = 16  # 80 bits


def derive(prefix: str, *cause: str) -> str:
    """Return the identifier that this cause always has, for example `ord_7Z0K3M8Q2R5T9V1W`.

    Two causes share an identifier with a probability of about n^2 / 2^81 for n identifiers. The parts of the cause are
    length-prefixed, so that ("a", "bc") and ("ab", "c") differ.
    """
    digest = hashlib.sha256("".join(f"{len(part)}:{part}" for part in (prefix, *cause)).encode()).digest()
    number = int.from_bytes(digest[:10], "big")
    return f"{prefix}_" + "".join(_ALPHABET[(number >> (5 * place)) & 31] for place in reversed(range(_LENGTH)))


def order_id(caller: str, idempotency_key: str) -> str:
    """Return the order's id: even a lost idempotency record cannot create a second order for the same key."""
    return derive("ord", caller, idempotency_key)


def command_id(cause: str, *parts: str) -> str:
    """Return the id of the command that `cause` (a caller's key, an event, a deadline) leads to."""
    return derive("cmd", cause, *parts)


def event_id(order: str, version: int) -> str:
    """Return the id of the event that gave `order` its `version`."""
    return derive("evt", order, str(version))
