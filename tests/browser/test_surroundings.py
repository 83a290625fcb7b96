"""Languages, lost networks, shared tablets, and what the pages may load."""

import re
from collections.abc import Callable

import httpx
from playwright.sync_api import Browser, expect

from local.people import CUSTOMERS, OPERATORS, SELLER
from tests.browser.conftest import Employs
from tests.browser.workplace import Workplace, workplace
from tests.e2e.world import World


def test_russian_and_english(employs: Employs, new_order: Callable[..., str]) -> None:
    order_id = new_order(quantity=5)
    gleb = employs(OPERATORS[0], button="Войти", locale="ru-RU")
    expect(gleb.page.locator("html")).to_have_attribute("lang", "ru")
    expect(gleb.card(order_id)).to_contain_text(re.compile(r"Серебро 925 · Полировка.*осталось 2\d д.*₽.*5 изделий"))
    gleb.page.get_by_role("button", name="English").click()
    expect(gleb.page.locator("html")).to_have_attribute("lang", "en")
    expect(gleb.card(order_id)).to_contain_text(re.compile(r"Silver 925 · Polished.*2\d days left.*5 pieces"))
    gleb.page.reload()
    expect(gleb.tab("Available")).to_be_visible()  # the choice is kept, and so is the session of this tab


def test_offline_the_list_is_readable_and_nothing_can_be_taken(gleb: Workplace, new_order: Callable[..., str]) -> None:
    order_id = new_order()
    take = gleb.card(order_id).get_by_role("button", name="Take order")
    expect(take).to_be_enabled()
    gleb.context.set_offline(True)
    expect(gleb.page.get_by_text("No network. Orders cannot be taken.")).to_be_visible()
    expect(gleb.card(order_id)).to_contain_text("Silver 925")
    expect(take).to_be_disabled()
    expect(gleb.page.get_by_role("button", name="Take next")).to_be_disabled()
    gleb.press("n")
    gleb.context.set_offline(False)
    expect(gleb.page.get_by_text("Connected")).to_be_visible()
    expect(take).to_be_enabled()
    expect(gleb.count("Mine")).to_have_text("0")  # what was asked for offline was not kept for later


def test_a_server_that_does_not_answer_is_noticed(gleb: Workplace) -> None:
    gleb.page.route("**/api/mes/v1/counts", lambda route: route.abort())
    expect(gleb.page.get_by_text("No answer from the server.")).to_be_visible()
    gleb.page.unroute("**/api/mes/v1/counts")
    expect(gleb.page.get_by_text("Connected")).to_be_visible()


def test_signing_out_leaves_nothing_behind(gleb: Workplace) -> None:
    gleb.page.get_by_role("button", name="Русский").click()
    expect(gleb.page.get_by_role("button", name="Выйти")).to_be_visible()
    stored = "() => Object.keys(localStorage).length + Object.keys(sessionStorage).length"
    assert gleb.page.evaluate(stored) > 0
    gleb.page.get_by_role("button", name="Выйти").click()
    expect(gleb.page.get_by_role("button", name="Sign in")).to_be_visible()
    assert gleb.page.evaluate(stored) == 0
    gleb.page.go_back()
    expect(gleb.page.get_by_role("button", name=re.compile("Sign in|Войти"))).to_be_visible()
    expect(gleb.page.locator("nav")).to_have_count(0)


def test_a_revoked_token_is_renewed_and_a_lost_session_ends(gleb: Workplace) -> None:
    expect(gleb.page.get_by_text("Connected")).to_be_visible()
    token = "() => JSON.parse(sessionStorage['alexandrite.session']).access_token"
    first = gleb.page.evaluate(token)
    gleb.page.evaluate(
        """() => {
            const kept = JSON.parse(sessionStorage["alexandrite.session"]);
            sessionStorage["alexandrite.session"] = JSON.stringify({ ...kept, expires_at: 0 });
        }"""
    )
    gleb.page.reload()
    expect(gleb.page.get_by_text("Connected")).to_be_visible()
    assert gleb.page.evaluate(token) != first
    gleb.page.evaluate(
        """() => {
            const kept = JSON.parse(sessionStorage["alexandrite.session"]);
            sessionStorage["alexandrite.session"] = JSON.stringify({ ...kept, expires_at: 0, refresh_token: "none" });
        }"""
    )
    gleb.page.reload()
    expect(gleb.page.get_by_role("button", name="Sign in")).to_be_visible()


def test_a_seller_is_told_that_this_is_not_for_them(world: World, browser: Browser) -> None:
    with workplace(browser, world.cloud.base_url) as place:
        place.page.goto(f"{place.base_url}/")
        place.page.get_by_role("button", name="Sign in").click()
        place.page.get_by_label("Username").fill(SELLER.email)
        place.page.get_by_label("Password").fill("Local-demo-2026!")
        place.page.get_by_role("button", name="Sign in").click()
        expect(place.page.get_by_role("main")).to_contain_text("This account may not work with orders.")


def test_customers_have_no_account_here(world: World, browser: Browser) -> None:
    with workplace(browser, world.cloud.base_url) as place:
        place.page.goto(f"{place.base_url}/")
        place.page.get_by_role("button", name="Sign in").click()
        place.page.get_by_label("Username").fill(CUSTOMERS[0].email)
        place.page.get_by_label("Password").fill("Local-demo-2026!")
        place.page.get_by_role("button", name="Sign in").click()
        expect(place.page.locator(".error")).to_be_visible()  # the pool's own page


def test_pages_have_a_strict_policy_and_assets_never_change(world: World) -> None:
    with httpx.Client(base_url=world.cloud.base_url) as client:
        page = client.get("/")
        policy = page.headers["content-security-policy"]
        assert policy.startswith("default-src 'self';")
        assert "unsafe" not in policy
        assert page.headers["cache-control"] == "no-cache"
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\bstyle=|\bon[a-z]+=", page.text)
        for asset in re.findall(r'(?:src|href)="(/assets/[^"]+)"', page.text):
            assert client.get(asset).headers["cache-control"] == "public, max-age=31536000, immutable"
        assert set(client.get("/config.json").json()) == {"issuer", "client_id", "sign_in", "api"}
