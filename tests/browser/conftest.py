"""One local cloud and one browser for all tests of the operators' application."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from local.cloud import LocalCloud
from local.launch import launch
from local.people import OPERATORS, Person
from local.processes import ROOT
from local.ring import SignetRing, write_stl
from tests.browser.workplace import FLAGS, Workplace, workplace
from tests.e2e.world import World, eventually

type Employs = Callable[..., Workplace]


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("world")
    ring = write_stl(folder / "ring.stl", SignetRing()).read_bytes()
    with LocalCloud(folder / "cloud") as cloud:
        yield World(cloud, dict(launch(cloud)), ring)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    found = subprocess.run([ROOT / "scripts" / "find-chromium"], capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
    expect.set_options(timeout=10_000)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=found.stdout.strip(), args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def employs(world: World, browser: Browser) -> Iterator[Employs]:
    """Give somebody a tablet, signed in."""
    with ExitStack() as places:

        def employ(person: Person, *, button: str = "Sign in", **settings: str) -> Workplace:
            place = places.enter_context(workplace(browser, world.cloud.base_url, **settings))
            place.sign_in(person, button=button)
            return place

        yield employ


@pytest.fixture
def gleb(employs: Employs) -> Workplace:
    """An operator at a tablet, in English."""
    return employs(OPERATORS[0])


@pytest.fixture(scope="session")
def model(world: World) -> str:
    """A ring of Anna's, analysed once; one order has gone all the way before, so that no test meets a cold function."""
    anna, gleb = world.customers[0], world.operators[0]
    model = world.analysed(anna)
    order_id = world.approved(anna, model)
    eventually(lambda: gleb.get("/counts")["queues"]["available"] == 1)
    gleb.do(f"/orders/{order_id}/take")
    world.finish(order_id, gleb)
    return model


@pytest.fixture
def new_order(world: World, model: str) -> Iterator[Callable[..., str]]:
    """Release orders for production; what is still on a bench after the test goes back, so that benches stay free."""
    yield lambda **named: world.approved(world.customers[0], model, **named)
    for operator in world.operators:
        for card in operator.get("/orders", queue="mine")["items"]:
            order = operator.order(card["order_id"])
            if order["status"] == "MANUFACTURING_STARTED":
                operator.do(
                    f"/orders/{card['order_id']}/release", {"fence": order["fence"], "reason": "end of the test"}
                )
