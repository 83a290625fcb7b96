"""Orders get their prices."""

from datetime import timedelta

import pytest

from alexandrite.domain.commands import HoldOrder, Trace
from alexandrite.domain.errors import Conflict, Invalid, NotFound
from alexandrite.domain.identifiers import command_id
from alexandrite.domain.models import Unit
from alexandrite.domain.orders import Actor, Line, Order
from alexandrite.domain.statuses import Status
from alexandrite.intents import Stamp
from alexandrite.pricing.orders import Came, OrderPricing
from alexandrite.store.apply import KeyUse
from alexandrite.store.keys import model_key, price_key
from pricing.geometry.refusals import ModelRefused
from tests.memory_models import analysis_of
from tests.orders import SELLER, Commands
from tests.priced_orders import CUSTOMER, PARTNER, RING, Company


@pytest.fixture
def company() -> Company:
    return Company()


def stamp(company: Company, actor: Actor, key: str) -> Stamp:
    return Stamp(command_id=command_id(actor.id, key), actor=actor, at=company.now, trace=Trace())


def present(company: Company, name: str = "ord_1") -> Order:
    order = company.order(name)
    assert order is not None
    return order


def test_a_submitted_order_of_analysed_models_gets_a_price_for_exactly_its_files(company: Company) -> None:
    model = company.analysed()
    company.submitted(model)

    outcome = company.pricing.price_order("ord_1", now=company.now)

    order = present(company)
    assert outcome.came is Came.PRICED
    assert order.status is Status.PRICE_CALCULATED
    assert order.offer is not None
    assert order.offer.files == order.files == {model.model_id: model.file}
    record = company.pricing.breakdown("ord_1", order.offer.price_id)
    assert record.offer == order.offer
    assert record.units == {model.model_id: Unit.MILLIMETRE}
    assert record.price is not None
    assert record.price.lines[0].mass_g.as_tuple().exponent == -2


def test_pricing_a_priced_order_again_changes_nothing(company: Company) -> None:
    company.submitted(company.analysed())
    company.pricing.price_order("ord_1", now=company.now)
    before = present(company)

    assert company.pricing.price_order("ord_1", now=company.pass_time(hours=1)).came is Came.NOTHING
    assert present(company) == before


def test_an_order_waits_for_its_last_model(company: Company) -> None:
    first, (second, task) = company.analysed(), company.uploaded(b"another ring")
    company.submitted(first, second)

    assert company.pricing.price_order("ord_1", now=company.now).waiting_for == (second.model_id,)
    company.examine(task)
    assert present(company).status is Status.PRICE_CALCULATED


def test_a_partners_order_is_accepted_in_the_same_transaction_when_the_price_is_low_enough(company: Company) -> None:
    model = company.analysed(owner=PARTNER.id)
    company.submitted(model, actor=PARTNER, up_to=100_000_000)
    commits = company.orders.calls.count("commit")

    assert company.pricing.price_order("ord_1", now=company.now).came is Came.ACCEPTED
    assert company.orders.calls.count("commit") == commits + 1
    order = present(company)
    assert order.is_accepted
    assert company.facts()[-2:] == ["OrderPriced", "PriceAccepted"]
    assert company.orders.log["ord_1"][-1].event.actor == PARTNER


def test_a_price_above_what_the_partner_would_take_is_only_offered(company: Company) -> None:
    company.submitted(company.analysed(owner=PARTNER.id), actor=PARTNER, up_to=100)

    assert company.pricing.price_order("ord_1", now=company.now).came is Came.PRICED
    assert not present(company).is_accepted


def test_an_order_on_hold_is_priced_but_not_accepted_for_its_buyer(company: Company) -> None:
    company.submitted(company.analysed(owner=PARTNER.id), actor=PARTNER, up_to=100_000_000)
    hold = HoldOrder(
        command_id="cmd_hold", actor=SELLER, at=company.now, kind="question", reason="which size?", caused_by="buyer"
    )
    company.apply("ord_1", hold)

    assert company.pricing.price_order("ord_1", now=company.now).came is Came.PRICED


def test_precious_metal_is_offered_until_the_end_of_the_next_working_day_and_work_for_a_week(company: Company) -> None:
    model = company.analysed()
    company.submitted(model, name="ord_gold", material="gold_585_yellow")
    company.submitted(model, name="ord_brass", material="brass")
    for name in ("ord_gold", "ord_brass"):
        company.pricing.price_order(name, now=company.now)

    gold, brass = present(company, "ord_gold").offer, present(company, "ord_brass").offer
    assert gold is not None
    assert brass is not None
    assert gold.valid_until.isoformat() == "2026-03-03T20:59:59+00:00"  # Tuesday midnight in Moscow
    assert brass.valid_until == company.now + timedelta(days=7)


def test_an_open_model_blocks_the_order_once_and_a_seller_answers_with_a_price_by_hand(company: Company) -> None:
    company.engine.script = lambda content, unit, _: analysis_of(content, unit=unit, closed=False)
    company.submitted(company.analysed())

    first = company.pricing.price_order("ord_1", now=company.now)
    again = company.pricing.price_order("ord_1", now=company.now)

    assert (first.came, first.issue, again.came) == (Came.BLOCKED, "model.unpriceable", Came.BLOCKED)
    issue = present(company).issues[0]
    assert (issue.must_act, issue.line, issue.blocking) == ("seller", 1, True)
    assert "geometry.open" in issue.detail
    assert company.facts().count("IssueRaised") == 1

    applied = company.pricing.manual_price(
        "ord_1",
        net_minor=1_000_000,
        pay_minor=100_000,
        valid_for=timedelta(days=7),
        reason="closed by hand",
        stamp=stamp(company, SELLER, "k1"),
    )
    assert applied.order.offer is not None
    assert applied.order.offer.manual
    assert applied.order.offer.gross_minor == 1_220_000
    assert not applied.order.is_blocked


def test_all_lines_in_the_way_are_named_in_one_issue(company: Company) -> None:
    company.engine.script = lambda content, unit, _: analysis_of(content, unit=unit, side_mm=200)
    company.submitted(company.analysed(), company.analysed(b"another"))
    company.pricing.price_order("ord_1", now=company.now)

    issue = present(company).issues[0]
    assert issue.line is None
    assert "line 1:" in issue.detail
    assert "line 2:" in issue.detail


def test_a_refused_file_is_the_buyers_to_replace(company: Company) -> None:
    def refuse(*_: object) -> None:
        raise ModelRefused("stl.truncated", "the file ends in the middle of a facet")

    company.engine.script = refuse  # type: ignore[assignment]  # it never returns
    company.submitted(company.analysed())
    company.pricing.price_order("ord_1", now=company.now)

    issue = present(company).issues[0]
    assert (issue.code, issue.must_act) == ("model.refused", "buyer")
    assert "stl.truncated" in issue.detail


def test_a_model_of_somebody_else_is_missing_like_one_that_was_deleted(company: Company) -> None:
    model = company.analysed()
    company.submitted(model)
    company.models.orders.items[model_key(model.model_id)] = {
        "revision": 9,
        "record": model.model_copy(update={"owner": "cus_boris", "revision": 9}).model_dump_json(),
    }

    company.pricing.price_order("ord_1", now=company.now)
    assert present(company).issues[0].code == "model.missing"


def test_a_unit_corrected_while_an_order_is_being_priced_keeps_the_old_geometry_out_of_the_offer(
    company: Company,
) -> None:
    model = company.analysed()
    company.submitted(model)
    corrected: list[bool] = []

    def correct_before_the_write(call: str) -> str:
        if call == "commit" and not corrected:
            corrected.append(True)
            company.uploads.confirm_unit(CUSTOMER.id, model.mode, model.model_id, Unit.CENTIMETRE, now=company.now)
        return "none"

    company.orders.faults = correct_before_the_write  # type: ignore[assignment]  # a fault that is none
    assert company.pricing.price_order("ord_1", now=company.now).came is Came.WAITING
    assert company.queue.asked == [model.model_id]


def test_an_expired_offer_is_renewed_and_an_open_one_is_not(company: Company) -> None:
    company.submitted(company.analysed())
    company.pricing.price_order("ord_1", now=company.now)
    first = present(company).offer
    assert first is not None

    with pytest.raises(Conflict) as still_open:
        company.pricing.reprice("ord_1", stamp=stamp(company, CUSTOMER, "k1"))
    company.pass_time(days=8)
    renewed = company.pricing.reprice("ord_1", stamp=stamp(company, CUSTOMER, "k2")).order.offer

    assert still_open.value.code == "price.still_open"
    assert renewed is not None
    assert renewed.price_id != first.price_id
    assert renewed.is_open_at(company.now)


def test_a_repeated_renewal_answers_as_the_first_time(company: Company) -> None:
    company.submitted(company.analysed())
    company.pricing.price_order("ord_1", now=company.now)
    company.pass_time(days=8)
    key = KeyUse(caller="customer:anna", key="k2", body_hash="b", at=company.now)

    first = company.pricing.reprice("ord_1", stamp=stamp(company, CUSTOMER, "k2"), key=key)
    again = company.pricing.reprice("ord_1", stamp=stamp(company, CUSTOMER, "k2"), key=key)

    assert again.replayed
    assert again.order == first.order


def test_a_manual_price_may_not_stand_for_a_year(company: Company) -> None:
    with pytest.raises(Invalid):
        company.pricing.manual_price(
            "ord_1",
            net_minor=1,
            pay_minor=0,
            valid_for=timedelta(days=365),
            reason="a friend",
            stamp=stamp(company, SELLER, "k1"),
        )


def test_a_changed_design_is_offered_at_the_price_of_its_new_lines(company: Company) -> None:
    model, other = company.analysed(owner=PARTNER.id), company.analysed(b"another ring", owner=PARTNER.id)
    company.submitted(model, actor=PARTNER, up_to=100_000_000)
    company.pricing.price_order("ord_1", now=company.now)
    commands = Commands("revision", at=company.now)
    company.apply("ord_1", commands.pay(), commands.approve())
    company.apply(
        "ord_1",
        HoldOrder(
            command_id="cmd_hold",
            actor=SELLER,
            at=commands.at,
            kind="design_change",
            reason="a thicker shank",
            caused_by="buyer",
        ),
    )
    lines = (Line(line=1, model=other.model_id, material="silver_925", finish="polished", quantity=2),)

    order = company.pricing.propose_revision("ord_1", lines, stamp=stamp(company, SELLER, "k3")).order

    assert order.revision is not None
    assert order.revision.files == {other.model_id: other.file}
    assert company.pricing.breakdown("ord_1", order.revision.offer.price_id).offer == order.revision.offer


def test_whoever_drives_an_order_asks_again_for_an_analysis_that_is_overdue(company: Company) -> None:
    model, _ = company.uploaded()
    company.submitted(model)
    driver = OrderPricing(company.orders, company.models, company.book, company.queue)

    driver.price_order("ord_1", now=company.pass_time(minutes=9))
    assert company.queue.asked == []
    driver.price_order("ord_1", now=company.pass_time(minutes=2))
    assert company.queue.asked == [model.model_id]


def test_the_breakdown_of_fifty_lines_fits_into_one_item(company: Company) -> None:
    models = [company.analysed(str(number).encode()) for number in range(50)]
    company.submitted(*models, material="gold_585_white", finish="rhodium", quantity=100)
    assert company.pricing.price_order("ord_1", now=company.now).came is Came.PRICED

    offer = present(company).offer
    assert offer is not None
    assert len(company.orders.items[price_key("ord_1", offer.price_id)]["breakdown"]) < 40_000  # DynamoDB takes 400 KB


def test_files_that_have_arrived_are_recorded_on_an_order_that_is_being_composed(company: Company) -> None:
    model, task = company.uploaded()
    company.created(model)
    company.examine(task)

    assert present(company).status is Status.FILE_UPLOADED


def test_the_price_of_an_order_that_does_not_exist_is_not_found(company: Company) -> None:
    with pytest.raises(NotFound):
        company.pricing.price_order("ord_none", now=company.now)


def test_the_same_bytes_under_another_name_are_analysed_once(company: Company) -> None:
    company.analysed(RING, key="first")
    company.analysed(RING, key="second")

    assert len(company.engine.given) == 1
