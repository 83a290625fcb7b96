"""Operators and foremen over HTTP: whoever takes an order has it, and nobody sees what it costs."""

import pytest

from tests.http_world import ANNA, BORIS, DINA, EGOR, GLEB, NORTHERN_TEST, VERA, World, made_up


def test_an_operator_makes_an_order_from_queue_to_carrier(world: World) -> None:
    order_id = world.shipped()
    order = world.call(GLEB, "GET", f"/mes/v1/orders/{order_id}").json
    assert (order["status"], order["maker"], order["owner"]) == ("SHIPPED", "gleb", None)
    names = [entry["event"] for entry in world.call(GLEB, "GET", f"/mes/v1/orders/{order_id}/timeline").json["items"]]
    assert names[-4:] == ["OrderTaken", "ManufacturingCompleted", "PackingStarted", "OrderShipped"]
    assert "OrderPriced" not in names


def test_a_loser_of_a_race_learns_who_won(world: World) -> None:
    order_id = world.taken(GLEB)
    lost = world.call(DINA, "POST", f"/mes/v1/orders/{order_id}/take")
    assert (lost.status, lost.code, lost.json["owner"]) == (409, "order.already_taken", "gleb")


def test_the_winner_who_asks_again_with_the_same_key_has_it_still(world: World) -> None:
    order_id = world.approved()
    first = world.call(GLEB, "POST", f"/mes/v1/orders/{order_id}/take", key="tap")
    again = world.call(GLEB, "POST", f"/mes/v1/orders/{order_id}/take", key="tap")
    assert (again.status, again.text, again.headers["Idempotent-Replayed"]) == (200, first.text, "true")


def test_taking_costs_one_read_and_one_transaction_and_losing_one_read(world: World) -> None:
    order_id = world.approved()
    path = f"/mes/v1/orders/{order_id}/take"
    assert world.calls_of(lambda: world.call(GLEB, "POST", path, key="a")) == ["read", "commit"]
    assert world.calls_of(lambda: world.call(DINA, "POST", path, key="b")) == ["read"]


def test_work_in_progress_has_a_limit(world: World) -> None:
    for number in range(5):
        world.taken(key=f"order-{number}")
    sixth = world.approved(key="order-6")
    reply = world.call(GLEB, "POST", f"/mes/v1/orders/{sixth}/take")
    assert (reply.status, reply.code, reply.json["limit_orders"]) == (409, "operator.work_in_progress_limit", 5)
    me = world.call(GLEB, "GET", "/mes/v1/me").json
    assert (me["orders"], me["pieces"], me["limit_orders"], me["limit_pieces"]) == (5, 5, 5, 20)


def test_take_next_takes_the_order_due_first(world: World) -> None:
    first = world.approved(key="first")
    world.company.pass_time(hours=1)
    second = world.approved(BORIS, key="second")
    assert world.call(GLEB, "POST", "/mes/v1/orders/next").json["order_id"] == first
    assert world.call(DINA, "POST", "/mes/v1/orders/next").json["order_id"] == second  # the board has not caught up
    empty = world.call(EGOR, "POST", "/mes/v1/orders/next")
    assert (empty.status, empty.code) == (409, "queue.empty")


def test_take_next_repeated_with_the_same_key_is_the_same_order(world: World) -> None:
    first = world.approved(key="first")
    world.call(GLEB, "POST", "/mes/v1/orders/next", key="tap")
    world.approved(BORIS, key="second")
    again = world.call(GLEB, "POST", "/mes/v1/orders/next", key="tap")
    assert (again.json["order_id"], again.headers["Idempotent-Replayed"]) == (first, "true")
    world.board_items.stored.clear()
    assert world.call(GLEB, "POST", "/mes/v1/orders/next", key="tap").json["order_id"] == first


def test_a_take_can_be_undone_for_a_minute(world: World) -> None:
    order_id = world.taken()
    seen = world.call(GLEB, "GET", f"/mes/v1/orders/{order_id}").json
    assert seen["undo_until"] == "2026-03-02T09:01:00Z"
    undone = world.call(GLEB, "POST", f"/mes/v1/orders/{order_id}/undo", {"fence": seen["fence"]})
    assert (undone.json["status"], undone.json["owner"]) == ("MANUFACTURING_APPROVED", None)
    taken = world.call(GLEB, "POST", f"/mes/v1/orders/{order_id}/take").json
    world.company.pass_time(seconds=61)
    late = world.call(GLEB, "POST", f"/mes/v1/orders/{order_id}/undo", {"fence": taken["fence"]})
    assert (late.status, late.code) == (409, "take.not_undoable")


def test_who_has_lost_an_order_changes_it_no_more(world: World) -> None:
    order_id = world.taken(GLEB)
    stale = world.order(order_id).fence
    gone = world.call(EGOR, "POST", f"/mes/v1/orders/{order_id}/reassign", {"fence": stale, "operator": "dina"})
    assert gone.json["owner"] == "dina"
    for command, body in (
        ("complete", {"fence": stale}),
        ("release", {"fence": stale, "reason": "no"}),
        ("scrap", {"fence": stale, "pieces": 1, "reason": "cracked", "mass_g": 1.5}),
    ):
        reply = world.call(GLEB, "POST", f"/mes/v1/orders/{order_id}/{command}", body)
        assert (reply.status, reply.code) == (409, "order.stale_fence")


def test_only_foremen_reassign(world: World) -> None:
    order_id = world.taken()
    body = {"fence": world.order(order_id).fence, "operator": "dina"}
    reply = world.call(GLEB, "POST", f"/mes/v1/orders/{order_id}/reassign", body)
    assert (reply.status, reply.code) == (403, "caller.wrong_role")


def test_detours_of_an_order_in_hand(world: World) -> None:
    order_id = world.taken(quantity=2)
    fence = world.order(order_id).fence
    path = f"/mes/v1/orders/{order_id}"
    scrapped = {"fence": fence, "pieces": 1, "reason": "porosity", "mass_g": 4.2}
    assert world.call(GLEB, "POST", f"{path}/scrap", scrapped).json["scrapped_pieces"] == 1
    out = world.call(GLEB, "POST", f"{path}/assay", {"fence": fence, "step": "send"})
    assert out.json["at_assay_since"] == "2026-03-02T09:00:00Z"
    assert world.call(GLEB, "POST", f"{path}/complete", {"fence": fence}).code == "order.at_assay"
    pieces = [{"line": 1, "number": 1, "actual_mass_g": 10.1, "uin": "RU123", "assay_state": "hallmarked"}]
    back = world.call(GLEB, "POST", f"{path}/assay", {"fence": fence, "step": "return", "pieces": pieces})
    assert back.json["pieces"][0]["uin"] == "RU123"
    world.call(GLEB, "POST", f"{path}/hold", {"kind": "material", "reason": "no silver"})
    assert world.call(GLEB, "POST", f"{path}/complete", {"fence": fence}).code == "order.held"
    assert world.call(GLEB, "POST", f"{path}/unhold").json["hold"] is None
    assert world.call(GLEB, "POST", f"{path}/complete", {"fence": fence}).json["status"] == "MANUFACTURING_COMPLETED"
    again = world.call(DINA, "POST", f"{path}/rework", {"reason": "scratched"}).json
    assert (again["status"], again["owner"], again["in_rework"]) == ("MANUFACTURING_STARTED", "gleb", True)
    free = world.call(GLEB, "POST", f"{path}/release", {"fence": again["fence"], "reason": "ill"}).json
    assert (free["status"], free["owner"]) == ("MANUFACTURING_APPROVED", None)


def test_the_floor_sees_pay_and_never_prices(world: World) -> None:
    order_id = world.taken()
    order = world.order(order_id)
    assert order.offer is not None
    for path in (f"/orders/{order_id}", f"/orders/{order_id}/timeline", "/orders?queue=started"):
        text = world.call(GLEB, "GET", f"/mes/v1{path}").text
        assert str(order.offer.gross_minor) not in text
        assert str(order.offer.net_minor) not in text
        assert "gross" not in text
    assert world.call(GLEB, "GET", f"/mes/v1/orders/{order_id}").json["pay_minor"] == order.offer.pay_minor


def test_only_who_packs_sees_the_recipient(world: World) -> None:
    order_id = world.taken()
    path = f"/mes/v1/orders/{order_id}"
    assert world.call(GLEB, "GET", path).json["deliver_to"] is None
    world.call(GLEB, "POST", f"{path}/complete", {"fence": world.order(order_id).fence})
    assert "Petrova" not in world.call(DINA, "POST", f"{path}/pack").text
    assert world.call(DINA, "GET", path).json["deliver_to"]["name"] == "Anna Petrova"
    world.call(DINA, "POST", f"{path}/ship", {"carrier": "Post", "tracking_number": "RR123456"})
    assert world.call(DINA, "GET", path).json["deliver_to"] is None


def test_the_files_to_be_made_are_the_versions_that_were_priced(world: World) -> None:
    order_id = world.approved()
    model = world.order(order_id).lines[0].model
    world.company.bucket.upload(f"uploads/{model}", b"something else")
    files = world.call(GLEB, "GET", f"/mes/v1/orders/{order_id}/model").json["items"]
    assert files[0]["file_url"] == f"https://files.example/uploads/{model}?version=v1&name={order_id}-1"


def test_queues_and_counts_show_the_board(world: World) -> None:
    order_id = world.taken()
    world.project()
    mine = world.call(GLEB, "GET", "/mes/v1/orders?queue=mine&sort=due").json
    assert [card["order_id"] for card in mine["items"]] == [order_id]
    assert world.call(DINA, "GET", "/mes/v1/orders?queue=mine").json["items"] == []
    counts = world.call(GLEB, "GET", "/mes/v1/counts").json["queues"]
    assert (counts["mine"], counts["started"], counts["available"]) == (1, 1, 0)
    assert world.call(GLEB, "GET", "/mes/v1/orders?queue=yesterday").status == 400
    assert world.call(GLEB, "GET", "/mes/v1/orders?cursor=nonsense").status == 400


def test_what_is_not_on_the_floor_does_not_exist_there(world: World) -> None:
    hidden = [world.accepted(ANNA), world.accepted(NORTHERN_TEST), made_up()]
    for order_id in hidden:
        assert world.call(GLEB, "GET", f"/mes/v1/orders/{order_id}").status == 404
        assert world.call(GLEB, "POST", f"/mes/v1/orders/{order_id}/take").status == 404


@pytest.mark.parametrize("person", [ANNA, VERA])
def test_nobody_else_works_on_the_floor(world: World, person: object) -> None:
    order_id = world.approved()
    reply = world.call(person, "POST", f"/mes/v1/orders/{order_id}/take")  # type: ignore[arg-type]
    assert (reply.status, reply.code) == (403, "caller.wrong_role")
