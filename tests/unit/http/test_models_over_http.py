"""Models over HTTP: announced, uploaded, looked at, deleted; and the catalogue that they are ordered from."""

import hashlib

from tests.http_world import ANNA, BORIS, NOBODY, World, made_up
from tests.priced_orders import RING

DECLARED = {"size_bytes": len(RING), "sha256": hashlib.sha256(RING).hexdigest(), "unit": "mm", "file_name": "ring.stl"}


def test_an_announced_file_gets_a_form_to_be_posted_with(world: World) -> None:
    made = world.call(ANNA, "POST", "/shop/v1/models", DECLARED, key="k")
    model_id = made.json["model"]["model_id"]
    assert (made.status, made.headers["Location"]) == (201, f"/api/shop/v1/models/{model_id}")
    assert made.json["upload"]["fields"]["key"] == f"uploads/{model_id}"
    world.company.pass_time(seconds=1)
    again = world.call(ANNA, "POST", "/shop/v1/models", DECLARED, key="k")
    assert (again.json["model"]["model_id"], again.headers["Idempotent-Replayed"]) == (model_id, "true")
    other = world.call(ANNA, "POST", "/shop/v1/models", {**DECLARED, "unit": "in"}, key="k")
    assert (other.status, other.code) == (422, "idempotency.key_reused")


def test_a_file_name_never_reaches_a_key(world: World) -> None:
    made = world.call(ANNA, "POST", "/shop/v1/models", {**DECLARED, "file_name": "../../etc/passwd\x00"})
    assert made.json["model"]["file_name"] == "passwd"
    assert "etc" not in made.json["upload"]["fields"]["key"]


def test_what_cannot_be_a_file_is_refused(world: World) -> None:
    for wrong in ({"size_bytes": 0}, {"size_bytes": 10**12}, {"sha256": "abc"}, {"unit": "parsec"}, {"owner": "boris"}):
        assert world.call(ANNA, "POST", "/shop/v1/models", {**DECLARED, **wrong}).status == 400


def test_an_analysed_model_shows_what_was_found(world: World) -> None:
    model = world.analysed(ANNA)
    seen = world.call(ANNA, "GET", f"/shop/v1/models/{model.model_id}").json
    assert (seen["stage"], seen["analysis"]["volume_mm3"], seen["progress"]) == ("analysed", 1000.0, None)
    assert seen["preview_url"].endswith(f"previews/{model.model_id}.png")
    listed = world.call(ANNA, "GET", "/shop/v1/models").json
    assert [row["model_id"] for row in listed["items"]] == [model.model_id]


def test_a_corrected_unit_has_the_model_analysed_again(world: World) -> None:
    model = world.analysed(ANNA)
    changed = world.call(ANNA, "POST", f"/shop/v1/models/{model.model_id}/unit", {"unit": "in"}).json
    assert (changed["unit"], changed["unit_confirmed"], changed["stage"]) == ("in", True, "uploaded")
    assert world.company.queue.asked == [model.model_id]


def test_a_unit_stands_once_an_order_is_priced_by_it(world: World) -> None:
    order_id = world.placed(ANNA)
    model = world.order(order_id).lines[0].model
    reply = world.call(ANNA, "POST", f"/shop/v1/models/{model}/unit", {"unit": "in"})
    assert (reply.status, reply.code) == (409, "model.priced")


def test_a_model_is_deleted_unless_an_open_order_is_for_it(world: World) -> None:
    order_id = world.placed(ANNA)
    model = world.order(order_id).lines[0].model
    assert world.call(ANNA, "DELETE", f"/shop/v1/models/{model}").code == "model.in_use"
    world.call(ANNA, "POST", f"/shop/v1/orders/{order_id}/cancel", {})
    gone = world.call(ANNA, "DELETE", f"/shop/v1/models/{model}")
    assert (gone.status, gone.text) == (204, "")
    assert world.call(ANNA, "GET", f"/shop/v1/models/{model}").status == 404


def test_somebody_elses_model_looks_like_one_that_never_was(world: World) -> None:
    theirs = world.analysed(BORIS)
    for model_id in (theirs.model_id, made_up("mdl")):
        assert world.call(ANNA, "GET", f"/shop/v1/models/{model_id}").status == 404
        assert world.call(ANNA, "DELETE", f"/shop/v1/models/{model_id}").status == 404
        assert world.call(ANNA, "POST", f"/shop/v1/models/{model_id}/unit", {"unit": "mm"}).status == 404
    assert world.call(ANNA, "GET", "/shop/v1/models").json["items"] == []


def test_the_catalogue_is_for_everybody_and_may_be_kept(world: World) -> None:
    seen = world.call(NOBODY, "GET", "/shop/v1/materials")
    assert seen.headers["Cache-Control"] == "public, max-age=300"
    assert "silver_925" in [material["code"] for material in seen.json["materials"]]
    assert seen.json["delivery_minor"]["collect"] == 0
    again = world.call(NOBODY, "GET", "/shop/v1/materials", headers={"If-None-Match": seen.headers["ETag"]})
    assert (again.status, again.text) == (304, "")
