"""The sweeper of models: no upload and no analysis is lost with the news of it."""

from datetime import timedelta

import pytest

from alexandrite.domain.models import Unit
from alexandrite.domain.orders import Mode
from alexandrite.domain.statuses import Status
from alexandrite.driving import model_sweeper as module
from alexandrite.driving.model_sweeper import ASKED_IN_VAIN, ModelSweeper
from alexandrite.models.bucket import UPLOAD_WITHIN
from alexandrite.models.queue import ANALYSIS_OVERDUE
from alexandrite.models.record import Declaration, Model, Stage
from pricing.messages import Task
from tests.priced_orders import CUSTOMER, RING, Company


@pytest.fixture
def company() -> Company:
    return Company()


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """The metrics of a sweep, by name."""
    found: dict[str, float] = {}
    monkeypatch.setattr(module, "count", lambda name, value=1: found.__setitem__(name, value))
    return found


def sweep(company: Company, *, looks: int | None = None) -> int:
    """Sweep now; return how many models were looked at."""
    sweeper = ModelSweeper(company.models, company.bucket, company.queue, company.pricing.fail)
    budget = iter([True] * looks) if looks is not None else None
    return sweeper.due(now=company.now, in_time=lambda: budget is None or next(budget, False)).looked_at


def stored(company: Company, model: Model) -> Model:
    return company.models.read([model.model_id])[model.model_id]


def the_engine_answers(company: Company) -> None:
    for model_id in company.queue.asked:
        company.examine(Task(model_id, None, "evt_asked"))
    company.queue.asked.clear()


def test_a_file_whose_news_was_lost_is_recorded_and_analysed(company: Company, counted: dict[str, float]) -> None:
    model, _ = company.uploaded()
    company.pass_time(seconds=ANALYSIS_OVERDUE.total_seconds())

    assert sweep(company) == 1
    assert stored(company, model).file is not None
    assert company.queue.asked == [model.model_id]
    assert counted == {"ModelsRepaired": 1, "ModelsNotRepaired": 0}
    the_engine_answers(company)
    assert stored(company, model).stage is Stage.ANALYSED


def test_a_file_that_only_the_engine_can_identify_is_asked_for_until_it_has(company: Company) -> None:
    company.bucket.vouches = False
    declared = Declaration(size_bytes=len(RING))
    model = company.uploads.register(CUSTOMER.id, Mode.LIVE, "k", declared, now=company.now).model
    company.bucket.upload(model.key, RING)
    for _ in range(4):
        company.pass_time(days=1)
        sweep(company)
    assert company.queue.asked == [model.model_id] * 4
    the_engine_answers(company)
    assert stored(company, model).stage is Stage.ANALYSED


def test_an_announced_file_that_never_comes_is_looked_for_twice_the_last_time_after_its_form_has_expired(
    company: Company,
) -> None:
    company.registered()
    begun = company.now
    looked_at = []
    for _ in range(48 * 60):
        company.pass_time(minutes=1)
        if sweep(company):
            looked_at.append(company.now - begun)
    assert looked_at == [ANALYSIS_OVERDUE, ANALYSIS_OVERDUE + UPLOAD_WITHIN]
    assert company.queue.asked == []


def test_a_form_that_is_given_out_again_is_looked_after_again(company: Company) -> None:
    model = company.registered(key="k")
    for _ in range(2):
        company.pass_time(hours=2)
        sweep(company)
    company.registered(key="k")
    company.bucket.upload(model.key, RING)
    company.pass_time(minutes=10)
    assert sweep(company) == 1
    assert company.queue.asked == [model.model_id]


def test_an_analysis_that_does_not_come_is_asked_for_less_and_less_often(company: Company) -> None:
    company.uploads.files([company.uploaded()[0]], now=company.now)
    asked_at, begun = [], company.now
    for _ in range(24 * 60):
        company.pass_time(minutes=1)
        if sweep(company):
            asked_at.append((company.now - begun) / timedelta(minutes=1))
    assert asked_at == [10, 30, 70, 150, 310, 630, 1270]


def test_after_three_questions_in_vain_the_seller_of_a_waiting_order_is_asked_for_a_price_once(
    company: Company,
) -> None:
    model, _ = company.uploaded()
    company.submitted(model)
    for question in range(1, 6):
        company.pass_time(days=1)
        sweep(company)
        assert company.facts().count("IssueRaised") == (question >= ASKED_IN_VAIN)
    the_engine_answers(company)
    order = company.order("ord_1")
    assert order is not None
    assert order.status is Status.PRICE_CALCULATED
    assert order.issues == ()


def test_failures_of_the_engine_do_not_make_the_questions_come_faster(company: Company) -> None:
    model, _ = company.uploaded()
    company.uploads.files([model], now=company.now)
    for _ in range(24 * 60):
        company.pass_time(minutes=1)
        if sweep(company):
            company.examination.note_failure(model.model_id, "MemoryError", "evt")
    assert len(company.queue.asked) < 10


@pytest.mark.parametrize("end", ["analysed", "refused", "deleted"])
def test_a_settled_model_is_not_looked_at(company: Company, end: str) -> None:
    model, task = company.uploaded()
    if end == "refused":
        company.bucket.erase(model.key)
    if end == "deleted":
        company.uploads.delete(CUSTOMER.id, Mode.LIVE, model.model_id, now=company.now)
    else:
        assert company.examine(task).stage == end
    company.pass_time(days=30)
    assert sweep(company) == 0


def test_a_model_whose_unit_is_corrected_is_looked_after_again(company: Company) -> None:
    model = company.analysed()
    company.uploads.confirm_unit(CUSTOMER.id, Mode.LIVE, model.model_id, Unit.INCH, now=company.now)
    company.pass_time(minutes=10)
    assert sweep(company) == 1


def test_a_look_does_not_disturb_a_worker_that_is_at_it(company: Company) -> None:
    model = company.analysed()
    analysing = company.models.save(model.model_copy(update={"stage": Stage.ANALYSING, "analysis": None}))
    company.pass_time(minutes=10)
    assert sweep(company) == 1
    assert company.models.save(analysing).revision == analysing.revision + 1


def test_a_model_that_cannot_be_looked_for_does_not_keep_the_others_waiting_and_is_looked_for_again(
    company: Company, counted: dict[str, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        company.uploaded(b"%d" % number, key=str(number))

    def away(key: str, version_id: str | None = None) -> None:
        raise ConnectionError("storage is away")

    with monkeypatch.context() as storage:
        storage.setattr(company.bucket, "look", away)
        for _ in range(4):
            company.pass_time(hours=2)
            assert sweep(company) == 3
    assert counted["ModelsNotRepaired"] == 3
    company.pass_time(hours=2)
    sweep(company)
    assert counted["ModelsRepaired"] == 3


def test_a_sweep_is_bounded_and_the_next_one_goes_on(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MODELS_PER_SHARD", 1)
    for number in range(30):
        company.uploaded(b"%d" % number, key=str(number))
    company.pass_time(minutes=10)
    assert sweep(company, looks=3) == 3
    assert sweep(company) <= 8
    for _ in range(30):
        sweep(company)
    assert len(set(company.queue.asked)) == 30
