"""The happy path, for a customer and for a partner."""

import uuid

from tests.e2e.world import DELIVERY, Door, World, eventually


def test_a_customers_order_goes_from_file_to_delivery(world: World, anna: Door, vera: Door, gleb: Door) -> None:
    model = world.upload(anna)
    created = anna.ask("/orders", {"lines": world.lines(model, quantity=2), "delivery": DELIVERY})
    order_id = created.json()["order_id"]
    assert created.status_code == 201
    assert created.headers["location"] == f"/api/shop/v1/orders/{order_id}"
    anna.has_reached(order_id, "FILE_UPLOADED")

    submitted = anna.ask(f"/orders/{order_id}/submit")
    assert submitted.status_code == 202  # nothing waits for pricing
    offer = anna.has_reached(order_id, "PRICE_CALCULATED")["price"]
    breakdown = anna.get(f"/orders/{order_id}/price")
    assert breakdown["offer"]["price_id"] == offer["price_id"]
    assert breakdown["breakdown"]

    anna.do(f"/orders/{order_id}/accept", {"price_id": offer["price_id"]})
    assert vera.refused(f"/orders/{order_id}/approve")["code"] == "payment.required"
    vera.do(f"/orders/{order_id}/payment", {"payment": "paid"})
    vera.do(f"/orders/{order_id}/approve")
    eventually(lambda: order_id in [card["order_id"] for card in gleb.get("/orders", queue="available")["items"]])
    gleb.do(f"/orders/{order_id}/take")
    world.finish(order_id, gleb)

    closed = anna.has_reached(order_id, "CLOSED")
    assert closed["price"]["gross_minor"] == offer["gross_minor"]
    history = anna.get(f"/orders/{order_id}/timeline")["items"]
    reached = [each["to_status"] for each in history if each["to_status"] != each["from_status"]]
    assert reached == [
        "INITIATED",
        "FILE_UPLOADED",
        "SUBMITTED",
        "PRICE_CALCULATED",
        "MANUFACTURING_APPROVED",
        "MANUFACTURING_STARTED",
        "MANUFACTURING_COMPLETED",
        "PACKAGING",
        "SHIPPED",
        "CLOSED",
    ]
    world.history_is_sound(order_id)
    eventually(lambda: world.executions()[f"{order_id}-g1"] == "SUCCEEDED")


def test_a_partners_single_call_makes_a_running_order(world: World, vera: Door, dina: Door) -> None:
    partner = world.partners["northern-lights"]["live"]
    model = world.analysed(partner)
    reference = f"NL-{uuid.uuid4().hex[:8]}"
    order = partner.do(
        "/orders",
        {
            "lines": world.lines(model),
            "delivery": DELIVERY,
            "client_reference": reference,
            "submit": True,
            "accept_up_to_minor": 100_000_00,
        },
    )
    order_id = order["order_id"]
    eventually(lambda: partner.order(order_id)["price"]["accepted_at"])
    vera.do(f"/orders/{order_id}/payment", {"payment": "credit"})
    vera.do(f"/orders/{order_id}/approve")
    dina.do(f"/orders/{order_id}/take")
    world.finish(order_id, dina)
    partner.has_reached(order_id, "CLOSED")

    assert [each["order_id"] for each in partner.get("/orders", client_reference=reference)["items"]] == [order_id]
    world.history_is_sound(order_id)


def test_a_partner_that_asks_for_less_than_the_price_is_asked_to_accept_it(world: World) -> None:
    partner = world.partners["amber-house"]["live"]
    model = world.analysed(partner)
    body = {"lines": world.lines(model), "delivery": DELIVERY, "submit": True, "accept_up_to_minor": 1}
    order_id = partner.do("/orders", body)["order_id"]
    order = partner.has_reached(order_id, "PRICE_CALCULATED")
    assert order["price"]["accepted_at"] is None
    partner.do(f"/orders/{order_id}/accept", {"price_id": order["price"]["price_id"]})
    assert partner.order(order_id)["promise"]["due_at"]


def test_test_orders_never_reach_the_floor(world: World, gleb: Door) -> None:
    partner = world.partners["northern-lights"]["test"]
    model = world.analysed(partner)
    body = {"lines": world.lines(model), "delivery": DELIVERY, "submit": True, "accept_up_to_minor": 100_000_00}
    order_id = partner.do("/orders", body)["order_id"]
    eventually(lambda: partner.order(order_id)["price"])
    eventually(lambda: partner.do(f"/test/orders/{order_id}/advance")["status"] == "CLOSED")
    shown = [
        card["order_id"] for queue in ("available", "started") for card in gleb.get("/orders", queue=queue)["items"]
    ]
    assert order_id not in shown
    world.history_is_sound(order_id)


def test_a_repeated_request_is_answered_again_and_does_nothing_twice(world: World, anna: Door, model: str) -> None:
    key = str(uuid.uuid4())
    body = {"lines": world.lines(model), "delivery": DELIVERY}
    first, second = anna.ask("/orders", body, key=key), anna.ask("/orders", body, key=key)
    assert first.json() == second.json()
    assert second.headers["idempotent-replayed"] == "true"
    other = anna.ask("/orders", {**body, "lead_time": "express"}, key=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency.key_reused")


def test_a_stale_version_is_told_so(world: World, anna: Door, model: str) -> None:
    order_id = world.ordered(anna, model)
    anna.has_reached(order_id, "FILE_UPLOADED")
    stale = anna.ask(f"/orders/{order_id}/cancel", {}, **{"If-Match": '"1"'})
    assert stale.status_code == 412
    current = anna.client.get(f"/orders/{order_id}").headers["etag"]
    assert anna.ask(f"/orders/{order_id}/cancel", {}, **{"If-Match": current}).is_success
