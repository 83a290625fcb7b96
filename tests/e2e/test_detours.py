"""What else may become of an order on its way."""

import uuid
from datetime import UTC, datetime, timedelta

from alexandrite.domain.commands import RecordPrice
from alexandrite.domain.company import Company
from alexandrite.domain.identifiers import derive
from alexandrite.domain.orders import Actor, ActorKind
from alexandrite.store.apply import ExtraItem, apply
from alexandrite.store.dynamodb import DynamoOrderTable
from alexandrite.store.keys import price_key
from tests.e2e.world import Door, World, eventually


def test_a_buyer_cancels_before_work_begins_and_gets_the_money_back(
    world: World, anna: Door, vera: Door, model: str
) -> None:
    order_id = world.approved(anna, model)
    anna.do(f"/orders/{order_id}/cancel", {"reason": "changed my mind"})
    eventually(lambda: vera.order(order_id)["payment"] == "refund_due")  # the machine's compensation
    eventually(lambda: world.executions()[f"{order_id}-g1"] == "SUCCEEDED")
    world.history_is_sound(order_id)


def test_a_buyer_cannot_cancel_what_is_being_made_but_a_seller_can(
    world: World, anna: Door, vera: Door, gleb: Door, model: str
) -> None:
    order = world.taken(anna, model, gleb)
    order_id = order["order_id"]
    in_hand = gleb.get("/me")["orders"]
    assert anna.refused(f"/orders/{order_id}/cancel")["code"] == "order.work_has_begun"
    vera.do(f"/orders/{order_id}/cancel", {"reason": "the buyer called"})
    assert gleb.get("/me")["orders"] == in_hand - 1  # the operator is free again
    assert gleb.refused(f"/orders/{order_id}/complete", {"fence": order["fence"]})["code"] == "order.wrong_status"


def test_a_seller_rejects_what_cannot_be_made(world: World, anna: Door, vera: Door, model: str) -> None:
    order_id = world.priced(anna, model)["order_id"]
    vera.do(f"/orders/{order_id}/reject", {"reason": "the prongs would break"})
    assert anna.order(order_id)["status"] == "REJECTED"
    assert anna.refused(f"/orders/{order_id}/submit")["code"] == "order.wrong_status"
    world.history_is_sound(order_id)


def test_work_on_a_held_order_rests_until_it_goes_on(
    world: World, anna: Door, vera: Door, gleb: Door, model: str
) -> None:
    order_id = world.approved(anna, model)
    due_at = anna.order(order_id)["promise"]["due_at"]
    vera.do(f"/orders/{order_id}/hold", {"kind": "question", "reason": "which size?", "caused_by": "buyer"})
    assert gleb.refused(f"/orders/{order_id}/take")["code"] == "order.held"
    held = [
        each["order_id"] for each in eventually(lambda: vera.get("/attention", kind="held")["lists"]["held"]["items"])
    ]
    assert order_id in held
    vera.do(f"/orders/{order_id}/unhold")
    assert anna.order(order_id)["promise"]["due_at"] > due_at  # the buyer's question moved the promise
    gleb.do(f"/orders/{order_id}/take")
    world.finish(order_id, gleb)


def _attention(seller: Door, kind: str) -> list[str]:
    return [each["order_id"] for each in seller.get("/attention", kind=kind)["lists"][kind]["items"]]


def test_a_released_order_is_taken_by_another_and_the_first_can_do_no_more(
    world: World, anna: Door, gleb: Door, dina: Door, model: str
) -> None:
    first = world.taken(anna, model, gleb)
    order_id = first["order_id"]
    gleb.do(f"/orders/{order_id}/release", {"fence": first["fence"], "reason": "the machine is down"})
    second = dina.do(f"/orders/{order_id}/take")
    assert second["fence"] > first["fence"]
    assert gleb.refused(f"/orders/{order_id}/complete", {"fence": first["fence"]})["code"] == "order.stale_fence"
    world.finish(order_id, dina)
    world.history_is_sound(order_id)


def test_a_take_can_be_undone_at_once(world: World, anna: Door, gleb: Door, model: str) -> None:
    taken = world.taken(anna, model, gleb)
    undone = gleb.do(f"/orders/{taken['order_id']}/undo", {"fence": taken["fence"]})
    assert (undone["status"], undone["owner"]) == ("MANUFACTURING_APPROVED", None)


def test_scrapped_pieces_are_made_again_within_the_status(world: World, anna: Door, gleb: Door, model: str) -> None:
    order = world.taken(anna, model, gleb, quantity=3)
    order_id = order["order_id"]
    body = {"fence": order["fence"], "pieces": 2, "reason": "porous casting", "mass_g": 7.5}
    scrapped = gleb.do(f"/orders/{order_id}/scrap", body)
    assert (scrapped["status"], scrapped["scrapped_pieces"]) == ("MANUFACTURING_STARTED", 2)
    world.finish(order_id, gleb)
    world.history_is_sound(order_id)


def test_rework_goes_back_to_the_same_operator(world: World, anna: Door, gleb: Door, dina: Door, model: str) -> None:
    order = world.taken(anna, model, gleb)
    order_id = order["order_id"]
    gleb.do(f"/orders/{order_id}/complete", {"fence": order["fence"]})
    back = dina.do(f"/orders/{order_id}/rework", {"reason": "scratched"})
    assert (back["status"], back["owner"], back["in_rework"]) == ("MANUFACTURING_STARTED", order["owner"], True)
    world.finish(order_id, gleb)
    world.history_is_sound(order_id)


def test_precious_pieces_go_to_the_assay_office_and_come_back(world: World, anna: Door, gleb: Door, model: str) -> None:
    order = world.taken(anna, model, gleb)
    order_id, fence = order["order_id"], order["fence"]
    gleb.do(f"/orders/{order_id}/assay", {"fence": fence, "step": "send"})
    assert gleb.refused(f"/orders/{order_id}/complete", {"fence": fence})["code"] == "order.at_assay"
    piece = {"line": 1, "number": 1, "actual_mass_g": 6.12, "uin": "1234567890123456", "assay_state": "hallmarked"}
    back = gleb.do(f"/orders/{order_id}/assay", {"fence": fence, "step": "return", "pieces": [piece]})
    assert back["pieces"] == [piece]
    world.finish(order_id, gleb)


def test_another_file_voids_the_offer_and_is_priced_anew(world: World, anna: Door, model: str) -> None:
    order = world.priced(anna, model)
    order_id, old = order["order_id"], order["price"]["price_id"]
    bigger = world.upload(anna, world.ring.replace(b"Signet", b"SIGNET", 1))  # other bytes, not analysed yet
    changed = anna.client.patch(
        f"/orders/{order_id}", json={"lines": world.lines(bigger)}, headers={"Idempotency-Key": str(uuid.uuid4())}
    )
    assert changed.json()["status"] in ("INITIATED", "FILE_UPLOADED")
    assert anna.refused(f"/orders/{order_id}/accept", {"price_id": old})["code"] == "order.wrong_status"
    anna.has_reached(order_id, "FILE_UPLOADED")
    anna.do(f"/orders/{order_id}/submit")
    offer = anna.has_reached(order_id, "PRICE_CALCULATED", seconds=90)["price"]
    assert anna.refused(f"/orders/{order_id}/accept", {"price_id": old})["code"] == "price.superseded"
    anna.do(f"/orders/{order_id}/accept", {"price_id": offer["price_id"]})
    world.history_is_sound(order_id)


def test_an_expired_offer_is_renewed_and_not_accepted(world: World, anna: Door, model: str) -> None:
    order_id = world.priced(anna, model)["order_id"]
    expired = _expire_the_offer(world, order_id)
    assert anna.refused(f"/orders/{order_id}/accept", {"price_id": expired})["code"] == "price.expired"
    anna.do(f"/orders/{order_id}/reprice")
    fresh = eventually(lambda: _other_price(anna, order_id, expired))
    anna.do(f"/orders/{order_id}/accept", {"price_id": fresh})
    world.history_is_sound(order_id)


def _other_price(buyer: Door, order_id: str, old: str) -> str | None:
    price_id = str(buyer.order(order_id)["price"]["price_id"])
    return price_id if price_id != old else None


def _expire_the_offer(world: World, order_id: str) -> str:
    """Days cannot pass here: the only writer of orders records an offer that ended a moment ago."""
    table = DynamoOrderTable(world.cloud.client("dynamodb"), world.outputs["OrdersTable"])
    order = world.record(order_id).order
    now = datetime.now(UTC)
    price_id = derive("prc", order_id, "expired")
    offer = order.offer.model_copy(update={"price_id": price_id, "valid_until": now - timedelta(seconds=1)})
    command = RecordPrice(
        command_id=derive("cmd", price_id), actor=Actor(kind=ActorKind.SYSTEM, id="pricing"), at=now, offer=offer
    )
    item = ExtraItem(key=price_key(order_id, price_id), attributes={"of": "an expired offer"})
    apply(table, order_id, [command], company=Company(), items=[item])
    return price_id


def test_a_changed_design_is_offered_anew_and_goes_back_to_the_queue(
    world: World, anna: Door, vera: Door, gleb: Door, model: str
) -> None:
    order = world.taken(anna, model, gleb)
    order_id = order["order_id"]
    vera.do(f"/orders/{order_id}/hold", {"kind": "design_change", "reason": "engraving", "caused_by": "buyer"})
    vera.do(f"/orders/{order_id}/revise", {"lines": world.lines(model, quantity=2)})
    offered = anna.order(order_id)["revision"]["offer"]
    anna.do(f"/orders/{order_id}/accept", {"price_id": offered["price_id"]})
    again = gleb.order(order_id)
    assert (again["status"], again["owner"], again["quantity"]) == ("MANUFACTURING_APPROVED", None, 2)
    world.history_is_sound(order_id)


def test_a_file_that_cannot_be_priced_becomes_the_sellers_to_answer(world: World, anna: Door, vera: Door) -> None:
    nonsense = world.upload(anna, b"solid nothing\nendsolid nothing\n")
    order_id = world.ordered(anna, nonsense)
    anna.has_reached(order_id, "FILE_UPLOADED")
    anna.do(f"/orders/{order_id}/submit")
    (issue,) = eventually(lambda: anna.order(order_id)["issues"], seconds=90)
    assert issue["blocking"]
    assert anna.get(f"/orders/{order_id}/price")["state"] == "blocked"
    eventually(lambda: order_id in _attention(vera, "unpriceable"))
    body = {"net_minor": 500_000, "pay_minor": 100_000, "reason": "modelled anew by hand"}
    vera.do(f"/orders/{order_id}/price", body)
    offer = anna.has_reached(order_id, "PRICE_CALCULATED")["price"]
    anna.do(f"/orders/{order_id}/accept", {"price_id": offer["price_id"]})


def test_a_claim_after_delivery_is_made_again_at_no_price(
    world: World, anna: Door, vera: Door, gleb: Door, model: str
) -> None:
    order = world.taken(anna, model, gleb)
    world.finish(order["order_id"], gleb)
    remake = vera.do(f"/orders/{order['order_id']}/remake", {"reason": "a stone fell out"})
    again = remake["order_id"]
    assert remake["remake_of"] == order["order_id"]
    eventually(lambda: vera.order(again)["price"])
    assert anna.order(again)["price"]["gross_minor"] == 0
    vera.do(f"/orders/{again}/approve")  # nobody has to accept or pay what costs nothing
    gleb.do(f"/orders/{again}/take")
    world.finish(again, gleb)
