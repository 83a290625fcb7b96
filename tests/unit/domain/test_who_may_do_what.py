"""The table of permissions: every command, by everybody, in every status, against what the company has settled.

A row names who may give a command and in which statuses; everything else in the product of statuses, commands and
people must be refused, and so the table is complete in both directions.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from alexandrite.domain import commands as asked
from alexandrite.domain.commands import AnyCommand
from alexandrite.domain.decisions import decide
from alexandrite.domain.errors import Conflict, NotAllowed, NotFound, Refusal
from alexandrite.domain.orders import Actor, Order, Payment, Piece
from alexandrite.domain.statuses import OPEN, Status
from tests.unit.domain.examples import (
    ANNA,
    CARRIER,
    DINA,
    EGOR,
    GLEB,
    PRICING,
    RING,
    VERA,
    Story,
    a_file,
    a_line,
    a_revision,
    a_story_in,
    an_offer,
)

S = Status
BEFORE_ACCEPTANCE = {S.INITIATED, S.FILE_UPLOADED, S.SUBMITTED, S.PRICE_CALCULATED}
MAKERS = {GLEB, EGOR}  # Gleb has taken it; Dina is another operator
PEOPLE = (ANNA, VERA, GLEB, DINA, EGOR, CARRIER, PRICING)

type Fields = Callable[[Order], dict[str, Any]]


@dataclass(frozen=True)
class Row:
    """Who may give a command where; `given` prepares the order, `fields` completes the command."""

    command: Callable[..., AnyCommand]
    by: set[Actor]
    where: set[Status]
    fields: Fields = lambda _: {}
    given: Callable[[Story], object] = lambda _: None
    name: str = ""

    def __str__(self) -> str:
        return self.name or getattr(self.command, "__name__", "")


def fence(order: Order) -> dict[str, Any]:
    return {"fence": order.fence}


def reason(_: Order) -> dict[str, Any]:
    return {"reason": "because"}


def accepted(story: Story) -> None:
    if story.order.status is S.PRICE_CALCULATED:
        story.accepted()


def ready_to_release(story: Story) -> None:
    if story.order.status is S.PRICE_CALCULATED:
        story.accepted().paid()


def held(story: Story) -> None:
    if story.order.status in OPEN - {S.SHIPPED}:
        story.held()


def held_for_a_design_change(story: Story) -> None:
    if story.order.status in (S.MANUFACTURING_APPROVED, S.MANUFACTURING_STARTED):
        story.held(kind="design_change", caused_by="buyer")


def revised(story: Story) -> None:
    held_for_a_design_change(story)
    if story.order.hold is not None:
        story.then(asked.ReviseOrder, VERA, revision=a_revision())


def at_assay(story: Story) -> None:
    if story.order.status is S.MANUFACTURING_STARTED:
        story.then(asked.SendToAssay, GLEB, fence=story.order.fence)


def with_an_issue(story: Story) -> None:
    if story.order.is_open:
        story.then(asked.RaiseIssue, VERA, code="delivery.address", detail="unknown", must_act="buyer")


def overdue(story: Story) -> None:
    if story.order.deadline_at is not None:
        story.wait(until=story.order.deadline_at)


def paid(story: Story) -> None:
    story.paid()


TABLE = (
    Row(asked.ChangeOrder, {ANNA, VERA}, BEFORE_ACCEPTANCE, lambda _: {"lines": (a_line(quantity=3),)}),
    Row(asked.RecordFiles, {ANNA, VERA, PRICING}, {S.INITIATED}, lambda _: {"files": {RING: a_file()}}),
    Row(asked.SubmitOrder, {ANNA, VERA}, {S.FILE_UPLOADED}),
    Row(
        asked.RecordPrice,
        {ANNA, VERA, PRICING},
        {S.SUBMITTED, S.PRICE_CALCULATED},
        lambda order: {"offer": an_offer(order.files, "prc_new")},
    ),
    Row(asked.AcceptPrice, {ANNA}, {S.PRICE_CALCULATED}, lambda _: {"price_id": "prc_1"}),
    Row(
        asked.AcceptPrice,
        {ANNA},
        {S.MANUFACTURING_APPROVED, S.MANUFACTURING_STARTED},
        lambda _: {"price_id": "prc_2"},
        given=revised,
        name="AcceptPrice of a revision",
    ),
    Row(asked.ApproveOrder, {VERA, PRICING}, {S.PRICE_CALCULATED}, given=ready_to_release),
    Row(
        asked.RejectOrder,
        {VERA},
        {S.FILE_UPLOADED, S.SUBMITTED, S.PRICE_CALCULATED, S.MANUFACTURING_APPROVED},
        reason,
    ),
    Row(
        asked.CancelOrder,
        {ANNA},
        {*BEFORE_ACCEPTANCE, S.MANUFACTURING_APPROVED},
        reason,
        name="CancelOrder by the buyer",
    ),
    Row(asked.CancelOrder, {VERA}, set(OPEN - {S.SHIPPED}), reason, name="CancelOrder by a seller"),
    Row(asked.CancelOrder, {PRICING}, BEFORE_ACCEPTANCE, reason, name="CancelOrder by the system"),
    Row(
        asked.HoldOrder,
        {VERA, GLEB, DINA, EGOR},
        set(OPEN - {S.SHIPPED}),
        lambda _: {"kind": "question", "reason": "which size?", "caused_by": "buyer"},
    ),
    Row(
        asked.HoldOrder,
        {VERA, GLEB, DINA, EGOR},
        {S.MANUFACTURING_APPROVED, S.MANUFACTURING_STARTED},
        lambda _: {"kind": "design_change", "reason": "thicker", "caused_by": "buyer"},
        name="HoldOrder for a design change",
    ),
    Row(asked.ResumeOrder, {VERA, GLEB, DINA, EGOR}, set(OPEN - {S.SHIPPED}), given=held),
    Row(
        asked.ReviseOrder,
        {VERA},
        {S.MANUFACTURING_APPROVED, S.MANUFACTURING_STARTED},
        lambda _: {"revision": a_revision()},
        given=held_for_a_design_change,
    ),
    Row(asked.RecordPayment, {VERA, PRICING}, set(Status), lambda _: {"payment": Payment.DEPOSIT}),
    Row(asked.TakeOrder, {GLEB, DINA, EGOR}, {S.MANUFACTURING_APPROVED}),
    Row(asked.UndoTake, MAKERS, {S.MANUFACTURING_STARTED}, fence),
    Row(asked.ReleaseOrder, MAKERS, {S.MANUFACTURING_STARTED}, lambda order: fence(order) | reason(order)),
    Row(
        asked.ReassignOrder,
        {EGOR},
        {S.MANUFACTURING_STARTED},
        lambda order: fence(order) | {"operator": DINA.id},
    ),
    Row(
        asked.ScrapPieces,
        MAKERS,
        {S.MANUFACTURING_STARTED},
        lambda order: fence(order) | reason(order) | {"pieces": 1, "mass_g": 2.5},
    ),
    Row(
        asked.RecordPieces,
        MAKERS,
        {S.MANUFACTURING_STARTED},
        lambda order: fence(order) | {"pieces": (Piece(line=1, number=1, actual_mass_g=3.1),)},
    ),
    Row(asked.SendToAssay, MAKERS, {S.MANUFACTURING_STARTED}, fence),
    Row(asked.ReturnFromAssay, MAKERS, {S.MANUFACTURING_STARTED}, fence, given=at_assay),
    Row(asked.CompleteOrder, MAKERS, {S.MANUFACTURING_STARTED}, fence),
    Row(asked.ReworkOrder, {GLEB, DINA, EGOR}, {S.MANUFACTURING_COMPLETED, S.PACKAGING}, reason),
    Row(asked.PackOrder, {GLEB, DINA, EGOR}, {S.MANUFACTURING_COMPLETED}),
    Row(
        asked.ShipOrder,
        {GLEB, DINA, EGOR},
        {S.PACKAGING},
        lambda _: {"carrier": "fast-post", "tracking_number": "FP-0001"},
    ),
    Row(asked.CloseOrder, {VERA, CARRIER}, {S.SHIPPED}, reason),
    Row(
        asked.RaiseIssue,
        {VERA, GLEB, DINA, EGOR, PRICING},
        set(OPEN),
        lambda _: {"code": "casting.porous", "detail": "porous", "must_act": "operator"},
    ),
    Row(
        asked.ResolveIssue,
        {VERA, EGOR, PRICING},
        set(OPEN),
        lambda _: {"code": "delivery.address", "detail": "found"},
        given=with_an_issue,
    ),
    Row(asked.EscalateOrder, {PRICING}, set(OPEN), given=overdue),
    Row(asked.RemindBuyer, {PRICING}, {S.INITIATED, S.FILE_UPLOADED, S.PRICE_CALCULATED}),
    Row(asked.MarkRefundDue, {PRICING}, {S.CANCELLED, S.REJECTED}, given=paid),
    Row(asked.AddNote, {VERA, GLEB, DINA, EGOR}, set(Status), lambda _: {"text": "the stone is loose"}),
)
ONE_ROW_PER_ACTOR = {"CancelOrder by the buyer", "CancelOrder by a seller", "CancelOrder by the system"}


def test_every_command_but_creation_has_a_row() -> None:
    every = set(AnyCommand.__value__.__args__) - {asked.CreateOrder}
    assert {row.command for row in TABLE} == every


@pytest.mark.parametrize("status", sorted(Status))
@pytest.mark.parametrize("row", TABLE, ids=str)
def test_a_command_is_for_these_people_in_these_statuses(row: Row, status: Status) -> None:
    story = a_story_in(status)
    row.given(story)
    people = row.by if row.name in ONE_ROW_PER_ACTOR else set(PEOPLE)
    allowed = set()
    for actor in people:
        command = story.command(row.command, actor, **row.fields(story.order))
        try:
            decide(story.order, command, story.company)
        except (NotAllowed, Conflict):
            continue
        allowed.add(actor)
    assert allowed == (row.by if status in row.where else set())


@pytest.mark.parametrize("row", TABLE, ids=str)
def test_what_is_allowed_leads_to_a_legal_event(row: Row) -> None:
    for status in row.where:
        story = a_story_in(status)
        row.given(story)
        version = story.order.version
        (actor, *_) = sorted(row.by, key=str)
        story.then(row.command, actor, **row.fields(story.order))
        assert story.order.version == version + 1
        assert story.order.last_command == story.events[-1].command_id


def test_orders_are_created_by_buyers_and_by_sellers_for_them() -> None:
    for actor in PEOPLE:
        story = Story()
        if actor in (ANNA, VERA):
            assert story.created(actor).order.status is S.INITIATED
        else:
            with pytest.raises(NotAllowed):
                story.created(actor)


def test_an_order_is_created_once() -> None:
    with pytest.raises(Conflict) as refusal:
        a_story_in(S.INITIATED).created()
    assert refusal.value.code == "order.exists"


def test_there_is_nothing_to_do_to_an_order_that_does_not_exist() -> None:
    with pytest.raises(NotFound):
        Story().cancelled()


@pytest.mark.parametrize("row", [row for row in TABLE if ANNA in row.by], ids=str)
def test_another_buyer_does_not_even_learn_that_the_order_exists(row: Row) -> None:
    stranger = Actor(kind=ANNA.kind, id="boris")
    for status in Status:
        story = a_story_in(status)
        row.given(story)
        with pytest.raises(NotFound):
            story.then(row.command, stranger, **row.fields(story.order))


@pytest.mark.parametrize("status", sorted(set(Status) - OPEN))
def test_a_finished_order_keeps_its_status_whatever_is_asked(status: Status) -> None:
    for row in TABLE:
        story = a_story_in(status)
        row.given(story)
        for actor in PEOPLE:
            try:
                story.then(row.command, actor, **row.fields(story.order))
            except Refusal:
                continue
        assert story.order.status is status


def test_a_refusal_says_where_the_order_stands() -> None:
    story = a_story_in(S.PACKAGING)
    with pytest.raises(Conflict) as refusal:
        story.taken(DINA)
    assert refusal.value.code == "order.wrong_status"
    assert refusal.value.facts == {"order_status": "PACKAGING", "version": story.order.version}
