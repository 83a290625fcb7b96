"""Events make the order, and nothing else does."""

import pytest
from pydantic import ValidationError

from alexandrite.domain import commands as asked
from alexandrite.domain.commands import Trace
from alexandrite.domain.events import Event, OrderCancelled, OrderClosed, OrderCreated
from alexandrite.domain.evolution import IllegalHistory, evolve, fold
from alexandrite.domain.orders import Order
from alexandrite.domain.statuses import Status
from tests.unit.domain.examples import (
    ANNA,
    GLEB,
    SWEEPER,
    VERA,
    Story,
    a_revision,
    a_story_in,
)


def a_long_story() -> Story:
    """Nearly everything that can happen to an order and let it go on."""
    story = a_story_in(Status.MANUFACTURING_STARTED).wait(hours=1)
    fence = story.order.fence
    story.then(asked.ScrapPieces, GLEB, fence=fence, pieces=1, reason="porous", mass_g=2.0)
    story.then(asked.SendToAssay, GLEB, fence=fence).wait(days=2)
    story.held().wait(days=1).resumed().then(asked.ReturnFromAssay, GLEB, fence=fence)
    story.then(asked.AddNote, VERA, text="in a hurry").wait(days=14).then(asked.EscalateOrder, SWEEPER)
    story.held(kind="design_change", caused_by="buyer").then(asked.ReviseOrder, VERA, revision=a_revision())
    story.accepted("prc_2").taken().completed().then(asked.ReworkOrder, GLEB, reason="scratched").completed()
    return story.packed().shipped().closed()


def test_folding_the_history_gives_the_order_at_every_version() -> None:
    story = a_long_story()
    for version, order in enumerate(story.orders, start=1):
        assert fold(story.events[:version]) == order


def test_a_history_survives_being_written_down() -> None:
    story = a_long_story()
    written = [event.model_dump_json() for event in story.events]
    assert fold(Event.model_validate_json(line) for line in written) == story.order
    assert Order.model_validate_json(story.order.model_dump_json()) == story.order


def test_versions_are_dense_from_one() -> None:
    story = a_long_story()
    assert [event.version for event in story.events] == list(range(1, len(story.events) + 1))


def test_each_event_continues_where_the_last_one_ended() -> None:
    story = a_long_story()
    assert story.events[0].from_status is None
    for before, after in zip(story.events, story.events[1:], strict=False):
        assert after.from_status == before.to_status


def test_an_event_says_who_did_what_and_what_led_to_it() -> None:
    story = Story()
    trace = Trace(correlation_id="req_1", causation_id="req_1", traceparent="00-1-2-01")
    event = story.created(trace=trace).events[0]
    assert (event.actor, event.command_id, event.trace, event.at) == (ANNA, "cmd_1", trace, story.now)
    assert event.event_id == Story().created().events[0].event_id


@pytest.mark.parametrize("missing", [0, 3])
def test_a_history_with_a_gap_is_refused(missing: int) -> None:
    events = a_story_in(Status.SHIPPED).events
    with pytest.raises(IllegalHistory):
        fold(events[:missing] + events[missing + 1 :])


def test_an_event_is_not_applied_twice() -> None:
    story = a_story_in(Status.SUBMITTED)
    with pytest.raises(IllegalHistory):
        evolve(story.order, story.events[-1])


def test_an_order_without_events_is_none() -> None:
    with pytest.raises(IllegalHistory):
        fold([])


def test_a_step_that_the_table_does_not_know_is_refused() -> None:
    story = a_story_in(Status.SUBMITTED)
    forged = story.events[-1].model_copy(
        update={
            "version": story.order.version + 1,
            "from_status": Status.SUBMITTED,
            "to_status": Status.CLOSED,
            "fact": OrderClosed(reason="forged"),
        }
    )
    with pytest.raises(IllegalHistory):
        evolve(story.order, forged)


def test_an_event_that_names_other_statuses_than_it_leads_to_is_refused() -> None:
    story = a_story_in(Status.SUBMITTED)
    forged = story.events[-1].model_copy(
        update={
            "version": story.order.version + 1,
            "from_status": Status.SUBMITTED,
            "to_status": Status.REJECTED,
            "fact": OrderCancelled(reason="forged"),
        }
    )
    with pytest.raises(IllegalHistory):
        evolve(story.order, forged)


def test_only_creation_begins_a_history_and_only_once() -> None:
    story = a_story_in(Status.INITIATED)
    with pytest.raises(IllegalHistory):
        fold([story.events[0].model_copy(update={"fact": OrderCancelled(reason="forged")})])
    again = story.events[0].model_copy(update={"version": 2, "from_status": Status.INITIATED})
    assert isinstance(again.fact, OrderCreated)
    with pytest.raises(IllegalHistory):
        evolve(story.order, again)


def test_an_order_refuses_what_it_does_not_know() -> None:
    with pytest.raises(ValidationError):
        Order.model_validate(a_story_in(Status.SUBMITTED).order.model_dump() | {"colour": "red"})
