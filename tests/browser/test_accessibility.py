"""No violation that axe knows, on any screen, in either theme (WCAG 2.2 AA)."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from local.people import OPERATORS
from tests.browser.conftest import Employs
from tests.browser.workplace import Workplace, workplace
from tests.e2e.world import World

RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
}


def sound(place: Workplace, screen: str) -> None:
    found = Axe().run(place.page, options=RULES)
    assert found.violations_count == 0, f"{screen}: {found.generate_report()}"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_screen_and_no_dialog_has_violations(
    world: World, browser: Browser, employs: Employs, new_order: Callable[..., str], theme: str
) -> None:
    held, order_id = new_order(), new_order(quantity=2)
    with workplace(browser, world.cloud.base_url, color_scheme=theme) as nobody:
        nobody.page.goto(f"{nobody.base_url}/")
        expect(nobody.page.get_by_role("button", name="Sign in")).to_be_visible()
        sound(nobody, "sign in")

    gleb = employs(OPERATORS[0], color_scheme=theme)
    expect(gleb.card(order_id)).to_be_visible()
    sound(gleb, "available")
    gleb.page.get_by_role("button", name="Keyboard").click()
    sound(gleb, "keyboard")
    gleb.page.keyboard.press("Escape")
    for each in (held, order_id):
        gleb.card(each).get_by_role("button", name="Take order").click()
        gleb.told(f"Order {each[4:]} is yours.")
    world.operators[0].do(f"/orders/{held}/hold", {"kind": "machine", "reason": "The furnace is cold"})
    gleb.go_to("Mine")
    expect(gleb.card(held)).to_contain_text("On hold: machine")
    sound(gleb, "mine, with messages")
    gleb.open(order_id)
    expect(gleb.panel.locator(".history li").first).to_be_visible()
    sound(gleb, "an order")
    for form in ("Complete", "Send to assay", "Record pieces", "Scrap pieces", "Release", "Hold"):
        gleb.panel.get_by_role("button", name=form, exact=True).click()
        expect(gleb.form).to_be_visible()
        if form not in {"Complete", "Send to assay"}:
            gleb.form.get_by_role("button", name=form, exact=True).click()  # with its faults shown
            expect(gleb.form.locator(".field-error").first).to_be_visible()
        sound(gleb, form)
        gleb.page.keyboard.press("Escape")
        expect(gleb.form).to_have_count(0)
    gleb.act("Complete")
    for form in ("Pack", "Rework"):
        gleb.panel.get_by_role("button", name=form, exact=True).click()
        expect(gleb.form).to_be_visible()
        sound(gleb, form)
        gleb.page.keyboard.press("Escape")
        expect(gleb.form).to_have_count(0)
    gleb.act("Pack")
    gleb.panel.get_by_role("button", name="Ship", exact=True).click()
    sound(gleb, "Ship")
    gleb.page.keyboard.press("Escape")
    gleb.page.keyboard.press("Escape")
    expect(gleb.panel).to_have_count(0)
    for queue in ("In production", "Completed", "Packaging", "Shipped"):
        gleb.go_to(queue)
        expect(gleb.page.locator("main li, main .list-note").first).to_be_visible()
        sound(gleb, queue)
    gleb.context.set_offline(True)
    expect(gleb.page.get_by_text("No network.")).to_be_visible()
    sound(gleb, "offline")


def test_what_is_touched_is_large_enough_and_nothing_is_wider_than_the_screen(
    gleb: Workplace, new_order: Callable[..., str]
) -> None:
    expect(gleb.card(new_order())).to_be_visible()
    for width, height in ((1024, 768), (768, 1024), (390, 844)):
        gleb.page.set_viewport_size({"width": width, "height": height})
        assert gleb.page.evaluate("document.documentElement.scrollWidth") <= width
        for button in gleb.page.get_by_role("button").all():
            box = button.bounding_box()
            assert box is not None
            assert min(box["width"], box["height"]) >= 44, button.inner_text()
