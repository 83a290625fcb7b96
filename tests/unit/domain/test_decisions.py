"""What an order answers beyond who may ask: prices, fences, holds, revisions, rework, undoing."""

from datetime import timedelta
from typing import Any

import pytest

from alexandrite.domain import commands as asked
from alexandrite.domain import promise
from alexandrite.domain.company import Company
from alexandrite.domain.decisions import check_version
from alexandrite.domain.errors import Conflict, Invalid, NotAllowed, Refusal, VersionMismatch
from alexandrite.domain.orders import MOST_PIECES, Actor, Mode, Order, Payment, Piece
from alexandrite.domain.statuses import Status
from tests.unit.domain.examples import (
    ANNA,
    CHAIN,
    DINA,
    EGOR,
    GLEB,
    MONDAY_10_00,
    NORTHERN_LIGHTS,
    PRICING,
    RING,
    SWEEPER,
    VERA,
    Story,
    a_file,
    a_line,
    a_revision,
    a_story_in,
    an_offer,
)

S = Status


def refused(story: Story, code: str, kind: Any, actor: Actor, /, **fields: Any) -> Refusal:
    """Ask for what must be refused with this code, and see that it left nothing behind."""
    before, events = story.order, len(story.events)
    with pytest.raises(Refusal) as caught:
        story.then(kind, actor, **fields)
    assert caught.value.code == code
    assert story.order is before
    assert len(story.events) == events
    return caught.value


# --- composing


def test_an_order_is_uploaded_when_the_last_file_is_there() -> None:
    story = Story().created(lines=(a_line(1, RING), a_line(2, CHAIN)))
    story.then(asked.RecordFiles, PRICING, files={RING: a_file(RING)})
    assert story.order.status is S.INITIATED
    assert story.order.missing_files == {CHAIN}
    refused(story, "order.files_missing", asked.SubmitOrder, ANNA)
    story.then(asked.RecordFiles, PRICING, files={CHAIN: a_file(CHAIN)})
    assert story.order.status is S.FILE_UPLOADED


def test_a_file_of_no_line_is_not_recorded() -> None:
    refused(Story().created(), "order.unknown_model", asked.RecordFiles, PRICING, files={CHAIN: a_file(CHAIN)})


@pytest.mark.parametrize("numbers", [(2,), (1, 1), (1, 3)])
def test_lines_are_numbered_without_gaps(numbers: tuple[int, ...]) -> None:
    lines = tuple(a_line(number) for number in numbers)
    with pytest.raises(Invalid):
        Story().created(lines=lines)
    refused(Story().created(), "order.line_numbers", asked.ChangeOrder, ANNA, lines=lines)


def test_a_changed_line_voids_the_offer_and_asks_for_its_file() -> None:
    story = a_story_in(S.PRICE_CALCULATED).then(asked.ChangeOrder, ANNA, lines=(a_line(model=CHAIN),))
    assert (story.order.status, story.order.offer, story.order.files) == (S.INITIATED, None, {})
    again = a_story_in(S.PRICE_CALCULATED).then(asked.ChangeOrder, ANNA, lines=(a_line(quantity=9),))
    assert (again.order.status, again.order.offer) == (S.FILE_UPLOADED, None)
    assert again.order.files.keys() == {RING}


def test_an_accepted_order_is_changed_no_more() -> None:
    story = a_story_in(S.PRICE_CALCULATED).accepted()
    refused(story, "price.already_accepted", asked.ChangeOrder, ANNA, lines=(a_line(quantity=9),))
    refused(story, "price.already_accepted", asked.RecordPrice, VERA, offer=an_offer(story.order.files, "prc_2"))


def test_a_buyer_at_work_on_the_order_has_the_whole_time_again() -> None:
    story = a_story_in(S.INITIATED).wait(days=24).then(asked.RemindBuyer, SWEEPER)
    story.wait(days=1).then(asked.ChangeOrder, ANNA, lines=(a_line(quantity=2),))
    assert story.order.reminded_at is None
    assert story.order.deadline_at == story.now + timedelta(days=23)


# --- prices


def test_only_the_price_that_is_named_is_accepted() -> None:
    story = a_story_in(S.PRICE_CALCULATED).priced("prc_2")
    refusal = refused(story, "price.superseded", asked.AcceptPrice, ANNA, price_id="prc_1")
    assert refusal.facts == {"price_id": "prc_2"}
    assert story.accepted("prc_2").order.is_accepted


def test_an_expired_price_is_not_accepted_until_it_is_renewed() -> None:
    story = a_story_in(S.SUBMITTED).priced(valid_until=MONDAY_10_00 + timedelta(days=7)).wait(days=7, seconds=1)
    refused(story, "price.expired", asked.AcceptPrice, ANNA, price_id="prc_1")
    assert story.priced("prc_2").accepted("prc_2").order.is_accepted


def test_a_price_is_good_to_its_last_moment() -> None:
    story = a_story_in(S.SUBMITTED).priced(valid_until=MONDAY_10_00 + timedelta(days=7)).wait(days=7)
    assert story.accepted().order.is_accepted


def test_a_price_is_accepted_once() -> None:
    story = a_story_in(S.PRICE_CALCULATED).accepted()
    refused(story, "price.already_accepted", asked.AcceptPrice, ANNA, price_id="prc_1")


def test_a_price_is_for_the_files_that_the_order_holds() -> None:
    story = a_story_in(S.SUBMITTED)
    other = {RING: a_file(RING, version="v2")}
    refused(story, "price.other_files", asked.RecordPrice, PRICING, offer=an_offer(other))
    assert story.priced().order.offer == an_offer({RING: a_file(RING, version="v1")})


def test_nobody_accepts_by_offering() -> None:
    story = a_story_in(S.SUBMITTED)
    offer = an_offer(story.order.files).model_copy(update={"accepted_at": story.now})
    refused(story, "price.accepted_unasked", asked.RecordPrice, PRICING, offer=offer)


def test_a_price_settles_what_blocked_it_and_leaves_other_issues_open() -> None:
    story = a_story_in(S.SUBMITTED)
    story.then(
        asked.RaiseIssue, PRICING, code="model.unpriceable", detail="open", must_act="seller", blocking=True
    ).then(asked.RaiseIssue, VERA, code="delivery.address", detail="unknown", must_act="buyer")
    assert [issue.code for issue in story.priced().order.issues] == ["delivery.address"]


# --- approval


@pytest.mark.parametrize("payment", sorted(Payment))
def test_an_order_is_released_when_it_is_paid_or_on_credit(payment: Payment) -> None:
    story = a_story_in(S.PRICE_CALCULATED).accepted().then(asked.RecordPayment, VERA, payment=payment)
    if payment in (Payment.PAID, Payment.CREDIT):
        assert story.approved().order.status is S.MANUFACTURING_APPROVED
    else:
        refused(story, "payment.required", asked.ApproveOrder, VERA)


def test_a_price_that_nobody_accepted_is_not_released() -> None:
    refused(a_story_in(S.PRICE_CALCULATED).paid(), "price.not_accepted", asked.ApproveOrder, VERA)


def test_a_blocking_issue_stands_in_the_way_until_it_is_resolved() -> None:
    story = a_story_in(S.PRICE_CALCULATED).accepted().paid()
    issue = {"code": "payment.doubtful", "detail": "a stolen card?"}
    story.then(asked.RaiseIssue, VERA, **issue, must_act="seller", blocking=True)
    refused(story, "order.blocked", asked.ApproveOrder, VERA)
    refused(story, "issue.open_already", asked.RaiseIssue, VERA, **issue, must_act="seller")
    story.then(asked.ResolveIssue, VERA, **issue)
    refused(story, "issue.not_open", asked.ResolveIssue, VERA, **issue)
    assert story.approved().order.status is S.MANUFACTURING_APPROVED


def test_a_partner_on_credit_needs_no_payment() -> None:
    story = Story().created(NORTHERN_LIGHTS, payment="credit").uploaded()
    story.then(asked.SubmitOrder, NORTHERN_LIGHTS, accept_up_to_minor=500_000).priced()
    story.then(asked.AcceptPrice, NORTHERN_LIGHTS, price_id="prc_1").approved()
    assert story.order.status is S.MANUFACTURING_APPROVED
    assert story.order.accept_up_to_minor == 500_000


# --- taking


def test_taking_sets_owner_and_fence() -> None:
    story = a_story_in(S.MANUFACTURING_APPROVED).taken()
    assert (story.order.owner, story.order.taken_at, story.order.fence) == ("gleb", story.now, story.order.version)


def test_the_loser_of_a_race_learns_who_won() -> None:
    refusal = refused(a_story_in(S.MANUFACTURING_STARTED), "order.already_taken", asked.TakeOrder, DINA)
    assert refusal.facts["owner"] == "gleb"


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (asked.CompleteOrder, {}),
        (asked.UndoTake, {}),
        (asked.ReleaseOrder, {"reason": "ill"}),
        (asked.ScrapPieces, {"pieces": 1, "reason": "porous", "mass_g": 2.0}),
        (asked.RecordPieces, {"pieces": (Piece(line=1, number=1, actual_mass_g=3.1),)}),
        (asked.SendToAssay, {}),
        (asked.ReturnFromAssay, {}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_stale_fence_changes_nothing(kind: Any, fields: dict[str, Any]) -> None:
    story = a_story_in(S.MANUFACTURING_STARTED)
    stale = story.order.fence
    story.then(asked.ReleaseOrder, GLEB, fence=stale, reason="ill").taken(DINA)
    story.then(asked.ReassignOrder, EGOR, fence=story.order.fence, operator="gleb")
    # Gleb owns it again, but this is not the ownership that the fence was given for.
    refused(story, "order.stale_fence", kind, GLEB, fence=stale, **fields)


def test_a_foreman_with_a_stale_fence_reassigns_nothing() -> None:
    story = a_story_in(S.MANUFACTURING_STARTED)
    stale = story.order.fence
    story.then(asked.ReassignOrder, EGOR, fence=stale, operator="dina")
    refused(story, "order.stale_fence", asked.ReassignOrder, EGOR, fence=stale, operator="gleb")
    assert story.order.owner == "dina"


def test_an_operator_with_the_right_fence_is_still_not_the_owner() -> None:
    story = a_story_in(S.MANUFACTURING_STARTED)
    refused(story, "order.not_yours", asked.CompleteOrder, DINA, fence=story.order.fence)


def test_a_released_order_is_in_the_queue_again() -> None:
    story = a_story_in(S.MANUFACTURING_STARTED)
    story.then(asked.ReleaseOrder, GLEB, fence=story.order.fence, reason="ill")
    assert (story.order.status, story.order.owner, story.order.taken_at) == (S.MANUFACTURING_APPROVED, None, None)
    assert story.taken(DINA).order.owner == "dina"


def test_a_foreman_releases_an_order_whose_owner_does_not() -> None:
    story = a_story_in(S.MANUFACTURING_STARTED)
    story.then(asked.ReleaseOrder, EGOR, fence=story.order.fence, reason="on holiday")
    assert story.order.owner is None


def test_reassigning_to_the_owner_is_no_change() -> None:
    story = a_story_in(S.MANUFACTURING_STARTED)
    refused(
        story, "order.already_taken", asked.ReassignOrder, EGOR, fence=story.order.fence, operator=story.order.owner
    )


# --- undoing a take


@pytest.mark.parametrize(("seconds", "undone"), [(0, True), (60, True), (60.001, False), (3600, False)])
def test_a_take_is_undone_within_60_seconds(seconds: float, undone: bool) -> None:
    story = a_story_in(S.MANUFACTURING_STARTED).wait(seconds=seconds)
    if undone:
        story.then(asked.UndoTake, GLEB, fence=story.order.fence)
        assert (story.order.status, story.order.owner) == (S.MANUFACTURING_APPROVED, None)
    else:
        refused(story, "take.not_undoable", asked.UndoTake, GLEB, fence=story.order.fence)


def test_how_long_a_take_can_be_undone_is_a_setting() -> None:
    story = a_story_in(S.MANUFACTURING_STARTED, company=Company(undo_seconds=5)).wait(seconds=6)
    refused(story, "take.not_undoable", asked.UndoTake, GLEB, fence=story.order.fence)


def test_a_take_is_not_undone_after_work_was_recorded() -> None:
    story = a_story_in(S.MANUFACTURING_STARTED)
    story.then(asked.ScrapPieces, GLEB, fence=story.order.fence, pieces=1, reason="porous", mass_g=2.0)
    refused(story, "take.not_undoable", asked.UndoTake, GLEB, fence=story.order.fence)


def test_rework_is_not_undone() -> None:
    story = a_story_in(S.MANUFACTURING_COMPLETED).then(asked.ReworkOrder, EGOR, reason="scratched")
    refused(story, "take.not_undoable", asked.UndoTake, GLEB, fence=story.order.fence)


# --- making


def test_scrap_is_counted_without_leaving_the_status() -> None:
    story = a_story_in(S.MANUFACTURING_STARTED)
    for pieces in (1, 2):
        story.then(asked.ScrapPieces, GLEB, fence=story.order.fence, pieces=pieces, reason="porous", mass_g=2.0)
    assert (story.order.status, story.order.scrapped_pieces) == (S.MANUFACTURING_STARTED, 3)


def test_what_is_learned_of_a_piece_adds_up() -> None:
    story = a_story_in(S.MANUFACTURING_STARTED)
    fence = story.order.fence
    story.then(asked.RecordPieces, GLEB, fence=fence, pieces=(Piece(line=1, number=1, actual_mass_g=3.1),))
    story.then(asked.SendToAssay, GLEB, fence=fence)
    hallmarked = Piece(line=1, number=1, uin="UIN-1", assay_state="hallmarked")
    story.then(asked.ReturnFromAssay, GLEB, fence=fence, pieces=(hallmarked,))
    assert story.order.pieces == (Piece(line=1, number=1, actual_mass_g=3.1, uin="UIN-1", assay_state="hallmarked"),)


def test_a_piece_that_was_not_ordered_is_not_recorded() -> None:
    story = a_story_in(S.MANUFACTURING_STARTED)
    piece = Piece(line=1, number=2, actual_mass_g=3.1)
    refused(story, "order.unknown_piece", asked.RecordPieces, GLEB, fence=story.order.fence, pieces=(piece,))


def test_an_order_keeps_what_is_known_of_a_bounded_number_of_pieces() -> None:
    story = Story().created(lines=(a_line(quantity=MOST_PIECES + 1),)).uploaded().submitted().priced()
    fence = story.accepted().paid().approved().taken().order.fence
    pieces = [Piece(line=1, number=number, actual_mass_g=3.1) for number in range(1, MOST_PIECES + 2)]
    for start in range(0, MOST_PIECES, 50):
        story.then(asked.RecordPieces, GLEB, fence=fence, pieces=tuple(pieces[start : start + 50]))
    refused(story, "order.too_many_pieces", asked.RecordPieces, GLEB, fence=fence, pieces=(pieces[-1],))
    story.then(asked.SendToAssay, GLEB, fence=fence)
    refused(story, "order.too_many_pieces", asked.ReturnFromAssay, GLEB, fence=fence, pieces=(pieces[-1],))
    story.then(asked.ReturnFromAssay, GLEB, fence=fence, pieces=(pieces[0],))  # one that is known costs nothing
    assert len(story.order.pieces) == MOST_PIECES


def test_pieces_at_the_assay_office_must_come_back_before_the_order_is_complete() -> None:
    story = a_story_in(S.MANUFACTURING_STARTED)
    fence = story.order.fence
    story.then(asked.SendToAssay, GLEB, fence=fence)
    refused(story, "order.at_assay", asked.SendToAssay, GLEB, fence=fence)
    refused(story, "order.at_assay", asked.CompleteOrder, GLEB, fence=fence)
    story.then(asked.ReturnFromAssay, GLEB, fence=fence)
    refused(story, "order.not_at_assay", asked.ReturnFromAssay, GLEB, fence=fence)
    assert story.completed().order.maker == "gleb"


def test_completion_ends_the_makers_exclusivity() -> None:
    order = a_story_in(S.MANUFACTURING_COMPLETED).order
    assert (order.owner, order.maker) == (None, "gleb")
    assert a_story_in(S.PACKAGING).order.status is S.PACKAGING  # packed by Dina


def test_rework_goes_to_the_maker_unless_another_is_named() -> None:
    story = a_story_in(S.PACKAGING).then(asked.ReworkOrder, DINA, reason="scratched")
    assert (story.order.status, story.order.owner, story.order.in_rework) == (S.MANUFACTURING_STARTED, "gleb", True)
    assert story.order.fence == story.order.version
    named = a_story_in(S.PACKAGING).then(asked.ReworkOrder, EGOR, reason="scratched", operator="dina")
    assert named.order.owner == "dina"
    assert not story.completed().order.in_rework


# --- holds


@pytest.mark.parametrize(
    ("status", "kind", "actor", "fields"),
    [
        (S.FILE_UPLOADED, asked.SubmitOrder, ANNA, {}),
        (S.PRICE_CALCULATED, asked.AcceptPrice, ANNA, {"price_id": "prc_1"}),
        (S.PRICE_CALCULATED, asked.ApproveOrder, VERA, {}),
        (S.MANUFACTURING_APPROVED, asked.TakeOrder, GLEB, {}),
        (S.MANUFACTURING_STARTED, asked.SendToAssay, GLEB, {"fence": 9}),
        (S.MANUFACTURING_STARTED, asked.CompleteOrder, GLEB, {"fence": 9}),
        (S.MANUFACTURING_COMPLETED, asked.ReworkOrder, GLEB, {"reason": "scratched"}),
        (S.MANUFACTURING_COMPLETED, asked.PackOrder, GLEB, {}),
        (S.PACKAGING, asked.ShipOrder, GLEB, {"carrier": "fast-post", "tracking_number": "FP-0001"}),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_nothing_moves_on_while_an_order_is_held(status: Status, kind: Any, actor: Actor, fields: Any) -> None:
    story = a_story_in(status).held()
    if "fence" in fields:
        fields = {"fence": story.order.fence}
    assert refused(story, "order.held", kind, actor, **fields).facts == {"hold": "question"}
    refused(story, "order.held", asked.HoldOrder, VERA, kind="quality", reason="again", caused_by="company")
    story.resumed()
    if kind is asked.ApproveOrder:
        story.accepted().paid()
    assert story.then(kind, actor, **fields).order.hold is None


def test_a_held_order_can_be_called_off_and_given_back() -> None:
    assert a_story_in(S.MANUFACTURING_APPROVED).held().cancelled().order.hold is None
    story = a_story_in(S.MANUFACTURING_STARTED).held()
    story.then(asked.ReleaseOrder, GLEB, fence=story.order.fence, reason="no stone")
    assert story.order.hold is not None
    refused(story, "order.held", asked.TakeOrder, DINA)


def test_only_a_buyer_who_caused_the_hold_moves_the_promise() -> None:
    due = a_story_in(S.MANUFACTURING_APPROVED).order.due_at
    assert due is not None
    own = a_story_in(S.MANUFACTURING_APPROVED).held(caused_by="company").wait(days=3).resumed()
    assert own.order.due_at == due
    theirs = a_story_in(S.MANUFACTURING_APPROVED).held(caused_by="buyer").wait(days=3).resumed()
    assert theirs.order.due_at == due + timedelta(days=3)


# --- a changed design


def held_for_a_design_change(status: Status = S.MANUFACTURING_STARTED) -> Story:
    return a_story_in(status).held(kind="design_change", caused_by="buyer").wait(days=2)


@pytest.mark.parametrize("status", [S.MANUFACTURING_APPROVED, S.MANUFACTURING_STARTED])
def test_an_accepted_revision_goes_back_to_the_queue_under_a_new_promise(status: Status) -> None:
    story = held_for_a_design_change(status).then(asked.ReviseOrder, VERA, revision=a_revision())
    assert story.order.status is status
    order = story.accepted("prc_2").order
    assert (order.status, order.owner, order.hold, order.revision) == (S.MANUFACTURING_APPROVED, None, None, None)
    assert order.lines == a_revision().lines
    assert order.files == a_revision().files
    assert order.offer is not None
    assert (order.offer.price_id, order.offer.accepted_at) == ("prc_2", story.now)
    assert order.due_at == promise.due_at(story.now, story.company)
    assert order.status_since == story.now


def test_the_old_price_is_not_accepted_again_for_a_revision() -> None:
    story = held_for_a_design_change().then(asked.ReviseOrder, VERA, revision=a_revision())
    refused(story, "price.superseded", asked.AcceptPrice, ANNA, price_id="prc_1")


def test_a_revision_that_the_buyer_refuses_leaves_the_order_as_it_was() -> None:
    story = held_for_a_design_change()
    before = story.order
    story.then(asked.ReviseOrder, VERA, revision=a_revision()).resumed()
    assert (story.order.lines, story.order.offer, story.order.revision) == (before.lines, before.offer, None)


def test_a_design_changes_only_on_a_hold_for_it() -> None:
    story = a_story_in(S.MANUFACTURING_STARTED).held()
    refused(story, "order.not_held_for_design_change", asked.ReviseOrder, VERA, revision=a_revision())


def test_a_revision_is_priced_for_exactly_its_files() -> None:
    story = held_for_a_design_change()
    odd = a_revision().model_copy(update={"files": {RING: a_file(RING)}})
    refused(story, "price.other_files", asked.ReviseOrder, VERA, revision=odd)
    offer = a_revision().offer.model_copy(update={"accepted_at": story.now})
    presumed = a_revision().model_copy(update={"offer": offer})
    refused(story, "price.accepted_unasked", asked.ReviseOrder, VERA, revision=presumed)
    misnumbered = a_revision().model_copy(update={"lines": (a_line(7, CHAIN),)})
    refused(story, "order.line_numbers", asked.ReviseOrder, VERA, revision=misnumbered)


# --- escalations, reminders, refunds


def test_an_order_within_its_time_is_not_escalated() -> None:
    story = a_story_in(S.MANUFACTURING_APPROVED)
    assert story.order.deadline_at is not None
    refused(story.wait(hours=1), "order.within_time", asked.EscalateOrder, SWEEPER)
    for level in (1, 2, 3, 4):
        story.wait(until=story.order.deadline_at).then(asked.EscalateOrder, SWEEPER)
        assert story.order.escalation is not None
        assert story.order.escalation.level == level
        refused(story, "order.within_time", asked.EscalateOrder, SWEEPER)


def test_taking_ends_the_escalation() -> None:
    story = a_story_in(S.MANUFACTURING_APPROVED).wait(days=4).then(asked.EscalateOrder, SWEEPER)
    assert story.taken().order.escalation is None


def test_a_buyer_is_reminded_once() -> None:
    story = a_story_in(S.PRICE_CALCULATED).wait(days=23).then(asked.RemindBuyer, SWEEPER)
    refused(story, "buyer.already_reminded", asked.RemindBuyer, SWEEPER)


def test_nobody_is_reminded_of_what_they_accepted() -> None:
    story = a_story_in(S.PRICE_CALCULATED).accepted()
    refused(story, "price.already_accepted", asked.RemindBuyer, SWEEPER)


def test_the_system_cancels_only_what_nobody_accepted() -> None:
    story = a_story_in(S.PRICE_CALCULATED).accepted()
    refused(story, "price.already_accepted", asked.CancelOrder, SWEEPER, reason="too long")


def test_a_buyer_asks_a_seller_once_work_has_begun() -> None:
    refused(a_story_in(S.MANUFACTURING_STARTED), "order.work_has_begun", asked.CancelOrder, ANNA, reason="changed mind")


@pytest.mark.parametrize("payment", sorted(Payment))
def test_money_that_was_paid_is_given_back_after_the_end(payment: Payment) -> None:
    story = a_story_in(S.PRICE_CALCULATED).accepted().then(asked.RecordPayment, VERA, payment=payment).cancelled()
    if payment in (Payment.PAID, Payment.DEPOSIT):
        assert story.then(asked.MarkRefundDue, SWEEPER).order.payment is Payment.REFUND_DUE
        refused(story, "payment.nothing_to_refund", asked.MarkRefundDue, SWEEPER)
    else:
        refused(story, "payment.nothing_to_refund", asked.MarkRefundDue, SWEEPER)


# --- remakes, test mode, versions


def test_a_remake_names_the_order_that_it_makes_again() -> None:
    story = Story().created(VERA, buyer=ANNA.id, remake_of="ord_0", payment="credit")
    assert story.order.remake_of == "ord_0"
    story.uploaded()
    story.then(asked.SubmitOrder, VERA)
    free = an_offer(story.order.files).model_copy(update={"net_minor": 0, "vat_minor": 0, "gross_minor": 0})
    story.then(asked.RecordPrice, PRICING, offer=free).accepted().approved()
    assert story.order.status is S.MANUFACTURING_APPROVED


def test_test_orders_walk_the_same_way() -> None:
    story = Story().created(mode=Mode.TEST).uploaded().submitted().priced().accepted().paid().approved()
    assert story.taken().completed().packed().shipped().closed().order.status is S.CLOSED


def test_a_caller_who_decided_on_an_older_version_is_told() -> None:
    order: Order = a_story_in(S.SUBMITTED).order
    check_version(order, order.version)
    check_version(order, None)
    check_version(None, 3)
    with pytest.raises(VersionMismatch) as refusal:
        check_version(order, order.version - 1)
    assert refusal.value.facts == {"version": order.version}


def test_a_hold_for_a_design_change_is_for_orders_between_approval_and_completion() -> None:
    refused(
        a_story_in(S.PACKAGING),
        "order.wrong_status",
        asked.HoldOrder,
        VERA,
        kind="design_change",
        reason="thicker",
        caused_by="buyer",
    )


def test_a_refusal_of_a_person_is_not_a_conflict() -> None:
    with pytest.raises(NotAllowed):
        a_story_in(S.MANUFACTURING_APPROVED).taken(VERA)
    with pytest.raises(Conflict):
        a_story_in(S.SHIPPED).taken(GLEB)
