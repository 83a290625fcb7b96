"""Sellers and carriers over HTTP: released, priced by hand, held, revised, closed; and what the company's book says."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

import pytest

from alexandrite.domain.price_lists import FIRST_METAL_RATES, FIRST_PRICE_LIST
from tests.http_world import ANNA, CARRIER_SECRET, EGOR, GLEB, NOBODY, NORTHERN, VERA, Reply, World, made_up


def act(world: World, order_id: str, command: str, body: object = None, **options: Any) -> Reply:
    return world.call(VERA, "POST", f"/crm/v1/orders/{order_id}/{command}", body, **options)


def test_approval_asks_for_acceptance_and_payment(world: World) -> None:
    placed = world.placed(ANNA)
    assert act(world, placed, "approve").code == "price.not_accepted"
    accepted = world.accepted(ANNA, key="another")
    assert act(world, accepted, "approve").code == "payment.required"
    assert act(world, accepted, "payment", {"payment": "paid"}).json["payment"] == "paid"
    assert act(world, accepted, "approve").json["status"] == "MANUFACTURING_APPROVED"


def test_a_seller_prices_by_hand_what_the_engine_cannot(world: World) -> None:
    model = world.analysed(ANNA, b"an open ring", closed=False)
    line = {"model": model.model_id, "material": "silver_925", "finish": "polished", "quantity": 1}
    delivery = {"method": "collect", "recipient": {"name": "Anna", "phone": "+79990000001"}}
    order_id = world.call(ANNA, "POST", "/shop/v1/orders", {"lines": [line], "delivery": delivery}).json["order_id"]
    world.call(ANNA, "POST", f"/shop/v1/orders/{order_id}/submit", {})
    blocked = world.call(ANNA, "GET", f"/shop/v1/orders/{order_id}/price").json
    assert blocked["state"] == "blocked"
    body = {"net_minor": 1_000_000, "pay_minor": 200_000, "reason": "repaired by hand"}
    priced = act(world, order_id, "price", body)
    assert (priced.json["status"], priced.json["price"]["gross_minor"]) == ("PRICE_CALCULATED", 1_220_000)
    shown = world.call(ANNA, "GET", f"/shop/v1/orders/{order_id}/price").json
    assert (shown["state"], shown["breakdown"]) == ("offered", None)


def test_a_seller_sees_what_a_price_rests_on(world: World) -> None:
    order_id = world.placed(ANNA)
    record = world.call(VERA, "GET", f"/crm/v1/orders/{order_id}/price").json
    assert record["price"]["pay_minor"] == record["offer"]["pay_minor"] > 0
    world.call(ANNA, "PATCH", f"/shop/v1/orders/{order_id}", {"lead_time": "express"})
    void = world.call(VERA, "GET", f"/crm/v1/orders/{order_id}/price")
    assert (void.status, void.code) == (404, "price.not_found")


def test_a_changed_design_is_offered_and_accepted(world: World) -> None:
    order_id = world.taken()
    model = world.order(order_id).lines[0].model
    lines = {"lines": [{"model": model, "material": "silver_925", "finish": "satin", "quantity": 2}]}
    assert act(world, order_id, "revise", lines).code == "order.not_held_for_design_change"
    hold = {"kind": "design_change", "reason": "a wider band", "caused_by": "buyer"}
    assert act(world, order_id, "hold", hold).json["hold"]["kind"] == "design_change"
    revision = act(world, order_id, "revise", lines).json["revision"]
    shown = world.call(ANNA, "GET", f"/shop/v1/orders/{order_id}").json
    assert shown["revision"]["offer"]["price_id"] == revision["offer"]["price_id"]
    accepted = world.call(
        ANNA, "POST", f"/shop/v1/orders/{order_id}/accept", {"price_id": revision["offer"]["price_id"]}
    ).json
    assert (accepted["status"], accepted["lines"][0]["quantity"]) == ("MANUFACTURING_APPROVED", 2)


def test_rejecting_holding_noting_and_cancelling(world: World) -> None:
    order_id = world.accepted(ANNA)
    hold = {"kind": "question", "reason": "which finger?", "caused_by": "buyer"}
    assert act(world, order_id, "hold", hold).status == 200
    assert world.call(ANNA, "GET", f"/shop/v1/orders/{order_id}").json["hold"]["reason"] == "which finger?"
    assert act(world, order_id, "unhold").json["hold"] is None
    assert act(world, order_id, "note", {"text": "called twice"}).status == 200
    timeline = world.call(VERA, "GET", f"/crm/v1/orders/{order_id}/timeline").json["items"]
    assert (timeline[-1]["details"], timeline[-1]["by"]) == ({"text": "called twice"}, "seller:vera")
    assert act(world, order_id, "reject", {"reason": "cannot be cast"}).json["status"] == "REJECTED"
    assert act(world, order_id, "cancel", {"reason": "too late"}).code == "order.wrong_status"


def test_a_claim_opens_a_linked_order_at_no_price(world: World) -> None:
    order_id = world.shipped()
    assert act(world, made_up(), "remake", {"reason": "a claim"}).status == 404
    made = act(world, order_id, "remake", {"reason": "the stone fell out"}, key="claim")
    new = world.order(made.json["order_id"])
    assert (made.status, new.remake_of, new.is_accepted) == (201, order_id, True)
    assert new.offer is not None
    assert (new.offer.gross_minor, new.offer.pay_minor > 0, new.buyer) == (0, True, "anna")
    again = act(world, order_id, "remake", {"reason": "the stone fell out"}, key="claim")
    assert (again.json["order_id"], again.headers["Idempotent-Replayed"]) == (new.order_id, "true")
    assert act(world, new.order_id, "approve").json["status"] == "MANUFACTURING_APPROVED"
    assert act(world, new.order_id, "remake", {"reason": "no"}).code == "order.not_delivered"


def test_an_order_that_never_was_has_no_history(world: World) -> None:
    for query in ("", "?after=5"):
        assert world.call(VERA, "GET", f"/crm/v1/orders/{made_up()}/timeline{query}").status == 404
    order_id = world.accepted(ANNA)
    assert world.call(VERA, "GET", f"/crm/v1/orders/{order_id}/timeline?after=99").json["items"] == []


def test_a_seller_closes_what_was_delivered(world: World) -> None:
    assert act(world, world.shipped(), "close", {"reason": "the buyer said so"}).json["status"] == "CLOSED"


def test_lists_find_orders_by_status_due_date_and_number(world: World) -> None:
    order_id = world.accepted(ANNA)
    world.project()
    for query in ("", "?status=PRICE_CALCULATED", "?due_before=2027-01-01T00:00:00Z", f"?q={order_id[4:12]}"):
        found = world.call(VERA, "GET", f"/crm/v1/orders{query}").json["items"]
        assert [row["order_id"] for row in found] == [order_id]
    assert world.call(VERA, "GET", "/crm/v1/orders?status=SHIPPED").json["items"] == []
    assert world.call(VERA, "GET", "/crm/v1/orders?status=LOST").status == 400


def test_what_needs_attention_is_listed_by_kind(world: World) -> None:
    order_id = world.accepted(ANNA)
    act(world, order_id, "hold", {"kind": "question", "reason": "which finger?", "caused_by": "buyer"})
    world.project()
    world.company.pass_time(seconds=1)
    lists = world.call(VERA, "GET", "/crm/v1/attention").json["lists"]
    assert {kind: len(page["items"]) for kind, page in lists.items()} == {
        "stuck": 0,
        "at_risk": 0,
        "unpriceable": 0,
        "held": 1,
    }
    held = world.call(VERA, "GET", "/crm/v1/attention?kind=held").json["lists"]
    assert list(held) == ["held"]


def test_the_auto_approval_rule_is_replaced_only_as_it_was_seen(world: World) -> None:
    seen = world.call(VERA, "GET", "/crm/v1/rules/auto-approval")
    assert (seen.json["rule"]["enabled"], seen.headers["ETag"]) == (False, '"0"')
    rule = {"enabled": True, "channels": ["partner"], "max_gross_minor": 5_000_000}
    as_seen = {"If-Match": '"0"'}
    set_ = world.call(VERA, "PUT", "/crm/v1/rules/auto-approval", rule, headers=as_seen)
    assert (set_.status, set_.headers["ETag"]) == (200, '"1"')
    stale = world.call(
        VERA, "PUT", "/crm/v1/rules/auto-approval", rule | {"enabled": False}, headers={"If-Match": '"0"'}
    )
    assert stale.status == 412


def test_price_lists_are_added_and_activated(world: World) -> None:
    content = json.loads(FIRST_PRICE_LIST.model_dump_json()) | {"version": "2026.2", "minimum_line_net_minor": 999_900}
    assert world.call(VERA, "POST", "/crm/v1/price-lists", content).status == 201
    changed = content | {"minimum_line_net_minor": 1}
    assert world.call(VERA, "POST", "/crm/v1/price-lists", changed).code == "price_list.exists"
    assert world.call(VERA, "POST", "/crm/v1/price-lists/2026.2/activate", {}).json["version"] == "2026.2"
    assert world.call(VERA, "POST", "/crm/v1/price-lists/2099.1/activate", {}).status == 404
    listed = world.call(VERA, "GET", "/crm/v1/price-lists").json["items"]
    assert [(each["price_list"]["version"], each["active_for"]) for each in listed] == [("2026.2", ["everybody"])]
    assert world.call(NOBODY, "GET", "/shop/v1/materials").json["price_list_version"] == "2026.2"


def test_metal_rates_that_move_too_far_wait_for_a_seller(world: World) -> None:
    rates = json.loads(FIRST_METAL_RATES.model_dump_json()) | {"version": "2026.2"}
    assert world.call(VERA, "POST", "/crm/v1/metal-rates", rates).json["active"] is True
    gold = rates["minor_per_fine_g"] | {"gold": {**rates["minor_per_fine_g"]["gold"], "value": "2000000"}}
    far = rates | {"version": "2026.3", "minor_per_fine_g": gold}
    assert world.call(VERA, "POST", "/crm/v1/metal-rates", far).json["active"] is False
    assert world.call(VERA, "POST", "/crm/v1/metal-rates/2026.3/activate").json["version"] == "2026.3"
    listed = world.call(VERA, "GET", "/crm/v1/metal-rates").json["items"]
    assert [(each["metal_rates"]["version"], each["active"]) for each in listed] == [
        ("2026.3", True),
        ("2026.2", False),
    ]


def test_a_partner_has_two_keys_of_a_mode_while_it_changes_over(world: World) -> None:
    made = world.call(VERA, "POST", "/crm/v1/partners", {"partner_id": "amber-house", "name": "Amber House"})
    assert (made.status, made.json["keys"]) == (201, [])
    issue = "/crm/v1/partners/amber-house/keys"
    keys = [world.call(VERA, "POST", issue, {"mode": "live", "name": f"k{number}"}).json for number in range(2)]
    assert all(key["key"].startswith(f"ak_live_{key['key_id']}_") for key in keys)
    assert world.call(VERA, "POST", issue, {"mode": "live"}).code == "key.too_many"
    assert world.call(VERA, "POST", issue, {"mode": "test"}).status == 201
    assert world.call(VERA, "DELETE", f"{issue}/{keys[0]['key_id']}").status == 204
    assert world.call(VERA, "POST", issue, {"mode": "live"}).status == 201
    shown = world.call(VERA, "GET", "/crm/v1/partners").text
    assert all(key["key"].rsplit("_", 1)[1] not in shown for key in keys)
    assert world.call(VERA, "DELETE", f"{issue}/nonsense").status == 404
    clash = world.call(VERA, "POST", "/crm/v1/partners", {"partner_id": "amber-house", "name": "Another"})
    assert clash.code == "partner.exists"


@pytest.mark.parametrize("person", [ANNA, GLEB, EGOR, NORTHERN, NOBODY])
def test_nobody_else_sells(world: World, person: object) -> None:
    order_id = world.accepted(ANNA)
    reply = world.call(person, "POST", f"/crm/v1/orders/{order_id}/approve")  # type: ignore[arg-type]
    assert reply.status in (401, 403)
    assert world.order(order_id).status == "PRICE_CALCULATED"


def deliver(world: World, message: dict[str, object], *, name: str = "msg_1", **wrong: Any) -> Reply:
    raw = json.dumps(message).encode()
    sent = str(int((wrong.get("at") or world.company.now).timestamp()))
    mac = hmac.new(wrong.get("secret", CARRIER_SECRET), f"{name}.{sent}.".encode() + raw, hashlib.sha256).digest()
    headers = {
        "webhook-id": name,
        "webhook-timestamp": sent,
        "webhook-signature": f"v1,{base64.b64encode(mac).decode()}",
        **wrong.get("headers", {}),
    }
    return world.call(NOBODY, "POST", "/carrier/v1/deliveries", raw=wrong.get("raw", raw), headers=headers)


def delivered(order_id: str, **changes: object) -> dict[str, object]:
    return {
        "order_id": order_id,
        "carrier": "Russian Post",
        "tracking_number": "RR123456",
        "status": "delivered",
        "delivered_at": "2026-03-02T08:55:00Z",
        **changes,
    }


def test_the_carriers_word_closes_a_shipped_order_once(world: World) -> None:
    order_id = world.shipped()
    first = deliver(world, delivered(order_id))
    assert (first.status, first.json) == (200, {"order_id": order_id, "status": "CLOSED"})
    version = world.order(order_id).version
    again = deliver(world, delivered(order_id))
    assert (again.status, again.headers["Idempotent-Replayed"]) == (200, "true")
    assert world.order(order_id).version == version
    assert (
        deliver(world, delivered(order_id, carrier="Russian Post", delivered_at="2026-03-02T08:00:00Z")).status == 422
    )


def test_a_carriers_message_must_be_signed_recent_and_about_its_own_parcel(world: World) -> None:
    order_id = world.shipped()
    message = delivered(order_id)
    old = world.company.now - timedelta(minutes=5, seconds=1)
    refused = {
        "another secret": deliver(world, message, secret=b"guess"),
        "another body": deliver(world, message, raw=json.dumps(delivered(order_id, carrier="X")).encode()),
        "no signature": deliver(world, message, headers={"webhook-signature": ""}),
        "nonsense": deliver(world, message, headers={"webhook-signature": "v1,§ v2,AAAA"}),
        "too old": deliver(world, message, at=old),
        "from the future": deliver(world, message, at=world.company.now + timedelta(minutes=6)),
    }
    assert {name: reply.status for name, reply in refused.items()} == dict.fromkeys(refused, 401)
    assert deliver(world, message, headers={"webhook-timestamp": "soon"}).status == 400
    assert deliver(world, delivered(order_id, tracking_number="RR000000"), name="a").status == 404
    assert deliver(world, delivered(made_up()), name="b").status == 404
    assert deliver(world, delivered(order_id, delivered_at="2026-04-02T08:00:00Z"), name="c").status == 409
    assert world.order(order_id).status == "SHIPPED"
