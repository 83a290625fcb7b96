"""What must be written in the very transaction of an event."""

import pytest

from alexandrite.domain import commands as asked
from alexandrite.domain.accompaniments import (
    Accompaniment,
    ModelLinks,
    OperatorLoad,
    PriceUse,
    ReferenceClaim,
    accompany,
)
from alexandrite.domain.orders import Mode
from alexandrite.domain.statuses import Status
from tests.unit.domain.examples import (
    ANNA,
    CHAIN,
    DINA,
    EGOR,
    GLEB,
    NORTHERN_LIGHTS,
    RING,
    VERA,
    Story,
    a_line,
    a_revision,
    a_story_in,
)


def with_the_last_event(story: Story) -> tuple[Accompaniment, ...]:
    before = story.orders[-2] if len(story.orders) > 1 else None
    return accompany(before, story.events[-1], story.order)


def a_started_story(quantity: int = 7) -> Story:
    story = Story().created(lines=(a_line(quantity=quantity),)).uploaded().submitted().priced().accepted()
    return story.paid().approved().taken()


def test_a_new_order_is_linked_from_its_models() -> None:
    story = Story().created(lines=(a_line(1, RING), a_line(2, CHAIN), a_line(3, RING)))
    assert with_the_last_event(story) == (ModelLinks(models=frozenset({RING, CHAIN})),)


def test_a_changed_order_is_linked_from_its_new_models_only() -> None:
    story = a_story_in(Status.SUBMITTED).then(asked.ChangeOrder, ANNA, lines=(a_line(1, RING), a_line(2, CHAIN)))
    assert with_the_last_event(story) == (ModelLinks(models=frozenset({CHAIN})),)


@pytest.mark.parametrize("mode", list(Mode))
def test_a_partners_reference_is_claimed_with_the_order(mode: Mode) -> None:
    story = Story().created(NORTHERN_LIGHTS, client_reference="A-1", mode=mode)
    claim = ReferenceClaim(partner="northern-lights", mode=mode, client_reference="A-1")
    assert claim in with_the_last_event(story)


def test_an_accepted_price_is_used() -> None:
    assert with_the_last_event(a_story_in(Status.PRICE_CALCULATED).accepted()) == (PriceUse(price_id="prc_1"),)


def test_whoever_takes_an_order_bears_its_pieces() -> None:
    assert with_the_last_event(a_started_story()) == (OperatorLoad(operator="gleb", orders=1, pieces=7),)


@pytest.mark.parametrize(
    "leave",
    [
        lambda story: story.completed(),
        lambda story: story.cancelled(),
        lambda story: story.then(asked.UndoTake, GLEB, fence=story.order.fence),
        lambda story: story.then(asked.ReleaseOrder, EGOR, fence=story.order.fence, reason="ill"),
    ],
    ids=["completed", "cancelled", "undone", "released"],
)
def test_an_order_that_leaves_its_operator_frees_them(leave: object) -> None:
    story = a_started_story()
    assert callable(leave)
    leave(story)
    assert with_the_last_event(story) == (OperatorLoad(operator="gleb", orders=-1, pieces=-7),)


def test_reassigning_moves_the_load() -> None:
    story = a_started_story()
    story.then(asked.ReassignOrder, EGOR, fence=story.order.fence, operator="dina")
    assert with_the_last_event(story) == (
        OperatorLoad(operator="gleb", orders=-1, pieces=-7),
        OperatorLoad(operator="dina", orders=1, pieces=7),
    )


def test_rework_is_work_in_progress_again() -> None:
    story = a_started_story().completed().then(asked.ReworkOrder, DINA, reason="scratched")
    assert with_the_last_event(story) == (OperatorLoad(operator="gleb", orders=1, pieces=7),)


def test_an_accepted_revision_frees_the_operator_of_what_was_taken() -> None:
    story = a_started_story().held(kind="design_change", caused_by="buyer")
    story.then(asked.ReviseOrder, VERA, revision=a_revision(quantity=2)).accepted("prc_2")
    assert set(with_the_last_event(story)) == {
        OperatorLoad(operator="gleb", orders=-1, pieces=-7),
        ModelLinks(models=frozenset({CHAIN})),
        PriceUse(price_id="prc_2"),
    }


def test_what_an_operator_does_with_an_order_does_not_change_the_load() -> None:
    story = a_started_story()
    story.then(asked.ScrapPieces, GLEB, fence=story.order.fence, pieces=1, reason="porous", mass_g=2.0)
    assert with_the_last_event(story) == ()
