"""An operator's tablet: a browser of their own on the running system, driven by what is on the screen."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from local.people import PASSWORD, Person

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
TABLET = {"width": 1024, "height": 768}


class Workplace:
    """One tab of one browser."""

    def __init__(self, context: BrowserContext, base_url: str) -> None:
        self.context = context
        self.base_url = base_url
        self.page: Page = context.new_page()
        self.complaints: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda message: self._hear(message.text))

    def _hear(self, text: str) -> None:
        if "Content Security Policy" in text:
            self.complaints.append(text)

    def sign_in(self, person: Person, *, button: str = "Sign in") -> None:
        self.page.goto(f"{self.base_url}/")
        self.page.get_by_role("button", name=button).click()
        self.page.get_by_label("Username").fill(person.email)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in").click()
        expect(self.page.locator("nav")).to_be_visible()

    def tab(self, name: str) -> Locator:
        return self.page.get_by_role("navigation").get_by_role("button", name=re.compile(rf"^{name} "))

    def go_to(self, name: str) -> None:
        self.tab(name).click()
        expect(self.tab(name)).to_have_attribute("aria-current", "page")

    def count(self, name: str) -> Locator:
        return self.tab(name).locator(".count")

    def card(self, order_id: str) -> Locator:
        return self.page.locator("li", has=self.page.locator(f'[data-order="{order_id}"]'))

    def open(self, order_id: str) -> None:
        self.card(order_id).get_by_role("button", name=re.compile(r"^(Order|Заказ)")).click()
        expect(self.panel.get_by_role("region", name=re.compile(r"^(Actions|Действия)$"))).to_be_visible()

    @property
    def panel(self) -> Locator:
        return self.page.locator("dialog.panel")

    @property
    def form(self) -> Locator:
        return self.page.locator("dialog.box")

    @property
    def actions(self) -> Locator:
        return self.panel.get_by_role("region", name="Actions").get_by_role("button")

    def act(self, name: str, **fields: str) -> None:
        """Do what a button of the open order says, through its form when it has one."""
        self.panel.get_by_role("button", name=name, exact=True).click()
        for label, value in fields.items():
            control = self.form.get_by_label(label.replace("_", " "))
            if control.evaluate("element => element.tagName") == "SELECT":
                control.select_option(label=value)
            else:
                control.fill(value)
        self.form.get_by_role("button", name=name, exact=True).click()
        expect(self.form).to_have_count(0)

    def told(self, text: str | re.Pattern[str]) -> None:
        """Expect a message at the foot of the page."""
        expect(self.page.get_by_role("region", name=re.compile("Messages|Сообщения"))).to_contain_text(text)

    def press(self, key: str, code: str = "") -> None:
        """Press a key as a layout that the driver does not know would send it."""
        self.page.evaluate(
            """([key, code]) => document.activeElement.dispatchEvent(
                new KeyboardEvent("keydown", { key, code, bubbles: true, cancelable: true }))""",
            [key, code],
        )


@contextmanager
def workplace(browser: Browser, base_url: str, **settings: str) -> Iterator[Workplace]:
    """A browser context of its own, which must not have complained by the end."""
    context = browser.new_context(viewport=TABLET, **{"locale": "en-GB", **settings})
    context.set_default_timeout(10_000)
    place = Workplace(context, base_url)
    try:
        yield place
        assert place.complaints == []
    finally:
        context.close()
