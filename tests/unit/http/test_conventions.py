"""What holds on every route: traces, problems, headers, and the description of the API."""

import json
import re

import pytest

import crm.app
import mes.app
import shop.app
from alexandrite.auth.authorizers import KINDS
from alexandrite.auth.callers import groups_in
from alexandrite.http.audiences import described_routes
from scripts import openapi
from tests.http_world import ANNA, BORIS, GLEB, NORTHERN, VERA, World

APPS = (shop.app.app, crm.app.app, mes.app.app)
ROUTES = [(method, path, route, guard) for app in APPS for method, path, route, guard in described_routes(app)]
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_a_request_id_and_a_trace_come_back_and_stay_in_the_history(world: World) -> None:
    order_id = world.placed(ANNA)
    headers = {"X-Request-Id": "mine-1", "traceparent": TRACE}
    reply = world.call(ANNA, "POST", f"/shop/v1/orders/{order_id}/cancel", {}, headers=headers)
    assert (reply.headers["X-Request-Id"], reply.headers["traceparent"]) == ("mine-1", TRACE)
    trace = world.company.orders.log[order_id][-1].event.trace
    assert (trace.correlation_id, trace.traceparent) == ("mine-1", TRACE)
    assert trace.causation_id.startswith("gateway-")


def test_what_is_no_request_id_or_trace_is_replaced(world: World) -> None:
    headers = {"X-Request-Id": " \u00e9\r\n", "traceparent": "00-0-0-0"}
    reply = world.call(ANNA, "GET", "/shop/v1/orders", headers=headers)
    assert reply.headers["X-Request-Id"].startswith("gateway-")
    assert re.match(r"^00-[0-9a-f]{32}-[0-9a-f]{16}-01$", reply.headers["traceparent"])


@pytest.mark.parametrize(
    ("raw", "content_type", "status", "code"),
    [
        (b"{", "application/json", 400, "request.not_json"),
        (b"[]", "application/json", 400, "request.not_an_object"),
        (b'{"lines": NaN}', "application/json", 400, "request.not_json"),
        (b'"\xff"', "application/json", 400, "request.not_json"),
        (b'{"lines": "\\ud800"}', "application/json", 400, "request.not_json"),
        (b'{"lines": ' + b"9" * 5_000 + b"}", "application/json", 400, "request.not_json"),
        (b"[" * 100_000, "application/json", 400, "request.not_json"),
        (b"a=1", "application/x-www-form-urlencoded", 415, "request.unsupported_media_type"),
        (b'{"a":"' + b"x" * 600_000 + b'"}', "application/json", 413, "request.too_large"),
    ],
)
def test_a_body_that_is_none_is_refused_as_a_problem(
    world: World, raw: bytes, content_type: str, status: int, code: str
) -> None:
    reply = world.call(ANNA, "POST", "/shop/v1/orders", raw=raw, headers={"Content-Type": content_type})
    assert (reply.status, reply.code) == (status, code)


def test_a_refusal_tells_no_value_that_was_sent(world: World) -> None:
    reply = world.call(ANNA, "POST", "/shop/v1/orders", {"recipient_phone": "+79991112233", "lines": "secret"})
    assert "+79991112233" not in reply.text
    assert "secret" not in reply.text


def test_a_fault_of_ours_is_a_problem_without_its_cause(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("the table is on fire")

    monkeypatch.setattr(shop.composition, "buying", fail)
    reply = world.call(ANNA, "GET", "/shop/v1/orders", described=False)
    assert (reply.status, reply.code) == (500, "internal")
    assert "fire" not in reply.text


def test_each_answer_leaves_one_line(world: World, caplog: pytest.LogCaptureFixture) -> None:
    order_id = world.placed(ANNA)
    caplog.clear()
    world.call(ANNA, "GET", f"/shop/v1/orders/{order_id}")
    world.call(BORIS, "GET", f"/shop/v1/orders/{order_id}")
    lines = [(record.message, vars(record)["route"], vars(record)["status"]) for record in caplog.records]
    assert lines == [("answered", "shop.get_order", 200), ("answered", "shop.get_order", 404)]


def test_answers_are_kept_by_nobody(world: World) -> None:
    order_id = world.placed(ANNA)
    assert world.call(ANNA, "GET", f"/shop/v1/orders/{order_id}").headers["Cache-Control"] == "no-store"
    assert world.call(ANNA, "GET", "/shop/v1/orders/nothing").headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("claim", "groups"),
    [
        (None, set()),
        ("", set()),
        ("sellers", {"sellers"}),
        ("[sellers operators]", {"sellers", "operators"}),
        ("sellers,operators", {"sellers", "operators"}),
        ('["sellers", "operators"]', {"sellers", "operators"}),
        (["sellers", "operators"], {"sellers", "operators"}),
        ("[]", set()),
        ('["', set()),
        ("[sellers, operators]", {"sellers", "operators"}),
    ],
)
def test_groups_are_read_however_the_gateway_writes_them(claim: object, groups: set[str]) -> None:
    assert groups_in(claim) == groups


def test_each_command_reads_once_and_writes_once(world: World) -> None:
    model = world.analysed(ANNA)
    line = {"model": model.model_id, "material": "silver_925", "finish": "polished", "quantity": 1}
    delivery = {"method": "collect", "recipient": {"name": "Anna", "phone": "+79990000001"}}
    two = ["read", "commit"]
    body = {"lines": [line], "delivery": delivery}
    assert world.calls_of(lambda: world.call(ANNA, "POST", "/shop/v1/orders", body, key="k1")) == two
    order_id = next(iter(world.company.orders.records))
    path = f"/shop/v1/orders/{order_id}"
    assert world.calls_of(lambda: world.call(ANNA, "PATCH", path, {"lead_time": "express"}, key="k2")) == two
    pricing_at_once = ["read", "read", "commit"]
    submit = world.calls_of(lambda: world.call(ANNA, "POST", f"{path}/submit", {}, key="k3"))
    assert submit == [*two, *pricing_at_once]
    price = world.order(order_id).offer
    assert price is not None
    acceptance = {"price_id": price.price_id}
    assert world.calls_of(lambda: world.call(ANNA, "POST", f"{path}/accept", acceptance, key="k4")) == two
    for person, prefix, command, content in (
        (VERA, "/crm/v1", "payment", {"payment": "paid"}),
        (VERA, "/crm/v1", "note", {"text": "a regular"}),
        (VERA, "/crm/v1", "approve", None),
        (GLEB, "/mes/v1", "take", None),
        (GLEB, "/mes/v1", "complete", {"fence": 10}),  # the version of the take
        (GLEB, "/mes/v1", "pack", None),
        (GLEB, "/mes/v1", "ship", {"carrier": "Post", "tracking_number": "RR123456"}),
        (VERA, "/crm/v1", "close", {"reason": "the buyer said so"}),
    ):
        command_path = f"{prefix}/orders/{order_id}/{command}"
        calls = world.calls_of(lambda: world.call(person, "POST", command_path, content))  # noqa: B023 - called at once
        assert (command, calls) == (command, two)
    assert world.order(order_id).status == "CLOSED"


def test_the_committed_description_is_that_of_the_routes() -> None:
    assert openapi.FILE.read_text() == openapi.described(), "run `python -m scripts.openapi`"


def test_every_reference_in_the_description_leads_somewhere() -> None:
    document = json.loads(openapi.described())
    for reference in set(re.findall(r'"\$ref": "#/([^"]+)"', openapi.described())):
        place = document
        for part in reference.split("/"):
            place = place[part]
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    assert len({operation["operationId"] for operation in operations}) == len(operations) == len(ROUTES)


def test_every_route_is_guarded_or_public_on_purpose() -> None:
    open_to_all = [f"{method} {path}" for method, path, _, guard in ROUTES if guard is None]
    assert sorted(open_to_all) == ["GET /shop/v1/materials", "POST /carrier/v1/deliveries"]
    assert {guard.name for _, _, _, guard in ROUTES if guard is not None} == set(KINDS)


def test_staff_routes_name_their_groups_and_partner_routes_their_scope() -> None:
    for _, path, route, _ in ROUTES:
        assert bool(route.groups) == path.startswith(("/crm/", "/mes/")), path
        if path.startswith("/partner/") and not path.endswith("/limits"):
            assert route.scope is not None, path


def test_partners_must_send_a_key_with_every_command_and_others_may() -> None:
    keyed = [(path, route) for _, path, route, _ in ROUTES if route.keyed]
    assert all(route.key_required == path.startswith("/partner/") for path, route in keyed)
    commands = [(path, route) for method, path, route, _ in ROUTES if method != "GET" and "{order_id}" in path]
    assert [path for path, route in commands if not route.keyed] == []


def test_a_partner_reads_without_a_key(world: World) -> None:
    assert world.call(NORTHERN, "GET", "/partner/v1/orders").status == 200
