"""What an operator does all day, with mouse or finger."""

import re
import time
from collections.abc import Callable

from playwright.sync_api import expect

from local.people import OPERATORS
from tests.browser.conftest import Employs
from tests.browser.workplace import Workplace
from tests.e2e.world import World

NEW_ORDER_SECONDS = 6


def test_a_new_order_appears_is_taken_made_packed_and_shipped(
    world: World, gleb: Workplace, new_order: Callable[..., str]
) -> None:
    expect(gleb.page.get_by_text("Connected")).to_be_visible()
    order_id = new_order(quantity=2)
    released = time.monotonic()
    expect(gleb.card(order_id)).to_be_visible(timeout=NEW_ORDER_SECONDS * 1000)
    assert time.monotonic() - released <= NEW_ORDER_SECONDS
    expect(gleb.card(order_id)).to_contain_text(re.compile(r"Silver 925 · Polished.*2\d days left.*Pay ₽\d.*2 pieces"))

    gleb.card(order_id).get_by_role("button", name="Take order").click()
    expect(gleb.card(order_id)).to_have_count(0)
    gleb.told(f"Order {order_id[4:]} is yours.")
    gleb.go_to("Mine")
    gleb.open(order_id)
    gleb.act("Complete")
    expect(gleb.panel).to_contain_text("is completed.")
    gleb.act("Pack")
    expect(gleb.panel).to_contain_text("Анна Кузнецова")  # whoever packs sees the recipient
    gleb.act("Ship", Carrier="Courier", Tracking_number="AX-12345")
    expect(gleb.panel).to_contain_text("Courier, AX-12345")
    expect(gleb.actions).to_have_count(0)
    for fact in ("Released for production", "Taken", "Completed", "Packing began", "Handed to the carrier"):
        expect(gleb.panel.locator(".history")).to_contain_text(fact)
    assert world.operators[0].order(order_id)["status"] == "SHIPPED"

    gleb.page.keyboard.press("Escape")
    gleb.go_to("Shipped")
    expect(gleb.card(order_id)).to_be_visible()


def test_of_two_who_take_one_wins_and_the_other_is_told_who(
    world: World, gleb: Workplace, employs: Employs, new_order: Callable[..., str]
) -> None:
    dina = employs(OPERATORS[1])
    order_id = new_order()
    for place in (gleb, dina):
        expect(place.card(order_id)).to_be_visible()
    taps = [place.card(order_id).get_by_role("button", name="Take order").element_handle() for place in (gleb, dina)]
    for tap in taps:
        assert tap is not None
        tap.evaluate("button => button.click()")
    messages = [place.page.get_by_role("region", name="Messages") for place in (gleb, dina)]
    for message in messages:
        expect(message).to_contain_text(re.compile("is yours|Already taken"))
    said = [message.inner_text() for message in messages]
    owner = world.foreman.order(order_id)["owner"]
    tags = [operator.get("/me")["operator"] for operator in world.operators]
    winner = tags.index(owner)
    assert "is yours" in said[winner]
    assert f"Already taken by operator {owner.replace('-', '')[:6].upper()}." in said[1 - winner]
    loser = (gleb, dina)[1 - winner]
    expect(loser.card(order_id)).to_have_count(0)
    expect(loser.count("Mine")).to_have_text("0")
    expect((gleb, dina)[winner].count("Mine")).to_have_text("1")


def test_take_next_takes_one_of_those_due_first_and_it_can_be_undone(
    world: World, gleb: Workplace, new_order: Callable[..., str]
) -> None:
    order_id = new_order()
    expect(gleb.card(order_id)).to_be_visible()
    gleb.page.get_by_role("button", name="Take next").click()
    gleb.told("is yours.")
    expect(gleb.count("Mine")).to_have_text("1")
    gleb.page.get_by_role("button", name="Undo").click()
    gleb.told("is back in the queue.")
    expect(gleb.count("Mine")).to_have_text("0")
    assert world.operators[0].get("/me")["orders"] == 0


def test_detours_of_an_order(world: World, gleb: Workplace, new_order: Callable[..., str]) -> None:
    order_id = new_order(quantity=2)
    gleb.card(order_id).get_by_role("button", name="Take order").click()
    gleb.told("is yours.")
    gleb.page.get_by_role("region", name="Messages").get_by_role("button", name="Open").click()

    gleb.act("Hold", Why_work_rests="material", Reason="No silver until noon")
    expect(gleb.panel).to_contain_text("On hold: material No silver until noon")
    expect(gleb.panel.get_by_role("button", name="Complete")).to_have_count(0)
    gleb.act("Go on")
    gleb.act("Scrap pieces", Failed_pieces="1", Metal_back_to_the_melt="4,25", Reason="Porosity")
    expect(gleb.panel).to_contain_text("Scrapped: 1")
    gleb.act("Record pieces", **{"Line 1, piece 1: mass": "4.1"})
    expect(gleb.panel).to_contain_text("Line 1, piece 1, 4.1 g")
    gleb.act("Send to assay")
    expect(gleb.panel).to_contain_text("At the assay office")
    gleb.act("Back from assay", **{"Line 1, piece 1: State": "hallmarked", "Line 1, piece 1: UIN": "643A"})
    expect(gleb.panel).to_contain_text("Line 1, piece 1, 4.1 g, UIN 643A, hallmarked")
    gleb.act("Complete")
    gleb.act("Rework", Reason="A scratch on the shank")
    expect(gleb.panel.locator(".card-marks")).to_contain_text("Rework")
    gleb.act("Release", Reason="The end of the shift")
    expect(gleb.panel).to_contain_text("is back in the queue.")
    order = world.foreman.order(order_id)
    assert (order["status"], order["owner"], order["scrapped_pieces"]) == ("MANUFACTURING_APPROVED", None, 1)
    for fact in ("No silver until noon", "Porosity", "mass, g: 4.25", "A scratch on the shank"):
        expect(gleb.panel.locator(".history")).to_contain_text(fact)


def test_a_form_says_what_is_missing_and_a_refusal_why(
    world: World, gleb: Workplace, new_order: Callable[..., str]
) -> None:
    order_id = new_order()
    expect(gleb.card(order_id)).to_be_visible()
    gleb.open(order_id)
    gleb.panel.get_by_role("button", name="Hold").click()
    gleb.form.get_by_role("button", name="Hold", exact=True).click()
    expect(gleb.form.get_by_label("Reason")).to_have_accessible_description("Fill this in.")
    gleb.form.get_by_label("Reason").fill("A question")
    world.operators[1].do(f"/orders/{order_id}/hold", {"kind": "quality", "reason": "Somebody was faster"})
    gleb.form.get_by_role("button", name="Hold", exact=True).click()
    expect(gleb.form.get_by_role("alert")).to_have_text("The order is on hold.")
    world.operators[1].do(f"/orders/{order_id}/unhold")


def test_the_file_to_be_made_is_the_one_that_was_priced(
    world: World, gleb: Workplace, new_order: Callable[..., str]
) -> None:
    order_id = new_order()
    expect(gleb.card(order_id)).to_be_visible()
    gleb.open(order_id)
    gleb.panel.get_by_role("button", name="Get the files").click()
    with gleb.page.expect_download() as started:
        gleb.panel.get_by_role("link", name="Download the file of line 1").click()
    assert started.value.path().read_bytes() == world.ring


def test_an_order_is_found_by_its_number_in_whichever_queue(
    world: World, gleb: Workplace, new_order: Callable[..., str]
) -> None:
    order_id = new_order()
    world.operators[1].do(f"/orders/{order_id}/take")
    box = gleb.page.get_by_role("searchbox", name="Find an order by its number")
    box.fill(order_id[4:].lower())
    box.press("Enter")
    expect(gleb.panel).to_contain_text("In production")
    expect(gleb.panel.get_by_role("button", name="Complete")).to_have_count(0)  # somebody else's
    gleb.page.go_back()
    expect(gleb.panel).to_have_count(0)
    box.fill("0000000000000000")
    box.press("Enter")
    expect(gleb.panel).to_contain_text("There is no such order on the floor.")


def test_the_list_is_ordered_as_the_board_is_and_the_page_stays_small(
    world: World, gleb: Workplace, new_order: Callable[..., str]
) -> None:
    order_ids = [new_order() for _ in range(2)]
    for order_id in order_ids:
        expect(gleb.card(order_id)).to_be_visible()
    for sort, name in (("due", "Due first"), ("newest", "Newest first")):
        gleb.page.get_by_label("Order of the list", exact=True).select_option(label=name)
        expect(gleb.card(order_ids[0])).to_be_visible()
        shown = gleb.page.locator("[data-order]").evaluate_all("all => all.map(each => each.dataset.order)")
        board = [card["order_id"] for card in world.foreman.get("/orders", queue="available", sort=sort)["items"]]
        assert shown[:4] == board[:4]
    assert gleb.page.locator("*").count() < 400
