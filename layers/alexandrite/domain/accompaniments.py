"""Facts about other things that must change in the very transaction of an event, or could race with it."""

from alexandrite.domain.events import Event
from alexandrite.domain.orders import Channel, Mode, Order
from alexandrite.domain.values import Value


class OperatorLoad(Value):
    """An operator's work in progress grows or shrinks by this many orders and pieces."""

    operator: str
    orders: int
    pieces: int


class ReferenceClaim(Value):
    """A partner's reference belongs to this order and to no other; test orders have references of their own."""

    partner: str
    mode: Mode
    client_reference: str


class PriceUse(Value):
    """A price is accepted: it can be once."""

    price_id: str


class ModelLinks(Value):
    """These models must find the order when their analysis is done."""

    models: frozenset[str]


type Accompaniment = OperatorLoad | ReferenceClaim | PriceUse | ModelLinks


def accompany(before: Order | None, event: Event, after: Order) -> tuple[Accompaniment, ...]:
    """Return what must be written together with `event`, which led from `before` to `after`."""
    found: list[Accompaniment] = [*_loads(before, after)]
    if before is None and after.channel is Channel.PARTNER and after.client_reference is not None:
        found.append(ReferenceClaim(partner=after.buyer, mode=after.mode, client_reference=after.client_reference))
    new_models = after.models - (before.models if before is not None else frozenset())
    if new_models:
        found.append(ModelLinks(models=frozenset(new_models)))
    if event.fact.name in ("PriceAccepted", "RevisionAccepted"):
        found.append(PriceUse(price_id=event.fact.price_id))
    return tuple(found)


def _loads(before: Order | None, after: Order) -> tuple[OperatorLoad, ...]:
    """What leaves one operator and what comes to another; the same operator keeping the same work is no change."""
    was = (before.owner, before.quantity) if before is not None and before.owner is not None else None
    now = (after.owner, after.quantity) if after.owner is not None else None
    if was == now:
        return ()
    loads = []
    if was is not None:
        loads.append(OperatorLoad(operator=was[0] or "", orders=-1, pieces=-was[1]))
    if now is not None:
        loads.append(OperatorLoad(operator=now[0] or "", orders=1, pieces=now[1]))
    return tuple(loads)
