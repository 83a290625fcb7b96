"""Routes that customers and partners share, added to the audience of each."""

import hashlib
from datetime import datetime
from http import HTTPStatus

from alexandrite.buying.bodies import (
    Acceptance,
    Cancellation,
    ListQuery,
    NewModel,
    OrderPatch,
    Submission,
    TimelineQuery,
    UnitChoice,
    WhatIf,
)
from alexandrite.buying.delivery import COST_MINOR
from alexandrite.buying.model_views import Catalogue, ModelDetail, ModelPage, ModelRow, NewModelView
from alexandrite.buying.price_views import Breakdown, PriceState, estimate_view, price_state
from alexandrite.buying.views import CustomerOrder, OrderPage, OrderRow, Timeline, buyer_order, buyer_timeline
from alexandrite.http.answers import Answer, told
from alexandrite.http.answers import nothing as gone
from alexandrite.http.audiences import Audience
from alexandrite.http.requests import Call, Nothing
from alexandrite.models.record import Declaration
from alexandrite.store.apply import Applied
from alexandrite.store.dynamodb import Page
from shop import composition

CREATION_REFUSALS = (
    "material.unknown",
    "finish.unavailable",
    "model.not_found",
    "order.files_missing",
    "order.client_reference_taken",
)
_COMMAND_REFUSALS = ("order.wrong_status", "order.busy")


def changed(audience: Audience, view: type[CustomerOrder], applied: Applied) -> Answer:
    """Return the answer to a command: the order right after it, the same each time that it is repeated."""
    order = applied.order
    body = buyer_order(view, order, composition.book().company(), order.updated_at)
    places = {HTTPStatus.CREATED: "", HTTPStatus.ACCEPTED: "/price"}
    place = places.get(HTTPStatus(applied.http_status))
    headers = {} if place is None else {"location": audience.location(f"/orders/{order.order_id}{place}")}
    return told(body, status=applied.http_status, version=order.version, replayed=applied.replayed, **headers)


def page_of[Row: OrderRow](page: Page, row: type[Row], as_of: datetime) -> OrderPage[Row]:
    """Return a page of orders as an audience sees it."""
    names = set(row.model_fields)
    rows = tuple(row.model_validate(summary.model_dump(include=names)) for summary in page.orders)
    return OrderPage[row](items=rows, next_cursor=page.next_cursor, as_of=as_of)  # type: ignore[valid-type]


class _CatalogueAnswer:
    """The catalogue changes with a price list; clients keep it for five minutes and then ask whether it has."""

    gives = Catalogue

    def answer(self, call: Call[Nothing, Nothing], *, partner: str | None) -> Answer:
        """Return the catalogue, or 304 for whoever has it already."""
        body = Catalogue.of(composition.book().prices(partner).price_list, COST_MINOR)
        tag = f'"{hashlib.sha256(body.model_dump_json().encode()).hexdigest()[:20]}"'
        scope = "public" if partner is None else "private"
        headers = {"ETag": tag, "Cache-Control": f"{scope}, max-age=300"}
        if call.headers.get("if-none-match") == tag:
            return Answer(body=None, status=304, headers=headers)
        return Answer(body=body, headers=headers)


catalogue = _CatalogueAnswer()


def add_buyer_routes(audience: Audience, order_view: type[CustomerOrder]) -> None:
    """Add to `audience` the routes that all buyers have; orders are shown to it as `order_view`."""
    _add_models(audience)
    _add_orders(audience, order_view)
    _add_prices(audience)


def _add_models(audience: Audience) -> None:
    @audience.route(
        "POST",
        "/models",
        summary="Announce a 3D file",
        takes=NewModel,
        gives=NewModelView,
        status=201,
        keyed=True,
        scope="models:write",
    )
    def create_model(call: Call[NewModel, Nothing]) -> Answer:
        """Returns a form: POST its fields and then the file, as multipart/form-data, within an hour."""
        declared = Declaration(**dict(call.body))
        made = composition.uploads().register(
            call.caller.id, call.caller.mode, call.intent.key, declared, now=call.intent.at
        )
        location = audience.location(f"/models/{made.model.model_id}")
        return told(NewModelView.of(made), status=201, replayed=made.replayed, location=location)

    @audience.route(
        "GET",
        "/models",
        summary="Own models, newest first",
        query=ListQuery,
        gives=ModelPage,
        scope="models:read",
        refuses=("cursor.invalid",),
    )
    def list_models(call: Call[Nothing, ListQuery]) -> Answer:
        """A page of models."""
        models, cursor = composition.uploads().page(
            call.caller.id, call.caller.mode, limit=call.query.limit, cursor=call.query.cursor
        )
        return told(ModelPage(items=tuple(ModelRow.of(model) for model in models), next_cursor=cursor))

    @audience.route(
        "GET",
        "/models/{model_id}",
        summary="A model and its analysis",
        gives=ModelDetail,
        scope="models:read",
        refuses=("model.not_found",),
    )
    def get_model(call: Call[Nothing, Nothing], model_id: str) -> Answer:
        """Analysis with progress, findings, and a preview."""
        view = composition.uploads().get(call.caller.id, call.caller.mode, model_id)
        preview = composition.links().preview(model_id) if view.model.analysis is not None else None
        return told(ModelDetail.seen(view, preview))

    @audience.route(
        "POST",
        "/models/{model_id}/unit",
        summary="Confirm or correct the unit",
        takes=UnitChoice,
        gives=ModelRow,
        scope="models:write",
        refuses=("model.not_found", "model.priced", "model.busy"),
    )
    def choose_unit(call: Call[UnitChoice, Nothing], model_id: str) -> Answer:
        """Another unit is another object: the model is analysed again."""
        model = composition.uploads().confirm_unit(
            call.caller.id, call.caller.mode, model_id, call.body.unit, now=call.intent.at
        )
        return told(ModelRow.of(model))

    @audience.route(
        "DELETE",
        "/models/{model_id}",
        summary="Delete a model and its file",
        gives=None,
        status=204,
        scope="models:write",
        refuses=("model.not_found", "model.in_use", "model.busy"),
    )
    def delete_model(call: Call[Nothing, Nothing], model_id: str) -> Answer:
        """Refused while an open order is for it."""
        composition.uploads().delete(call.caller.id, call.caller.mode, model_id, now=call.intent.at)
        return gone()


def _add_orders(audience: Audience, view: type[CustomerOrder]) -> None:
    @audience.route("GET", "/orders/{order_id}", summary="An order as it stands", gives=view, scope="orders:read")
    def get_order(call: Call[Nothing, Nothing], order_id: str) -> Answer:
        """Read from the truth, consistently."""
        order = composition.buying().order(order_id, call.caller)
        body = buyer_order(view, order, composition.book().company(), call.intent.at)
        return told(body, version=order.version)

    @audience.route(
        "PATCH",
        "/orders/{order_id}",
        summary="Change lines, lead time or delivery before acceptance",
        takes=OrderPatch,
        gives=view,
        keyed=True,
        conditional=True,
        scope="orders:write",
        refuses=("material.unknown", "finish.unavailable", "model.not_found", "price.already_accepted"),
    )
    def change_order(call: Call[OrderPatch, Nothing], order_id: str) -> Answer:
        """An offer that was made is void afterwards."""
        return changed(audience, view, composition.buying().change(order_id, call.body, call.intent))

    @audience.route(
        "POST",
        "/orders/{order_id}/submit",
        summary="Order it",
        takes=Submission,
        gives=view,
        status=202,
        keyed=True,
        conditional=True,
        scope="orders:write",
        refuses=("order.files_missing", "order.held", *_COMMAND_REFUSALS),
    )
    def submit_order(call: Call[Submission, Nothing], order_id: str) -> Answer:
        """The price is calculated meanwhile: its address is in `Location`."""
        applied = composition.buying().submit(order_id, call.body.accept_up_to_minor, call.intent)
        return changed(audience, view, applied)

    @audience.route(
        "POST",
        "/orders/{order_id}/accept",
        summary="Accept the offered price",
        takes=Acceptance,
        gives=view,
        keyed=True,
        conditional=True,
        scope="orders:write",
        refuses=("price.expired", "price.superseded", "price.already_accepted", "price.already_used"),
    )
    def accept_price(call: Call[Acceptance, Nothing], order_id: str) -> Answer:
        """The promise begins."""
        return changed(audience, view, composition.buying().accept(order_id, call.body.price_id, call.intent))

    @audience.route(
        "POST",
        "/orders/{order_id}/reprice",
        summary="Renew an expired offer",
        gives=view,
        keyed=True,
        conditional=True,
        scope="orders:write",
        refuses=("price.still_open", "price.already_accepted", "model.not_analysed", *_COMMAND_REFUSALS),
    )
    def reprice_order(call: Call[Nothing, Nothing], order_id: str) -> Answer:
        """At today's prices."""
        return changed(audience, view, composition.buying().reprice(order_id, call.intent))

    @audience.route(
        "POST",
        "/orders/{order_id}/cancel",
        summary="Call the order off",
        takes=Cancellation,
        gives=view,
        keyed=True,
        conditional=True,
        scope="orders:write",
        refuses=("order.work_has_begun", *_COMMAND_REFUSALS),
    )
    def cancel_order(call: Call[Cancellation, Nothing], order_id: str) -> Answer:
        """Possible until an operator has taken it."""
        return changed(audience, view, composition.buying().cancel(order_id, call.body.reason, call.intent))

    @audience.route(
        "GET",
        "/orders/{order_id}/timeline",
        summary="What has happened to an order",
        query=TimelineQuery,
        gives=Timeline,
        scope="orders:read",
    )
    def get_timeline(call: Call[Nothing, TimelineQuery], order_id: str) -> Answer:
        """Events, oldest first."""
        query = call.query
        events = composition.buying().history(order_id, call.caller, after=query.after, limit=query.limit)
        return told(buyer_timeline(events, query.limit))


def _add_prices(audience: Audience) -> None:
    @audience.route(
        "POST",
        "/prices",
        summary="What would it cost?",
        takes=WhatIf,
        gives=Breakdown,
        scope="prices:read",
        refuses=(
            "model.not_found",
            "model.not_analysed",
            "model.unpriceable",
            "material.unknown",
            "finish.unavailable",
        ),
    )
    def what_if(call: Call[WhatIf, Nothing]) -> Answer:
        """Priced at once from the stored analyses; nothing is ordered and nothing is kept."""
        return told(estimate_view(composition.buying().estimate(call.body, call.caller, call.intent.at)))

    @audience.route(
        "GET", "/orders/{order_id}/price", summary="The price of an order", gives=PriceState, scope="orders:read"
    )
    def get_price(call: Call[Nothing, Nothing], order_id: str) -> Answer:
        """Its state, and with an offer the whole breakdown."""
        found = composition.buying().price(order_id, call.caller)
        return told(price_state(found, call.intent.at), version=found.order.version)
