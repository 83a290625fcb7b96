"""One local cloud for all end-to-end tests: the production template, deployed and driven over HTTP."""

from collections.abc import Iterator

import pytest

from local.cloud import LocalCloud
from local.launch import launch
from local.ring import SignetRing, write_stl
from tests.e2e.world import Door, World


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("world")
    ring = write_stl(folder / "ring.stl", SignetRing()).read_bytes()
    with LocalCloud(folder / "cloud") as cloud:
        yield World(cloud, launch_started(cloud), ring)


def launch_started(cloud: LocalCloud) -> dict[str, object]:
    return dict(launch(cloud))


@pytest.fixture
def anna(world: World) -> Door:
    return world.customers[0]


@pytest.fixture
def boris(world: World) -> Door:
    return world.customers[1]


@pytest.fixture
def vera(world: World) -> Door:
    """The seller."""
    return world.seller


@pytest.fixture
def gleb(world: World) -> Door:
    """An operator."""
    return world.operators[0]


@pytest.fixture
def dina(world: World) -> Door:
    """Another operator."""
    return world.operators[1]


@pytest.fixture
def egor(world: World) -> Door:
    """The foreman."""
    return world.foreman


@pytest.fixture(scope="session")
def model(world: World) -> str:
    """A ring of Anna's, analysed once for all tests that only need some model."""
    return world.analysed(world.customers[0])


@pytest.fixture(scope="module")
def no_sweeps(world: World) -> Iterator[None]:
    """The sweeper's clock rests: who repaired what would be chance otherwise."""
    scheduler = world.cloud.client("scheduler")
    sweeps = [
        scheduler.get_schedule(GroupName=each["GroupName"], Name=each["Name"])
        for each in scheduler.list_schedules()["Schedules"]
    ]
    asked = ("GroupName", "Name", "ScheduleExpression", "FlexibleTimeWindow", "Target")
    for sweep in sweeps:
        scheduler.update_schedule(**{name: sweep[name] for name in asked}, State="DISABLED")
    yield
    for sweep in sweeps:
        scheduler.update_schedule(**{name: sweep[name] for name in asked}, State="ENABLED")
