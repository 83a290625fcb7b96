"""Partners order over the open API, with keys of their own, references of their own, and a mode to try it in."""

import pytest

from alexandrite.domain.identifiers import derive
from alexandrite.domain.orders import Mode
from tests.http_world import (
    AMBER,
    ANNA,
    DELIVERY,
    NOBODY,
    NORTHERN,
    NORTHERN_TEST,
    VERA,
    Person,
    World,
    partner,
)


def body(model: str, **changes: object) -> dict[str, object]:
    line = {"model": model, "material": "silver_925", "finish": "polished", "quantity": 2}
    return {"lines": [line], "delivery": DELIVERY, **changes}


def test_one_call_makes_a_running_order(world: World) -> None:
    model = world.uploaded(NORTHERN)
    asked = body(model.model_id, client_reference="PO-1", submit=True, accept_up_to_minor=10_000_000)
    waiting = world.call(NORTHERN, "POST", "/partner/v1/orders", asked, key="k1")
    assert (waiting.status, waiting.json["status"]) == (201, "SUBMITTED")
    analysed = world.analysed(NORTHERN, b"another ring")
    asked = body(analysed.model_id, client_reference="PO-2", submit=True, accept_up_to_minor=10_000_000)
    running = world.call(NORTHERN, "POST", "/partner/v1/orders", asked, key="k2")
    order = world.order(running.json["order_id"])
    assert (order.status, order.is_accepted, order.payment) == ("PRICE_CALCULATED", True, "credit")


def test_a_price_above_the_limit_waits_for_the_partners_word(world: World) -> None:
    order_id = world.placed(NORTHERN, submit=True, accept_up_to_minor=1)
    order = world.order(order_id)
    assert (order.status, order.is_accepted) == ("PRICE_CALCULATED", False)


def test_a_command_without_a_key_is_refused(world: World) -> None:
    model = world.analysed(NORTHERN)
    reply = world.call(NORTHERN, "POST", "/partner/v1/orders", body(model.model_id))
    assert (reply.status, reply.code) == (400, "idempotency.key_required")
    reply = world.call(NORTHERN, "POST", "/partner/v1/orders", body(model.model_id), key="ключ")
    assert (reply.status, reply.code) == (400, "idempotency.key_malformed")
    line = body(model.model_id)["lines"]
    assert world.call(NORTHERN, "POST", "/partner/v1/prices", {"lines": line}).status == 200


def test_a_refused_request_leaves_its_key_unused(world: World) -> None:
    model = world.analysed(NORTHERN)
    wrong = body(model.model_id, lines=[{**body(model.model_id)["lines"][0], "material": "tin"}])  # type: ignore[index]
    assert world.call(NORTHERN, "POST", "/partner/v1/orders", wrong, key="k").status == 400
    assert world.call(NORTHERN, "POST", "/partner/v1/orders", body(model.model_id), key="k").status == 201


def test_a_reference_belongs_to_one_order_and_finds_it(world: World) -> None:
    order_id = world.placed(NORTHERN, client_reference="PO-1")
    model = world.order(order_id).lines[0].model
    reply = world.call(NORTHERN, "POST", "/partner/v1/orders", body(model, client_reference="PO-1"), key="k2")
    assert (reply.status, reply.code, reply.json["order_id"]) == (409, "order.client_reference_taken", order_id)
    found = world.call(NORTHERN, "GET", "/partner/v1/orders?client_reference=PO-1").json["items"]
    assert [row["order_id"] for row in found] == [order_id]
    assert world.call(NORTHERN, "GET", "/partner/v1/orders?client_reference=PO-2").json["items"] == []
    assert world.call(AMBER, "GET", "/partner/v1/orders?client_reference=PO-1").json["items"] == []
    assert world.placed(AMBER, client_reference="PO-1") != order_id


def test_test_and_live_share_nothing(world: World) -> None:
    live = world.placed(NORTHERN, client_reference="PO-1")
    test = world.placed(NORTHERN_TEST, client_reference="PO-1")
    assert live != test
    assert world.call(NORTHERN, "GET", f"/partner/v1/orders/{test}").status == 404
    assert world.call(NORTHERN_TEST, "GET", f"/partner/v1/orders/{live}").status == 404
    listed = world.call(NORTHERN_TEST, "GET", "/partner/v1/orders").json["items"]
    assert [(row["order_id"], row["mode"]) for row in listed] == [(test, "test")]


def test_a_customer_named_like_a_partner_sees_none_of_its_orders(world: World) -> None:
    order_id = world.placed(NORTHERN)
    double = Person({"claims": {"sub": "northern-lights", "token_use": "access"}})
    assert world.call(double, "GET", f"/shop/v1/orders/{order_id}").status == 404


def test_each_order_of_a_batch_has_an_outcome_of_its_own(world: World) -> None:
    model = world.analysed(NORTHERN)
    batch = {
        "orders": [
            body(model.model_id, client_reference="PO-1"),
            body(derive("mdl", "nobody's")),
            body(model.model_id, client_reference="PO-1"),
            body(model.model_id, client_reference="PO-3", submit=True),
        ]
    }
    outcome = world.call(NORTHERN, "POST", "/partner/v1/orders:batch", batch, key="batch").json
    assert [item["status"] for item in outcome["items"]] == [201, 404, 409, 201]
    assert [item["problem"] and item["problem"]["code"] for item in outcome["items"]] == [
        None,
        "model.not_found",
        "order.client_reference_taken",
        None,
    ]
    assert (outcome["created"], outcome["refused"]) == (2, 2)
    again = world.call(NORTHERN, "POST", "/partner/v1/orders:batch", batch, key="batch").json
    assert [item["order_id"] for item in again["items"]] == [item["order_id"] for item in outcome["items"]]
    assert [item["replayed"] for item in again["items"]] == [True, False, False, True]
    too_many = {"orders": [body(model.model_id)] * 101}
    assert world.call(NORTHERN, "POST", "/partner/v1/orders:batch", too_many, key="many").status == 400


def test_the_books_are_compared_reference_by_reference(world: World) -> None:
    order_id = world.placed(NORTHERN, client_reference="PO-1", quantity=3)
    gross = world.order(order_id).offer.gross_minor  # type: ignore[union-attr]
    asked = {
        "orders": [
            {"client_reference": "PO-1", "pieces": 3, "gross_minor": gross},
            {"client_reference": "PO-2"},
            {"client_reference": "PO-1", "status": "CLOSED"},
        ]
    }
    result = world.call(NORTHERN, "POST", "/partner/v1/reconciliations", asked).json
    assert [found["order_id"] for found in result["found"]] == [order_id]
    assert result["missing"] == ["PO-2"]
    assert result["different"][0]["differences"] == [
        {"member": "status", "yours": "CLOSED", "ours": "PRICE_CALCULATED"}
    ]
    assert world.call(AMBER, "POST", "/partner/v1/reconciliations", asked).json["missing"] == ["PO-1", "PO-2"]


def test_a_test_order_walks_to_its_end_without_anybody(world: World) -> None:
    order_id = world.accepted(NORTHERN_TEST)
    statuses = []
    for step in range(6):
        path = f"/partner/v1/test/orders/{order_id}/advance"
        statuses.append(world.call(NORTHERN_TEST, "POST", path, {}, key=f"step-{step}").json["status"])
    assert statuses == [
        "MANUFACTURING_APPROVED",
        "MANUFACTURING_STARTED",
        "MANUFACTURING_COMPLETED",
        "PACKAGING",
        "SHIPPED",
        "CLOSED",
    ]
    world.project()
    assert world.board_items.stored == {}
    assert all(load.orders == 0 for load in world.company.orders.loads.values())
    done = world.call(NORTHERN_TEST, "POST", f"/partner/v1/test/orders/{order_id}/advance", {}, key="step-7")
    assert (done.status, done.code) == (409, "order.wrong_status")


def test_a_live_order_is_moved_by_nobody_but_those_who_make_it(world: World) -> None:
    order_id = world.accepted(NORTHERN)
    reply = world.call(NORTHERN, "POST", f"/partner/v1/test/orders/{order_id}/advance", {}, key="step")
    assert (reply.status, reply.code) == (403, "key.test_only")


@pytest.mark.parametrize(
    ("scope", "method", "path"),
    [
        ("orders:read", "GET", "/orders"),
        ("orders:write", "POST", "/orders:batch"),
        ("models:read", "GET", "/models"),
        ("models:write", "POST", "/models"),
        ("prices:read", "GET", "/materials"),
    ],
)
def test_a_key_opens_what_its_scopes_say(world: World, scope: str, method: str, path: str) -> None:
    all_but = partner(
        "northern-lights", scopes={"orders:read", "orders:write", "models:read", "models:write"} - {scope}
    )
    reply = world.call(all_but, method, f"/partner/v1{path}", {} if method == "POST" else None, key="k")
    assert (reply.status, reply.code) == (403, "key.scope_missing")


def test_limits_are_published(world: World) -> None:
    limits = world.call(NORTHERN, "GET", "/partner/v1/limits").json
    assert (limits["orders_per_batch"], limits["mode"]) == (100, "live")


def test_neither_a_customer_nor_staff_is_a_partner(world: World) -> None:
    for person in (ANNA, VERA, NOBODY):
        assert world.call(person, "GET", "/partner/v1/orders").status == 401


def test_a_partner_without_credit_pays_before_production(world: World) -> None:
    order_id = world.accepted(partner("northern-lights", credit=False))
    reply = world.call(VERA, "POST", f"/crm/v1/orders/{order_id}/approve")
    assert (reply.status, reply.code) == (409, "payment.required")


def test_models_are_kept_apart_by_mode(world: World) -> None:
    model = world.analysed(NORTHERN_TEST, mode=Mode.TEST)
    assert world.call(NORTHERN_TEST, "GET", f"/partner/v1/models/{model.model_id}").status == 200
    assert world.call(NORTHERN, "GET", f"/partner/v1/models/{model.model_id}").status == 404
