"""The keyboard alone, in either layout of the company."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.workplace import Workplace
from tests.e2e.world import World

LATIN = {"next": "j", "previous": "k", "take": "t", "take_next": "n", "find": "/"}
CYRILLIC = {"next": "о", "previous": "л", "take": "е", "take_next": "т", "find": "."}


@pytest.mark.parametrize("layout", [LATIN, CYRILLIC], ids=["latin", "cyrillic"])
def test_an_order_is_taken_and_completed(
    world: World, gleb: Workplace, new_order: Callable[..., str], layout: dict[str, str]
) -> None:
    older, newer = new_order(), new_order()
    for order_id in (older, newer):
        expect(gleb.card(order_id)).to_be_visible()
    focused = gleb.page.locator("[data-order]:focus")
    gleb.press(layout["next"])
    expect(focused).to_have_attribute("data-order", newer)
    gleb.press(layout["next"])
    expect(focused).to_have_attribute("data-order", older)
    gleb.press(layout["previous"])
    expect(focused).to_have_attribute("data-order", newer)
    gleb.press(layout["take"])
    gleb.told(f"Order {newer[4:]} is yours.")
    gleb.press("2")
    expect(gleb.tab("Mine")).to_have_attribute("aria-current", "page")
    expect(gleb.card(newer)).to_be_visible()
    gleb.press(layout["next"])
    gleb.page.keyboard.press("Enter")
    button = gleb.panel.get_by_role("button", name="Complete")
    expect(button).to_be_enabled()
    button.focus()
    gleb.page.keyboard.press("Enter")
    expect(gleb.form).to_be_visible()
    gleb.form.get_by_role("button", name="Complete").focus()
    gleb.page.keyboard.press("Enter")
    expect(gleb.panel).to_contain_text("is completed.")
    gleb.page.keyboard.press("Escape")
    expect(gleb.panel).to_have_count(0)
    gleb.press(layout["take_next"])
    gleb.told("is yours.")
    gleb.press(layout["find"], "Slash")
    expect(gleb.page.get_by_role("searchbox")).to_be_focused()


def test_single_keys_can_be_turned_off(gleb: Workplace) -> None:
    gleb.page.get_by_role("button", name="Keyboard").click()
    gleb.form.get_by_label("Single-key shortcuts").uncheck()
    gleb.page.keyboard.press("Escape")
    gleb.press("2")
    expect(gleb.tab("Available")).to_have_attribute("aria-current", "page")
