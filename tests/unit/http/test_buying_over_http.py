"""Customers order over HTTP: from a model to an accepted price, and every way in which that is refused."""

from datetime import timedelta

import pytest

from tests.http_world import ANNA, BORIS, DELIVERY, NOBODY, VERA, Person, World, made_up


def line(model: str, **changes: object) -> dict[str, object]:
    return {"model": model, "material": "silver_925", "finish": "polished", "quantity": 2, **changes}


def body(model: str, **changes: object) -> dict[str, object]:
    return {"lines": [line(model)], "delivery": DELIVERY, **changes}


def test_a_customer_goes_from_a_file_to_an_accepted_price(world: World) -> None:
    model = world.analysed(ANNA)
    created = world.call(ANNA, "POST", "/shop/v1/orders", body(model.model_id), key="k1")
    order_id = created.json["order_id"]
    assert (created.status, created.json["status"]) == (201, "FILE_UPLOADED")
    assert created.headers["Location"] == f"/api/shop/v1/orders/{order_id}"
    submitted = world.call(ANNA, "POST", f"/shop/v1/orders/{order_id}/submit", {}, key="k2")
    assert (submitted.status, submitted.headers["Location"]) == (202, f"/api/shop/v1/orders/{order_id}/price")
    price = world.call(ANNA, "GET", f"/shop/v1/orders/{order_id}/price").json
    assert (price["state"], price["breakdown"]["gross_minor"]) == ("offered", price["offer"]["gross_minor"])
    accepted = world.call(
        ANNA, "POST", f"/shop/v1/orders/{order_id}/accept", {"price_id": price["offer"]["price_id"]}, key="k3"
    )
    assert accepted.status == 200
    assert accepted.json["price"]["state"] == "accepted"
    assert accepted.json["promise"]["due_at"] == "2026-03-23T09:00:00Z"
    assert accepted.headers["ETag"] == f'"{accepted.json["version"]}"'


def test_an_order_may_begin_before_its_file_has_arrived(world: World) -> None:
    model = world.registered(ANNA)
    made = world.call(ANNA, "POST", "/shop/v1/orders", body(model.model_id))
    assert (made.json["status"], made.json["files_missing"]) == ("INITIATED", [model.model_id])
    too_early = world.call(ANNA, "POST", f"/shop/v1/orders/{made.json['order_id']}/submit", {})
    assert (too_early.status, too_early.code) == (409, "order.files_missing")


def test_submission_looks_at_storage_itself(world: World) -> None:
    model = world.uploaded(ANNA)
    order_id = world.call(ANNA, "POST", "/shop/v1/orders", body(model.model_id)).json["order_id"]
    assert world.call(ANNA, "POST", f"/shop/v1/orders/{order_id}/submit", {}).json["status"] == "SUBMITTED"
    assert world.order(order_id).files[model.model_id].version_id == "v1"
    price = world.call(ANNA, "GET", f"/shop/v1/orders/{order_id}/price").json
    assert (price["state"], price["stage"], price["waiting_for"]) == ("calculating", "uploaded", [model.model_id])


def test_the_same_key_and_body_find_the_same_order_and_another_body_is_refused(world: World) -> None:
    model = world.analysed(ANNA)
    first = world.call(ANNA, "POST", "/shop/v1/orders", body(model.model_id), key="once")
    again = world.call(ANNA, "POST", "/shop/v1/orders", body(model.model_id), key="once")
    assert (again.status, again.text) == (201, first.text)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    other = world.call(ANNA, "POST", "/shop/v1/orders", body(model.model_id, lead_time="express"), key="once")
    assert (other.status, other.code) == (422, "idempotency.key_reused")
    elsewhere = {**DELIVERY, "method": "post"}
    moved = world.call(ANNA, "POST", "/shop/v1/orders", body(model.model_id, delivery=elsewhere), key="once")
    assert moved.status == 422


def test_a_day_later_the_same_body_still_finds_its_order(world: World) -> None:
    model = world.analysed(ANNA)
    first = world.call(ANNA, "POST", "/shop/v1/orders", body(model.model_id), key="once")
    world.company.pass_time(hours=25)
    again = world.call(ANNA, "POST", "/shop/v1/orders", body(model.model_id), key="once")
    assert (again.status, again.json["order_id"]) == (201, first.json["order_id"])
    assert len(world.company.orders.records) == 1


def test_two_customers_may_use_the_same_key(world: World) -> None:
    mine = world.call(ANNA, "POST", "/shop/v1/orders", body(world.analysed(ANNA).model_id), key="k")
    theirs = world.call(BORIS, "POST", "/shop/v1/orders", body(world.analysed(BORIS).model_id), key="k")
    assert mine.json["order_id"] != theirs.json["order_id"]


def test_without_a_key_each_request_is_one_of_its_own(world: World) -> None:
    model = world.analysed(ANNA)
    ids = {world.call(ANNA, "POST", "/shop/v1/orders", body(model.model_id)).json["order_id"] for _ in range(2)}
    assert len(ids) == 2


def test_a_key_used_on_another_route_is_a_key_used_before(world: World) -> None:
    order_id = world.placed(ANNA)
    assert world.call(ANNA, "POST", f"/shop/v1/orders/{order_id}/cancel", {}, key="k").status == 200
    assert world.call(ANNA, "POST", f"/shop/v1/orders/{order_id}/reprice", {}, key="k").status == 422


def test_a_stale_version_is_412_and_changes_nothing(world: World) -> None:
    order_id = world.placed(ANNA)
    version = world.order(order_id).version
    path = f"/shop/v1/orders/{order_id}/cancel"
    stale = world.call(ANNA, "POST", path, {}, headers={"If-Match": f'"{version - 1}"'})
    assert (stale.status, stale.code, stale.json["version"]) == (412, "order.version_mismatch", version)
    assert world.call(ANNA, "POST", path, {}, headers={"If-Match": "W/nonsense"}).status == 400
    assert world.call(ANNA, "POST", path, {}, headers={"If-Match": f'"{version}"'}).status == 200


@pytest.mark.parametrize(
    ("changes", "status", "code", "pointer"),
    [
        ({"price": 1}, 400, "request.malformed", "/price"),
        ({"status": "CLOSED"}, 400, "request.malformed", "/status"),
        ({"client_reference": "PO-1"}, 400, "request.malformed", "/client_reference"),
        ({"lines": []}, 400, "request.malformed", "/lines"),
        ({"lead_time": "yesterday"}, 400, "request.malformed", "/lead_time"),
        ({"delivery": {"method": "courier", "recipient": {"name": "A", "phone": "1"}}}, 400, "request.malformed", None),
    ],
)
def test_what_a_customer_may_not_send_is_refused_with_its_place(
    world: World, changes: dict[str, object], status: int, code: str, pointer: str | None
) -> None:
    reply = world.call(ANNA, "POST", "/shop/v1/orders", body(made_up("mdl"), **changes))
    assert (reply.status, reply.code) == (status, code)
    if pointer is not None:
        assert pointer in [error["pointer"] for error in reply.json["errors"]]


@pytest.mark.parametrize(
    ("changes", "code", "pointer"),
    [
        ({"material": "unobtainium"}, "material.unknown", "/lines/0/material"),
        ({"finish": "rusty"}, "finish.unavailable", "/lines/0/finish"),
    ],
)
def test_what_is_not_offered_is_refused_with_its_place(
    world: World, changes: dict[str, object], code: str, pointer: str
) -> None:
    model = world.analysed(ANNA)
    reply = world.call(ANNA, "POST", "/shop/v1/orders", body(model.model_id, lines=[line(model.model_id, **changes)]))
    assert (reply.status, reply.code) == (400, code)
    assert reply.json["errors"][0]["pointer"] == pointer


def test_an_order_for_somebody_elses_model_is_an_order_for_none(world: World) -> None:
    theirs = world.analysed(BORIS)
    for model in (theirs.model_id, made_up("mdl")):
        reply = world.call(ANNA, "POST", "/shop/v1/orders", body(model))
        assert (reply.status, reply.code) == (404, "model.not_found")
    assert world.contacts.kept == {}


@pytest.mark.parametrize(
    ("method", "path", "content"),
    [
        ("GET", "", None),
        ("PATCH", "", {"lead_time": "express"}),
        ("GET", "/timeline", None),
        ("GET", "/price", None),
        ("POST", "/submit", {}),
        ("POST", "/accept", {"price_id": "prc_1"}),
        ("POST", "/reprice", {}),
        ("POST", "/cancel", {}),
    ],
)
def test_somebody_elses_order_looks_like_one_that_never_was(
    world: World, method: str, path: str, content: object
) -> None:
    theirs = world.placed(BORIS)
    state = world.order(theirs)
    answers = []
    for order_id in (theirs, made_up(), "..", "x" * 81):
        reply = world.call(ANNA, method, f"/shop/v1/orders/{order_id}{path}", content)
        assert reply.status == 404
        answers.append({name: value for name, value in reply.json.items() if name != "request_id"})
    assert answers[0] == answers[1] == answers[2]
    assert world.order(theirs) == state


def test_an_expired_price_is_not_accepted_but_renewed(world: World) -> None:
    order_id = world.placed(ANNA)
    offer = world.order(order_id).offer
    assert offer is not None
    early = world.call(ANNA, "POST", f"/shop/v1/orders/{order_id}/reprice")
    assert (early.status, early.code) == (409, "price.still_open")
    world.company.now = offer.valid_until + timedelta(seconds=1)
    assert world.call(ANNA, "GET", f"/shop/v1/orders/{order_id}").json["price"]["state"] == "expired"
    late = world.call(ANNA, "POST", f"/shop/v1/orders/{order_id}/accept", {"price_id": offer.price_id})
    assert (late.status, late.code) == (409, "price.expired")
    renewed = world.call(ANNA, "POST", f"/shop/v1/orders/{order_id}/reprice")
    assert renewed.json["price"]["state"] == "offered"
    assert renewed.json["price"]["price_id"] != offer.price_id


def test_another_price_than_the_offered_one_is_not_accepted(world: World) -> None:
    order_id = world.placed(ANNA)
    reply = world.call(ANNA, "POST", f"/shop/v1/orders/{order_id}/accept", {"price_id": "prc_other"})
    assert (reply.status, reply.code) == (409, "price.superseded")


def test_a_changed_line_voids_the_offer_and_keeps_the_file(world: World) -> None:
    order_id = world.placed(ANNA)
    model = world.order(order_id).lines[0].model
    reply = world.call(ANNA, "PATCH", f"/shop/v1/orders/{order_id}", {"lines": [line(model, quantity=9)]})
    assert (reply.status, reply.json["status"], reply.json["price"]) == (200, "FILE_UPLOADED", None)
    assert world.call(ANNA, "PATCH", f"/shop/v1/orders/{order_id}", {}).status == 400


def test_a_line_changed_to_an_uploaded_model_needs_no_further_upload(world: World) -> None:
    order_id = world.placed(ANNA)
    other = world.analysed(ANNA, b"another ring")
    reply = world.call(ANNA, "PATCH", f"/shop/v1/orders/{order_id}", {"lines": [line(other.model_id)]})
    assert (reply.status, reply.json["status"]) == (200, "FILE_UPLOADED")


def test_an_accepted_order_stands_as_it_is(world: World) -> None:
    order_id = world.accepted(ANNA)
    reply = world.call(ANNA, "PATCH", f"/shop/v1/orders/{order_id}", {"lead_time": "express"})
    assert (reply.status, reply.code) == (409, "price.already_accepted")


def test_a_buyer_cancels_until_work_begins(world: World) -> None:
    taken = world.taken()
    reply = world.call(ANNA, "POST", f"/shop/v1/orders/{taken}/cancel", {})
    assert (reply.status, reply.code) == (409, "order.work_has_begun")
    placed = world.placed(ANNA, key="another")
    cancelled = world.call(ANNA, "POST", f"/shop/v1/orders/{placed}/cancel", {"reason": "changed my mind"})
    assert (cancelled.json["status"], cancelled.json["closed_because"]) == ("CANCELLED", "changed my mind")


def test_a_buyer_reads_the_history_without_what_is_the_companys_own(world: World) -> None:
    order_id = world.taken()
    world.call(VERA, "POST", f"/crm/v1/orders/{order_id}/note", {"text": "a regular customer"})
    history = world.call(ANNA, "GET", f"/shop/v1/orders/{order_id}/timeline").json
    names = [entry["event"] for entry in history["items"]]
    assert names[0] == "OrderCreated"
    assert "OrderTaken" in names
    assert "NoteAdded" not in names
    assert "gleb" not in str(history)
    page = world.call(ANNA, "GET", f"/shop/v1/orders/{order_id}/timeline?limit=2&after=1").json
    assert [entry["version"] for entry in page["items"]] == [2, 3]
    assert page["next_after"] == 3


def test_a_list_shows_own_orders_only_newest_first_page_by_page(world: World) -> None:
    model = world.analysed(ANNA)
    ids = []
    for _ in range(3):
        ids.append(world.call(ANNA, "POST", "/shop/v1/orders", body(model.model_id)).json["order_id"])
        world.company.pass_time(seconds=1)
    world.placed(BORIS)
    first = world.call(ANNA, "GET", "/shop/v1/orders?limit=2").json
    second = world.call(ANNA, "GET", f"/shop/v1/orders?limit=2&cursor={first['next_cursor']}").json
    assert [row["order_id"] for row in (*first["items"], *second["items"])] == ids[::-1]
    assert second["next_cursor"] is None
    for query in ("limit=0", "limit=101", "limit=1&limit=2", "page=1"):
        assert world.call(ANNA, "GET", f"/shop/v1/orders?{query}").status == 400


def test_a_price_is_told_before_anything_is_ordered(world: World) -> None:
    model = world.analysed(ANNA)
    reply = world.call(ANNA, "POST", "/shop/v1/prices", {"lines": [line(model.model_id)]})
    assert reply.status == 200
    assert reply.json["gross_minor"] == reply.json["net_minor"] + reply.json["vat_minor"]
    assert "pay_minor" not in reply.text
    waiting = world.uploaded(ANNA, b"another ring")
    reply = world.call(ANNA, "POST", "/shop/v1/prices", {"lines": [line(waiting.model_id)]})
    assert (reply.status, reply.code) == (409, "model.not_analysed")
    open_model = world.analysed(ANNA, b"an open ring", closed=False)
    reply = world.call(ANNA, "POST", "/shop/v1/prices", {"lines": [line(open_model.model_id)]})
    assert (reply.status, reply.code) == (422, "model.unpriceable")
    theirs = world.analysed(BORIS)
    assert world.call(ANNA, "POST", "/shop/v1/prices", {"lines": [line(theirs.model_id)]}).status == 404


def test_the_price_a_buyer_sees_does_not_say_what_the_maker_earns(world: World) -> None:
    order_id = world.placed(ANNA)
    for path in ("", "/price", "/timeline"):
        assert "pay_minor" not in world.call(ANNA, "GET", f"/shop/v1/orders/{order_id}{path}").text


@pytest.mark.parametrize(
    "person",
    [
        NOBODY,
        Person({"claims": {"sub": "anna", "token_use": "id"}}),
        Person({"claims": {"token_use": "access"}}),
    ],
)
def test_without_an_access_token_there_is_nobody(world: World, person: Person) -> None:
    reply = world.call(person, "GET", "/shop/v1/orders")
    assert (reply.status, reply.code) == (401, "caller.unauthenticated")
