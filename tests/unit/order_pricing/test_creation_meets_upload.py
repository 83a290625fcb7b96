"""A file may arrive while its order is being created: the order learns of it in any order of steps."""

from alexandrite.auth.callers import Caller, CallerKind
from alexandrite.buying.bodies import NewOrder
from alexandrite.buying.orders import Buying
from alexandrite.domain.commands import Trace
from alexandrite.domain.orders import Order
from alexandrite.domain.statuses import Status
from alexandrite.driving.steps import Steps
from alexandrite.driving.sweeper import Sweeper
from alexandrite.intents import Intent
from alexandrite.models.record import Model
from alexandrite.store.checks import HAND_OVER
from pricing.messages import Task
from tests.http_world import DELIVERY, MemoryContacts, ReadableOrders
from tests.interleavings import Schedule, every_schedule
from tests.memory_machine import MemoryMachine
from tests.pacing import Paced
from tests.priced_orders import CUSTOMER, Company


class Race:
    """A buyer who begins an order for a model, and the worker who is told of its upload, step by step."""

    def __init__(self, schedule: Schedule) -> None:
        company = self.company = Company()
        self.model: Model
        self.task: Task
        self.model, self.task = company.uploaded()
        self.begun: Order
        orders = Paced(company.orders, ("read", "commit"), schedule.step)
        models = Paced(company.models, ("read", "save", "orders_of"), schedule.step)
        self.buying = Buying(ReadableOrders(orders), MemoryContacts(), company.uploads, models, company.book)
        self.sweeper = Sweeper(
            company.orders,
            MemoryMachine(),
            Steps(company.orders, company.book.company, company.pricing.price_order, lambda _: False),
            company.pricing.record_files,
            announce=len,
        )
        company.examination._models = models

    def create(self) -> None:
        line = {"model": self.model.model_id, "material": "silver_925", "finish": "polished", "quantity": 1}
        asked = NewOrder.model_validate({"lines": [line], "delivery": DELIVERY})
        caller = Caller(CallerKind.CUSTOMER, CUSTOMER.id)
        self.begun = self.buying.create(asked, Intent(caller, self.company.now, "k", "hash", None, Trace())).order

    def work(self) -> None:
        self.company.examination.run(self.task, lambda: None)

    @property
    def status(self) -> Status:
        order = self.company.order(self.begun.order_id)
        assert order is not None
        return order.status


def test_the_sweeper_finds_what_neither_side_has_seen_however_the_steps_fall() -> None:
    unseen = 0
    for schedule in every_schedule():
        race = Race(schedule)
        schedule.run(race.create, race.work)
        unseen += race.status is Status.INITIATED
        race.sweeper.due(now=race.company.now + HAND_OVER)
        assert race.status is Status.FILE_UPLOADED, schedule.taken
    assert unseen > 0  # without it there would be nothing to find
