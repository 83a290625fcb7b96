"""What the domain answers instead of doing something: a refusal is a value with a stable code, not an accident."""


class Refusal(Exception):
    """A command that the rules do not allow, or that cannot be understood.

    Attributes:
        code: stable dotted code for programs, for example `order.already_taken`.
        status: the HTTP status that says the same.
        detail: one sentence for a person.
        pointer: JSON pointer to the offending part of the request, where there is one.
        facts: further members of the problem document, for example the winner of a race.
    """

    code = "refused"
    status = 400
    title = "Refused"

    def __init__(
        self,
        detail: str,
        *,
        code: str | None = None,
        pointer: str | None = None,
        facts: dict[str, str | int] | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code or type(self).code
        self.pointer = pointer
        self.facts = facts or {}


class Invalid(Refusal):
    """The request itself makes no sense, whatever the state of the order."""

    code = "request.invalid"
    status = 400
    title = "Invalid request"


class NotAllowed(Refusal):
    """The caller is known and the thing exists for them, but they may not do this."""

    code = "caller.not_allowed"
    status = 403
    title = "Not allowed"


class NotFound(Refusal):
    """No such thing, or none that this caller may know of: the two look the same."""

    code = "not_found"
    status = 404
    title = "Not found"


class Conflict(Refusal):
    """Understood and permitted, but not in the state that the order is in."""

    code = "order.conflict"
    status = 409
    title = "Conflict with the state of the order"


class VersionMismatch(Refusal):
    """The caller named a version (If-Match) that the order has left."""

    code = "order.version_mismatch"
    status = 412
    title = "The order has changed since you read it"


class KeyReused(Refusal):
    """An idempotency key came back with another body."""

    code = "idempotency.key_reused"
    status = 422
    title = "Idempotency key used before with another body"
