"""Routes by which operators and foremen look at orders."""

from alexandrite.board.cards import Queue, Sort
from alexandrite.buying.bodies import TimelineQuery
from alexandrite.buying.views import Timeline
from alexandrite.floor.bodies import QueueQuery
from alexandrite.floor.views import (
    ModelFiles,
    OperatorOrderDetail,
    QueueCounts,
    QueuePage,
    WorkInProgress,
    model_files,
    operator_order_detail,
    operator_timeline,
)
from alexandrite.http.answers import Answer, told
from alexandrite.http.audiences import Audience
from alexandrite.http.requests import Call, Nothing
from mes import composition


def add_reading_routes(operator: Audience) -> None:
    """Add the routes of the board and of single orders."""
    _add_board(operator)
    _add_orders(operator)


def _add_board(operator: Audience) -> None:
    @operator.route(
        "GET",
        "/orders",
        summary="One queue of the board",
        query=QueueQuery,
        gives=QueuePage,
        refuses=("cursor.invalid",),
    )
    def list_orders(call: Call[Nothing, QueueQuery]) -> Answer:
        """A projection that may be some moments old; single orders are always current."""
        query = call.query
        page = composition.floor().board.page(
            Queue(query.queue), Sort(query.sort), query.limit, query.cursor, owner=call.caller.id
        )
        return told(QueuePage(items=page.cards, next_cursor=page.next_cursor, as_of=page.as_of))

    @operator.route("GET", "/counts", summary="How many orders each queue holds", gives=QueueCounts)
    def get_counts(call: Call[Nothing, Nothing]) -> Answer:
        """Of all queues at the same moment."""
        counts = composition.floor().board.counts(owner=call.caller.id)
        return told(
            QueueCounts(queues={str(queue): count for queue, count in counts.queues.items()}, as_of=counts.as_of)
        )

    @operator.route("GET", "/me", summary="What you have in hand, and how much that may be", gives=WorkInProgress)
    def get_me(call: Call[Nothing, Nothing]) -> Answer:
        """From the truth."""
        in_hand = composition.floor().work_in_hand(call.caller.id)
        limit = composition.book().company().work_in_progress
        return told(
            WorkInProgress(
                operator=call.caller.id,
                is_foreman=call.caller.is_foreman,
                orders=in_hand.orders,
                pieces=in_hand.pieces,
                limit_orders=limit.orders,
                limit_pieces=limit.pieces,
            )
        )


def _add_orders(operator: Audience) -> None:
    @operator.route("GET", "/orders/{order_id}", summary="An order as it stands", gives=OperatorOrderDetail)
    def get_order(call: Call[Nothing, Nothing], order_id: str) -> Answer:
        """Read from the truth; with the recipient while it is being packed."""
        order, recipient = composition.floor().order(order_id)
        body = operator_order_detail(order, composition.book().company(), call.intent.at, recipient)
        return told(body, version=order.version)

    @operator.route(
        "GET",
        "/orders/{order_id}/timeline",
        summary="What has happened to an order",
        query=TimelineQuery,
        gives=Timeline,
    )
    def get_timeline(call: Call[Nothing, TimelineQuery], order_id: str) -> Answer:
        """Events, oldest first."""
        query = call.query
        events = composition.floor().history(order_id, after=query.after, limit=query.limit)
        return told(operator_timeline(events, query.limit))

    @operator.route("GET", "/orders/{order_id}/model", summary="Addresses of the files to be made", gives=ModelFiles)
    def get_model(call: Call[Nothing, Nothing], order_id: str) -> Answer:
        """The very versions that were priced, whatever has been uploaded since."""
        order, _ = composition.floor().order(order_id)
        return told(model_files(order, composition.links(), call.intent.at))
