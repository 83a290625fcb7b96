"""Messages that a broken rule swallows for good: what they told is found by the sweeps."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from alexandrite.models.table import DynamoModelTable
from tests.e2e.world import Door, World, eventually


@contextmanager
def swallowing(world: World, bus: str, queue: str) -> Iterator[None]:
    """Let what `bus` would put into a queue be lost."""
    events = world.cloud.client("events")
    arn = f":{world.outputs[queue].rpartition('/')[2]}"
    rules = [
        rule["Name"]
        for rule in events.list_rules(EventBusName=bus)["Rules"]
        for target in events.list_targets_by_rule(Rule=rule["Name"], EventBusName=bus)["Targets"]
        if target["Arn"].endswith(arn)
    ]
    assert rules
    for rule in rules:
        events.disable_rule(Name=rule, EventBusName=bus)
    yield
    for rule in rules:
        events.enable_rule(Name=rule, EventBusName=bus)


def test_an_upload_that_nobody_was_told_of_is_analysed_after_a_sweep(world: World, anna: Door) -> None:
    with swallowing(world, "default", "PricingQueueUrl"):
        model_id = world.upload(anna)
        order_id = world.ordered(anna, model_id)
    assert anna.get(f"/models/{model_id}")["stage"] == "awaiting_upload"

    models = DynamoModelTable(world.cloud.client("dynamodb"), world.outputs["OrdersTable"])
    scheduled = models.scheduled(model_id)
    assert scheduled is not None
    assert models.schedule(scheduled[0], datetime.now(UTC))  # as if it had lain there for ten minutes
    world.sweep("due")
    eventually(lambda: anna.get(f"/models/{model_id}")["stage"] == "analysed", seconds=90)
    anna.has_reached(order_id, "FILE_UPLOADED")
    assert models.scheduled(model_id) is None


def test_a_board_that_was_told_nothing_shows_an_order_after_a_sweep_of_everything(
    world: World, anna: Door, gleb: Door, model: str
) -> None:
    def is_shown(order_id: str) -> bool:
        cards = gleb.get("/orders", queue="available")["items"]
        return order_id in {card["order_id"] for card in cards}

    with swallowing(world, world.outputs["EventBusName"], "BoardQueueUrl"):
        order_id = world.approved(anna, model)
        eventually(lambda: world.is_at_rest(order_id))
    shown = world.approved(anna, model)
    eventually(lambda: is_shown(shown))  # what comes later comes through
    assert not is_shown(order_id)

    found = world.sweep("everything")["orders"]
    assert found["announced"] >= 2
    assert not found["unfinished"]
    eventually(lambda: is_shown(order_id))
