"""The end of an analysis and the submission of an order may meet in any order of steps: the order is priced once."""

from collections.abc import Callable
from typing import Any

from alexandrite.domain.errors import Conflict
from alexandrite.domain.models import Analysis, Unit
from alexandrite.domain.orders import Mode
from alexandrite.domain.statuses import Status
from alexandrite.models.record import Stage
from pricing.messages import Task
from tests.interleavings import Schedule, every_schedule
from tests.memory_models import analysis_of
from tests.pacing import Paced
from tests.priced_orders import CUSTOMER, PARTNER, Company

# What the actors of these races do to the tables; each call is a step that steps of others may come before.
ORDER_CALLS = ("read", "commit")
MODEL_CALLS = ("read", "save", "orders_of")


class PacedCompany(Company):
    """A company whose orders and models are touched in the order of steps that a schedule says."""

    def __init__(self, schedule: Schedule, *, from_analysis_on: bool = False) -> None:
        super().__init__()
        self.racing = not from_analysis_on
        self.engine.script = self._analyse

        def step() -> None:
            if self.racing:
                schedule.step()

        self.step = step
        models = Paced(self.models, MODEL_CALLS, step)
        self.pricing._orders = Paced(self.orders, ORDER_CALLS, step)
        self.pricing._models = models
        self.examination._models = models
        self.uploads._table = models

    def _analyse(self, content: bytes, unit: Unit | None, _: object) -> Analysis:
        self.racing = True
        return analysis_of(content, unit=unit, side_mm=5)

    def waiting_order(self, **parts: Any) -> Task:
        """Upload a model and begin an order for it; return the task that storage sends."""
        actor = parts.pop("actor", CUSTOMER)
        model, task = self.uploaded(owner=actor.id)
        self.created(model, actor=actor, **parts)
        return task

    def work(self, task: Task) -> Callable[[], object]:
        return lambda: self.examination.run(task, lambda: None)

    def press_order(self) -> None:
        """Submit and then price at once, as the shop does."""
        self.step()
        self.submit("ord_1")
        self.price()

    def price(self) -> None:
        self.pricing.price_order("ord_1", now=self.now)

    def priced_once(self) -> bool:
        order = self.order("ord_1")
        return (
            order is not None
            and order.status is Status.PRICE_CALCULATED
            and self.facts().count("OrderPriced") == 1
            and self.facts().count("IssueRaised") == 0
        )


def test_whoever_comes_second_prices_the_order_however_the_steps_after_the_analysis_fall() -> None:
    count = 0
    for schedule in every_schedule(most_switches=5):
        company = PacedCompany(schedule, from_analysis_on=True)
        task = company.waiting_order()
        schedule.run(company.work(task), company.press_order)
        assert company.priced_once(), schedule.taken
        count += 1
    assert count > 1000  # with few there would be no race to speak of


def test_an_upload_and_a_submission_that_meet_earlier_end_the_same() -> None:
    for schedule in every_schedule(most_switches=2):
        company = PacedCompany(schedule)
        task = company.waiting_order()
        schedule.run(company.work(task), company.press_order)
        assert company.priced_once(), schedule.taken


def test_two_deliveries_of_the_same_news_and_a_submission_price_the_order_once() -> None:
    for schedule in every_schedule(most_switches=1):
        company = PacedCompany(schedule)
        task = company.waiting_order()
        schedule.run(company.work(task), company.press_order, company.work(task))
        assert company.priced_once(), schedule.taken


def test_two_pricers_accept_for_a_partner_once() -> None:
    for schedule in every_schedule():
        company = PacedCompany(schedule)
        task = company.waiting_order(actor=PARTNER, up_to=100_000_000)
        company.work(task)()
        company.submit("ord_1", PARTNER)
        schedule.run(company.price, company.price)
        assert company.priced_once(), schedule.taken
        assert company.facts()[-2:] == ["OrderPriced", "PriceAccepted"], schedule.taken


def test_an_offer_is_for_the_unit_that_was_confirmed_in_every_order_of_steps() -> None:
    outcomes = set()
    for schedule in every_schedule():
        company = PacedCompany(schedule)
        task = company.waiting_order()
        company.work(task)()
        company.submit("ord_1")
        refused: list[str] = []

        def confirm(company: PacedCompany = company, task: Task = task, refused: list[str] = refused) -> None:
            try:
                company.uploads.confirm_unit(CUSTOMER.id, Mode.LIVE, task.model_id, Unit.CENTIMETRE, now=company.now)
            except Conflict as conflict:
                refused.append(conflict.code)

        schedule.run(confirm, company.price)
        for model_id in company.queue.asked:  # whatever was asked of the engine is done before anybody looks
            company.work(Task(model_id, None, "evt_asked"))()
        order = company.order("ord_1")
        model = company.models.read([task.model_id])[task.model_id]
        assert order is not None
        assert order.offer is not None, schedule.taken
        assert model.stage is Stage.ANALYSED, schedule.taken
        unit = Unit.MILLIMETRE if refused else Unit.CENTIMETRE
        assert company.pricing.breakdown("ord_1", order.offer.price_id).units == {task.model_id: unit}, schedule.taken
        assert model.analysis is not None
        assert model.analysis.unit is unit, schedule.taken
        outcomes.add(unit)
    assert outcomes == {Unit.MILLIMETRE, Unit.CENTIMETRE}
