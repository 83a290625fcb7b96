"""Routes by which operators and foremen change orders."""

from alexandrite.auth import callers
from alexandrite.auth.authorizers import operators
from alexandrite.auth.callers import Group
from alexandrite.floor.bodies import (
    Assay,
    Fenced,
    Holding,
    Reassignment,
    Release,
    Rework,
    Scrap,
    Shipping,
)
from alexandrite.floor.views import OperatorOrder, operator_order
from alexandrite.http.answers import Answer, told
from alexandrite.http.audiences import Audience
from alexandrite.http.requests import Call, Nothing
from alexandrite.store.apply import Applied
from mes import composition

operator = Audience(
    "mes",
    "/mes/v1",
    authorizer=operators,
    knows=callers.staff,
    groups=frozenset({Group.OPERATORS, Group.FOREMEN}),
)

_FENCED = ("order.stale_fence", "order.not_yours", "order.wrong_status", "order.busy")
_WORKING = ("order.held", "order.wrong_status", "order.busy")


def _changed(applied: Applied) -> Answer:
    order = applied.order
    body = operator_order(order, composition.book().company(), order.updated_at)
    return told(body, version=order.version, replayed=applied.replayed)


@operator.route(
    "POST",
    "/orders/next",
    summary="Take one of the orders due first",
    gives=OperatorOrder,
    keyed=True,
    refuses=("queue.empty", "operator.work_in_progress_limit"),
)
def take_next_order(call: Call[Nothing, Nothing]) -> Answer:
    """Chosen at random among the first few, so that operators who ask at once do not all want the same one."""
    return _changed(composition.floor().take_next(call.intent))


@operator.route(
    "POST",
    "/orders/{order_id}/take",
    summary="Take an order",
    gives=OperatorOrder,
    keyed=True,
    conditional=True,
    refuses=("order.already_taken", "operator.work_in_progress_limit", *_WORKING),
)
def take_order(call: Call[Nothing, Nothing], order_id: str) -> Answer:
    """One operator gets it; whoever loses learns who won, from `owner` of the problem."""
    return _changed(composition.floor().take(order_id, call.intent))


@operator.route(
    "POST",
    "/orders/{order_id}/undo",
    summary="Give back what was just taken",
    takes=Fenced,
    gives=OperatorOrder,
    keyed=True,
    conditional=True,
    refuses=("take.not_undoable", *_FENCED),
)
def undo_take(call: Call[Fenced, Nothing], order_id: str) -> Answer:
    """Possible until `undo_until`, if nothing else has happened to the order."""
    return _changed(composition.floor().undo(order_id, call.body.fence, call.intent))


@operator.route(
    "POST",
    "/orders/{order_id}/release",
    summary="Put an order back into the queue",
    takes=Release,
    gives=OperatorOrder,
    keyed=True,
    conditional=True,
    refuses=_FENCED,
)
def release_order(call: Call[Release, Nothing], order_id: str) -> Answer:
    """The owner does, or a foreman."""
    return _changed(composition.floor().release(order_id, call.body, call.intent))


@operator.route(
    "POST",
    "/orders/{order_id}/reassign",
    summary="Give an order to another operator",
    takes=Reassignment,
    gives=OperatorOrder,
    keyed=True,
    conditional=True,
    groups=frozenset({Group.FOREMEN}),
    refuses=("order.already_taken", "operator.work_in_progress_limit", *_FENCED),
)
def reassign_order(call: Call[Reassignment, Nothing], order_id: str) -> Answer:
    """For foremen."""
    return _changed(composition.floor().reassign(order_id, call.body, call.intent))


@operator.route(
    "POST",
    "/orders/{order_id}/scrap",
    summary="Record failed pieces",
    takes=Scrap,
    gives=OperatorOrder,
    keyed=True,
    conditional=True,
    refuses=_FENCED,
)
def scrap_pieces(call: Call[Scrap, Nothing], order_id: str) -> Answer:
    """They are made again; the order stays where it is."""
    return _changed(composition.floor().scrap(order_id, call.body, call.intent))


@operator.route(
    "POST",
    "/orders/{order_id}/assay",
    summary="Send pieces out for hallmarking, take them back, or record what was measured",
    takes=Assay,
    gives=OperatorOrder,
    keyed=True,
    conditional=True,
    refuses=("order.at_assay", "order.not_at_assay", "order.unknown_piece", "order.too_many_pieces", *_FENCED),
)
def assay_order(call: Call[Assay, Nothing], order_id: str) -> Answer:
    """The assay office's time has a budget of its own."""
    return _changed(composition.floor().assay(order_id, call.body, call.intent))


@operator.route(
    "POST",
    "/orders/{order_id}/complete",
    summary="Say that an order is made",
    takes=Fenced,
    gives=OperatorOrder,
    keyed=True,
    conditional=True,
    refuses=("order.held", "order.at_assay", *_FENCED),
)
def complete_order(call: Call[Fenced, Nothing], order_id: str) -> Answer:
    """It is earned now."""
    return _changed(composition.floor().complete(order_id, call.body.fence, call.intent))


@operator.route(
    "POST",
    "/orders/{order_id}/rework",
    summary="Send an order back to the bench",
    takes=Rework,
    gives=OperatorOrder,
    keyed=True,
    conditional=True,
    refuses=("order.no_maker", "operator.work_in_progress_limit", *_WORKING),
)
def rework_order(call: Call[Rework, Nothing], order_id: str) -> Answer:
    """To its maker, unless another operator is named."""
    return _changed(composition.floor().rework(order_id, call.body, call.intent))


@operator.route(
    "POST",
    "/orders/{order_id}/pack",
    summary="Begin to pack",
    gives=OperatorOrder,
    keyed=True,
    conditional=True,
    refuses=_WORKING,
)
def pack_order(call: Call[Nothing, Nothing], order_id: str) -> Answer:
    """Whoever packs may do it; the order then shows its recipient."""
    return _changed(composition.floor().pack(order_id, call.intent))


@operator.route(
    "POST",
    "/orders/{order_id}/ship",
    summary="Hand the parcel to the carrier",
    takes=Shipping,
    gives=OperatorOrder,
    keyed=True,
    conditional=True,
    refuses=_WORKING,
)
def ship_order(call: Call[Shipping, Nothing], order_id: str) -> Answer:
    """With the carrier's tracking number."""
    return _changed(composition.floor().ship(order_id, call.body, call.intent))


@operator.route(
    "POST",
    "/orders/{order_id}/hold",
    summary="Let work rest",
    takes=Holding,
    gives=OperatorOrder,
    keyed=True,
    conditional=True,
    refuses=_WORKING,
)
def hold_order(call: Call[Holding, Nothing], order_id: str) -> Answer:
    """The promise rests only when the buyer has caused it."""
    return _changed(composition.floor().hold(order_id, call.body, call.intent))


@operator.route(
    "POST",
    "/orders/{order_id}/unhold",
    summary="Let work go on",
    gives=OperatorOrder,
    keyed=True,
    conditional=True,
    refuses=("order.not_held", "order.busy"),
)
def unhold_order(call: Call[Nothing, Nothing], order_id: str) -> Answer:
    """The clocks run again."""
    return _changed(composition.floor().resume(order_id, call.intent))
